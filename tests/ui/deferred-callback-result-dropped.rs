// The compiler's own words, which come through undamaged. They show where the method that took it is declared.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    d.add_callback(|poem| Ok(poem + 1));
    Ok(yield_!(d)?)
}

fn main() {}
