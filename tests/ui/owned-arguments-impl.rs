use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch<'a>(name: impl Fn() -> usize + 'a, port: u32) -> Deferred<usize> {
    yield_!(succeed(port))?;
    return_value!(name())
}

fn main() {}
