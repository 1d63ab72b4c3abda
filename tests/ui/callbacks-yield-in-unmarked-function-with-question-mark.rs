use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

callbacks! {
    fn fetch() -> Deferred<u32> {
        Ok(yield succeed(1)?)
    }
}

fn main() {}
