use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[tokio::main]
#[inline_callbacks]
async fn fetch() -> Deferred<u32> {
    let port = yield_!(succeed(1))?;
    return_value!(port)
}

fn main() {
    let _ = fetch();
}
