use inline_callbacks::prelude::*;

#[generator]
extern "C" fn numbers() -> Generator<u32> {
    yield_!(1);
}

fn main() {}
