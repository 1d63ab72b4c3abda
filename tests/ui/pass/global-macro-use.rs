#![deny(warnings)]

// Macros by `#[macro_use]`, and imported again in the body: nothing is ambiguous.
#[macro_use]
extern crate inline_callbacks;

use inline_callbacks::{Deferred, succeed};

#[inline_callbacks::inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    use inline_callbacks::*;
    let poem = yield_!(d)?;
    println!("{}", yield_!(succeed(poem))?);
    return_value!(poem)
}

fn main() {
    let _ = fetch(succeed(1));
}
