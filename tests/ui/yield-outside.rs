// Said by `yield_!` itself, which is called where nothing is marked.
use inline_callbacks::prelude::*;

fn fetch(d: Deferred<u32>) -> u32 {
    let poem: u32 = yield_!(d);
    poem
}

fn main() {}
