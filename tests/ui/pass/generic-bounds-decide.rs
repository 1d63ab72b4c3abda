#![deny(warnings)]

use std::future::IntoFuture;

use inline_callbacks::prelude::*;
use inline_callbacks::{IntoDeferred, succeed};

// In generic code the declared bounds say what an operand is.

#[inline_callbacks]
fn value<T: 'static>(operand: T) -> Deferred<T> {
    Ok(yield_!(operand))
}

#[inline_callbacks]
fn future<F: IntoFuture<Output = u32> + 'static>(operand: F) -> Deferred<u32> {
    Ok(yield_!(operand))
}

#[inline_callbacks]
fn deferred<D: IntoDeferred<Value = u32> + 'static>(operand: D) -> Deferred<u32> {
    Ok(yield_!(operand)?)
}

fn main() {
    let _: Deferred<Deferred<u32>> = value(succeed(1));
    let _ = future(async { 1 });
    let _ = deferred(succeed(1));
}
