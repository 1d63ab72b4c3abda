// The compiler's own words: they show what it misses, and that is in our source.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred {
    let poem = yield_!(d)?;
    println!("{poem}");
}

fn main() {}
