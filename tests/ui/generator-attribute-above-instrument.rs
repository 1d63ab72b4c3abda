use inline_callbacks::prelude::*;

#[tracing::instrument]
#[generator]
fn numbers(n: u32) -> Generator<u32> {
    yield_!(n);
}

fn main() {
    let _ = numbers(1).next();
}
