// Without an operand `return_value!()` returns `()`.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    return_value!()
}

fn main() {}
