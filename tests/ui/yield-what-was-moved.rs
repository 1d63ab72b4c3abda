// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    let first = yield_!(d)?;
    let second = yield_!(d)?;
    Ok(first + second)
}

fn main() {}
