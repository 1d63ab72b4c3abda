// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    let sent: u32 = yield_!(1);
    yield_!(sent);
}

fn main() {
    let _ = numbers().next();
}
