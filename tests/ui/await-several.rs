// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(ds: Vec<Deferred<u32>>) -> Deferred<u32> {
    let poems = ds.await?;
    Ok(1)
}

fn main() {}
