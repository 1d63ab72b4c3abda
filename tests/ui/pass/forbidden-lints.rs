#![deny(warnings)]
#![forbid(unsafe_code, unused, unreachable_code, clippy::all)]

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(d: Deferred<u32>, mut sum: u32) -> Deferred<u32> {
    sum += yield_!(d)?;
    if sum == 1 {
        return_value!(sum);
    }
    return_value!(yield_!(succeed(sum))?);
}

#[inline_callbacks]
fn end(d: Deferred<u32>) -> Deferred<()> {
    if yield_!(d)? == 1 {
        return;
    }
    return_value!();
}

fn main() {
    let _ = (fetch(succeed(1), 2), end(succeed(1)));
}
