#![deny(warnings)]
#![no_implicit_prelude]

use ::inline_callbacks::prelude::*;
use ::inline_callbacks::succeed;
use ::std::result::Result::Ok;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    let poem = yield_!(d)?;
    if poem == 1 {
        return_value!(poem);
    }
    Ok(yield_!(succeed(poem))?)
}

#[inline_callbacks]
fn end(d: Deferred<u32>) -> Deferred<()> {
    yield_!(d)?;
}

#[inline_callbacks]
fn tail(d: Deferred<()>) -> Deferred<()> {
    yield_!(d)
}

fn main() {
    let shared = 1;
    let closure = callbacks!([shared] |port: u32| Ok((yield succeed(port))? + shared));
    let _ = (fetch(succeed(1)), end(succeed(1)), tail(succeed(())), closure(1));
    let _: Deferred<()> = callbacks! { (yield succeed(1))?; };
}
