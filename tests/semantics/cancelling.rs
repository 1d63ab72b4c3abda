//! Cancelling: laws 13 and 14, and of law 16 the panicking canceller and the body that cancels itself.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::stream::{FuturesUnordered, StreamExt};
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{AlreadyTaken, CancelHandle, Deferred, Failure, Panicked, Trigger, ensure_deferred, succeed};

use crate::support::{Log, capture_unhandled, ok, show};

/// A pending Deferred whose canceller writes `canceller {name}` and fires nothing.
fn noting(log: &Log, name: &'static str) -> (Trigger<u32>, Deferred<u32>) {
    let log = log.clone();
    Deferred::with_canceller(move |_| log.note(format!("canceller {name}")))
}

/// Law 13: without a canceller, `cancel` fires `Cancelled` inside the call.
///
/// Twisted: `DeferredCancellerTests.test_noCanceller`.
#[test]
fn cancelling_a_pending_deferred_fires_cancelled_at_once() {
    let log = Log::new();
    let (_trigger, deferred) = Deferred::<u32>::new();
    let handle = deferred.cancel_handle();
    let chain = log.watch("d", deferred);
    log.note("cancel>");
    handle.cancel();
    log.note("<cancel");
    assert_eq!(log.text(), "cancel> | d -> F[cancelled] | <cancel");
    success_result_of(chain);
}

/// Law 13: the canceller is asked first, then `Cancelled` comes. (d12)
///
/// Twisted: `DeferredCancellerTests.test_cancellerMultipleCancel`, `DeferredCancellerTests.test_simpleCanceller`.
#[test]
fn the_canceller_is_asked_before_cancelled_fires() {
    let log = Log::new();
    let (_trigger, deferred) = noting(&log, "d");
    let handle = deferred.cancel_handle();
    let chain = log.watch("d", deferred);
    handle.cancel();
    handle.cancel();
    assert_eq!(log.text(), "canceller d | d -> F[cancelled]");
    success_result_of(chain);
}

/// Law 13: what the canceller fires is the result, value or failure, through its own trigger or the original one.
///
/// Twisted: `DeferredCancellerTests.test_cancellerThatErrbacks`, `DeferredCancellerTests.test_cancellerThatCallbacks`.
#[test]
fn what_the_canceller_fires_is_the_result() {
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.callback(1));
    deferred.cancel();
    assert_eq!(success_result_of(deferred), 1);
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(Failure::msg("busy")));
    deferred.cancel();
    assert_eq!(failure_result_of(deferred).to_string(), "busy");
    let original = Rc::new(RefCell::new(None::<Trigger<u32>>));
    let slot = Rc::clone(&original);
    let (trigger, deferred) = Deferred::with_canceller(move |_| {
        if let Some(trigger) = slot.take() {
            trigger.callback(2);
        }
    });
    original.replace(Some(trigger));
    deferred.cancel();
    assert_eq!(success_result_of(deferred), 2);
}

/// Law 13: dropping triggers while the canceller runs does nothing: the outcome is `Cancelled`, not `Abandoned`.
#[test]
fn dropping_triggers_inside_the_canceller_does_nothing() {
    let original = Rc::new(RefCell::new(None::<Trigger<u32>>));
    let slot = Rc::clone(&original);
    let (trigger, deferred) = Deferred::with_canceller(move |own| {
        drop(own);
        drop(slot.take());
    });
    original.replace(Some(trigger));
    deferred.cancel();
    assert!(failure_result_of(deferred).is_cancelled());
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 13: after a cancel every trigger is inert, the canceller's own one too. (d12)
///
/// Twisted: `DeferredCancellerTests.test_raisesAfterCancelAndCallback`,
/// `DeferredCancellerTests.test_raisesAfterCancelAndErrback`, `DeferredCancellerTests.test_simpleCanceller`.
#[test]
fn after_a_cancel_every_trigger_is_inert() {
    let log = capture_unhandled();
    let kept = Rc::new(RefCell::new(None::<Trigger<u32>>));
    let slot = Rc::clone(&kept);
    let (trigger, deferred) = Deferred::with_canceller(move |own| drop(slot.replace(Some(own))));
    assert!(!trigger.is_cancelled());
    deferred.cancel();
    assert!(trigger.is_cancelled());
    assert_eq!(format!("{trigger:?}"), "Trigger(inert)");
    trigger.callback(1);
    kept.take().expect("the canceller kept its trigger").errback(Failure::msg("too late"));
    assert!(failure_result_of(deferred).is_cancelled());
    let (trigger, deferred) = Deferred::<u32>::new();
    deferred.cancel();
    drop(trigger);
    assert!(failure_result_of(deferred).is_cancelled());
    assert_eq!(log.text(), "");
}

/// Law 13: a canceller that cancels its own Deferred is not called again. (d12c)
#[test]
fn a_canceller_may_cancel_its_own_deferred() {
    let log = Log::new();
    let handle = Rc::new(RefCell::new(None::<CancelHandle>));
    let (slot, note) = (Rc::clone(&handle), log.clone());
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(move |_| {
        note.note("canceller");
        slot.borrow().as_ref().expect("set before cancelling").cancel();
        note.note("end");
    });
    handle.replace(Some(deferred.cancel_handle()));
    deferred.cancel();
    assert_eq!(log.text(), "canceller | end");
    assert!(failure_result_of(deferred).is_cancelled());
}

/// Law 13: on a fired Deferred `cancel` does nothing.
///
/// Twisted: `DeferredCancellerTests.test_cancelAfterCallback`.
#[test]
fn cancelling_a_fired_deferred_does_nothing() {
    let log = Log::new();
    let (trigger, deferred) = noting(&log, "d");
    trigger.callback(3);
    deferred.cancel();
    assert_eq!(success_result_of(deferred), 3);
    let deferred = succeed(4);
    deferred.cancel();
    deferred.cancel_handle().cancel();
    assert_eq!(success_result_of(deferred), 4);
    assert_eq!(log.text(), "");
}

/// Law 13: on a chain, cancelling reaches the Deferred now being waited for and no other. (d12e)
#[test]
fn cancelling_a_chain_reaches_what_it_waits_for_now() {
    let log = Log::new();
    let (_t3, third) = noting(&log, "3");
    let (t2, second) = noting(&log, "2");
    let (t1, first) = noting(&log, "1");
    let chain = first.add_callback(move |_| second.add_callback(move |_| third));
    t1.callback(0);
    t2.callback(0);
    chain.cancel();
    assert_eq!(log.text(), "canceller 3");
    assert!(failure_result_of(chain).is_cancelled());
}

/// Law 13: `Cancelled` enters the chain where it waits, so an errback may answer and the chain goes on.
#[test]
fn an_errback_may_answer_a_cancel() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    let (later_trigger, later) = Deferred::<u32>::new();
    let chain = deferred.add_errback(move |why| if why.is_cancelled() { later } else { succeed(0) });
    chain.cancel();
    assert_no_result(&chain);
    later_trigger.callback(6);
    assert_eq!(success_result_of(chain), 6);
}

/// Law 13: a callback that cancels the chain in which it runs cancels nothing. (d12d)
#[test]
fn cancelling_from_inside_a_callback_of_the_chain_does_nothing() {
    let handle = Rc::new(RefCell::new(None::<CancelHandle>));
    let slot = Rc::clone(&handle);
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred
        .map(move |value| {
            slot.borrow().as_ref().expect("set before firing").cancel();
            value
        })
        .map(|value| value + 1);
    handle.replace(Some(chain.cancel_handle()));
    trigger.callback(1);
    assert_eq!(success_result_of(chain), 2);
}

/// Law 13: a handle stands for the whole chain, taken before callbacks, between them or after them.
#[test]
fn a_handle_stands_for_the_whole_chain_whenever_it_was_taken() {
    for taken_at in 0..3 {
        for handle_to_use in 0..=taken_at {
            let log = Log::new();
            let (trigger, mut chain) = noting(&log, "outer");
            let mut handles = Vec::new();
            let (_inner, inner) = noting(&log, "inner");
            let mut inner = Some(inner);
            for step in 0..3 {
                if step <= taken_at {
                    handles.push(chain.cancel_handle());
                }
                let returned = if step == 2 { inner.take() } else { None };
                chain = chain.add_callback(move |value| returned.unwrap_or_else(|| succeed(value)));
            }
            trigger.callback(1);
            assert_no_result(&chain);
            handles[handle_to_use].cancel();
            assert_eq!(log.text(), "canceller inner", "taken at {taken_at}");
            assert!(failure_result_of(chain).is_cancelled());
        }
    }
}

/// Law 13: a handle taken on a fired Deferred stands for what is added later.
#[test]
fn a_handle_of_a_fired_deferred_reaches_callbacks_added_later() {
    let log = Log::new();
    let fired = succeed(1);
    let handle = fired.cancel_handle();
    let (_trigger, inner) = noting(&log, "inner");
    let chain = fired.map(|value| value).add_callback(move |_| inner);
    assert_no_result(&chain);
    handle.clone().cancel();
    assert_eq!(log.text(), "canceller inner");
    assert!(failure_result_of(chain).is_cancelled());
    handle.cancel();
}

/// Law 13: a handle works when the Deferred has been dropped, and does nothing when everything is over.
#[test]
fn a_handle_outlives_the_deferred() {
    let log = Log::new();
    let (_trigger, deferred) = noting(&log, "d");
    let handle = deferred.cancel_handle();
    log.watch("d", deferred).detach();
    handle.cancel();
    handle.cancel();
    assert_eq!(log.text(), "canceller d | d -> F[cancelled]");
    let (trigger, deferred) = noting(&log, "second");
    let handle = deferred.cancel_handle();
    trigger.callback(1);
    assert_eq!(success_result_of(deferred), 1);
    handle.cancel();
    assert_eq!(log.text(), "canceller d | d -> F[cancelled]");
}

/// Law 13: a handle does not keep the chain alive.
#[test]
fn a_handle_does_not_keep_the_chain_alive() {
    let token = Rc::new(());
    let held = Rc::clone(&token);
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.map(move |_| drop(held));
    let handle = chain.cancel_handle();
    trigger.errback(Failure::msg("passes the callback by"));
    let _ = failure_result_of(chain);
    assert_eq!(Rc::strong_count(&token), 1);
    handle.cancel();
}

/// Law 13: cancelling what `chain_into` feeds does not reach upstream; the late result is discarded. (d12g)
#[test]
fn cancelling_what_chain_into_feeds_does_not_reach_upstream() {
    let log = capture_unhandled();
    let (trigger, upstream) = noting(&log, "upstream");
    let (fed, downstream) = Deferred::<u32>::new();
    upstream.chain_into(fed);
    downstream.cancel();
    assert!(failure_result_of(downstream).is_cancelled());
    assert_eq!(log.text(), "");
    trigger.errback(Failure::msg("nobody is left"));
    assert_eq!(log.text(), "nobody is left");
}

/// Law 13: `chain_into` hands every kind of result on, and a handle of the upstream still reaches it.
#[test]
fn chain_into_hands_results_on() {
    let (trigger, upstream) = Deferred::<u32>::new();
    let (fed, downstream) = Deferred::<u32>::new();
    upstream.chain_into(fed);
    trigger.callback(1);
    assert_eq!(success_result_of(downstream), 1);
    let (fed, downstream) = Deferred::<u32>::new();
    succeed(2).chain_into(fed);
    assert_eq!(success_result_of(downstream), 2);
    let log = Log::new();
    let (_trigger, upstream) = noting(&log, "upstream");
    let handle = upstream.cancel_handle();
    let (fed, downstream) = Deferred::<u32>::new();
    upstream.chain_into(fed);
    handle.cancel();
    assert_eq!(log.text(), "canceller upstream");
    assert!(failure_result_of(downstream).is_cancelled());
}

/// A body that waits for `deferred`, notes what it got and returns it.
fn seeing(log: &Log, deferred: Deferred<u32>) -> Deferred<u32> {
    let log = log.clone();
    ensure_deferred(async move {
        let _guard = log.on_drop("finally");
        let result = deferred.await;
        log.note(format!("body sees {}", show(&result)));
        result
    })
}

/// Law 14: the body sees the outcome as the result of its wait, all inside `cancel`. (e10)
#[test]
fn cancelling_an_inline_callback_cancels_what_it_waits_for() {
    let log = Log::new();
    let (_trigger, deferred) = Deferred::<u32>::new();
    let body = seeing(&log, deferred);
    let handle = body.cancel_handle();
    let body = log.watch("D", body);
    log.note("cancel>");
    handle.cancel();
    log.note("<cancel");
    assert_eq!(log.text(), "cancel> | body sees F[cancelled] | finally | D -> F[cancelled] | <cancel");
    success_result_of(body);
}

/// Law 14: what the canceller fires is what the body sees. (e11, e12)
#[test]
fn the_body_sees_what_the_canceller_fires() {
    let log = Log::new();
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.callback(7));
    let body = seeing(&log, deferred);
    body.cancel();
    assert_eq!(success_result_of(body), 7);
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(Failure::msg("other")));
    let body = seeing(&log, deferred);
    body.cancel();
    assert_eq!(failure_result_of(body).to_string(), "other");
    assert_eq!(log.text(), "body sees 7 | finally | body sees F[other] | finally");
}

/// Law 14: the body may turn a cancel into success, or translate it. (e13)
#[test]
fn a_body_may_translate_a_cancel() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(async move { ok(deferred.await.unwrap_or(13)) });
    body.cancel();
    assert_eq!(success_result_of(body), 13);
    let (_trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(async move { deferred.await.map_err(|_| Failure::msg("translated")) });
    body.cancel();
    assert_eq!(failure_result_of(body).to_string(), "translated");
}

/// Law 14: a body that goes on waits for the next thing, which a second cancel reaches. (e14, e14b)
///
/// Hazard 5.
///
/// Twisted: `CancellationTests.test_inlineCallbacksCancelCaptured`.
#[test]
fn a_body_may_go_on_after_a_cancel_and_be_cancelled_again() {
    for cancel_again in [true, false] {
        let log = Log::new();
        let (_first_trigger, first) = noting(&log, "a");
        let (second_trigger, second) = noting(&log, "b");
        let note = log.clone();
        let body = ensure_deferred(async move {
            let result = first.await;
            note.note(format!("caught a {}", show(&result)));
            second.await
        });
        body.cancel();
        assert_no_result(&body);
        if cancel_again {
            body.cancel();
            assert_eq!(log.text(), "canceller a | caught a F[cancelled] | canceller b");
            assert!(failure_result_of(body).is_cancelled());
        } else {
            second_trigger.callback(7);
            assert_eq!(success_result_of(body), 7);
        }
    }
}

/// Law 14: a body may clean up asynchronously; the outcome comes when that is done. (e14c)
#[test]
fn a_body_may_clean_up_asynchronously() {
    let log = Log::new();
    let (_trigger, deferred) = noting(&log, "a");
    let (cleaned, cleanup) = Deferred::<()>::new();
    let note = log.clone();
    let body = ensure_deferred(async move {
        let result = deferred.await;
        note.note("cleanup start");
        cleanup.await?;
        note.note("cleanup done");
        result
    });
    body.cancel();
    log.note("cancel returned");
    assert_no_result(&body);
    cleaned.callback(());
    assert_eq!(log.text(), "canceller a | cleanup start | cancel returned | cleanup done");
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 14: a second cancel reaches the cleanup. (`cancel twice`)
#[test]
fn a_second_cancel_cancels_the_cleanup() {
    let log = Log::new();
    let (_trigger, deferred) = Deferred::<u32>::new();
    let (_cleaned, cleanup) = noting(&log, "cleanup");
    let note = log.clone();
    let body = ensure_deferred(async move {
        let result = deferred.await;
        note.note("finally start");
        cleanup.await?;
        note.note("finally end");
        result
    });
    body.cancel();
    body.cancel();
    assert_eq!(log.text(), "finally start | canceller cleanup");
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 14: each cancel is one shot; five that are swallowed change nothing. (e14d)
#[test]
fn a_body_may_swallow_any_number_of_cancels() {
    let body = ensure_deferred(async {
        let mut swallowed = 0;
        while swallowed < 5 {
            let (_trigger, deferred) = Deferred::<u32>::new();
            if deferred.await.is_err() {
                swallowed += 1;
            }
        }
        ok(swallowed)
    });
    for _ in 0..5 {
        assert_no_result(&body);
        body.cancel();
    }
    assert_eq!(success_result_of(body), 5);
}

/// Law 14: only the innermost is really cancelled, and the failure travels out through every level. (e18, e18b)
#[test]
fn a_cancel_reaches_the_innermost_and_travels_out() {
    let log = Log::new();
    let (_trigger, deferred) = noting(&log, "d");
    let top = seeing(&log, seeing(&log, seeing(&log, deferred)));
    top.cancel();
    let level = "body sees F[cancelled] | finally";
    assert_eq!(log.text(), format!("canceller d | {level} | {level} | {level}"));
    assert!(failure_result_of(top).is_cancelled());

    let (_trigger, deferred) = Deferred::<u32>::new();
    let middle = ensure_deferred(async move { ok(deferred.await.unwrap_or(18)) });
    let top = ensure_deferred(async move { ok(middle.await? + 1) });
    top.cancel();
    assert_eq!(success_result_of(top), 19);
}

/// Law 14: after completion a cancel does nothing. (e15)
#[test]
fn cancelling_a_completed_inline_callback_does_nothing() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(deferred.into_future());
    let handle = body.cancel_handle();
    trigger.callback(1);
    body.cancel();
    handle.cancel();
    assert_eq!(success_result_of(body), 1);
}

/// Law 14: callbacks on the Deferred of a body run once, when the body has ended. (e19)
#[test]
fn callbacks_of_a_cancelled_body_run_once_after_it_ended() {
    let log = Log::new();
    let (_trigger, deferred) = Deferred::<u32>::new();
    let (cleaned, cleanup) = Deferred::<()>::new();
    let body = ensure_deferred(async move {
        let result = deferred.await;
        cleanup.await?;
        result
    });
    let body = log.watch("D", body);
    body.cancel();
    log.note("cancelled");
    cleaned.callback(());
    assert_eq!(log.text(), "cancelled | D -> F[cancelled]");
    success_result_of(body);
}

/// Law 14: a body that waits for a chain suspended by an inner Deferred cancels that one.
#[test]
fn cancelling_a_body_that_waits_for_a_suspended_chain_cancels_the_inner_deferred() {
    let log = Log::new();
    let (_trigger, inner) = noting(&log, "inner");
    let body = seeing(&log, succeed(1).add_callback(move |_| inner));
    body.cancel();
    assert_eq!(log.text(), "canceller inner | body sees F[cancelled] | finally");
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 14: a join is cancelled in all its parts, in order, before the body is resumed.
///
/// Hazard 4.
#[test]
fn every_part_of_a_join_is_cancelled_in_order_before_the_body_goes_on() {
    let log = Log::new();
    let (_a, a) = noting(&log, "a");
    let (_b, b) = noting(&log, "b");
    let (_c, c) = noting(&log, "c");
    let note = log.clone();
    let body = ensure_deferred(async move {
        let nested = async {
            let result = b.await;
            note.note(format!("b {}", show(&result)));
            result
        };
        let results = tokio::join!(a.into_future(), nested, c.into_future());
        note.note("joined");
        results.0.and(results.1).and(results.2)
    });
    body.cancel();
    assert_eq!(log.text(), "canceller a | canceller b | canceller c | b F[cancelled] | joined");
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 14: so is a select: the branches that lose were cancelled, not only dropped.
#[test]
fn every_branch_of_a_select_is_cancelled_before_the_body_goes_on() {
    let log = Log::new();
    let (_a, a) = noting(&log, "a");
    let (_b, b) = noting(&log, "b");
    let note = log.clone();
    let body = ensure_deferred(async move {
        let result = tokio::select! {
            biased;
            result = a => result,
            result = b => result,
        };
        note.note(format!("selected {}", show(&result)));
        result
    });
    body.cancel();
    assert_eq!(log.text(), "canceller a | canceller b | selected F[cancelled]");
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 14: so is what the children of `FuturesUnordered` and `join_all` wait for, which have wakers of their own.
#[test]
fn what_was_polled_through_other_wakers_is_cancelled_too() {
    let log = Log::new();
    let (_a, a) = noting(&log, "a");
    let (_b, b) = noting(&log, "b");
    let body = ensure_deferred(async move {
        let mut parts: FuturesUnordered<_> = [a, b].into_iter().map(Deferred::into_future).collect();
        let mut failed = 0;
        while let Some(result) = parts.next().await {
            failed += u32::from(result.is_err());
        }
        ok(failed)
    });
    body.cancel();
    assert_eq!(success_result_of(body), 2);
    let mut cancelled: Vec<String> = log.text().split(" | ").map(str::to_owned).collect();
    cancelled.sort();
    assert_eq!(cancelled, ["canceller a", "canceller b"]);

    let deferreds: Vec<_> = (0..50).map(|_| Deferred::<u32>::new()).collect();
    let (triggers, deferreds): (Vec<_>, Vec<_>) = deferreds.into_iter().unzip();
    let body = ensure_deferred(async move {
        let results = futures::future::join_all(deferreds.into_iter().map(Deferred::into_future)).await;
        ok(results.iter().filter(|result| result.is_err()).count())
    });
    body.cancel();
    assert!(triggers.iter().all(Trigger::is_cancelled));
    assert_eq!(success_result_of(body), 50);
}

/// Law 14: a part that still cleans up is waited for by the join, and a second cancel reaches only what is left.
#[test]
fn a_join_waits_for_the_part_that_still_cleans_up() {
    let log = Log::new();
    let (_a, a) = noting(&log, "a");
    let (_b, b) = noting(&log, "b");
    let (cleaned, cleanup) = noting(&log, "cleanup");
    let slow = ensure_deferred(async move {
        let _ = b.await;
        cleanup.await
    });
    let body = ensure_deferred(async move {
        let (first, second) = futures::join!(a.into_future(), slow.into_future());
        ok((first.is_err(), second?))
    });
    body.cancel();
    assert_eq!(log.text(), "canceller a | canceller b");
    assert_no_result(&body);
    cleaned.callback(3);
    assert_eq!(success_result_of(body), (true, 3));
}

/// Law 14: an earlier wait of the same body is none of the cancel's business.
#[test]
fn a_deferred_of_an_earlier_wait_is_left_alone() {
    let log = Log::new();
    let (_kept, kept) = noting(&log, "kept");
    let (first_trigger, first) = Deferred::<u32>::new();
    let (_second_trigger, second) = noting(&log, "second");
    let left = Rc::new(RefCell::new(None));
    let leave = Rc::clone(&left);
    let body = ensure_deferred(async move {
        let mut kept = kept;
        tokio::select! {
            _ = first.into_future() => (),
            _ = &mut kept => (),
        }
        leave.replace(Some(kept));
        second.await
    });
    first_trigger.callback(1);
    body.cancel();
    assert_eq!(log.text(), "canceller second");
    assert!(failure_result_of(body).is_cancelled());
    assert_no_result(&left.take().expect("the body left it"));
}

/// Law 14: nor when the earlier wait polled it through another waker.
#[test]
fn a_deferred_of_an_earlier_wait_with_another_waker_is_left_alone() {
    let log = Log::new();
    let (_kept, kept) = noting(&log, "kept");
    let (first_trigger, first) = Deferred::<u32>::new();
    let (_second_trigger, second) = noting(&log, "second");
    let left = Rc::new(RefCell::new(None));
    let leave = Rc::clone(&left);
    let body = ensure_deferred(async move {
        let mut kept = kept;
        {
            let mut children: FuturesUnordered<_> = std::iter::once((&mut kept).into_future()).collect();
            tokio::select! {
                _ = first.into_future() => (),
                _ = children.next() => (),
            }
        }
        leave.replace(Some(kept));
        second.await
    });
    first_trigger.callback(1);
    body.cancel();
    assert_eq!(log.text(), "canceller second");
    assert!(failure_result_of(body).is_cancelled());
    assert_no_result(&left.take().expect("the body left it"));
}

/// Law 14: with foreign futures only, the body is dropped where it waits, and the Deferred fails with `Cancelled`.
#[test]
fn a_body_that_waits_for_foreign_futures_only_is_dropped_there() {
    let log = Log::new();
    let (sender, receiver) = futures::channel::oneshot::channel::<u32>();
    let note = log.clone();
    let body = ensure_deferred(async move {
        let _outer = note.on_drop("outer dropped");
        let _inner = note.on_drop("inner dropped");
        let value = receiver.await?;
        note.note("never");
        ok(value)
    });
    let handle = body.cancel_handle();
    let body = log.watch("D", body);
    log.note("cancel>");
    handle.cancel();
    log.note("<cancel");
    assert_eq!(log.text(), "cancel> | inner dropped | outer dropped | D -> F[cancelled] | <cancel");
    assert!(sender.is_canceled());
    success_result_of(body);
}

/// Law 14: whoever waits for such a body sees `Cancelled` as the result of its wait and may go on.
#[test]
fn the_body_above_a_dropped_one_sees_cancelled() {
    let log = Log::new();
    let inner = Deferred::from_future(std::future::pending::<u32>());
    let outer = seeing(&log, inner);
    outer.cancel();
    assert_eq!(log.text(), "body sees F[cancelled] | finally");
    assert!(failure_result_of(outer).is_cancelled());
}

/// Law 14: where one Deferred is among foreign futures, that one is cancelled and the body decides.
#[test]
fn a_deferred_among_foreign_futures_gets_the_cancel() {
    let log = Log::new();
    let (_trigger, deferred) = noting(&log, "d");
    let body = ensure_deferred(async move {
        tokio::select! {
            () = std::future::pending() => ok(0),
            result = deferred => ok(u32::from(result.is_err())),
        }
    });
    body.cancel();
    assert_eq!(log.text(), "canceller d");
    assert_eq!(success_result_of(body), 1);

    let (_trigger, deferred) = noting(&log, "joined");
    let body = ensure_deferred(async move {
        let ((), result) = futures::join!(std::future::pending(), deferred.into_future());
        result
    });
    body.cancel();
    assert_no_result(&body);
    body.cancel();
    assert!(failure_result_of(body).is_cancelled(), "now it waits for the foreign one only");
}

/// Law 14: a destructor of the dropped body that panics or fires does not get in the way.
#[test]
fn a_destructor_of_the_dropped_body_may_panic() {
    struct Panic;
    impl Drop for Panic {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    let body = ensure_deferred(async {
        let _guard = Panic;
        std::future::pending::<()>().await;
        ok(())
    });
    body.cancel();
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 14: a cancel from a callback that runs before the resumption comes too late, the body gets its value.
#[test]
fn a_cancel_between_firing_and_resuming_changes_nothing() {
    let handle = Rc::new(RefCell::new(None::<CancelHandle>));
    let slot = Rc::clone(&handle);
    let (trigger, deferred) = Deferred::<u32>::new();
    let deferred = deferred.map(move |value| {
        slot.borrow().as_ref().expect("set before firing").cancel();
        value
    });
    let body = ensure_deferred(deferred.into_future());
    handle.replace(Some(body.cancel_handle()));
    trigger.callback(4);
    assert_eq!(success_result_of(body), 4);
}

/// Law 14: a canceller may fire another part of the wait that is being cancelled; the body is resumed after all were asked.
#[test]
fn a_canceller_may_fire_another_part_of_the_cancelled_wait() {
    let log = Log::new();
    let (other_trigger, other) = Deferred::<u32>::new();
    let (_a, a) = Deferred::<u32>::with_canceller(move |_| other_trigger.callback(9));
    let (_c, c) = noting(&log, "c");
    let note = log.clone();
    let body = ensure_deferred(async move {
        let results = futures::join!(a.into_future(), other.into_future(), c.into_future());
        note.note("joined");
        assert!(results.0.is_err() && results.2.is_err());
        results.1
    });
    body.cancel();
    assert_eq!(success_result_of(body), 9);
    assert_eq!(log.text(), "canceller c | joined");
}

/// Law 13: a handle of a Deferred whose result was taken through `&mut` does nothing and takes nothing away.
#[test]
fn a_handle_of_a_taken_deferred_leaves_it_taken() {
    let mut deferred = succeed(1);
    assert_eq!(futures::executor::block_on((&mut deferred).into_future()).ok(), Some(1));
    deferred.cancel_handle().cancel();
    let body = ensure_deferred(deferred.into_future());
    assert!(failure_result_of(body).check::<AlreadyTaken>().is_some());
}

/// Law 16: a canceller that panics does not lose the cancellation; its panic is reported. (d12b, e17)
///
/// Hazard 3.
#[test]
fn a_panicking_canceller_does_not_lose_the_cancellation() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::with_canceller(|_| panic!("canceller broke"));
    let body = seeing(&log, deferred);
    body.cancel();
    assert_eq!(log.text(), "body sees F[cancelled] | finally");
    assert!(failure_result_of(body).is_cancelled());
    let reported = unhandled_failures();
    assert_eq!(reported.len(), 1);
    assert_eq!(reported[0].check::<Panicked>().map(Panicked::message), Some("canceller broke"));
    trigger.callback(1);
}

/// Law 16: a canceller that fires and then panics has fired.
#[test]
fn a_canceller_that_fires_and_panics_has_fired() {
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| {
        trigger.callback(1);
        panic!("afterwards");
    });
    deferred.cancel();
    assert_eq!(success_result_of(deferred), 1);
    assert_eq!(unhandled_failures().len(), 1);
}

type Handle = Rc<RefCell<Option<CancelHandle>>>;

fn cancel(handle: &Handle) {
    handle.borrow().as_ref().expect("set before the body runs so far").cancel();
}

/// Law 16: a body that cancels itself while it runs is cancelled at its next wait. (e16)
///
/// Hazard 5.
#[test]
fn a_body_that_cancels_itself_is_cancelled_at_its_next_wait() {
    let log = Log::new();
    let own = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let (_trigger, deferred) = noting(&log, "next");
    let (handle, note) = (Rc::clone(&own), log.clone());
    let body = ensure_deferred(async move {
        started.await?;
        cancel(&handle);
        note.note("still running");
        succeed(()).await?;
        let result = deferred.await;
        note.note(show(&result));
        result
    });
    own.replace(Some(body.cancel_handle()));
    start.callback(());
    assert_eq!(log.text(), "still running | canceller next | F[cancelled]");
    assert!(failure_result_of(body).is_cancelled());
}

/// Law 16: if there is no next wait, the body's own result stands. (e16b)
///
/// Hazard 12.
#[test]
fn a_body_that_cancels_itself_and_ends_keeps_its_result() {
    let own = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let handle = Rc::clone(&own);
    let body = ensure_deferred(async move {
        started.await?;
        cancel(&handle);
        ok(16)
    });
    own.replace(Some(body.cancel_handle()));
    start.callback(());
    assert_eq!(success_result_of(body), 16);
}

/// Law 16: it is cancelled once; a wait after that one is not.
#[test]
fn a_body_that_cancels_itself_is_cancelled_once() {
    let own = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let (_first, first) = Deferred::<u32>::new();
    let (second_trigger, second) = Deferred::<u32>::new();
    let handle = Rc::clone(&own);
    let body = ensure_deferred(async move {
        started.await?;
        cancel(&handle);
        cancel(&handle);
        assert!(first.await.is_err());
        second.await
    });
    own.replace(Some(body.cancel_handle()));
    start.callback(());
    assert_no_result(&body);
    second_trigger.callback(2);
    assert_eq!(success_result_of(body), 2);
}

/// Law 16: where its next wait is for foreign futures only, it is dropped there.
#[test]
fn a_body_that_cancels_itself_before_a_foreign_wait_is_dropped_there() {
    let log = Log::new();
    let own = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let (handle, note) = (Rc::clone(&own), log.clone());
    let body = ensure_deferred(async move {
        let _guard = note.on_drop("dropped");
        started.await?;
        cancel(&handle);
        std::future::pending::<()>().await;
        ok(())
    });
    own.replace(Some(body.cancel_handle()));
    let body = log.watch("D", body);
    start.callback(());
    assert_eq!(log.text(), "dropped | D -> F[cancelled]");
    success_result_of(body);
}

/// Law 16: a wait that is over before it began to wait is not the next wait.
#[test]
fn a_self_cancel_waits_for_a_wait_that_is_not_over_yet() {
    let own = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (_never, never) = Deferred::<u32>::new();
    let handle = Rc::clone(&own);
    let body = ensure_deferred(async move {
        started.await?;
        let firing = async {
            trigger.callback(1);
            cancel(&handle);
        };
        let (value, ()) = futures::join!(deferred.into_future(), firing);
        let result = never.await;
        ok((value?, result.is_err()))
    });
    own.replace(Some(body.cancel_handle()));
    start.callback(());
    assert_eq!(success_result_of(body), (1, true));
}

/// Law 16: a body that cancels the one above it is cancelled itself, at its next wait.
#[test]
fn a_body_that_cancels_the_body_above_is_cancelled_at_its_next_wait() {
    let above = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let (_never, never) = Deferred::<u32>::new();
    let handle = Rc::clone(&above);
    let inner = ensure_deferred(async move {
        started.await?;
        cancel(&handle);
        never.await
    });
    let outer = ensure_deferred(inner.into_future());
    above.replace(Some(outer.cancel_handle()));
    start.callback(());
    assert!(failure_result_of(outer).is_cancelled());
}

/// Law 16: a body may cancel itself in its very first run, through the Deferred of what it is part of.
#[test]
fn a_callback_chain_that_is_cancelled_while_its_body_starts_is_left_alone() {
    let own = Handle::default();
    let (start, started) = Deferred::<()>::new();
    let (next_trigger, next) = Deferred::<u32>::new();
    let ran = Rc::new(Cell::new(false));
    let (handle, note) = (Rc::clone(&own), Rc::clone(&ran));
    let chain = started.add_callback(move |()| {
        ensure_deferred(async move {
            cancel(&handle);
            note.set(true);
            next.await
        })
    });
    own.replace(Some(chain.cancel_handle()));
    start.callback(());
    assert!(ran.get());
    assert_no_result(&chain);
    next_trigger.callback(5);
    assert_eq!(success_result_of(chain), 5);
}

/// Laws 8 and 13: what a callback postponed is resumed when the chain already waits for what that callback returned, so that
/// a handle reaches it.
#[test]
fn what_a_callback_postpones_may_cancel_what_it_returns() {
    let log = Log::new();
    let (abandoned, first) = Deferred::<u32>::new();
    let (_trigger, inner) = noting(&log, "inner");
    let second = succeed(0);
    let handle = second.cancel_handle();
    first
        .add_errback(move |_| {
            handle.cancel();
            Ok(0)
        })
        .detach();
    let second = second.add_callback(move |_| {
        drop(abandoned);
        inner
    });
    assert_eq!(log.text(), "canceller inner");
    assert!(failure_result_of(second).is_cancelled());
}
