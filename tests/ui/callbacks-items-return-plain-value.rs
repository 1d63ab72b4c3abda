// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

callbacks! {
    #[inline_callbacks]
    fn fetch(d: Deferred<u32>) -> Deferred<u32> {
        let poem = (yield d)?;
        poem
    }
}

fn main() {}
