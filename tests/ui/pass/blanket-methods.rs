#![deny(warnings)]
#![allow(non_upper_case_globals, dead_code)]

// Every value has the methods that generated code calls on values of its own, and its variables are constants.

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use inline_callbacks::testing::success_result_of;

trait Everything: Sized {
    fn kind(self) {}
    fn go(self) {}
    fn of(self) {}
    fn run(self) {}
    fn pin(self) {}
    fn end(self) {}
    fn empty_end(self) {}
    fn hand(self) {}
    fn make(self) {}
    fn out(self) {}
    fn wait(self) {}
    fn into_deferred(self) {}
}

impl<T> Everything for T {}

const operand: u32 = 1;
const out: u32 = 1;
static hand: u32 = 1;
const driver: u32 = 1;
const tail: u32 = 1;
const generator: u32 = 1;

type Done = Deferred<()>;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    let poem = yield_!(d)?;
    println!("{}", yield_!(succeed(poem))?);
    if poem == yield_!(async { 1 }) {
        return_value!(yield_!(poem) + 1);
    }
    Ok(poem)
}

#[inline_callbacks]
fn end(d: Deferred<()>) -> Deferred<()> {
    yield_!(d)
}

#[inline_callbacks]
fn alias(d: Deferred<()>) -> Done {
    yield_!(d)?;
}

#[inline_callbacks::generator]
fn numbers(n: u32) -> Generator<u32> {
    yield_!(n);
    println!("{:?}", yield_!(n + 1));
}

fn main() {
    assert_eq!(success_result_of(fetch(succeed(1))), 2);
    success_result_of(end(succeed(())));
    success_result_of(alias(succeed(())));
    assert_eq!(numbers(1).collect::<Vec<_>>(), [1, 2]);
    let closure = callbacks!(|n: u32| Ok((yield succeed(n))?));
    assert_eq!(success_result_of(closure(1)), 1);
}
