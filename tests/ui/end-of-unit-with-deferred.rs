// Said by a bound, since only the type tells.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(d: Deferred<()>) -> Deferred<()> {
    yield_!(succeed(1))?;
    d
}

fn main() {}
