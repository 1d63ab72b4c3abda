// The compiler's own words, which come through undamaged.
#![deny(unused_must_use)]
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32, Result<u32, String>> {
    yield_!(1);
}

fn main() {
    let _ = numbers().next();
}
