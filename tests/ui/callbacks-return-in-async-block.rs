use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = callbacks! {
        (yield succeed(1))?;
        let block = async { return_value!(1) };
        block.await;
        Ok(1)
    };
}
