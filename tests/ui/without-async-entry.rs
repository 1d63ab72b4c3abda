use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
#[tokio::main]
fn fetch() -> Deferred<u32> {
    Ok(yield_!(succeed(1))?)
}

fn main() {}
