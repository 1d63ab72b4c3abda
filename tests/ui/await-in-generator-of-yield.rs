use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1).await;
}

fn main() {}
