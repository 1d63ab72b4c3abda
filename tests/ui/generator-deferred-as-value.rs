// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(succeed(1));
}

fn main() {
    let _ = numbers().next();
}
