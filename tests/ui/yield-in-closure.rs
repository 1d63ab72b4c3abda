use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(ports: Vec<u32>) -> Deferred<Vec<u32>> {
    let poems = ports.into_iter().map(|port| yield_!(succeed(port))).collect();
    Ok(poems)
}

fn main() {}
