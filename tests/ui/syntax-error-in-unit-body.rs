// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<()> {
    let poem = yield_!(d)
    println!("{}", poem?);
}

fn main() {}
