// The compiler says it of each arm, as it does in every function.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>, ready: Deferred<()>) -> Deferred<u32> {
    yield_!(ready)?;
    match d {
        Ok(poem) => Ok(poem),
        Err(why) => Err(why),
    }
}

fn main() {}
