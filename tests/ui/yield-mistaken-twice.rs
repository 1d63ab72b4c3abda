// Said by a bound of the runtime, since only the type tells.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<Deferred<u32>>) -> Deferred<u32> {
    Ok(yield_!(yield_!(d))?)
}

fn main() {}
