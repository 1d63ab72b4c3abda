use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let block = async {
        let poem = yield_!(succeed(1));
        return_value!(poem);
    };
    block.await;
    Ok(1)
}

fn main() {}
