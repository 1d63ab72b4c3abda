use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

trait Client {
    #[inline_callbacks]
    fn fetch(self) -> Deferred<u32>;
}

// The method is still there.
impl Client for u32 {
    fn fetch(self) -> Deferred<u32> {
        succeed(self)
    }
}

fn main() {}
