// The compiler says the second thing, too, as it does in every function.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<String>) -> Deferred<usize> {
    let poem = yield_!(d)?;
    poem.
}

fn main() {}
