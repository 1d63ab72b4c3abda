//! The Deferred: laws 7 to 12.

use std::cell::RefCell;
use std::rc::Rc;

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, AlreadyTaken, Cancelled, Deferred, Failure, Panicked, Trigger, ensure_deferred, fail, succeed, unhandled,
};

use crate::support::{Log, capture_unhandled, ok, show};

fn bad(text: &str) -> Failure {
    Failure::msg(text)
}

/// Law 7: `callback`, `errback` and `fire` take the trigger by value: firing twice does not compile.
#[test]
fn firing_takes_the_trigger_by_value() {
    let callback: fn(Trigger<u32>, u32) = Trigger::callback;
    let errback: fn(Trigger<u32>, Failure) = Trigger::errback;
    let fire: fn(Trigger<u32>, Result<u32, Failure>) = Trigger::fire;
    let (trigger, deferred) = Deferred::new();
    callback(trigger, 1);
    assert_eq!(success_result_of(deferred), 1);
    let (trigger, deferred) = Deferred::new();
    errback(trigger, bad("x"));
    assert_eq!(failure_result_of(deferred).to_string(), "x");
    let (trigger, deferred) = Deferred::new();
    fire(trigger, Ok(2));
    assert_eq!(success_result_of(deferred), 2);
}

/// Law 7: an error value that succeeds is a value, not a failure. (d02)
#[test]
fn a_deferred_may_succeed_with_an_error_or_a_failure_as_its_value() {
    let (trigger, deferred) = Deferred::<Failure>::new();
    trigger.callback(bad("a value"));
    assert_eq!(success_result_of(deferred).to_string(), "a value");
}

/// Law 8: a trigger that is dropped unfired fails its Deferred at once.
///
/// Hazard 8.
#[test]
fn a_dropped_trigger_fails_its_deferred_at_once() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let note = log.clone();
    let body = ensure_deferred(async move {
        let result = deferred.await;
        note.note(show(&result));
        result
    });
    log.note("drop>");
    drop(trigger);
    log.note("<drop");
    assert_eq!(log.text(), "drop> | F[abandoned: the trigger was dropped before it fired] | <drop");
    assert_eq!(failure_result_of(body).check::<Abandoned>(), Some(&Abandoned));
}

/// Law 8: a trigger that has fired is dropped without a trace.
#[test]
fn a_fired_trigger_abandons_nothing() {
    let (trigger, deferred) = Deferred::<u32>::new();
    trigger.callback(1);
    assert_eq!(success_result_of(deferred), 1);
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 8: dropped while a body runs, its waiter is resumed when that body has returned; the Deferred has fired at once.
#[test]
fn a_trigger_dropped_inside_a_body_resumes_its_waiter_when_the_body_has_returned() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (other_trigger, other) = Deferred::<u32>::new();
    let waiting = log.watch("waiter", deferred);
    let note = log.clone();
    let body = ensure_deferred(async move {
        drop((trigger, other_trigger));
        note.note(format!("dropped, fired {}", other.is_fired()));
        assert_eq!(failure_result_of(other).check(), Some(&Abandoned));
        note.note("body ends");
        ok(())
    });
    log.note("called");
    assert_eq!(
        log.text(),
        "dropped, fired true | body ends | waiter -> F[abandoned: the trigger was dropped before it fired] | called"
    );
    success_result_of(waiting);
    success_result_of(body);
}

/// Law 8: a trigger that a body owns goes with the body's end.
#[test]
fn a_trigger_that_a_body_still_owns_at_its_end_is_abandoned_there() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (start, started) = Deferred::<()>::new();
    let waiting = log.watch(
        "waiter",
        deferred.map(|_| ()).add_errback(|why| if why.check::<Abandoned>().is_some() { Ok(()) } else { Err(why) }),
    );
    let note = log.clone();
    let body = ensure_deferred(async move {
        let _owned = trigger;
        started.await?;
        note.note("body ends");
        ok(())
    });
    start.callback(());
    log.note("fired");
    assert_eq!(log.text(), "body ends | waiter -> () | fired");
    success_result_of(body);
    success_result_of(waiting);
}

/// Law 8: it is the outermost body or callback that counts.
#[test]
fn a_trigger_dropped_in_nested_bodies_resumes_its_waiter_after_the_outermost() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let waiting = log.watch("waiter", deferred);
    let (outer, inner) = (log.clone(), log.clone());
    let body = ensure_deferred(async move {
        ensure_deferred(async move {
            drop(trigger);
            inner.note("inner ends");
            ok(())
        })
        .await?;
        outer.note("outer ends");
        ok(())
    });
    assert_eq!(log.text(), "inner ends | outer ends | waiter -> F[abandoned: the trigger was dropped before it fired]");
    success_result_of(body);
    success_result_of(waiting);
}

/// Law 8: also inside a callback, a canceller, and the destructor of a value that a callback drops.
#[test]
fn a_trigger_dropped_inside_a_callback_or_canceller_waits_for_its_end() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let waiting = log.watch("first", deferred.map(|_| ()).add_errback(|_| Ok(())));
    let note = log.clone();
    let chain = succeed(Some(trigger)).map(move |trigger| {
        drop(trigger);
        note.note("callback ends");
    });
    success_result_of(chain);
    success_result_of(waiting);

    let (trigger, deferred) = Deferred::<u32>::new();
    let waiting = log.watch("second", deferred.map(|_| ()).add_errback(|_| Ok(())));
    let note = log.clone();
    let (_own, cancelled) = Deferred::<u32>::with_canceller(move |_| {
        drop(trigger);
        note.note("canceller ends");
    });
    cancelled.cancel();
    assert!(failure_result_of(cancelled).is_cancelled());
    assert_eq!(log.text(), "callback ends | first -> () | canceller ends | second -> ()");
    success_result_of(waiting);
}

/// Law 8: several are resumed in the order of dropping, and what they drop comes after them.
#[test]
fn waiters_of_dropped_triggers_are_resumed_in_the_order_of_dropping() {
    let log = Log::new();
    let mut triggers = Vec::new();
    let (last_trigger, last) = Deferred::<u32>::new();
    let mut last_trigger = Some(last_trigger);
    for n in 0..3 {
        let (trigger, deferred) = Deferred::<u32>::new();
        triggers.push(trigger);
        let (note, dropped) = (log.clone(), last_trigger.take());
        deferred
            .add_both(move |_| {
                note.note(n);
                drop(dropped);
            })
            .detach();
    }
    let note = log.clone();
    last.add_both(move |_| note.note("last")).detach();
    succeed(triggers).map(|triggers| triggers.into_iter().rev().for_each(drop)).detach();
    assert_eq!(log.text(), "2 | 1 | 0 | last");
}

/// Law 8: between the drop and the resumption the Deferred counts as fired: cancelling it does nothing.
#[test]
fn cancelling_between_the_drop_and_the_resumption_does_nothing() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let handle = deferred.cancel_handle();
    let waiting = ensure_deferred(deferred.into_future());
    let body = ensure_deferred(async move {
        drop(trigger);
        handle.cancel();
        ok(())
    });
    success_result_of(body);
    assert!(failure_result_of(waiting).check::<Abandoned>().is_some());
}

/// Law 8: whoever waits for several dropped triggers is resumed with all of them there.
#[test]
fn a_body_that_waits_for_several_dropped_triggers_is_resumed_once_for_all() {
    let (first_trigger, first) = Deferred::<u32>::new();
    let (second_trigger, second) = Deferred::<u32>::new();
    let waiting = ensure_deferred(async move {
        let (first, second) = futures::join!(first.into_future(), second.into_future());
        ok(first.is_err() && second.is_err())
    });
    let dropping = ensure_deferred(async move {
        drop((first_trigger, second_trigger));
        ok(())
    });
    success_result_of(dropping);
    assert!(success_result_of(waiting));
}

/// Law 9: callbacks run in order, each gets what the one before returned. (d01)
///
/// Twisted: `DeferredTests.testCallbackErrors`.
#[test]
fn callbacks_run_in_order_and_failures_go_to_the_next_errback() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<&str>::new();
    let [l0, l1, l2, l3, l4, l5] = [(); 6].map(|()| log.clone());
    let chain = deferred
        .add_callback(move |value| -> Result<u32, Failure> {
            l0.note(format!("cb0 {value}"));
            Err(bad("zero division"))
        })
        .add_errback(move |why| {
            l1.note(format!("eb1 {why}"));
            Ok(7)
        })
        .add_callback(move |value| -> Result<u32, Failure> {
            l2.note(format!("cb2 {value}"));
            Err(bad("returned"))
        })
        .add_errback(move |why| {
            l3.note(format!("eb3 {why}"));
            Err(why)
        })
        .add_both(move |result| {
            l4.note(format!("both4 {}", show(&result)));
            Ok(())
        })
        .add_both(move |result| l5.note(format!("both5 {}", show(&result))));
    trigger.callback("go");
    assert_eq!(log.text(), "cb0 go | eb1 zero division | cb2 7 | eb3 returned | both4 F[returned] | both5 ()");
    success_result_of(chain);
}

/// Law 9: a panic in a callback goes to the next errback.
///
/// Twisted: `DeferredTests.testCallbackErrors`.
#[test]
fn a_panic_in_a_callback_goes_to_the_next_errback() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred
        .add_callback(|_| -> Result<u32, Failure> { panic!("in the callback") })
        .add_callback(|_| Err(bad("passed by")))
        .add_errback(|why| -> Result<u32, Failure> {
            assert_eq!(why.check::<Panicked>().map(Panicked::message), Some("in the callback"));
            panic!("in the errback")
        })
        .add_errback(|why| Ok(u32::from(why.to_string() == "panicked: in the errback")));
    trigger.callback(0);
    assert_eq!(success_result_of(chain), 1);
}

/// Law 9: `add_callbacks` calls one of the two, and its errback does not see its callback's failure.
///
/// Twisted: `DeferredTests.testCallbackWithoutArgs`.
#[test]
fn an_errback_does_not_see_the_failure_of_the_callback_added_with_it() {
    let log = Log::new();
    for start in [Ok(1), Err(bad("start"))] {
        let (trigger, deferred) = Deferred::<u32>::new();
        let (for_value, for_failure) = (log.clone(), log.clone());
        let chain = deferred.add_callbacks(
            move |value| -> Result<u32, Failure> {
                for_value.note(format!("cb {value}"));
                Err(bad("of the callback"))
            },
            move |why| -> Result<u32, Failure> {
                for_failure.note(format!("eb {why}"));
                Err(bad("of the errback"))
            },
        );
        let chain = log.watch("next", chain);
        trigger.fire(start);
        success_result_of(chain);
    }
    assert_eq!(log.text(), "cb 1 | next -> F[of the callback] | eb start | next -> F[of the errback]");
}

/// Law 9: the missing half of a pair passes the result by.
///
/// Twisted: `DeferredTests.test_addCallbacksNoneErrback`.
#[test]
fn values_pass_errbacks_by_and_failures_pass_callbacks_by() {
    let chain = succeed(1).add_errback(|_| Ok(2)).inspect_failure(|_| unreachable!()).map(|value| value + 10);
    assert_eq!(success_result_of(chain), 11);
    let log = Log::new();
    let note = log.clone();
    let chain = fail::<u32>(bad("no"))
        .add_callback(|_| Ok(1))
        .map(|value| value + 1)
        .inspect_failure(move |why| note.note(why));
    assert_eq!(failure_result_of(chain).to_string(), "no");
    assert_eq!(log.text(), "no");
}

/// Law 9: a callback may change the type, and one that never returns fits everywhere.
#[test]
fn a_callback_may_return_another_type_unit_or_never() {
    success_result_of(succeed(1).add_callback(|_| ()));
    assert_eq!(success_result_of(succeed(1).add_callback(|value| Ok(value.to_string()))), "1");
    let never: Deferred<String> = succeed(1).add_callback(|_| panic!("never"));
    assert!(failure_result_of(never).check::<Panicked>().is_some());
}

/// Law 10: a callback's Deferred suspends the chain until it fires. (d08)
///
/// Hazard 7.
///
/// Twisted: `DeferredTests.test_callbackReturnsDeferred`, `DeferredTests.test_asynchronousImplicitChain`.
#[test]
fn a_callback_that_returns_a_deferred_suspends_the_chain() {
    let log = Log::new();
    let (outer_trigger, outer) = Deferred::<u32>::new();
    let (inner_trigger, inner) = Deferred::<&str>::new();
    let note = log.clone();
    let chain = outer.add_callback(move |value| {
        note.note(format!("o cb1 {value}"));
        inner
    });
    let chain = log.watch("o", chain);
    outer_trigger.callback(1);
    log.note(format!("suspended {}", !chain.is_fired()));
    inner_trigger.callback("iv");
    assert_eq!(log.text(), "o cb1 1 | suspended true | o -> \"iv\"");
    success_result_of(chain);
}

/// Law 10: callbacks that the inner Deferred already had see its value first. (d08b)
#[test]
fn callbacks_of_the_returned_deferred_run_before_the_outer_chain_goes_on() {
    let log = Log::new();
    let (outer_trigger, outer) = Deferred::<()>::new();
    let (inner_trigger, inner) = Deferred::<&str>::new();
    let note = log.clone();
    let inner = inner.map(move |value| {
        note.note(format!("i pre {value}"));
        format!("{value}!")
    });
    let chain = log.watch("o", outer.add_callback(move |()| inner));
    outer_trigger.callback(());
    inner_trigger.callback("v");
    assert_eq!(log.text(), "i pre v | o -> \"v!\"");
    success_result_of(chain);
}

/// Law 10: a fired inner Deferred is taken at once (d09), a failed one makes the chain fail.
///
/// Twisted: `DeferredTests.test_synchronousImplicitChain`.
#[test]
fn a_fired_deferred_from_a_callback_is_taken_at_once() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.add_callback(|value| succeed(value + 1)).add_callback(|value| {
        let (trigger, fired) = Deferred::new();
        trigger.callback(value * 2);
        fired
    });
    trigger.callback(1);
    assert_eq!(success_result_of(chain), 4);
    let chain =
        succeed(1).add_callback(|_| fail::<u32>(bad("inner"))).add_errback(|why| Err(bad(&format!("saw {why}"))));
    assert_eq!(failure_result_of(chain).to_string(), "saw inner");
}

/// Law 10: an errback may answer with a Deferred, and an inner failure goes to the next errback.
#[test]
fn an_inner_failure_goes_to_the_next_errback_of_the_chain() {
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let chain = fail::<u32>(bad("outer"))
        .add_errback(move |_| inner)
        .add_callback(|_| Ok(0))
        .add_errback(|why| Ok(u32::from(why.to_string() == "inner")));
    assert_no_result(&chain);
    inner_trigger.errback(bad("inner"));
    assert_eq!(success_result_of(chain), 1);
}

/// Law 10: an inline callback's Deferred suspends a chain like any other.
#[test]
fn a_callback_may_return_the_deferred_of_an_inline_callback() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let (second_trigger, second) = Deferred::<u32>::new();
    let chain = deferred
        .add_callback(|value| ensure_deferred(async move { Ok(second.await? + value) }))
        .map(|value| value * 10);
    trigger.callback(1);
    assert_no_result(&chain);
    second_trigger.callback(2);
    assert_eq!(success_result_of(chain), 30);
}

/// Law 11: a callback added to a fired Deferred runs before `add_callback` returns. (d05)
///
/// Twisted: `DeferredTests.testImmediateSuccess`, `DeferredTests.test_succeedMatchesManualSuccess`.
#[test]
fn a_callback_added_after_firing_runs_before_adding_returns() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    trigger.callback(1);
    for deferred in [deferred, succeed(2)] {
        assert_eq!((deferred.is_fired(), format!("{deferred:?}")), (true, "Deferred(succeeded)".to_owned()));
        log.note("before add");
        let note = log.clone();
        let chain = deferred.add_callback(move |value| {
            note.note(format!("ran {value}"));
            ok(value)
        });
        log.note("after add");
        success_result_of(chain);
    }
    assert_eq!(log.text(), "before add | ran 1 | after add | before add | ran 2 | after add");
}

/// Law 11: added while the chain runs, it is queued at the end. (d06)
///
/// Twisted: `DeferredTests.test_reentrantRunCallbacks`, `DeferredTests.test_nonReentrantCallbacks`.
#[test]
fn a_callback_added_while_its_chain_runs_is_queued() {
    let log = Log::new();
    let own = Rc::new(RefCell::new(None::<Deferred<u32>>));
    let (trigger, deferred) = Deferred::<u32>::new();
    let (slot, cb1, cb2) = (Rc::clone(&own), log.clone(), log.clone());
    let chain = deferred
        .map(move |value| {
            cb1.note("cb1>");
            let chain = slot.take().expect("put there before firing");
            let note = cb1.clone();
            slot.replace(Some(chain.map(move |value| {
                note.note(format!("added inside {value}"));
                value + 1
            })));
            cb1.note("<cb1");
            value
        })
        .map(move |value| {
            cb2.note(format!("cb2 {value}"));
            value + 1
        });
    own.replace(Some(chain));
    trigger.callback(1);
    assert_eq!(log.text(), "cb1> | <cb1 | cb2 1 | added inside 2");
    assert_eq!(success_result_of(own.take().expect("put back")), 3);
}

/// Law 11: added while the chain is suspended by an inner Deferred, it is queued.
#[test]
fn a_callback_added_to_a_suspended_chain_is_queued() {
    let log = Log::new();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let chain = succeed(()).add_callback(move |()| inner);
    let chain = log.watch("o", chain);
    log.note("added");
    inner_trigger.callback(5);
    assert_eq!(log.text(), "added | o -> 5");
    success_result_of(chain);
}

/// Law 11: a result that has been taken through `&mut` is an `AlreadyTaken` for callbacks too.
#[test]
fn a_callback_added_after_the_result_was_taken_gets_already_taken() {
    let mut deferred = succeed(1);
    let taken = futures::executor::block_on((&mut deferred).into_future()).expect("a success");
    assert_eq!(taken, 1);
    assert!(!deferred.is_fired());
    assert!(failure_result_of(deferred.add_callback(|_| Ok(0))).check::<AlreadyTaken>().is_some());
}

/// Law 12: a dropped Deferred does not stop the work; its callbacks still run.
#[test]
fn dropping_a_deferred_lets_the_work_go_on() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (body, callback) = (log.clone(), log.clone());
    ensure_deferred(async move {
        let value = deferred.await?;
        body.note(format!("body {value}"));
        ok(value)
    })
    .map(move |value| callback.note(format!("callback {value}")))
    .detach();
    trigger.callback(4);
    assert_eq!(log.text(), "body 4 | callback 4");
}

/// Law 12: a dropped wait inside a body detaches the Deferred, whose work goes on.
#[test]
fn dropping_a_wait_detaches_its_deferred() {
    let log = capture_unhandled();
    let (fast_trigger, fast) = Deferred::<u32>::new();
    let (slow_trigger, slow) = Deferred::<u32>::new();
    let note = log.clone();
    let slow = slow.add_callback(move |value| -> Result<u32, Failure> {
        note.note(format!("slow {value}"));
        Err(bad("too late"))
    });
    let body = ensure_deferred(async move {
        tokio::select! {
            value = fast.into_future() => value,
            value = slow.into_future() => value,
        }
    });
    fast_trigger.callback(1);
    assert_eq!(success_result_of(body), 1);
    slow_trigger.callback(2);
    assert_eq!(log.text(), "slow 2 | too late");
}

/// Law 12: a failure that nobody can see any more is reported once: when it happens to a dropped Deferred.
///
/// Hazard 8.
#[test]
fn a_failure_after_the_drop_is_reported_at_that_moment_and_once() {
    let log = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    drop(deferred);
    log.note("dropped");
    trigger.errback(bad("late"));
    log.note("fired");
    assert_eq!(log.text(), "dropped | late | fired");
    assert_eq!(unhandled_failures().len(), 1);
}

/// Law 12: when a failed Deferred is dropped, the failure is reported then. (d22, e26: Twisted waits for its collector)
///
/// Hazard 8.
#[test]
fn a_failure_before_the_drop_is_reported_when_dropping_and_once() {
    let log = capture_unhandled();
    let (trigger, pending) = Deferred::<u32>::new();
    trigger.errback(bad("in a node"));
    let chained = fail::<u32>(bad("in the handle"));
    let body = ensure_deferred(async { Err::<(), _>(bad("of a body")) });
    log.note("drop>");
    drop((pending, chained, body));
    log.note("<drop");
    assert_eq!(log.text(), "drop> | in a node | in the handle | of a body | <drop");
}

/// Law 12: looking through `peek` or `Debug` is not handling.
#[test]
fn a_failure_that_was_only_peeked_at_is_still_reported() {
    let log = capture_unhandled();
    let deferred = fail::<u32>(bad("peeked"));
    assert_eq!(deferred.peek(|result| result.is_err()), Some(true));
    assert_eq!(format!("{deferred:?}"), "Deferred(failed: peeked)");
    drop(deferred);
    let deferred = fail::<u32>(bad("inspected")).inspect_failure(|_| ());
    drop(deferred);
    assert_eq!(log.text(), "peeked | inspected");
}

/// Law 12: what an errback or a body has taken is handled; values are never reported.
#[test]
fn handled_failures_and_values_are_not_reported() {
    let log = capture_unhandled();
    fail::<u32>(bad("x")).add_errback(|_| Ok(0)).detach();
    ensure_deferred(async {
        let _ = fail::<u32>(bad("y")).await;
        ok(())
    })
    .detach();
    succeed(1).detach();
    let (trigger, deferred) = Deferred::<u32>::new();
    drop(deferred);
    trigger.callback(1);
    let _ = failure_result_of(fail::<u32>(bad("z")));
    assert_eq!(log.text(), "");
}

/// Law 12: an abandoned trigger of a dropped Deferred is a failure nobody saw.
#[test]
fn an_abandoned_trigger_of_a_dropped_deferred_is_reported() {
    let (trigger, deferred) = Deferred::<u32>::new();
    drop(deferred);
    drop(trigger);
    let reported = unhandled_failures();
    assert_eq!(reported.len(), 1);
    assert!(reported[0].check::<Abandoned>().is_some());
}

/// Law 12: a failure that reaches the end of a detached chain is reported once, whatever it passed.
#[test]
fn a_failure_is_reported_once_however_long_the_chain() {
    let log = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (_pending, pending) = Deferred::<u32>::new();
    deferred.map(|value| value).add_callback(move |_| pending).inspect_failure(|_| ()).map(|_| ()).detach();
    trigger.errback(bad("once"));
    assert_eq!(log.text(), "once");
}

/// Law 12: a cancellation that the program asked for is not reported.
#[test]
fn a_cancellation_that_was_asked_for_is_not_reported() {
    let log = capture_unhandled();
    let (_trigger, deferred) = Deferred::<u32>::new();
    deferred.cancel();
    drop(deferred);
    let (_trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(deferred.into_future());
    body.cancel();
    drop(body);
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(|trigger| trigger.errback(Cancelled));
    deferred.cancel();
    drop(deferred);
    let body = ensure_deferred(async {
        std::future::pending::<()>().await;
        ok(())
    });
    body.cancel();
    drop(body);
    assert_eq!(log.text(), "");
}

/// Law 12: a `Cancelled` that nobody asked for is a failure like any other.
#[test]
fn a_cancellation_that_nobody_asked_for_is_reported() {
    let log = capture_unhandled();
    fail::<u32>(Cancelled).detach();
    let (trigger, deferred) = Deferred::<u32>::new();
    drop(deferred);
    trigger.errback(Cancelled);
    assert_eq!(log.text(), "cancelled | cancelled");
}

/// Law 12: another failure that a cancelled Deferred fires is reported.
#[test]
fn another_failure_in_answer_to_a_cancel_is_reported() {
    let log = capture_unhandled();
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(|trigger| trigger.errback(bad("could not stop")));
    deferred.cancel();
    drop(deferred);
    assert_eq!(log.text(), "could not stop");
}

/// Law 12: the hook may use Deferreds, fail itself, and be replaced from inside.
#[test]
fn the_hook_may_do_anything() {
    let log = Log::new();
    let note = log.clone();
    unhandled::set_hook(move |failure| {
        note.note(failure);
        if failure.to_string() == "first" {
            fail::<u32>(bad("second")).detach();
            let inner = note.clone();
            unhandled::set_hook(move |failure| inner.note(format!("new {failure}")));
            panic!("the hook panics");
        }
    });
    fail::<u32>(bad("first")).detach();
    fail::<u32>(bad("third")).detach();
    assert_eq!(log.text(), "first | second | new third");
}

/// Law 12: values are dropped exactly once, wherever they end.
#[test]
fn every_value_is_dropped_exactly_once() {
    let token = Rc::new(());
    let value = || Rc::clone(&token);
    let (trigger, deferred) = Deferred::new();
    trigger.callback(value());
    drop(deferred);
    let (trigger, deferred) = Deferred::new();
    drop(deferred);
    trigger.callback(value());
    let (trigger, deferred) = Deferred::new();
    deferred.cancel();
    trigger.callback(value());
    drop(deferred);
    let held = value();
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.add_callback(move |_| Ok(held));
    trigger.errback(bad("passes by"));
    drop(chain);
    let held = value();
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        deferred.await?;
        ok(held)
    });
    drop(body);
    drop(trigger);
    let (trigger, deferred) = Deferred::new();
    let body = ensure_deferred(async move {
        let first = deferred.await?;
        drop(first);
        Err::<(), _>(bad("end"))
    });
    trigger.callback(value());
    drop(body);
    assert_eq!(Rc::strong_count(&token), 1);
}

/// Law 12: nothing that a callback, canceller or body captured is kept once it has run.
#[test]
fn nothing_is_kept_after_the_end() {
    let token = Rc::new(());
    let (trigger, deferred) = Deferred::<u32>::with_canceller({
        let held = Rc::clone(&token);
        move |_| drop(held)
    });
    let held = Rc::clone(&token);
    let chain = deferred.map(move |value| {
        drop(held);
        value
    });
    let held = Rc::clone(&token);
    let body = ensure_deferred(async move {
        let result = chain.await;
        drop(held);
        result
    });
    assert_eq!(Rc::strong_count(&token), 4);
    trigger.callback(1);
    assert_eq!(Rc::strong_count(&token), 1, "although the body's Deferred still stands here");
    assert_eq!(success_result_of(body), 1);
}

/// Law 12: `is_fired` tells whether a result is there now.
#[test]
fn is_fired_means_that_a_result_is_there_now() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    assert!(!deferred.is_fired());
    let chain = deferred.add_callback(move |_| inner);
    trigger.callback(1);
    assert!(!chain.is_fired(), "it waits for the inner one");
    assert_eq!(chain.peek(|_| ()), None);
    inner_trigger.callback(2);
    assert!(chain.is_fired());
    assert_eq!(chain.peek(|result| *result.expect("a success")), Some(2));
    assert_eq!(format!("{chain:?}"), "Deferred(succeeded)");
    success_result_of(chain);
}

/// Law 10: a Deferred that is returned while a callback of its own runs is waited for until its chain has ended. (In Twisted its
/// result of that moment is taken.)
#[test]
fn a_deferred_returned_while_its_own_callback_runs_is_waited_for() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let own = Rc::new(RefCell::new(None::<Deferred<u32>>));
    let (inside, log) = (Rc::clone(&own), Log::new());
    let note = log.clone();
    let ran = deferred.map(move |n| {
        let own = inside.take().expect("set before it fires");
        note.watch("outer", succeed(()).add_callback(move |()| own)).detach();
        note.note("callback ends");
        n + 1
    });
    *own.borrow_mut() = Some(ran);
    trigger.callback(1);
    assert_eq!(log.text(), "callback ends | outer -> 2");
}
