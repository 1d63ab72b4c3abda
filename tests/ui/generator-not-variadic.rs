use inline_callbacks::prelude::*;

#[generator]
unsafe fn numbers(count: u32, _: ...) -> Generator<u32> {
    yield_!(count);
}

fn main() {}
