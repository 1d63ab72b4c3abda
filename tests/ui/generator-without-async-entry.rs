use inline_callbacks::prelude::*;

#[generator]
#[tokio::main]
fn numbers() -> Generator<u32> {
    yield_!(1);
}

fn main() {}
