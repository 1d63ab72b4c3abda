use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks(name = "fetch", runtime = tokio)]
fn fetch() -> Deferred<u32> {
    let poem = yield_!(succeed(1))?;
    Ok(poem)
}

fn main() {}
