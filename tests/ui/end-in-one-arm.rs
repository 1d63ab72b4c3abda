// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    match yield_!(succeed(1)) {
        Ok(poem) => return_value!(poem),
        Err(why) => println!("{why}"),
    }
}

fn main() {}
