use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<Strin> {
    let poem = yield_!(succeed(1))?;
    return_value!(poem.to_string())
}

fn main() {}
