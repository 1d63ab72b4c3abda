use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch((ref host, port): (String, u32)) -> Deferred<usize> {
    yield_!(succeed(port))?;
    return_value!(host.len())
}

fn main() {}
