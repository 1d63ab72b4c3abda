// Said by a bound, since only the type tells.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<String> {
    let poem = yield_!(succeed(1))?;
    println!("{poem}");
}

fn main() {}
