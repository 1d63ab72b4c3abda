//! Pausing: law 11, and what Twisted's `pause` and `unpause` do to a chain.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{CancelHandle, Deferred, Failure, Pause, Trigger, ensure_deferred, fail, succeed};

use crate::support::{Log, capture_unhandled, ok, on_small_stack, show};

/// Law 11: on a paused chain that has fired, a callback is queued when it is added, and runs inside `unpause`.
#[test]
fn a_callback_added_to_a_paused_chain_is_queued() {
    let log = Log::new();
    let deferred = succeed(1);
    let pause = deferred.pause();
    let chain = log.watch("d", deferred);
    log.note("added");
    pause.unpause();
    log.note("unpaused");
    assert_eq!(log.text(), "added | d -> 1 | unpaused");
    success_result_of(chain);
}

/// A paused Deferred that has failed delivers its failure when the pause ends.
///
/// Twisted: `DeferredTests.testPausedFailure`.
#[test]
fn a_paused_failure_is_delivered_at_the_end_of_the_pause() {
    let log = Log::new();
    let deferred = fail::<u32>(Failure::msg("no"));
    let pause = deferred.pause();
    let chain = deferred.add_errback({
        let log = log.clone();
        move |why| {
            log.note(&why);
            Ok(0)
        }
    });
    assert_no_result(&chain);
    pause.unpause();
    assert_eq!(log.text(), "no");
    assert_eq!(success_result_of(chain), 0);
}

/// A pause that ends before the Deferred fires leaves no trace.
///
/// Twisted: `DeferredTests.testUnpauseBeforeCallback`.
#[test]
fn a_pause_that_ends_before_firing_does_no_harm() {
    let (trigger, deferred) = Deferred::<u32>::new();
    deferred.pause().unpause();
    let sum = deferred.map(|n| n + 1);
    sum.pause().unpause();
    trigger.callback(1);
    assert_eq!(success_result_of(sum), 2);
}

/// Firing while the chain is paused keeps the result; callbacks that were added before the pause are held as well.
#[test]
fn a_pause_holds_the_whole_chain() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (first, second) = (log.clone(), log.clone());
    let chain = deferred.map(move |n| {
        first.note("first");
        n + 1
    });
    let pause = chain.pause();
    let chain = chain.map(move |n| {
        second.note("second");
        n + 1
    });
    trigger.callback(1);
    log.note("fired");
    pause.unpause();
    assert_eq!(log.text(), "fired | first | second");
    assert_eq!(success_result_of(chain), 3);
}

/// Several pauses hold until the last of them ends, in whatever order, taken before and after the firing.
#[test]
fn pauses_are_counted() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let first = deferred.pause();
    let chain = deferred.map(|n| n + 1);
    let second = chain.pause();
    trigger.callback(1);
    let third = chain.pause();
    for pause in [first, third] {
        pause.unpause();
        assert_no_result(&chain);
    }
    second.unpause();
    assert_eq!(success_result_of(chain), 2);
}

/// A chain may be paused again after its result has passed an earlier pause.
#[test]
fn a_chain_is_paused_again_after_its_result_has_passed() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let pause = deferred.pause();
    trigger.callback(1);
    pause.unpause();
    assert!(deferred.is_fired());
    let pause = deferred.pause();
    let chain = deferred.map(|n| n + 1);
    assert_no_result(&chain);
    pause.unpause();
    assert_eq!(success_result_of(chain), 2);
}

/// While it is paused the result is not there for anybody: not for `is_fired`, `peek` or `assert_no_result`.
#[test]
fn a_paused_result_is_not_there() {
    let deferred = succeed(1);
    let pause = deferred.pause();
    assert!(!deferred.is_fired());
    assert_eq!(deferred.peek(|result| show(&result.copied().map_err(Clone::clone))), None);
    assert_no_result(&deferred);
    pause.unpause();
    assert!(deferred.is_fired());
    assert_eq!(deferred.peek(|result| *result.unwrap()), Some(1));
}

/// Pausing a Deferred whose result was taken does nothing.
#[test]
fn a_deferred_whose_result_was_taken_can_be_paused() {
    let mut deferred = succeed(1);
    success_result_of(ensure_deferred(async move {
        ok((&mut deferred).await?)?;
        let pause = deferred.pause();
        let again = (&mut deferred).await;
        assert_eq!(again.unwrap_err().to_string(), "the result of this Deferred has already been taken");
        pause.unpause();
        ok(())
    }));
}

/// Dropping the guard ends the pause.
///
/// Hazard 10.
#[test]
fn dropping_the_guard_ends_the_pause() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let pause = deferred.pause();
    trigger.callback(1);
    assert_no_result(&deferred);
    drop(pause);
    assert_eq!(success_result_of(deferred), 1);
}

/// A guard that is dropped while a callback runs lets the chain go on when the outermost callback has returned, as a trigger
/// does that is dropped there (law 8); `unpause` does it at once.
#[test]
fn a_guard_dropped_inside_a_callback_waits_for_its_end() {
    let log = Log::new();
    let (dropped, unpaused) = (succeed(1), succeed(2));
    let (drop_it, unpause_it) = (dropped.pause(), unpaused.pause());
    let chains = (log.watch("dropped", dropped), log.watch("unpaused", unpaused));
    let inside = log.clone();
    success_result_of(succeed(()).map(move |()| {
        drop(drop_it);
        unpause_it.unpause();
        inside.note("end of callback");
    }));
    assert_eq!(log.text(), "unpaused -> 2 | end of callback | dropped -> 1");
    success_result_of(chains.0);
    success_result_of(chains.1);
}

/// A guard that is dropped inside a callback and followed by another pause before that ends: the other one holds.
#[test]
fn a_pause_that_follows_a_dropped_guard_holds() {
    let deferred = succeed(1);
    let pause = deferred.pause();
    let (deferred, second) = success_result_of(succeed(()).map(move |()| {
        drop(pause);
        let second = deferred.pause();
        (deferred, second)
    }));
    assert_no_result(&deferred);
    second.unpause();
    assert_eq!(success_result_of(deferred), 1);
}

/// The guard outlives the handle: the chain goes on though nobody holds its end, and a failure is reported then, once.
#[test]
fn the_guard_outlives_the_handle() {
    let unhandled = capture_unhandled();
    let log = Log::new();
    let deferred = fail::<u32>(Failure::msg("late"));
    let pause = deferred.pause();
    log.watch("d", deferred.inspect_failure(|_| ())).detach();
    let unseen = fail::<u32>(Failure::msg("unseen"));
    let other = unseen.pause();
    unseen.detach();
    assert_eq!(format!("{}{}", log.text(), unhandled.text()), "");
    pause.unpause();
    assert_eq!(log.text(), "d -> F[late]");
    other.unpause();
    assert_eq!(unhandled.text(), "unseen");
}

/// A chain waits for a paused Deferred that a callback returned, fired or not, until its pause ends.
///
/// Twisted: `DeferredTests.test_callbackReturnsDeferred`, `DeferredTests.test_chainedPausedDeferredWithResult`.
#[test]
fn a_paused_inner_deferred_keeps_the_outer_one_waiting() {
    let (trigger, later) = Deferred::<u32>::new();
    for (inner, trigger) in [(succeed(1), None), (later, Some(trigger))] {
        let pause = inner.pause();
        let (start, outer) = Deferred::new();
        let outer = outer.add_callback(move |()| inner);
        start.callback(());
        assert_no_result(&outer);
        if let Some(trigger) = trigger {
            trigger.callback(1);
            assert_no_result(&outer);
        }
        pause.unpause();
        assert_eq!(success_result_of(outer), 1);
    }
}

/// A paused chain does not hold the Deferred that it waits for: its callbacks run, the chain's own wait.
///
/// Twisted: `DeferredTests.test_pausedDeferredChained`.
#[test]
fn a_paused_outer_deferred_does_not_hold_the_inner_one() {
    let log = Log::new();
    let (trigger, inner) = Deferred::<u32>::new();
    let note = log.clone();
    let inner = inner.map(move |n| {
        note.note("inner");
        n + 1
    });
    let (start, outer) = Deferred::new();
    let outer = outer.add_callback(move |()| inner);
    start.callback(());
    let pause = outer.pause();
    let chain = log.watch("outer", outer);
    trigger.callback(1);
    log.note("fired");
    pause.unpause();
    assert_eq!(log.text(), "inner | fired | outer -> 2");
    success_result_of(chain);
}

/// Where the callback that returns a Deferred runs at once, that Deferred takes the place of the outer one, so a pause holds
/// its callbacks. (In Twisted the outer one stays an object of its own.)
#[test]
fn a_deferred_that_a_fired_one_became_is_paused_itself() {
    let log = Log::new();
    let (trigger, inner) = Deferred::<u32>::new();
    let note = log.clone();
    let inner = inner.map(move |n| {
        note.note("inner");
        n + 1
    });
    let outer = succeed(()).add_callback(move |()| inner);
    let pause = outer.pause();
    trigger.callback(1);
    log.note("fired");
    pause.unpause();
    assert_eq!(log.text(), "fired | inner");
    assert_eq!(success_result_of(outer), 2);
}

/// Cancelling while paused fires now; the callbacks see it when the pause ends. (d07d)
#[test]
fn a_paused_deferred_is_cancelled_now_and_tells_at_the_end_of_the_pause() {
    let log = Log::new();
    let note = log.clone();
    let (trigger, deferred) = Deferred::<u32>::with_canceller(move |_| note.note("canceller"));
    let deferred = deferred.map(|n| n + 1);
    let pause = deferred.pause();
    deferred.cancel();
    deferred.cancel();
    assert!(trigger.is_cancelled());
    let chain = log.watch("d", deferred);
    log.note("unpause>");
    pause.unpause();
    assert_eq!(log.text(), "canceller | unpause> | d -> F[cancelled]");
    success_result_of(chain);
}

/// Cancelling a paused Deferred that has fired does nothing.
#[test]
fn a_paused_result_is_not_cancelled() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let pause = deferred.pause();
    trigger.callback(1);
    deferred.cancel();
    pause.unpause();
    assert_eq!(success_result_of(deferred), 1);
}

/// A cancel handle stands for the whole chain also when a pause was put into it, before or after the handle was taken.
#[test]
fn a_cancel_handle_reaches_through_a_pause() {
    for paused_first in [true, false] {
        let (trigger, deferred) = Deferred::<u32>::new();
        let early = paused_first.then(|| deferred.pause());
        let handle = deferred.cancel_handle();
        let chain = deferred.map(|n| n + 1);
        let late = (!paused_first).then(|| chain.pause());
        let (inner_trigger, inner) = Deferred::<u32>::new();
        let chain = chain.add_callback(move |_| inner);
        trigger.callback(1);
        drop((early, late));
        handle.cancel();
        assert!(inner_trigger.is_cancelled(), "paused first: {paused_first}");
        assert!(failure_result_of(chain).is_cancelled());
    }
}

/// The same where the pause was put on a chain that had fired.
#[test]
fn a_cancel_handle_reaches_through_a_pause_of_a_result() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let handle = deferred.cancel_handle();
    trigger.callback(1);
    let pause = deferred.pause();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let chain = deferred.add_callback(move |_| inner);
    pause.unpause();
    handle.cancel();
    assert!(inner_trigger.is_cancelled());
    assert!(failure_result_of(chain).is_cancelled());
}

/// A pause inside a running callback stops the callbacks after it, and only those. (d07b: in Twisted they run.)
///
/// Hazard 10.
#[test]
fn a_pause_inside_a_callback_stops_the_next_one() {
    let log = Log::new();
    let chain = Rc::new(RefCell::new(None::<Deferred<u32>>));
    let guard = Rc::new(Cell::new(None::<Pause>));
    let (trigger, deferred) = Deferred::<u32>::new();
    let (own, kept, first, second) = (Rc::clone(&chain), Rc::clone(&guard), log.clone(), log.clone());
    let deferred = deferred
        .map(move |n| {
            kept.set(own.borrow().as_ref().map(Deferred::pause));
            first.note("first, to its end");
            n + 1
        })
        .map(move |n| {
            second.note("second");
            n + 1
        });
    chain.replace(Some(deferred));
    trigger.callback(1);
    log.note("fired");
    guard.take().expect("the callback paused the chain").unpause();
    assert_eq!(log.text(), "first, to its end | fired | second");
    assert_eq!(success_result_of(chain.take().expect("put there above")), 3);
}

/// A chain that is about to be resumed, since its trigger was dropped by a callback that still runs, can be paused.
#[test]
fn a_chain_that_is_about_to_be_resumed_can_be_paused() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = log.watch("d", deferred);
    let (chain, pause) = success_result_of(succeed(()).map(move |()| {
        drop(trigger);
        let pause = chain.pause();
        (chain, pause)
    }));
    assert_eq!(log.text(), "");
    pause.unpause();
    assert_eq!(log.text(), "d -> F[abandoned: the trigger was dropped before it fired]");
    success_result_of(chain);
}

/// The same where the pause ends again before the resuming has come.
#[test]
fn a_pause_may_end_before_the_chain_was_to_be_resumed() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = log.watch("d", deferred);
    let (more, rest) = Deferred::<()>::new();
    let chain = success_result_of(succeed(()).map(move |()| {
        drop(trigger);
        chain.pause().unpause();
        chain.add_callback(move |()| rest)
    }));
    assert_eq!(log.text(), "d -> F[abandoned: the trigger was dropped before it fired]");
    assert_no_result(&chain);
    more.callback(());
    success_result_of(chain);
}

/// A body that yields a paused Deferred waits until the pause ends. (e28)
#[test]
fn a_body_waits_for_a_paused_deferred() {
    let (trigger, later) = Deferred::<u32>::new();
    let now = succeed(1);
    let pauses = (now.pause(), later.pause());
    let body = ensure_deferred(async move { ok(now.await? + later.await?) });
    pauses.0.unpause();
    trigger.callback(2);
    assert_no_result(&body);
    pauses.1.unpause();
    assert_eq!(success_result_of(body), 3);
}

/// Pausing an inline callback's Deferred does not pause its body, only the callbacks. (`pause_D`)
#[test]
fn pausing_an_inline_callback_does_not_pause_its_body() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let note = log.clone();
    let body = ensure_deferred(async move {
        let n = deferred.await?;
        note.note("resumed");
        ok(n)
    });
    let pause = body.pause();
    let chain = log.watch("body", body);
    trigger.callback(1);
    log.note("fired");
    pause.unpause();
    assert_eq!(log.text(), "resumed | fired | body -> 1");
    success_result_of(chain);
}

/// Cancelling a body whose Deferred is paused: what it waits for is cancelled now, its callbacks see that after the pause. (In
/// Twisted nothing is cancelled before.)
#[test]
fn cancelling_a_paused_body_reaches_what_it_waits_for() {
    let log = Log::new();
    let note = log.clone();
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(move |_| note.note("canceller"));
    let body = ensure_deferred(async move { ok(deferred.await?) });
    let (pause, handle) = (body.pause(), body.cancel_handle());
    let chain = log.watch("body", body);
    handle.cancel();
    log.note("cancelled");
    pause.unpause();
    assert_eq!(log.text(), "canceller | cancelled | body -> F[cancelled]");
    success_result_of(chain);
}

/// Cancelling a body that waits for a paused Deferred: what it waits for is cancelled now, the body sees it after the pause.
#[test]
fn a_body_that_waits_for_a_paused_deferred_is_cancelled_through_it() {
    let log = Log::new();
    let note = log.clone();
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(move |_| note.note("canceller"));
    let pause = deferred.pause();
    let seen = log.clone();
    let body = ensure_deferred(async move {
        let result = deferred.await;
        seen.note(show(&result));
        result
    });
    body.cancel();
    log.note("unpause>");
    pause.unpause();
    assert_eq!(log.text(), "canceller | unpause> | F[cancelled]");
    assert!(failure_result_of(body).is_cancelled());
}

/// A callback may end a pause of the chain that it is in, and so resume nothing twice.
#[test]
fn a_callback_may_end_a_pause_of_its_own_chain() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let slot = Rc::new(Cell::new(None::<Pause>));
    let kept = Rc::clone(&slot);
    let deferred = deferred.map(move |n| {
        drop(kept.take());
        n
    });
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let outer = deferred.add_callback(move |_| inner);
    trigger.callback(1);
    slot.set(Some(outer.pause()));
    let chain = log.watch("d", outer);
    inner_trigger.callback(2);
    assert_eq!(log.text(), "");
    drop(slot.take());
    assert_eq!(log.text(), "d -> 2");
    success_result_of(chain);
}

/// Law 4: a chain of a hundred thousand callbacks is paused, fired, cancelled and let go without deep recursion; and a
/// chain that is paused a hundred thousand times does not grow.
#[test]
fn pausing_costs_no_stack_and_leaves_nothing_behind() {
    on_small_stack(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let chain = (0..100_000).fold(deferred, |chain, _| chain.map(|n| n + 1));
        for _ in 0..10 {
            drop(chain.pause());
        }
        let pause = chain.pause();
        trigger.callback(0);
        pause.unpause();
        assert_eq!(success_result_of(chain), 100_000);

        let (trigger, deferred): (Trigger<u32>, _) = Deferred::new();
        let deferred = deferred.map(|n| n + 1);
        let handle: CancelHandle = deferred.cancel_handle();
        for _ in 0..100_000 {
            deferred.pause().unpause();
        }
        handle.cancel();
        assert!(trigger.is_cancelled());
        assert!(failure_result_of(deferred).is_cancelled());
    });
}
