// The compiler's own words, which come through undamaged. They show the standard library's `Err`.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let poem = yield_!(succeed(1))?;
    if poem == 0 {
        return Err("no poem");
    }
    Ok(poem)
}

fn main() {}
