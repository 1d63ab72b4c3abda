// The compiler's own words, which come through undamaged. They show the standard library's `Err`.
use inline_callbacks::prelude::*;

#[derive(Debug)]
struct NotFound;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    if yield_!(d)? == 0 {
        return Err(NotFound);
    }
    Ok(1)
}

fn main() {}
