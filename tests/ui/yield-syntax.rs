// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(d: Deferred<u32>, e: Deferred<u32>) -> Deferred<u32> {
    let poem: u32 = yield_!(d e)?;
    Ok(poem)
}

fn main() {}
