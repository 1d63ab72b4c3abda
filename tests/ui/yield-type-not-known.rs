use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(port: String) -> Deferred<u32> {
    let port: u32 = yield_!(port.parse()?);
    Ok(port)
}

fn main() {}
