use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn main() -> Deferred<()> {
    yield_!(succeed(1))?;
}
