use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Option<Deferred<u32>> {
    let poem = yield_!(d)?;
    Ok(poem)
}

fn main() {}
