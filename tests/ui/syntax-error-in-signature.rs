// The compiler's parser speaks first, then ours: it cannot know whether the other understood.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(port) -> Deferred<u32> {
    let poem = yield_!(port)?;
    Ok(poem)
}

fn main() {}
