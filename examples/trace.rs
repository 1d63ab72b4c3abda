//! A failure on its way out of five waits, across turns of the reactor, a lock and a chain of callbacks. It prints where it was made
//! and what it has gone through, innermost first.
//!
//! ```text
//! cargo run -q --example trace
//! RUST_BACKTRACE=1 cargo run -q --example trace
//! ```
//!
//! The second adds the real stack of the moment in which it was made. That is a turn of the reactor: of the bodies that wait,
//! none is on it. So a failure keeps its way itself.

use std::io;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::{DeferredLock, reactor, task};

/// What the network answers, on a later turn of the reactor.
fn answer_of(host: &str) -> Result<String, io::Error> {
    if host == "kettle" { Ok("THE KETTLE SINGS".to_owned()) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
}

#[inline_callbacks]
fn connect(host: &'static str) -> Deferred<String> {
    let answer = yield_!(task::defer_later(&reactor::timers(), Duration::ZERO, move || Ok(answer_of(host)?)))?;
    return_value!(answer)
}

/// One download at a time.
#[inline_callbacks]
fn download(host: &'static str, line: DeferredLock) -> Deferred<String> {
    let _guard = yield_!(line.acquire())?;
    yield_!(connect(host))
}

#[inline_callbacks]
fn get_poem(host: &'static str, line: DeferredLock) -> Deferred<String> {
    let poem = download(host, line)
        .map(|poem| poem.to_lowercase())
        .inspect_failure(|why| println!("The download failed: {why}"));
    yield_!(poem)
}

fn get_both(line: DeferredLock) -> Deferred<usize> {
    callbacks! {
        let kettle = get_poem("kettle", line.clone());
        let winter = get_poem("winter", line);
        let lines = (yield kettle)?.lines().count() + (yield winter)?.lines().count();
        Ok(lines)
    }
}

#[inline_callbacks]
fn count_lines() -> Deferred<usize> {
    let lines = get_both(DeferredLock::new()).await?;
    return_value!(lines)
}

fn main() {
    if let Err(why) = reactor::block_on(count_lines) {
        println!("{why:?}");
    }
}
