use inline_callbacks::prelude::*;

#[generator]
fn main() -> Generator<u32> {
    yield_!(1);
}
