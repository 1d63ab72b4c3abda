#![deny(warnings)]
use inline_callbacks::prelude::*;

#[inline_callbacks]
pub fn fetch(port: u32) -> Deferred<String> {
    println!("fetching from {port}");
    return_value!(port.to_string())
}

fn main() {}
