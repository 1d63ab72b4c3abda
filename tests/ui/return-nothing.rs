// Without an operand `return_value!()` returns `()`.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    yield_!(d)?;
    return_value!()
}

fn main() {}
