use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(ports: Vec<u32>) -> Deferred<()> {
    ports.iter().for_each(|port| println!("{:?}", yield_!(succeed(*port))));
}

fn main() {}
