// Said by a bound, since only the type tells.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<()> {
    let poem = yield_!(succeed(1_u32))?;
    poem.wrapping_add(1)
}

fn main() {}
