//! Functions that never wait, and about which nothing is said: they have reasons, or may have, or the user said so.

#![deny(warnings)]

use inline_callbacks::prelude::*;

macro_rules! fetched {
    ($port:expr) => {
        yield_!($port)
    };
}

trait Fetch {
    fn fetch(self) -> Deferred<u32>;
}

// A trait demands it.
impl Fetch for u32 {
    #[inline_callbacks]
    fn fetch(self) -> Deferred<u32> {
        Ok(self)
    }
}

// Nothing to do.
#[inline_callbacks]
fn nothing() -> Deferred<()> {}

// Not written yet.
#[inline_callbacks]
fn unfinished() -> Deferred<u32> {
    todo!()
}

// It waits in the macro.
#[inline_callbacks]
fn elsewhere() -> Deferred<u32> {
    Ok(fetched!(1))
}

#[allow(deprecated)]
#[inline_callbacks]
fn on_purpose() -> Deferred<u32> {
    Ok(1)
}

#[inline_callbacks]
#[allow(deprecated)]
fn on_purpose_below() -> Deferred<u32> {
    Ok(1)
}

#[allow(deprecated)]
#[generator]
fn none() -> Generator<u32> {
    println!("none");
}

fn main() {
    5.fetch().detach();
    nothing().detach();
    let _ = unfinished;
    elsewhere().detach();
    on_purpose().detach();
    on_purpose_below().detach();
    assert_eq!(none().next(), None);
}
