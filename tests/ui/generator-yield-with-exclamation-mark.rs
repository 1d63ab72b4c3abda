// Our word comes first; the compiler's own about the keyword, from its parser, cannot be helped.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield!(1);
}

fn main() {}
