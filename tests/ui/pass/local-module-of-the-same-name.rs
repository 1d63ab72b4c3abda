#![deny(warnings)]

use ::inline_callbacks as ic;
use ic::{Deferred, inline_callbacks};

mod inline_callbacks {}

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> ic::Deferred<u32> {
    let poem = ic::yield_!(d)?;
    println!("{}", ic::yield_!(ic::succeed(poem))?);
    ic::return_value!(poem)
}

#[ic::inline_callbacks]
fn end(d: Deferred<u32>) -> ic::Deferred<()> {
    ic::yield_!(d)?;
}

fn main() {
    let closure = ic::callbacks!(|port: u32| Ok((yield ic::succeed(port))?));
    let _ = (fetch(ic::succeed(1)), end(ic::succeed(1)), closure(1));
}
