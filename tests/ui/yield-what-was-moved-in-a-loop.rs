// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    let mut sum = 0;
    while sum < 10 {
        sum += yield_!(d)?;
    }
    Ok(sum)
}

fn main() {}
