use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    const PORT: u32 = return_value!(8080);
    Ok(yield_!(d)? + PORT)
}

fn main() {}
