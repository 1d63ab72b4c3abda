// The signature is refused, and mistakes in the body are reported all the same.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(name: &str) -> Deferred<u32> {
    let poem: String = yield_!(succeed(1))?;
    Ok(poem.len() + name.len() + missing)
}

fn main() {}
