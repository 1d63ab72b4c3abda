// The compiler's own words, which come through undamaged.
#![deny(unused_must_use)]
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1);
}

fn main() {
    numbers();
}
