// The compiler calls the body by the name of what it is made of, an async block.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(ports: Vec<u32>) -> Deferred<u32> {
    let port = ports.first()?;
    Ok(yield_!(succeed(*port))?)
}

fn main() {}
