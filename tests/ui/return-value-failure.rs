// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    match yield_!(d) {
        Ok(poem) => return_value!(poem),
        Err(why) => return_value!(why),
    }
}

fn main() {}
