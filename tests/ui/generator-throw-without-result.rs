// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1);
}

fn main() {
    let mut numbers = numbers();
    numbers.throw("no");
}
