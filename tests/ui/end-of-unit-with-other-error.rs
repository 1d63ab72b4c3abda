// Said by a bound, since only the type tells.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<String>) -> Deferred<()> {
    let poem = yield_!(d)?;
    std::fs::write("poem.txt", poem)
}

fn main() {}
