// The compiler's own words, which come through undamaged. They show our source, where the right name is declared.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    Ok(yeild_!(d)?)
}

fn main() {}
