//! How many inline callbacks there are, for tests that look for leaks.

use std::future::pending;

use inline_callbacks::inspect::{counts, waiting};
use inline_callbacks::prelude::*;
use inline_callbacks::{Failure, fail, succeed};

#[inline_callbacks]
fn wait_for(inner: Deferred<()>) -> Deferred<()> {
    yield_!(inner)?;
}

/// Every end counts as one: a value, a failure, a panic, a cancellation; at once or later.
#[test]
fn every_end_is_counted_once() {
    let before = counts();
    wait_for(succeed(())).detach();
    assert!(wait_for(fail(Failure::msg("no"))).add_errback(|_| ()).is_fired());
    let panics: Deferred<()> = callbacks! { panic!("on purpose") };
    assert!(panics.add_errback(|_| ()).is_fired());
    let (trigger, deferred) = Deferred::new();
    wait_for(deferred).detach();
    trigger.callback(());
    let cancelled = wait_for(Deferred::from_future(pending()));
    cancelled.cancel();
    assert!(cancelled.add_errback(|_| ()).is_fired());
    let after = counts();
    // The future made into a Deferred is the sixth.
    assert_eq!((after.started() - before.started(), after.ended() - before.ended()), (6, 6));
    assert_eq!((after.live(), after.abandoned()), (before.live(), before.abandoned()));
}

/// Those that wait are live, and so is the one that runs.
#[test]
fn who_waits_or_runs_is_live() {
    let (trigger, deferred) = Deferred::new();
    wait_for(deferred).detach();
    assert_eq!((counts().live(), waiting().bodies().len()), (1, 1));
    let _body: Deferred<()> = callbacks! {
        assert_eq!((counts().live(), waiting().bodies().len()), (2, 1), "this one has not waited");
        Ok(())
    };
    trigger.callback(());
    assert_eq!((counts().live(), counts().started()), (0, 2));
}

/// One that nothing can resume, and whose Deferred is dropped, is abandoned, not ended.
#[test]
fn who_is_dropped_where_it_waits_is_abandoned() {
    let hopeless = Deferred::from_future(pending::<()>());
    assert_eq!((counts().live(), counts().abandoned()), (1, 0));
    drop(hopeless);
    assert_eq!((counts().live(), counts().abandoned(), counts().ended()), (0, 1, 0));
}

/// What an exploration leaves waiting is abandoned.
#[test]
fn what_an_exploration_leaves_behind_is_abandoned() {
    let before = counts();
    inline_callbacks::explore(|world| {
        world.allow_waiting();
        let (trigger, deferred) = Deferred::new();
        wait_for(deferred).detach();
        // Nobody ever fires or drops it.
        std::mem::forget(trigger);
        || ()
    });
    let after = counts();
    assert_eq!((after.live(), after.abandoned() - before.abandoned()), (before.live(), 1));
}

/// A leak is seen: one that waits for what it keeps alive itself stays live.
#[test]
fn who_keeps_its_own_trigger_stays_live() {
    let before = counts().live();
    let body: Deferred<()> = callbacks! {
        let (_trigger, deferred) = Deferred::<()>::new();
        yield deferred
    };
    drop(body);
    assert_eq!(counts().live(), before + 1);
}
