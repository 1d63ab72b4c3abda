use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    (1..4).for_each(|n| return_value!(n));
    yield_!(1);
}

fn main() {}
