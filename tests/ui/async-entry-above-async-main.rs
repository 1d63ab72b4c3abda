use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[tokio::main]
#[inline_callbacks]
async fn main() -> Deferred<u32> {
    Ok(yield_!(succeed(1))?)
}
