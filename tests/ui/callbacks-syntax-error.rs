// The keyword is in the half-typed part, so ours is the only word; the rest is a warning that follows.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let d = succeed(1);
    let _: Deferred<u32> = callbacks! {
        let port = yield d
        Ok(port?)
    };
}
