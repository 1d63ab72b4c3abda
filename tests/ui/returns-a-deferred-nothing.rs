use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() {
    let poem = yield_!(succeed(1))?;
    println!("{poem}");
}

fn main() {}
