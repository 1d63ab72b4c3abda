// The compiler has a warning of its own about `...` without a pattern.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
unsafe fn fetch(count: u32, ...) -> Deferred<u32> {
    let poem = yield_!(succeed(count))?;
    Ok(poem)
}

fn main() {}
