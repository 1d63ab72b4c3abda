// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn connect() -> Deferred<u32> {
    succeed(1)
}

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    Ok(yield_!(connect)?)
}

fn main() {}
