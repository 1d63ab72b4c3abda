// Ours comes first. The rest is what the other attribute makes of the function: an async block of its own.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[tokio::main]
#[inline_callbacks]
async fn main() -> Deferred<u32> {
    Ok(yield_!(succeed(1))?)
}
