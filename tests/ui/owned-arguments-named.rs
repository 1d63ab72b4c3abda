use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch<'a>(name: Option<&'a u32>, port: u32) -> Deferred<usize> {
    yield_!(succeed(port))?;
    return_value!(*name.unwrap() as usize)
}

fn main() {}
