#![deny(warnings)]
#![allow(dead_code, non_camel_case_types)]

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

mod core {}
mod std {}
mod alloc {}
mod inline_callbacks_macro {}

struct Ok;
struct Err;
struct Some;
struct None;
struct Result;
struct Option;
struct Box;
struct u32;
trait Future {}
trait IntoFuture {}
trait Clone {}
trait Drop {}
macro_rules! await_ { () => {} }
macro_rules! matches { () => {} }
fn drop() {}
fn operand() {}
fn start() {}

#[inline_callbacks]
fn fetch(d: Deferred<i64>) -> Deferred<i64> {
    let operand = yield_!(d)?;
    println!("{}", yield_!(succeed(operand))?);
    if operand == 1 {
        return ::std::result::Result::Ok(operand);
    }
    return_value!(operand)
}

#[inline_callbacks]
fn end(d: Deferred<i64>) -> Deferred<()> {
    if yield_!(d)? == 1 {
        return;
    }
}

#[inline_callbacks]
fn tail(d: Deferred<()>) -> Deferred<()> {
    yield_!(d)
}

fn main() {
    let shared = 1;
    let closure = callbacks!([shared] |port: i64| return_value!((yield succeed(port))? + shared));
    let _ = (fetch(succeed(1)), end(succeed(1)), tail(succeed(())), closure(1));
    await_!();
    matches!();
}
