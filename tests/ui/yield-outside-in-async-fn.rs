// Said by `yield_!` itself, which is called where nothing is marked.
use inline_callbacks::prelude::*;

async fn fetch(d: Deferred<u32>) -> u32 {
    println!("{}", yield_!(d)?);
    1
}

fn main() {}
