// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

struct NotAnError;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let port = Err(NotAnError)?;
    Ok(yield_!(succeed(port))?)
}

fn main() {}
