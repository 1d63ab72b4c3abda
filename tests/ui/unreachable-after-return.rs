// The compiler's own words, which come through undamaged.
#![deny(warnings)]

use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    return_value!(yield_!(d)?);
    println!("never");
}

fn main() {}
