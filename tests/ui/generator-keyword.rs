// The compiler reports bare `yield` before the attribute is asked.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield 1;
}

fn main() {
    let _ = numbers().next();
}
