// The compiler finds out, not the macro: the attribute asks, and the argument is named.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use std::borrow::Cow;

#[inline_callbacks]
fn fetch(name: Cow<str>) -> Deferred<usize> {
    yield_!(succeed(1))?;
    return_value!(name.len())
}

fn main() {}
