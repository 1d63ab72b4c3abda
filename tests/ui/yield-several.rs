use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>, e: Deferred<u32>) -> Deferred<u32> {
    let poem: u32 = yield_!(d, e)?;
    Ok(poem)
}

fn main() {}
