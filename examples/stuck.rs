//! A program that hangs, and says why.
//!
//!     cargo run -q --example stuck --features inspect
//!
//! Two transfers hold one account each and wait for the other one's; a third waits for an approval that nobody gives. Half a
//! second later `within` gives up on them and prints who waits for what. The exit status is 1. Twisted has nothing like it: there
//! one sees a program that does nothing.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::within;
use inline_callbacks::{DeferredLock, gather_results, reactor, task};

/// Moves money from one account to another, and has both to itself meanwhile.
#[inline_callbacks]
fn transfer(from: DeferredLock, to: DeferredLock) -> Deferred<()> {
    let _from = yield_!(from.acquire())?;
    yield_!(task::defer_later(&reactor::timers(), Duration::from_millis(10), || Ok(())))?;
    // The other transfer has this one, and waits for ours.
    let _to = yield_!(to.acquire())?;
}

/// Asks a clerk, who keeps the question and never answers.
fn ask_for_approval(desk: &Desk) -> Deferred<bool> {
    let (question, answer) = Deferred::new();
    desk.borrow_mut().push(question);
    answer
}

type Desk = Rc<RefCell<Vec<Trigger<bool>>>>;

#[inline_callbacks]
fn large_transfer(desk: Desk) -> Deferred<()> {
    if yield_!(ask_for_approval(&desk))? {
        println!("approved");
    }
}

#[inline_callbacks]
fn business_day(desk: Desk) -> Deferred<()> {
    let (ann, bob) = (DeferredLock::new(), DeferredLock::new());
    let transfers = [transfer(ann.clone(), bob.clone()), transfer(bob, ann), large_transfer(desk)];
    yield_!(gather_results(transfers))?;
}

fn main() -> Result<(), Failure> {
    let desk = Desk::default();
    reactor::block_on(|| within(Duration::from_millis(500), business_day(desk.clone())))
}
