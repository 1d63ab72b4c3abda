// The compiler's own words, which come through undamaged.
use inline_callbacks::{Deferred, inline_callbacks};

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    Ok(yield_!(d)?)
}

fn main() {}
