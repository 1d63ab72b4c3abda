// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = callbacks! {
        (yield succeed(1))?
    };
}
