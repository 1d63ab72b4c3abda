// The compiler refuses the attribute there, before we are asked: twice, and our word comes after.
use inline_callbacks::prelude::*;

fn main() {
    let fetch =
        #[inline_callbacks]
        |port: u32| -> Deferred<u32> { Ok(yield_!(port)) };
}
