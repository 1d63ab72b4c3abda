use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(port: Option<u32>) -> Deferred<()> {
    println!("{:?}", port.map(|port| yield_!(succeed(port)).is_ok()));
}

fn main() {}
