// The parser's own words.
use inline_callbacks::prelude::*;

callbacks! {
    #[inline_callbacks]
    fn fetch(d: Deferred<u32>) -> Deferred<u32> {
        let port = yield d
        Ok(port?)
    }
}

fn main() {}
