use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

callbacks! {
    #[inline_callbacks]
    fn fetch() -> u32 {
        (yield succeed(1))?
    }
}

fn main() {}
