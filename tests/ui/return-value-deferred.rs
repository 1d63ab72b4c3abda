// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    yield_!(succeed(1))?;
    return_value!(d)
}

fn main() {}
