// The compiler finds out, not the macro, and says which bound to write.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch<T: Clone>(poem: T) -> Deferred<()> {
    yield_!(succeed(1))?;
    drop(poem.clone());
}

fn main() {}
