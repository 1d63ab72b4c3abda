use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[tracing::instrument]
#[inline_callbacks]
fn fetch(port: u32) -> Deferred<u32> {
    let port = yield_!(succeed(port))?;
    return_value!(port)
}

fn main() {
    let _ = fetch(1);
}
