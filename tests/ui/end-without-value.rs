// The note names the runtime's own source, as every bound that is not met does.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<String> {
    let poem = yield_!(succeed(1))?;
    println!("{poem}");
}

fn main() {}
