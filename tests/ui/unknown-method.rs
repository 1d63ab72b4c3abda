// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<String>) -> Deferred<usize> {
    let poem = yield_!(d)?;
    Ok(poem.lenght())
}

fn main() {}
