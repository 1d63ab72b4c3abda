// Five mistakes, five messages, at once.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
async fn fetch(name: &str, ports: &[u32]) -> String {
    let poem = yield_!(succeed(1))?;
    let lengths = ports.iter().map(|port| yield_!(succeed(*port)));
    return_value!(name.len())
}

fn main() {}
