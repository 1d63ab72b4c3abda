// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>, ready: Deferred<()>) -> Deferred<u32> {
    yield_!(ready)?;
    let poem = d?;
    Ok(poem)
}

fn main() {}
