// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    Ok(5.await)
}

fn main() {}
