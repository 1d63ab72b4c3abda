//! Tools over time: timeouts (law 16) and delayed results. Time is the `Clock`.

use std::time::Duration;

use inline_callbacks::task::defer_later;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{
    Abandoned, Clock, Deferred, Failure, Panicked, TimedOut, Trigger, ensure_deferred, fail, gather_results, succeed,
};

use crate::support::{Log, SECOND, capture_unhandled, millis, ok, on_small_stack, seconds, show};

fn is_timed_out<T>(deferred: Deferred<T>) -> bool {
    failure_result_of(deferred).check::<TimedOut>().is_some()
}

// ----- Timeouts ---------------------------------------------------------------------------------------------------

/// Law 16: when the time is up the Deferred is cancelled, and its consumer gets `TimedOut`, with the time that was given and
/// the place where the limit was set.
///
/// Twisted: `DeferredAddTimeoutTests.test_timedOut`.
#[test]
fn a_timeout_cancels_and_the_consumer_gets_timed_out() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, seconds(3));
    let line = line!() - 1;
    clock.advance(millis(2999));
    assert_no_result(&limited);
    assert!(!trigger.is_cancelled());
    clock.advance(millis(1));
    assert!(trigger.is_cancelled());
    let failure = failure_result_of(limited);
    assert_eq!(failure.check::<TimedOut>().map(TimedOut::after), Some(seconds(3)));
    assert_eq!(failure.to_string(), "timed out after 3s");
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
    assert_eq!(clock.pending(), 0);
}

/// A timeout can be chained like a callback.
///
/// Twisted: `DeferredAddTimeoutTests.test_timeoutChainable`.
#[test]
fn a_timeout_is_chainable() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let sum = deferred.add_timeout_on(&clock, SECOND).map(|n| n + 1).add_timeout_on(&clock, SECOND);
    trigger.callback(1);
    assert_eq!(success_result_of(sum), 2);
}

/// A success in time removes the timer; a Deferred that a later callback returns is not covered.
///
/// Twisted: `DeferredAddTimeoutTests.test_successResultBeforeTimeout`,
/// `DeferredAddTimeoutTests.test_successResultBeforeTimeoutCustom`.
#[test]
fn a_success_in_time_removes_the_timer() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let during = clock.clone();
    let limited = deferred
        .add_timeout_on(&clock, SECOND)
        .inspect_failure(|_| panic!("there was no failure"))
        .add_callback(move |_| {
            assert_eq!(during.pending(), 0, "the timer is gone before the callbacks run");
            inner
        });
    trigger.callback(1);
    clock.advance(seconds(5));
    assert!(!inner_trigger.is_cancelled());
    inner_trigger.callback(2);
    assert_eq!(success_result_of(limited), 2);
}

/// A failure in time passes as it is and removes the timer.
///
/// Twisted: `DeferredAddTimeoutTests.test_failureBeforeTimeout`.
#[test]
fn a_failure_in_time_passes_and_removes_the_timer() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, SECOND);
    trigger.errback(Failure::msg("in time"));
    assert_eq!(clock.pending(), 0);
    assert_eq!(failure_result_of(limited).to_string(), "in time");
}

/// What Twisted's `onTimeoutCancel` does is an errback here: it may replace `TimedOut`, and sees nothing but its own limit's.
///
/// Twisted: `DeferredAddTimeoutTests.test_timedOutCustom`.
#[test]
fn an_errback_replaces_timed_out() {
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, SECOND).add_errback(|why| match why.check::<TimedOut>() {
        Some(timed_out) => Ok(timed_out.after().subsec_millis()),
        None => Err(why),
    });
    clock.advance(SECOND);
    assert_eq!(success_result_of(limited), 0);
}

/// Law 16: a success that the canceller fires when the time is up is the result.
///
/// Twisted: `DeferredAddTimeoutTests.test_timedOutProvidedCancelSuccess`.
#[test]
fn a_success_of_the_canceller_wins_over_timed_out() {
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.callback(7));
    let limited = deferred.add_timeout_on(&clock, SECOND);
    clock.advance(SECOND);
    assert_eq!(success_result_of(limited), 7);
}

/// Law 16: so is a failure of its own.
///
/// Twisted: `DeferredAddTimeoutTests.test_timedOutProvidedCancelFailure`.
#[test]
fn a_failure_of_the_canceller_wins_over_timed_out() {
    let clock = Clock::new();
    let log = Log::new();
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(Failure::msg("busy")));
    let limited = log.watch("d", deferred.add_timeout_on(&clock, SECOND));
    clock.advance(SECOND);
    assert_eq!(log.text(), "d -> F[busy]");
    success_result_of(limited);
}

/// A cancel by hand stays `Cancelled`, removes the timer and so is not followed by a second one.
///
/// Twisted: `DeferredAddTimeoutTests.test_cancelBeforeTimeout`.
#[test]
fn a_cancel_before_the_timeout_stays_cancelled() {
    let clock = Clock::new();
    let log = Log::new();
    let note = log.clone();
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(move |_| note.note("canceller"));
    let limited = deferred.add_timeout_on(&clock, SECOND);
    limited.cancel();
    assert_eq!(clock.pending(), 0);
    clock.advance(SECOND);
    assert!(failure_result_of(limited).is_cancelled());
    assert_eq!(log.text(), "canceller");
}

/// An errback that was added before the timeout sees `Cancelled`; passed on it becomes `TimedOut`, replaced it is the result.
///
/// Twisted: `DeferredAddTimeoutTests.test_errbackAddedBeforeTimeout`.
#[test]
fn an_errback_added_before_the_timeout_sees_cancelled() {
    let clock = Clock::new();
    let log = Log::new();
    let chain = |replace: bool| {
        let note = log.clone();
        let (trigger, deferred) = Deferred::<u32>::new();
        let limited = deferred
            .add_errback(move |why| {
                note.note(&why);
                if replace { Ok(5) } else { Err(why) }
            })
            .add_timeout_on(&clock, SECOND);
        (trigger, limited)
    };
    let (passed_on, replaced) = (chain(false), chain(true));
    clock.advance(SECOND);
    assert_eq!(log.text(), "cancelled | cancelled");
    assert!(is_timed_out(passed_on.1));
    assert_eq!(success_result_of(replaced.1), 5);
}

/// A timeout reaches the Deferred that the chain waits for now. (d13d)
#[test]
fn a_timeout_cancels_the_inner_deferred() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let limited = deferred.add_callback(move |_| inner).add_timeout_on(&clock, SECOND);
    trigger.callback(1);
    clock.advance(SECOND);
    assert!(inner_trigger.is_cancelled());
    assert!(is_timed_out(limited));
}

/// Nested timeouts: the first to be up wins, and both timers go. (d13e)
#[test]
fn of_nested_timeouts_the_first_wins_and_both_timers_go() {
    for (inner, outer) in [(1, 2), (2, 1)] {
        let clock = Clock::new();
        let (_trigger, deferred) = Deferred::<u32>::new();
        let limited = deferred.add_timeout_on(&clock, seconds(inner)).add_timeout_on(&clock, seconds(outer));
        clock.advance(SECOND);
        assert_eq!(clock.pending(), 0);
        let failure = failure_result_of(limited);
        assert_eq!(failure.check::<TimedOut>().map(TimedOut::after), Some(SECOND), "{inner} inside {outer}");
    }
}

/// A limit of zero is up on the next turn, not at once.
#[test]
fn a_timeout_of_zero_is_up_on_the_next_turn() {
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, Duration::ZERO);
    assert_no_result(&limited);
    clock.advance(Duration::ZERO);
    assert!(is_timed_out(limited));
}

/// A Deferred that has fired gets no timer, whatever it fired with.
#[test]
fn a_fired_deferred_needs_no_timer() {
    let clock = Clock::new();
    let value = succeed(1).add_timeout_on(&clock, SECOND);
    let failure = fail::<u32>(Failure::msg("no")).add_timeout_on(&clock, SECOND);
    let (trigger, later) = Deferred::<u32>::new();
    trigger.callback(2);
    let later = later.add_timeout_on(&clock, SECOND);
    assert_eq!(clock.pending(), 0);
    assert_eq!(success_result_of(value) + success_result_of(later), 3);
    assert_eq!(failure_result_of(failure).to_string(), "no");
}

/// Law 16: a body that cleans up asynchronously when the time is up is not waited for, and what it ends with is discarded.
#[test]
fn what_comes_after_the_timeout_is_discarded() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let log = Log::new();
    let (cleaned, cleaning) = Deferred::<()>::new();
    let note = log.clone();
    let (_trigger, work) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        let result = work.await;
        note.note(show(&result));
        cleaning.await?;
        note.note("cleaned");
        ok(1)
    });
    let limited = log.watch("d", body.add_timeout_on(&clock, SECOND));
    clock.advance(SECOND);
    assert_eq!(log.text(), "F[cancelled] | d -> F[timed out after 1s]");
    cleaned.callback(());
    assert_eq!(log.text(), "F[cancelled] | d -> F[timed out after 1s] | cleaned");
    success_result_of(limited);
    assert_eq!(unhandled.text(), "");
}

/// Law 16: a failure that comes after the timeout is reported as unhandled.
#[test]
fn a_failure_after_the_timeout_is_reported() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let (finish, rest) = Deferred::<u32>::new();
    let (_trigger, work) = Deferred::<u32>::new();
    let limited = work.add_errback(move |_| rest).add_timeout_on(&clock, SECOND);
    clock.advance(SECOND);
    assert!(is_timed_out(limited));
    assert_eq!(unhandled.text(), "");
    finish.errback(Failure::msg("late"));
    assert_eq!(unhandled.text(), "late");
}

/// A body that ignores the cancelling and goes on is not waited for, so a timeout is never void. (e29b: in Twisted it is.)
/// Hazard 5.
#[test]
fn a_timeout_holds_when_the_body_goes_on() {
    let clock = Clock::new();
    let (_first, work) = Deferred::<u32>::new();
    let (late, more) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        let _ = work.await;
        more.await
    });
    let limited = body.add_timeout_on(&clock, seconds(5));
    clock.advance(seconds(5));
    assert!(is_timed_out(limited));
    assert!(!late.is_cancelled());
    late.callback(1);
}

/// A canceller that panics does not lose the timeout.
///
/// Hazard 3.
#[test]
fn a_panicking_canceller_does_not_lose_the_timeout() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(|_| panic!("broken canceller"));
    let limited = deferred.add_timeout_on(&clock, SECOND);
    clock.advance(SECOND);
    assert!(is_timed_out(limited));
    assert_eq!(unhandled.text(), "panicked: broken canceller");
}

/// A body sees `TimedOut` as the result of a wait with a limit, and goes on. (e29)
#[test]
fn a_body_sees_timed_out_as_the_result_of_its_wait() {
    let clock = Clock::new();
    let timers = clock.clone();
    let (_trigger, work) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        let result = work.add_timeout_on(&timers, seconds(5)).await;
        ok(show(&result))
    });
    clock.advance(seconds(5));
    assert_eq!(success_result_of(body), "F[timed out after 5s]");
}

/// A Deferred that was given away with a limit is still cancelled when its time is up; nobody sees the `TimedOut`.
#[test]
fn a_timeout_covers_a_detached_deferred() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    deferred.add_timeout_on(&clock, SECOND).detach();
    clock.advance(SECOND);
    assert!(trigger.is_cancelled());
    assert_eq!(unhandled.text(), "timed out after 1s");
}

/// A cancel handle that was taken before the timeout stands for what comes after it too.
#[test]
fn a_cancel_handle_reaches_through_a_timeout() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let handle = deferred.cancel_handle();
    let (inner_trigger, inner) = Deferred::<u32>::new();
    // The handle comes to the timeout by way of a callback.
    let chain = deferred.map(|n| n + 1).add_timeout_on(&clock, SECOND).add_callback(move |_| inner);
    trigger.callback(1);
    handle.cancel();
    assert!(inner_trigger.is_cancelled());
    assert!(failure_result_of(chain).is_cancelled());
}

/// A cancelled chain with a limit passes through in order: canceller, errback, consumer; and a timeout of a gathering asks
/// every part.
#[test]
fn a_timeout_of_a_gathering_cancels_every_part() {
    let clock = Clock::new();
    let log = Log::new();
    let parts = ["a", "b"].map(|name| {
        let note = log.clone();
        Deferred::<u32>::with_canceller(move |_| note.note(name))
    });
    let (triggers, parts): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let limited = log.watch("all", gather_results(parts).add_timeout_on(&clock, SECOND));
    clock.advance(SECOND);
    assert_eq!(log.text(), "a | b | all -> F[timed out after 1s]");
    success_result_of(limited);
    drop(triggers);
}

/// A timeout during a pause cancels now; the callbacks see `TimedOut` when the pause ends.
#[test]
fn a_timeout_during_a_pause_is_seen_at_its_end() {
    let clock = Clock::new();
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let note = log.clone();
    let deferred = deferred.inspect_failure(move |why| note.note(why));
    let limited = deferred.add_timeout_on(&clock, SECOND);
    let pause = limited.pause();
    let chain = log.watch("d", limited);
    clock.advance(SECOND);
    assert!(trigger.is_cancelled());
    assert_eq!(log.text(), "");
    pause.unpause();
    assert_eq!(log.text(), "cancelled | d -> F[timed out after 1s]");
    success_result_of(chain);
}

/// A result that came in time during a pause is not lost to a timeout during it; but one that makes the chain wait for more
/// after the pause is.
#[test]
fn a_result_held_by_a_pause_came_in_time() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, SECOND);
    let pause = limited.pause();
    trigger.callback(1);
    clock.advance(SECOND);
    assert_no_result(&limited);
    pause.unpause();
    assert_eq!(success_result_of(limited), 1);

    let (trigger, deferred) = Deferred::<u32>::new();
    let (more, rest) = Deferred::<u32>::new();
    let limited = deferred.add_callback(move |_| rest).add_timeout_on(&clock, SECOND);
    let pause = limited.pause();
    trigger.callback(1);
    clock.advance(SECOND);
    pause.unpause();
    assert!(more.is_cancelled());
    assert!(is_timed_out(limited));
}

/// Work that cleans up when the time is up during a pause: `TimedOut` when the pause ends.
#[test]
fn a_clean_up_during_a_pause_is_not_waited_for() {
    let clock = Clock::new();
    let (_work, work) = Deferred::<u32>::new();
    let (_cleaned, cleaning) = Deferred::<u32>::new();
    let mut cleaning = Some(cleaning);
    let body = ensure_deferred(async move {
        let _ = work.await;
        cleaning.take().expect("cleaned once").await
    });
    let limited = body.add_timeout_on(&clock, SECOND);
    let pause = limited.pause();
    clock.advance(SECOND);
    assert_no_result(&limited);
    drop(pause);
    assert!(is_timed_out(limited));
}

/// A pause of what a body waits for does not hold the limit of the body. (In Twisted the timeout tells after the pause.)
#[test]
fn a_timeout_does_not_wait_for_the_pause_of_what_a_body_waits_for() {
    let clock = Clock::new();
    let (_work, work) = Deferred::<u32>::new();
    let pause = work.pause();
    let limited = ensure_deferred(async move { work.await }).add_timeout_on(&clock, SECOND);
    clock.advance(SECOND);
    assert!(is_timed_out(limited));
    drop(pause);
}

/// When the timers are dropped with the timer in them, the limit is gone, not the work.
#[test]
fn dropped_timers_leave_the_work_alone() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let limited = deferred.add_timeout_on(&clock, SECOND);
    drop(clock);
    trigger.callback(1);
    assert_eq!(success_result_of(limited), 1);
}

/// Law 4: ten thousand timeouts in a chain, one inside the other, are cancelled by the innermost timer without deep recursion.
#[test]
fn nested_timeouts_cost_no_stack() {
    on_small_stack(|| {
        let clock = Clock::new();
        let (trigger, deferred) = Deferred::<u32>::new();
        let limited = deferred.add_timeout_on(&clock, SECOND);
        let limited = (0..100_000).fold(limited, |limited, _| limited.add_timeout_on(&clock, seconds(9)));
        clock.advance(SECOND);
        assert!(trigger.is_cancelled());
        assert_eq!(clock.pending(), 0);
        assert!(is_timed_out(limited));
    });
}

// ----- defer_later ------------------------------------------------------------------------------------------------

/// The Deferred fires with what the function returns, when the time has come.
///
/// Twisted: `DeferLaterTests.test_callback`, `DeferLaterTests.test_noCallback`.
#[test]
fn defer_later_fires_with_the_functions_result() {
    let clock = Clock::new();
    let later = defer_later(&clock, seconds(3), || succeed("later"));
    let nothing = defer_later(&clock, seconds(3), || ());
    clock.advance(seconds(2));
    assert_no_result(&later);
    clock.advance(SECOND);
    assert_eq!(success_result_of(later), "later");
    success_result_of(nothing);
}

/// A failure or panic of the function fails it.
///
/// Twisted: `DeferLaterTests.test_errback`.
#[test]
fn defer_later_fails_with_the_functions_failure() {
    let clock = Clock::new();
    let failing = defer_later::<u32, _>(&clock, SECOND, || Err(Failure::msg("no")));
    let panicking = defer_later::<u32, Result<u32, Failure>>(&clock, SECOND, || panic!("oh"));
    clock.advance(SECOND);
    assert_eq!(failure_result_of(failing).to_string(), "no");
    assert!(failure_result_of(panicking).check::<Panicked>().is_some());
}

/// Cancelling removes the call; later it reaches the function's Deferred.
///
/// Twisted: `DeferLaterTests.test_cancel`.
#[test]
fn cancelling_defer_later_removes_the_call() {
    let clock = Clock::new();
    let log = Log::new();
    let dropped = log.on_drop("captures dropped");
    let later = defer_later(&clock, SECOND, move || drop(dropped));
    later.cancel();
    assert_eq!(clock.pending(), 0);
    assert!(failure_result_of(later).is_cancelled());
    assert_eq!(log.text(), "captures dropped");

    let (trigger, inner) = Deferred::<u32>::new();
    let later = defer_later(&clock, SECOND, || inner);
    clock.advance(SECOND);
    later.cancel();
    assert!(trigger.is_cancelled());
    assert!(failure_result_of(later).is_cancelled());
}

/// With a delay of zero the function is called on the next turn.
#[test]
fn defer_later_with_zero_delay_is_the_next_turn() {
    let clock = Clock::new();
    let later = defer_later(&clock, Duration::ZERO, || Ok(1));
    assert_no_result(&later);
    clock.advance(Duration::ZERO);
    assert_eq!(success_result_of(later), 1);
}

/// When the timers are dropped the call can never come, so the Deferred is abandoned.
#[test]
fn defer_later_on_dropped_timers_is_abandoned() {
    let clock = Clock::new();
    let later = defer_later(&clock, SECOND, || Ok(1));
    drop(clock);
    assert!(failure_result_of(later).check::<Abandoned>().is_some());
}
