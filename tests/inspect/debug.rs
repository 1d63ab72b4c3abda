//! What `{:?}` says of a Deferred with feature `inspect`.

use std::cell::Cell;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::{Clock, DeferredLock, fail, succeed, task, testing};

use crate::support::seconds;

#[inline_callbacks]
fn wait_for(inner: Deferred<()>) -> Deferred<()> {
    yield_!(inner)?;
}

/// Fired: with what kind of result; pending: where it was made.
#[test]
fn a_fired_one_says_its_result_and_a_pending_one_where_it_was_made() {
    assert_eq!(format!("{:?}", succeed(1)), "Deferred(succeeded)");
    let failed = fail::<()>(Failure::msg("no poem"));
    assert_eq!(format!("{failed:?}"), "Deferred(failed: no poem)");
    assert!(testing::failure_result_of(failed).to_string().contains("no poem"));
    let (trigger, deferred) = Deferred::<()>::new();
    let (line, file) = (line!() - 1, file!());
    assert_eq!(format!("{deferred:?}"), format!("Deferred(pending, made at {file}:{line}:31)"));
    let chain = deferred.map(drop);
    assert_eq!(format!("{chain:?}"), format!("Deferred(pending, made at {file}:{line}:31)"));
    let pause = chain.pause();
    assert_eq!(format!("{chain:?}"), "Deferred(paused)");
    drop(pause);
    trigger.callback(());
    assert_eq!(format!("{chain:?}"), "Deferred(succeeded)");
}

/// An inline callback and a chain say for which other one they wait, and where that was made.
#[test]
fn one_that_waits_says_for_which_other_and_where_that_was_made() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let (line, file) = (line!() - 1, file!());
    let body = wait_for(deferred);
    let wait = format!("{file}:13:5");
    let expected = format!("Deferred(waiting at {wait} for a Deferred made at {file}:{line}:32)");
    assert_eq!(format!("{body:?}"), expected);
    let outer = wait_for(body);
    assert_eq!(format!("{outer:?}"), format!("Deferred(waiting at {wait} for `inspect::debug::wait_for` at {wait})"));
    let chain = succeed(()).add_callback(move |()| outer);
    let text = format!("{chain:?}");
    assert!(text.ends_with(&format!("for `inspect::debug::wait_for` at {wait})")), "{text}");
}

/// A lock, a delayed call: what they are.
#[test]
fn a_pending_one_says_what_it_is() {
    let lock = DeferredLock::new();
    let _guard = testing::success_result_of(lock.acquire());
    let line = line!() + 1;
    let text = format!("{:?}", lock.acquire());
    assert_eq!(text, format!("Deferred(pending: a lock, asked for at {}:{line}:37)", file!()));
    let clock = Clock::new();
    let later = task::defer_later(&clock, seconds(5), || Ok(()));
    let text = format!("{later:?}");
    assert!(text.starts_with("Deferred(pending: a delayed call due in 5.0s, scheduled at "), "{text}");
}

/// A chain that waits for itself is described, and that has an end.
#[test]
fn a_chain_that_waits_for_itself_is_described() {
    let slot: Rc<Cell<Option<Deferred<()>>>> = Rc::default();
    let taken = Rc::clone(&slot);
    let (trigger, deferred) = Deferred::<()>::new();
    let chain = deferred.add_callback(move |()| taken.take().unwrap());
    let shared = chain.share();
    slot.set(Some(shared.observe()));
    let observer = shared.observe();
    trigger.callback(());
    assert!(format!("{observer:?}").starts_with("Deferred(pending, made at "), "{observer:?}");
}
