// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(port: String) -> Deferred<u32> {
    let port: u32 = yield_!(port.parse()?);
    Ok(port)
}

fn main() {}
