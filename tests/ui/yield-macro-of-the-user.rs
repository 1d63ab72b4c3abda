// The compiler's own words, which come through undamaged.
use inline_callbacks::{Deferred, inline_callbacks};

macro_rules! yield_ {
    ($value:expr) => {
        $value
    };
}

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    Ok(yield_!(1))
}

fn main() {}
