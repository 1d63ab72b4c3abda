// The compiler's own words: they show what it misses, and that is in our source.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator {
    yield_!(1);
}

fn main() {
    let _ = numbers().next();
}
