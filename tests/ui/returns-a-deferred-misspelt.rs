// The compiler's own words, which come through undamaged. They show the type in the standard library that was meant.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<Strin> {
    let poem = yield_!(succeed(1))?;
    return_value!(poem.to_string())
}

fn main() {}
