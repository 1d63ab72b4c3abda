use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> &Deferred<u32> {
    let poem = yield_!(d)?;
    Ok(poem)
}

fn main() {}
