use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    return_value!(1, 2)
}

fn main() {}
