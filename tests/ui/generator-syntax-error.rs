// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    let n = ;
    yield_!(n);
}

fn main() {
    let _ = numbers().next();
}
