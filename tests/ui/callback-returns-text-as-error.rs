// Said by a bound of the runtime. The compiler shows where that is, in our source.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = succeed(1).add_callback(|_| Err("no poem"));
}
