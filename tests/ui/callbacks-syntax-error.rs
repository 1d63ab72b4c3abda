// The parser's own words.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let d = succeed(1);
    let _: Deferred<u32> = callbacks! {
        let port = yield d
        Ok(port?)
    };
}
