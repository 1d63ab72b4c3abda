// The compiler finds out, not the macro: its words for a missing function are the reason for the function's name.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch<D>(d: Deferred<u32>) -> D {
    Ok(yield_!(d)?)
}

fn main() {}
