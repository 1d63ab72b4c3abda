use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = callbacks! {
        let port = (yield succeed(1))?;
        return_value!(port, 2)
    };
}
