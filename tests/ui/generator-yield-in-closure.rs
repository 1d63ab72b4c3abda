use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    (1..4).for_each(|n| yield_!(n));
}

fn main() {
    let _ = numbers().next();
}
