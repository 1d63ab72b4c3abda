use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Result<Deferred<u32>, String> {
    let poem = yield_!(d)?;
    Ok(poem)
}

fn main() {}
