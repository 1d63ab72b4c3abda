// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn connect(port: u32) -> Deferred<u32> {
    succeed(port)
}

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    Ok(yield_!(connect("localhost"))?)
}

fn main() {}
