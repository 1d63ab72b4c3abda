// Said by `yield_!` itself, which is called where nothing is marked.
use inline_callbacks::prelude::*;

fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    d.add_callback(|port| yield_!(port))
}

fn main() {}
