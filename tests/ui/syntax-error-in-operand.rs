use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<()> {
    let _ = yield_!(d.);
}

fn main() {}
