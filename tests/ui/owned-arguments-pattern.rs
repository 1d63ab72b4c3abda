use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch((host, port): (&str, u32)) -> Deferred<usize> {
    yield_!(succeed(port))?;
    return_value!(host.len())
}

fn main() {}
