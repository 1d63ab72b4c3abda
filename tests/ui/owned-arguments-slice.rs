use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(name: &[Option<u8>], port: u32) -> Deferred<usize> {
    yield_!(succeed(port))?;
    return_value!(name.len())
}

fn main() {}
