// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    yield_!(d)
}

fn main() {
    let (trigger, d) = Deferred::new();
    let poem = fetch(d);
    poem.callback(2);
    trigger.callback(1);
}
