// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn fetch(host: &str) -> Deferred<usize> {
    callbacks! {
        (yield succeed(1))?;
        Ok(host.len())
    }
}

fn main() {}
