use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

callbacks! {
    #[inline_callbacks]
    fn fetch(host: &str) -> Deferred<usize> {
        (yield succeed(1))?;
        Ok(host.len())
    }
}

fn main() {}
