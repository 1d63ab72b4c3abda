// The compiler's own words, which come through undamaged.
#![deny(warnings)]

use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    return_value!(1);
    println!("never");
}

fn main() {}
