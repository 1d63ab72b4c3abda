// Two reasons to use it, two warnings: the type's and the user's own.
#![deny(unused_must_use)]
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
#[must_use = "a poem that nobody reads"]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    Ok(yield_!(d)?)
}

fn main() {
    fetch(succeed(1));
}
