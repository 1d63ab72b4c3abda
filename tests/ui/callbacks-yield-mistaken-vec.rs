// Said by a bound of the runtime, since only the type tells.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = callbacks! {
        yield vec![succeed(1), succeed(2)];
        Ok(1)
    };
}
