// Two mistakes, to show that warnings about arguments reach the user.
#![deny(warnings)]

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
pub fn fetch(host: String, mut port: u32) -> Deferred<u32> {
    Ok(yield_!(succeed(port))?)
}

fn main() {}
