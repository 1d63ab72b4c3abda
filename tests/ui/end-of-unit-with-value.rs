// The notes name the runtime's own source, as every bound that is not met does.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<()> {
    let poem = yield_!(succeed(1_u32))?;
    poem.wrapping_add(1)
}

fn main() {}
