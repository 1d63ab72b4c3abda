// The compiler's own words, which come through undamaged. They show the method in the standard library.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<String>) -> Deferred<usize> {
    let lines = yield_!(d).len();
    Ok(lines)
}

fn main() {}
