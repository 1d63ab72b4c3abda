// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    #![inline_callbacks]
    Ok(yield_!(d)?)
}

fn main() {}
