// The compiler's own words, which come through undamaged. They show our source, where the right name is declared.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callback]
fn fetch() -> Deferred<u32> {
    succeed(1)
}

fn main() {}
