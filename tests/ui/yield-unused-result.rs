// The compiler's own words, which come through undamaged.
#![deny(unused_must_use)]

use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    yield_!(d);
    Ok(1)
}

fn main() {}
