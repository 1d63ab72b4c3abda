// rustc says it best; its note shows where `Deferred` is declared, which is ours.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred {
    let poem = yield_!(d)?;
    println!("{poem}");
}

fn main() {}
