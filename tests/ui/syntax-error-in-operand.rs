use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Option<Deferred<u32>>) -> Deferred<()> {
    let poem = yield_!(d.);
}

fn main() {}
