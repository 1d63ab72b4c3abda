use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    const PORT: u32 = yield_!(8080);
    Ok(PORT)
}

fn main() {}
