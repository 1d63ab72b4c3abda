// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(ready: Deferred<()>) -> Deferred<u32> {
    yield_!(ready)?;
    let poem: u32 = succeed(1);
    Ok(poem)
}

fn main() {}
