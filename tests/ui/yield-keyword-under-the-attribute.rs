// Our word comes first; the compiler's own about the keyword, from its parser, cannot be helped.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let poem = yield succeed(1);
    Ok(poem?)
}

fn main() {}
