//! Chains, as Twisted's own tests look at them: what goes from callback to callback, and from Deferred to Deferred. Laws 9 to 12.

use std::cell::RefCell;
use std::rc::Rc;

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{Deferred, Failure, Panicked, Trigger, fail, gather_results, succeed};

use crate::support::{Log, capture_unhandled, ok};

/// Law 9: a callback gets the value, and what it needs besides it captures.
///
/// Twisted: `DeferredTests.testCallbackWithArgs`.
#[test]
fn what_a_callback_needs_besides_the_value_it_captures() {
    let log = Log::new();
    let (note, greeting) = (log.clone(), "world".to_owned());
    let (trigger, deferred) = Deferred::<&str>::new();
    let chain = deferred.add_callbacks(
        move |value| note.note(format!("{value} {greeting}")),
        |why| -> Result<(), Failure> { panic!("there was no failure: {why}") },
    );
    trigger.callback("hello");
    assert_eq!(log.text(), "hello world");
    success_result_of(chain);
}

/// Law 9: the second callback gets what the first one returned.
///
/// Twisted: `DeferredTests.testTwoCallbacks`.
#[test]
fn the_second_callback_gets_what_the_first_one_returned() {
    let log = Log::new();
    let (first, second) = (log.clone(), log.clone());
    let (trigger, deferred) = Deferred::<&str>::new();
    let chain = deferred
        .add_callback(move |value| {
            first.note(value);
            ok(format!("{value}, again"))
        })
        .add_callback(move |value| {
            second.note(value);
            ok(())
        });
    trigger.callback("hello");
    assert_eq!(log.text(), "hello | hello, again");
    success_result_of(chain);
}

/// Law 9: a callback may return a value or a failure, and after a failure the callbacks that follow are passed by.
///
/// Twisted: `DeferredTests.test_callbackMaybeReturnsFailure`.
#[test]
fn a_callback_may_return_a_value_or_a_failure() {
    let maybe = |fails: bool| {
        let log = Log::new();
        let note = log.clone();
        let step = move |value: u32| {
            note.note(value);
            if fails { Err(Failure::msg("it should")) } else { Ok(value + 1) }
        };
        let chain = succeed(6).add_callback(step.clone()).add_callback(step);
        (chain, log)
    };
    let (chain, log) = maybe(false);
    assert_eq!(success_result_of(chain), 8);
    assert_eq!(log.text(), "6 | 7");
    let (chain, log) = maybe(true);
    assert_eq!(failure_result_of(chain).to_string(), "it should");
    assert_eq!(log.text(), "6");
}

/// Law 11: an errback added to a failed Deferred runs before `add_errback` returns.
///
/// Twisted: `DeferredTests.testImmediateFailure`.
#[test]
fn an_errback_added_after_failing_runs_before_adding_returns() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    trigger.errback(Failure::msg("by the trigger"));
    for deferred in [fail(Failure::msg("at once")), deferred] {
        let note = log.clone();
        let chain = deferred.add_errback(move |why| {
            note.note(why);
            Ok(0)
        });
        log.note("added");
        success_result_of(chain);
    }
    assert_eq!(log.text(), "at once | added | by the trigger | added");
}

/// Law 10: an errback may return a Deferred, and so recover when that succeeds.
///
/// Twisted: `DeferredTests.test_errbackReturnsDeferred`.
#[test]
fn an_errback_may_recover_by_a_deferred() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<&str>::new();
    let (inner_trigger, inner) = Deferred::<&str>::new();
    let chain = log.watch("d", deferred.add_errback(move |_| inner));
    trigger.errback(Failure::msg("no"));
    assert_no_result(&chain);
    assert_eq!(log.text(), "");
    inner_trigger.callback("result");
    assert_eq!(log.text(), "d -> \"result\"");
    success_result_of(chain);
}

/// Law 11: what a callback that was added by a running callback fails with goes to the next errback.
///
/// Twisted: `DeferredTests.test_reentrantRunCallbacksWithFailure`.
#[test]
fn a_callback_added_while_its_chain_runs_may_fail() {
    let own = Rc::new(RefCell::new(None::<Deferred<()>>));
    let slot = Rc::clone(&own);
    let (trigger, deferred) = Deferred::<()>::new();
    let chain = deferred.map(move |()| {
        let chain = slot.take().expect("put there before firing");
        let chain = chain.add_callback(|()| -> Result<(), Failure> { panic!("callback raised") });
        slot.replace(Some(chain));
    });
    own.replace(Some(chain));
    trigger.callback(());
    let failure = failure_result_of(own.take().expect("put back"));
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("callback raised"));
}

/// A chain whose callback returns a fired Deferred that a callback of its own has made wait for `inner`. Everything is noted.
fn three_levels(log: &Log, outer: Deferred<&'static str>, inner: Deferred<String>) -> Deferred<()> {
    let [start, first, second] = [(); 3].map(|()| log.clone());
    let chain = outer.add_callback(move |value| {
        start.note(format!("start {value}"));
        succeed("middle")
            .add_callback(move |value| {
                first.note(format!("first {value}"));
                inner
            })
            .add_callback(move |value| {
                second.note(format!("second {value}"));
                Ok(value.repeat(2))
            })
    });
    log.watch("outer", chain)
}

/// Law 10: the callbacks of a Deferred in the middle run after the innermost has fired and before the outer one goes on.
///
/// Twisted: `DeferredTests.test_innerCallbacksPreserved`, `DeferredTests.test_nestedAsynchronousChainedDeferreds`.
#[test]
fn the_callbacks_in_the_middle_run_after_the_innermost_and_before_the_outer() {
    let (trigger, pending) = Deferred::new();
    for (start, outer) in [(None, succeed("outer")), (Some(trigger), pending)] {
        let log = Log::new();
        let (inner_trigger, inner) = Deferred::new();
        let chain = three_levels(&log, outer, inner);
        if let Some(trigger) = start {
            trigger.callback("outer");
        }
        assert_eq!(log.text(), "start outer | first middle");
        inner_trigger.callback("orange".to_owned());
        assert_eq!(log.text(), "start outer | first middle | second orange | outer -> \"orangeorange\"");
        success_result_of(chain);
    }
}

/// Law 10: a callback that the innermost Deferred was given before it was returned transforms what the middle one gets.
///
/// Twisted: `DeferredTests.test_nestedAsynchronousChainedDeferredsWithExtraCallbacks`.
#[test]
fn a_callback_on_the_innermost_deferred_transforms_what_the_middle_one_gets() {
    let log = Log::new();
    let (inner_trigger, inner) = Deferred::<&str>::new();
    let chain = three_levels(&log, succeed("outer"), inner.map(|value| format!("[{value}]")));
    inner_trigger.callback("withers");
    assert_eq!(log.text(), "start outer | first middle | second [withers] | outer -> \"[withers][withers]\"");
    success_result_of(chain);
}

/// Law 10: it goes on as well where it waits for a combination of Deferreds, and the outer callbacks come last.
///
/// Twisted: `DeferredTests.test_continueCallbackNotFirst`, `DeferredTests.test_callbackOrderPreserved`.
#[test]
fn a_chain_that_waits_for_a_gathering_goes_on_in_order() {
    let log = Log::new();
    let [start, first, second, last] = [(); 4].map(|()| log.clone());
    let (part_trigger, part) = Deferred::<&str>::new();
    let (trigger, outer) = Deferred::<&str>::new();
    let chain = outer
        .add_callback(move |value| {
            start.note(format!("cb {value}"));
            let (trigger, middle) = Deferred::<()>::new();
            let middle = middle
                .add_callback(move |()| {
                    first.note("first");
                    gather_results([part])
                })
                .map(move |values| second.note(format!("second {values:?}")));
            trigger.callback(());
            middle
        })
        .map(move |()| last.note("final"));
    trigger.callback("outer");
    assert_eq!(log.text(), "cb outer | first");
    part_trigger.callback("withers");
    assert_eq!(log.text(), "cb outer | first | second [\"withers\"] | final");
    success_result_of(chain);
}

/// A pending Deferred with a callback that returns `inner`.
fn returning(inner: Deferred<u32>) -> (Trigger<()>, Deferred<u32>) {
    let (trigger, outer) = Deferred::<()>::new();
    (trigger, outer.add_callback(move |()| inner))
}

/// Law 10: chaining is transitive, in whatever order the outer ones begin to wait.
///
/// Twisted: `DeferredTests.test_doubleAsynchronousImplicitChaining`.
#[test]
fn chaining_is_transitive() {
    for middle_first in [true, false] {
        let log = Log::new();
        let (first_trigger, first) = Deferred::<u32>::new();
        let (second_trigger, second) = returning(first);
        let (third_trigger, third) = returning(second);
        let third = log.watch("third", third);
        if middle_first {
            second_trigger.callback(());
            third_trigger.callback(());
        } else {
            third_trigger.callback(());
            second_trigger.callback(());
        }
        assert_eq!(log.text(), "");
        first_trigger.callback(7);
        assert_eq!(log.text(), "third -> 7");
        success_result_of(third);
    }
}

/// Law 10: a returned Deferred belongs to the chain; callbacks that the middle one of three had run when the last one fires.
///
/// Twisted: `DeferredTests.test_resultOfDeferredResultOfDeferredOfFiredDeferredCalled`.
#[test]
fn callbacks_of_a_deferred_that_was_handed_on_run_when_the_last_one_fires() {
    let log = Log::new();
    let (third_trigger, third) = Deferred::<u32>::new();
    let (second_trigger, second) = returning(third);
    let note = log.clone();
    let second = second.map(move |value| {
        note.note(format!("second {value}"));
        value + 1
    });
    let (first_trigger, first) = returning(second);
    let first = log.watch("first", first);
    second_trigger.callback(());
    first_trigger.callback(());
    third_trigger.callback(1);
    assert_eq!(log.text(), "second 1 | first -> 2");
    success_result_of(first);
}

/// Law 12: the failure of a returned Deferred moves to the chain; it is not reported, whenever it came.
///
/// Twisted: `DeferredTests.test_synchronousImplicitErrorChain`, `DeferredTests.test_asynchronousImplicitErrorChain`,
/// `LogTests.test_chainedErrorCleanup`.
#[test]
fn the_failure_of_a_returned_deferred_moves_and_is_not_reported() {
    let reports = capture_unhandled();
    let log = Log::new();
    let (trigger, outer) = returning(fail(Failure::msg("before")));
    trigger.callback(());
    let before = log.watch("outer", outer);
    let (inner_trigger, inner) = Deferred::new();
    let (trigger, outer) = returning(inner);
    trigger.callback(());
    let after = log.watch("outer", outer);
    inner_trigger.errback(Failure::msg("after"));
    success_result_of(before);
    success_result_of(after);
    assert_eq!(log.text(), "outer -> F[before] | outer -> F[after]");
    assert_eq!(reports.text(), "");
}

/// Law 12: an errback that returns a pending Deferred has handled the failure.
///
/// Twisted: `LogTests.test_errorClearedByChaining`.
#[test]
fn an_errback_that_returns_a_pending_deferred_has_handled_the_failure() {
    let reports = capture_unhandled();
    let (good_trigger, good) = Deferred::<u32>::new();
    fail::<u32>(Failure::msg("oh no")).add_errback(move |_| good).detach();
    assert_eq!(reports.text(), "");
    good_trigger.callback(1);
    assert_eq!(reports.text(), "");
}

/// Law 12: a failure in a callback is reported when nobody holds the chain any more, also where a function that has returned
/// made it.
///
/// Twisted: `LogTests.test_errorLog`, `LogTests.test_errorLogWithInnerFrameRef`.
#[test]
fn a_failure_of_a_chain_that_nobody_holds_is_reported() {
    fn made_and_forgotten() {
        let (trigger, deferred) = Deferred::<u32>::new();
        let chain = deferred.map(|value| 1 / (value - 1));
        trigger.callback(1);
        assert!(chain.is_fired());
    }
    let reports = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    deferred.map(|value| 1 / (value - 1)).detach();
    trigger.callback(1);
    assert_eq!(reports.text(), "panicked: attempt to divide by zero");
    made_and_forgotten();
    assert_eq!(reports.text(), "panicked: attempt to divide by zero | panicked: attempt to divide by zero");
}

/// `inspect_failure` is the errback that logs: it shows that very failure once and passes it on.
///
/// Twisted: `UtilTests.test_logErrorReturnsError`, `UtilTests.test_logErrorLogsError`.
#[test]
fn inspecting_shows_the_very_failure_once_and_passes_it_on() {
    let shown = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&shown);
    let original = Failure::msg("to be logged");
    let failed = fail::<u32>(original.clone()).inspect_failure(move |why| log.borrow_mut().push(why.clone()));
    let passed_on = failure_result_of(failed);
    let shown = shown.take();
    assert_eq!(shown.len(), 1);
    for failure in [&shown[0], &passed_on] {
        assert!(std::ptr::addr_eq(failure.error(), original.error()));
    }
}

/// There is no debug mode: every failure knows where it was made and the callback that made it, whenever that was added.
///
/// Twisted: `AlreadyCalledTests.testSwitchDebugging`.
#[test]
fn failures_of_callbacks_know_their_place_without_a_debug_mode() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let before = deferred.map(|_| -> u32 { panic!("added before") });
    let line = line!() - 1;
    trigger.callback(1);
    let after = succeed(1).map(|_| -> u32 { panic!("added after") });
    for (chain, line) in [(before, line), (after, line + 3)] {
        let failure = failure_result_of(chain);
        assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
        let here = "::failures_of_callbacks_know_their_place_without_a_debug_mode";
        assert!(failure.origin().function().ends_with(here), "{failure:?}");
    }
}

// ----- Debug ------------------------------------------------------------------------------------------------------

/// What `{:?}` says of a Deferred: whether it is pending or paused, how it fired, or that its result is gone.
///
/// Twisted: `DeferredTests.test_repr`, `DeferredTests.test_reprWithResult`.
#[cfg(not(feature = "inspect"))] // which says more: see `inspect/debug.rs`
#[test]
fn debug_shows_how_a_deferred_stands() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.map(|value| value + 1);
    assert_eq!(format!("{chain:?}"), "Deferred(pending)");
    let pause = chain.pause();
    assert_eq!(format!("{chain:?}"), "Deferred(paused)");
    trigger.callback(1);
    assert_eq!(format!("{chain:?}"), "Deferred(paused)");
    pause.unpause();
    assert_eq!(format!("{chain:?}"), "Deferred(succeeded)");
    assert_eq!(success_result_of(chain), 2);
    let failed = fail::<u32>(Failure::msg("orange"));
    assert_eq!(format!("{failed:?}"), "Deferred(failed: orange)");
    assert_eq!(failure_result_of(failed).to_string(), "orange");
    let mut taken = succeed(1);
    assert_eq!(futures::executor::block_on((&mut taken).into_future()).ok(), Some(1));
    assert_eq!(format!("{taken:?}"), "Deferred(taken)");
}

/// What it says of a chain that waits for a Deferred which one of its callbacks returned: where that callback was added.
///
/// Twisted: `DeferredTests.test_chainDeferredRecordsImplicitChain`, `DeferredTests.test_reprWithChaining`.
#[cfg(not(feature = "inspect"))] // which says more: see `inspect/debug.rs`
#[test]
fn debug_shows_where_a_chain_waits_for_another() {
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let (trigger, outer) = Deferred::<()>::new();
    let chain = outer.map(|()| 1).add_callback(move |_| inner).map(|value| value + 1);
    let (line, column) = (line!() - 1, "    let chain = outer.map(|()| 1).".len() + 1);
    assert_eq!(format!("{chain:?}"), "Deferred(pending)");
    trigger.callback(());
    assert_eq!(format!("{chain:?}"), format!("Deferred(waiting at {}:{line}:{column})", file!()));
    inner_trigger.callback(1);
    assert_eq!(format!("{chain:?}"), "Deferred(succeeded)");
    assert_eq!(success_result_of(chain), 2);
}

/// What it says of an inline callback: the wait at which its body stands.
#[test]
fn debug_shows_where_a_body_waits() {
    let (first_trigger, first) = Deferred::<u32>::new();
    let (second_trigger, second) = Deferred::<u32>::new();
    let body = inline_callbacks::ensure_deferred(async move {
        let value = first.await?;
        ok(value + second.await?)
    });
    let (first_line, second_line) = (line!() - 3, line!() - 2);
    let chain = body.map(|value| value * 2);
    assert!(format!("{chain:?}").starts_with(&format!("Deferred(waiting at {}:{first_line}:", file!())), "{chain:?}");
    first_trigger.callback(1);
    assert!(format!("{chain:?}").starts_with(&format!("Deferred(waiting at {}:{second_line}:", file!())), "{chain:?}");
    second_trigger.callback(2);
    assert_eq!(success_result_of(chain), 6);
}

/// A Deferred that is fed by `chain_into` does not know what feeds it: it is pending, and then it has fired.
///
/// Twisted: `DeferredTests.test_chainDeferredRecordsExplicitChain`,
/// `DeferredTests.test_explicitChainClearedWhenResolved`, `DeferredTests.test_reprWithChaining`.
#[cfg(not(feature = "inspect"))] // which says more: see `inspect/debug.rs`
#[test]
fn debug_does_not_show_what_feeds_a_deferred_through_its_trigger() {
    let (fed, a) = Deferred::<u32>::new();
    let (trigger, b) = Deferred::<u32>::new();
    b.chain_into(fed);
    assert_eq!(format!("{a:?}"), "Deferred(pending)");
    trigger.callback(1);
    assert_eq!(format!("{a:?}"), "Deferred(succeeded)");
    assert_eq!(success_result_of(a), 1);
}
