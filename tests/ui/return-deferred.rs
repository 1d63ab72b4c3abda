// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let poem = yield_!(succeed(1))?;
    succeed(poem)
}

fn main() {}
