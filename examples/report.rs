//! What a failure says that reaches the end of `main`: the error, its causes, where it was made, the waits it crossed.
//!
//!     cargo run --example report
//!
//! The exit status is 1. Twisted: `task.react` of a main function that fails.

use std::io;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::{reactor, task};

fn connect() -> Result<(), io::Error> {
    Err(io::Error::new(io::ErrorKind::ConnectionRefused, "nobody listens"))
}

#[inline_callbacks]
fn get_poetry() -> Deferred<String> {
    yield_!(task::defer_later(&reactor::timers(), Duration::from_millis(1), || Ok(())))?;
    connect()?;
    return_value!(String::new())
}

#[inline_callbacks]
fn get_transformed_poem() -> Deferred<String> {
    let poem = yield_!(get_poetry())?;
    return_value!(poem.to_lowercase())
}

#[inline_callbacks]
fn count_lines() -> Deferred<usize> {
    let poem = yield_!(get_transformed_poem())?;
    return_value!(poem.lines().count())
}

fn main() -> Result<(), Failure> {
    let lines = reactor::block_on(count_lines)?;
    println!("{lines} lines");
    Ok(())
}
