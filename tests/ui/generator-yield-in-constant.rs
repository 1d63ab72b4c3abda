use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    const ONE: () = yield_!(1);
    yield_!(2);
}

fn main() {}
