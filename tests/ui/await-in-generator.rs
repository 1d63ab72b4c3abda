use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[generator]
fn numbers() -> Generator<u32> {
    let number: u32 = succeed(1).await.unwrap();
    yield_!(number);
}

fn main() {
    let _ = numbers().next();
}
