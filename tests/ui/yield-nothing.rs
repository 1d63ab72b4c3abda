// Without an operand `yield_!()` is `()`.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let poem: u32 = yield_!();
    Ok(poem)
}

fn main() {}
