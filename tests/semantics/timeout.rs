//! Timeouts (law 16), with errbacks and callbacks before and behind them. The others are in `task.rs`.

use std::time::Duration;

use inline_callbacks::testing::{assert_no_result, success_result_of};
use inline_callbacks::{Clock, Deferred, Failure, Trigger};

use crate::support::Log;

const SECOND: Duration = Duration::from_secs(1);

/// What would be Twisted's `onTimeoutCancel`: an errback behind the timeout, which notes what it gets.
fn overridden(log: &Log, limited: Deferred<&'static str>) -> Deferred<&'static str> {
    let note = log.clone();
    limited.add_errback(move |why| {
        note.note(why);
        Ok("overridden")
    })
}

/// A failure in time reaches the errbacks behind at once; what they return is not cancelled when the time would be up.
///
/// Twisted: `DeferredAddTimeoutTests.test_failureBeforeTimeout`,
/// `DeferredAddTimeoutTests.test_failureBeforeTimeoutCustom`.
#[test]
fn a_failure_in_time_leaves_what_its_errback_returned_alone() {
    let clock = Clock::new();
    let log = Log::new();
    let note = log.clone();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, SECOND).add_errback(move |why| {
        note.note(why);
        inner
    });
    trigger.errback(Failure::msg("in time"));
    assert_eq!(log.text(), "in time");
    assert_eq!(clock.pending(), 0);
    clock.advance(SECOND * 5);
    assert!(!inner_trigger.is_cancelled());
    assert_no_result(&limited);
    inner_trigger.callback(1);
    assert_eq!(success_result_of(limited), 1);
}

/// A cancel by hand reaches the errbacks behind as `Cancelled`; what they return is not cancelled when the time would be up.
///
/// Twisted: `DeferredAddTimeoutTests.test_cancelBeforeTimeout`,
/// `DeferredAddTimeoutTests.test_cancelBeforeTimeoutCustom`.
#[test]
fn a_cancel_before_the_timeout_leaves_what_an_errback_returned_alone() {
    let clock = Clock::new();
    let log = Log::new();
    let note = log.clone();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, SECOND).add_errback(move |why| {
        note.note(why);
        inner
    });
    limited.cancel();
    assert!(trigger.is_cancelled());
    assert_eq!(log.text(), "cancelled");
    assert_eq!(clock.pending(), 0);
    clock.advance(SECOND * 5);
    assert!(!inner_trigger.is_cancelled());
    inner_trigger.callback(1);
    assert_eq!(success_result_of(limited), 1);
}

/// An errback behind the timeout sees the failure of the canceller's own, and may replace it.
///
/// Twisted: `DeferredAddTimeoutTests.test_providedCancelCalledBeforeTimeoutCustom`.
#[test]
fn an_errback_behind_a_timeout_sees_the_cancellers_own_failure() {
    let clock = Clock::new();
    let log = Log::new();
    let (_trigger, deferred) =
        Deferred::with_canceller(|trigger: Trigger<&str>| trigger.errback(Failure::msg("what!")));
    let limited = overridden(&log, deferred.add_timeout_on(&clock, SECOND));
    assert_no_result(&limited);
    clock.advance(SECOND);
    assert_eq!(success_result_of(limited), "overridden");
    assert_eq!(log.text(), "what!");
}

/// An errback before the timeout sees `Cancelled`, and one behind it `TimedOut` if the first passes that on.
///
/// Twisted: `DeferredAddTimeoutTests.test_errbackAddedBeforeTimeoutCustom`.
#[test]
fn an_errback_before_a_timeout_sees_cancelled_and_one_behind_it_timed_out() {
    let clock = Clock::new();
    let log = Log::new();
    let note = log.clone();
    let (_trigger, deferred) = Deferred::<&str>::new();
    let limited = deferred.inspect_failure(move |why| note.note(why)).add_timeout_on(&clock, SECOND);
    let limited = overridden(&log, limited);
    clock.advance(SECOND);
    assert_eq!(log.text(), "cancelled | timed out after 1s");
    assert_eq!(success_result_of(limited), "overridden");
}

/// An errback before the timeout that makes a success of the cancelling has the last word: no errback behind is called.
///
/// Twisted: `DeferredAddTimeoutTests.test_errbackAddedBeforeTimeoutSuppressesCancellation`,
/// `DeferredAddTimeoutTests.test_errbackAddedBeforeTimeoutSuppressesCancellationCustom`.
#[test]
fn an_errback_before_a_timeout_may_suppress_it() {
    let clock = Clock::new();
    let log = Log::new();
    let note = log.clone();
    let (_trigger, deferred) = Deferred::<&str>::new();
    let suppressing = deferred.add_errback(move |why| {
        note.note(&why);
        Ok("suppressed")
    });
    let limited = overridden(&log, suppressing.add_timeout_on(&clock, SECOND));
    clock.advance(SECOND);
    assert_eq!(log.text(), "cancelled");
    assert_eq!(success_result_of(limited), "suppressed");
}

/// A canceller that succeeds when the time is up makes the callbacks before the timeout run with its value; no errback behind is
/// called.
///
/// Twisted: `DeferredAddTimeoutTests.test_callbackAddedToCancelerBeforeTimeout`,
/// `DeferredAddTimeoutTests.test_callbackAddedToCancelerBeforeTimeoutCustom`.
#[test]
fn a_callback_before_a_timeout_runs_with_the_cancellers_success() {
    let clock = Clock::new();
    let log = Log::new();
    let note = log.clone();
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<&str>| trigger.callback("success"));
    let limited = deferred
        .map(move |value| {
            note.note(value);
            value
        })
        .add_timeout_on(&clock, SECOND);
    let limited = overridden(&log, limited);
    clock.advance(SECOND);
    assert_eq!(log.text(), "success");
    assert_eq!(success_result_of(limited), "success");
}
