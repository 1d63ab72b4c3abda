// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<String> {
    let poem = yield_!(succeed(String::new()))?;
    poem
}

fn main() {}
