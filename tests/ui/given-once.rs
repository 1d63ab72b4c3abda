use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let poem = yield_!(succeed(1))?;
    Ok(poem)
}

fn main() {}
