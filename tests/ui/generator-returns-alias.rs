// The compiler finds out, not the macro: its words for a missing function are the reason for the function's name.
use inline_callbacks::prelude::*;

struct Numbers;

#[generator]
fn numbers() -> Numbers {
    yield_!(1);
}

fn main() {
    let _: Numbers = numbers();
}
