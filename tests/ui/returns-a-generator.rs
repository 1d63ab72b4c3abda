use inline_callbacks::prelude::*;

#[inline_callbacks]
fn numbers() -> Generator<u32> {
    yield_!(1);
}

fn main() {
    let _ = numbers().next();
}
