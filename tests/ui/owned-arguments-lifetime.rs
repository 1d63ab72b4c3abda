use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use std::borrow::Cow;

#[inline_callbacks]
fn fetch(name: Cow<'_, str>, port: u32) -> Deferred<usize> {
    yield_!(succeed(port))?;
    return_value!(name.len())
}

fn main() {}
