//! Tools over time: timeouts (law 16), delayed results, looping calls, cooperating iterators. Time is the `Clock`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::task::{CooperativeTask, Cooperator, LoopingCall, NotPaused, TaskFinished, defer_later};
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, Clock, Deferred, Failure, Panicked, TimedOut, Trigger, ensure_deferred, fail, gather_results, succeed,
};

use crate::support::{Log, capture_unhandled, ok, on_small_stack, show};

const SECOND: Duration = Duration::from_secs(1);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn is_timed_out<T>(deferred: Deferred<T>) -> bool {
    failure_result_of(deferred).check::<TimedOut>().is_some()
}

// ----- Timeouts ---------------------------------------------------------------------------------------------------

/// Law 16: when the time is up the Deferred is cancelled, and its consumer gets `TimedOut`, with the time that was given and
/// the place where the limit was set.
///
/// Twisted: `test_timedOut`.
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
/// Twisted: `test_timeoutChainable`.
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
/// Twisted: `test_successResultBeforeTimeout`, `test_successResultBeforeTimeoutCustom`.
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
/// Twisted: `test_failureBeforeTimeout`, `test_failureBeforeTimeoutCustom`.
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
/// Twisted: `test_timedOutCustom`.
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
/// Twisted: `test_timedOutProvidedCancelSuccess`.
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
/// Twisted: `test_timedOutProvidedCancelFailure`, `test_providedCancelCalledBeforeTimeoutCustom`.
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
/// Twisted: `test_cancelBeforeTimeout`, `test_cancelBeforeTimeoutCustom`.
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
/// Twisted: `test_errbackAddedBeforeTimeout`.
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

/// A canceller that panics does not lose the timeout. Hazard 3.
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
/// Twisted: `DeferLaterTests.test_callback`, `test_noCallback`.
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

// ----- LoopingCall ------------------------------------------------------------------------------------------------

/// A loop that notes the time of each call, in milliseconds.
fn noting_times(clock: &Clock, log: &Log) -> LoopingCall {
    let (clock, log) = (clock.clone(), log.clone());
    LoopingCall::new(move || log.note(clock.now().as_millis()))
}

/// A loop whose function does what `work` says with each count.
fn noting_counts(log: &Log) -> LoopingCall {
    let log = log.clone();
    LoopingCall::with_count(move |count| log.note(count))
}

/// Three calls within 0.25 s at an interval of 0.1 s; `stop` fires the Deferred at once and leaves no timer.
///
/// Twisted: `testBasicFunction`.
#[test]
fn a_looping_call_calls_on_a_grid_until_it_is_stopped() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log);
    assert!(!looping.is_running());
    let ended = looping.start(&clock, millis(100));
    assert_eq!(log.text(), "0", "called inside `start`");
    assert!(looping.is_running());
    clock.pump([millis(50); 5]);
    assert_eq!(log.text(), "0 | 100 | 200");
    assert_no_result(&ended);
    looping.stop();
    assert!(!looping.is_running());
    success_result_of(ended);
    assert_eq!(clock.pending(), 0);
    clock.advance(SECOND);
    assert_eq!(log.text(), "0 | 100 | 200");
}

/// With `now(false)` the first call comes after the first interval.
///
/// Twisted: `testDelayedStart`.
#[test]
fn a_delayed_start_makes_the_first_call_after_an_interval() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log).now(false);
    let ended = looping.start(&clock, millis(100));
    assert_eq!(log.text(), "");
    clock.pump([millis(50); 5]);
    assert_eq!(log.text(), "100 | 200");
    looping.stop();
    success_result_of(ended);
}

/// Stopping before the first call: it is never made, and no timer is left.
///
/// Twisted: `testStopAtOnce`, `testStoppingBeforeDelayedStart`.
#[test]
fn a_loop_stopped_before_its_first_call_never_calls() {
    for interval in [Duration::ZERO, seconds(10)] {
        let clock = Clock::new();
        let log = Log::new();
        let looping = noting_times(&clock, &log).now(false);
        let ended = looping.start(&clock, interval);
        looping.stop();
        success_result_of(ended);
        assert_eq!(clock.pending(), 0);
        clock.advance(seconds(20));
        assert_eq!(log.text(), "");
    }
}

/// A function that takes longer than the interval: the next call is at the next point of the grid, nothing is made up for.
///
/// Twisted: `test_callbackTimeSkips`.
#[test]
fn a_slow_function_skips_points_of_the_grid() {
    let clock = Clock::new();
    let log = Log::new();
    let (inside, note) = (clock.clone(), log.clone());
    let looping = LoopingCall::new(move || {
        note.note(inside.now().as_secs());
        inside.advance(seconds(35));
    });
    let ended = looping.start(&clock, seconds(30));
    assert_eq!(clock.next_due(), Some(seconds(60)));
    looping.stop();
    assert_eq!(log.text(), "0");
    success_result_of(ended);
}

/// Timers that come late: the same, and the next call is on the grid again.
///
/// Twisted: `test_reactorTimeSkips`.
#[test]
fn late_timers_skip_points_of_the_grid() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log);
    let ended = looping.start(&clock, SECOND);
    clock.pump([millis(2000), millis(1500), millis(400), millis(100), millis(999), millis(1)]);
    assert_eq!(log.text(), "0 | 2000 | 3500 | 4000 | 5000");
    looping.stop();
    success_result_of(ended);
}

/// `with_count` tells how many points have passed since the last call.
///
/// Twisted: `test_reactorTimeCountSkips`.
#[test]
fn a_counting_loop_is_told_how_many_points_have_passed() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_counts(&log);
    let ended = looping.start(&clock, millis(500));
    clock.pump([millis(500), millis(1500), millis(400), millis(100), millis(1000)]);
    assert_eq!(log.text(), "1 | 1 | 3 | 1 | 2");
    looping.stop();
    success_result_of(ended);
}

/// One to two intervals late still counts one.
///
/// Twisted: `test_countLengthyIntervalCounts`.
#[test]
fn less_than_two_intervals_count_one() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_counts(&log);
    let ended = looping.start(&clock, millis(500));
    clock.pump([millis(600), millis(890), millis(600)]);
    assert_eq!(log.text(), "1 | 1 | 1 | 2");
    looping.stop();
    success_result_of(ended);
}

/// Time is counted in whole nanoseconds: at 0.1 s the counts sum to the intervals, without any 0, and the grid does not drift,
/// however odd the interval and however long it runs.
///
/// Twisted: `test_withCountFloatingPointBoundary`.
#[test]
fn the_grid_does_not_drift() {
    let clock = Clock::new();
    let counts = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&counts);
    let looping = LoopingCall::with_count(move |count| noted.borrow_mut().push(count)).now(false);
    let ended = looping.start(&clock, millis(100));
    clock.pump([millis(200), millis(100), millis(300), millis(100), millis(300)]);
    assert_eq!(counts.borrow().iter().sum::<u64>(), 10);
    assert!(!counts.borrow().contains(&0));
    looping.stop();
    success_result_of(ended);

    let clock = Clock::new();
    clock.advance(Duration::new(1 << 40, 7));
    let third = Duration::new(0, 333_333_333);
    let looping = LoopingCall::new(|| ());
    let ended = looping.start(&clock, third);
    for point in 1..1000 {
        assert_eq!(clock.next_due(), Some(Duration::new(1 << 40, 7) + third * point));
        clock.advance(third);
    }
    looping.stop();
    success_result_of(ended);
}

/// An interval of zero always counts one, also when turns come late.
///
/// Twisted: `test_withCountIntervalZero`, `test_withCountIntervalZeroDelay`.
#[test]
fn an_interval_of_zero_counts_one() {
    let clock = Clock::new();
    let log = Log::new();
    let (inside, note) = (clock.clone(), log.clone());
    let own = Rc::new(Cell::new(None::<LoopingCall>));
    let looping = LoopingCall::with_count({
        let own = Rc::clone(&own);
        move |count| {
            note.note(count);
            if note.text().len() > 10 {
                own.take().expect("still there").stop();
            } else {
                inside.call_later(seconds(2), || ());
            }
        }
    });
    own.set(Some(looping.clone()));
    let ended = looping.start(&clock, Duration::ZERO);
    clock.pump([Duration::ZERO, seconds(2), seconds(3)]);
    assert_eq!(log.text(), "1 | 1 | 1 | 1");
    success_result_of(ended);
}

/// An interval that is changed while the loop runs counts from the last call.
///
/// Twisted: `test_withCountIntervalZeroDelayThenNonZeroInterval`.
#[test]
fn a_changed_interval_counts_from_the_last_call() {
    let clock = Clock::new();
    let log = Log::new();
    let gate = Rc::new(Cell::new(None::<Trigger<()>>));
    let (note, wait, calls) = (log.clone(), Rc::clone(&gate), Cell::new(0));
    let looping = LoopingCall::with_count(move |count| {
        note.note(count);
        calls.set(calls.get() + 1);
        if calls.get() == 2 {
            let (trigger, deferred) = Deferred::new();
            wait.set(Some(trigger));
            return deferred;
        }
        succeed(())
    })
    .now(false);
    let ended = looping.start(&clock, Duration::ZERO);
    // Two calls at 0: the second waits.
    clock.advance(Duration::ZERO);
    assert_eq!(log.text(), "1 | 1");
    clock.advance(seconds(10));
    looping.set_interval(seconds(2));
    gate.take().expect("the second call waits").callback(());
    clock.advance(SECOND);
    assert_eq!(log.text(), "1 | 1");
    clock.advance(SECOND);
    assert_eq!(log.text(), "1 | 1 | 6");
    clock.pump([seconds(2), seconds(4)]);
    assert_eq!(log.text(), "1 | 1 | 6 | 1 | 2");
    looping.stop();
    success_result_of(ended);
}

/// A counting loop whose interval was made longer is not called at a time that is not on the new grid.
#[test]
fn a_count_is_never_zero() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_counts(&log).now(false);
    let ended = looping.start(&clock, SECOND);
    looping.set_interval(seconds(10));
    clock.advance(SECOND);
    assert_eq!((log.text().as_str(), clock.next_due()), ("", Some(seconds(10))));
    clock.advance(seconds(9));
    assert_eq!(log.text(), "1");
    looping.stop();
    success_result_of(ended);
}

/// `reset` begins a new grid: the next call comes a full interval from now.
///
/// Twisted: `test_reset`.
#[test]
fn resetting_a_loop_postpones_the_next_call_by_an_interval() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log).now(false);
    looping.reset();
    let ended = looping.start(&clock, SECOND);
    clock.advance(millis(999));
    looping.reset();
    assert_eq!(clock.pending(), 1);
    clock.pump([millis(2), millis(997)]);
    assert_eq!(log.text(), "");
    clock.pump([millis(1), millis(1000)]);
    assert_eq!(log.text(), "1999 | 2999");
    looping.stop();
    success_result_of(ended);
}

/// A failure or panic of the function ends the loop with it.
///
/// Twisted: `testFailure`.
#[test]
fn a_failing_function_ends_the_loop() {
    let clock = Clock::new();
    let failing = LoopingCall::new(|| Err::<(), _>(Failure::msg("no")));
    let ended = failing.start(&clock, SECOND);
    assert!(!failing.is_running());
    assert_eq!(failure_result_of(ended).to_string(), "no");
    let panicking = LoopingCall::new(|| panic!("oh")).now(false);
    let ended = panicking.start(&clock, SECOND);
    clock.advance(SECOND);
    assert!(failure_result_of(ended).check::<Panicked>().is_some());
    assert_eq!(clock.pending(), 0);
}

/// A function that stops its loop and then fails still fails it.
///
/// Twisted: `testFailAndStop`.
#[test]
fn a_function_that_stops_its_loop_and_fails_still_fails_it() {
    let clock = Clock::new();
    let own = Rc::new(Cell::new(None::<LoopingCall>));
    let inside = Rc::clone(&own);
    let looping = LoopingCall::new(move || {
        inside.take().expect("called once").stop();
        Err::<(), _>(Failure::msg("no"))
    });
    own.set(Some(looping.clone()));
    let ended = looping.start(&clock, SECOND);
    assert_eq!(failure_result_of(ended).to_string(), "no");
    assert_eq!(clock.pending(), 0);
}

/// An interval of zero: a call on every turn; stopped in the sixth call there are exactly six.
///
/// Twisted: `testEveryIteration`.
#[test]
fn a_function_may_stop_its_loop() {
    let clock = Clock::new();
    let log = Log::new();
    let own = Rc::new(Cell::new(None::<LoopingCall>));
    let (inside, note, calls) = (Rc::clone(&own), log.clone(), Cell::new(0));
    let looping = LoopingCall::new(move || {
        calls.set(calls.get() + 1);
        note.note(calls.get());
        if calls.get() == 6 {
            inside.take().expect("stopped once").stop();
        }
    });
    own.set(Some(looping.clone()));
    let ended = looping.start(&clock, Duration::ZERO);
    assert_eq!(log.text(), "1");
    clock.advance(Duration::ZERO);
    success_result_of(ended);
    assert_eq!(log.text(), "1 | 2 | 3 | 4 | 5 | 6");
}

/// A stop by another call that is due at the same time prevents the loop's.
///
/// Twisted: `testStopAtOnceLater`.
#[test]
fn a_stop_by_an_earlier_call_prevents_the_next_one() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log).now(false);
    let stopper = looping.clone();
    clock.call_later(Duration::ZERO, move || stopper.stop());
    let ended = looping.start(&clock, Duration::ZERO);
    clock.advance(SECOND);
    success_result_of(ended);
    assert_eq!(log.text(), "");
}

/// While the function's Deferred is pending no call is scheduled; `stop` meanwhile ends the loop when that fires.
///
/// Twisted: `testWaitDeferred`.
#[test]
fn the_next_call_waits_for_the_functions_deferred() {
    let clock = Clock::new();
    let triggers = Rc::new(RefCell::new(Vec::<Trigger<()>>::new()));
    let kept = Rc::clone(&triggers);
    let looping = LoopingCall::new(move || {
        let (trigger, deferred) = Deferred::new();
        kept.borrow_mut().push(trigger);
        deferred
    });
    let ended = looping.start(&clock, millis(200));
    clock.advance(millis(300));
    assert_eq!((triggers.borrow().len(), clock.pending()), (1, 0));
    let trigger = triggers.borrow_mut().remove(0);
    trigger.callback(());
    assert_eq!(clock.next_due(), Some(millis(400)));
    clock.advance(millis(100));
    looping.stop();
    assert_no_result(&ended);
    assert!(!looping.is_running());
    let trigger = triggers.borrow_mut().remove(0);
    trigger.callback(());
    success_result_of(ended);
    assert_eq!(clock.pending(), 0);
}

/// A failure of the function's Deferred ends the loop.
///
/// Twisted: `testFailurePropagation`.
#[test]
fn a_late_failure_of_the_function_ends_the_loop() {
    let clock = Clock::new();
    let clocked = clock.clone();
    let looping =
        LoopingCall::new(move || defer_later::<(), _>(&clocked, millis(300), || Err(Failure::msg("too late"))));
    let ended = looping.start(&clock, SECOND);
    clock.advance(millis(300));
    assert_eq!(failure_result_of(ended).to_string(), "too late");
    assert_eq!(clock.pending(), 0);
}

/// Points that pass while the function's Deferred is pending are counted by the next call.
///
/// Twisted: `test_deferredWithCount`.
#[test]
fn points_that_pass_while_the_function_waits_are_counted() {
    let clock = Clock::new();
    let log = Log::new();
    let (clocked, note) = (clock.clone(), log.clone());
    let looping = LoopingCall::with_count(move |count| {
        note.note(count);
        defer_later(&clocked, millis(1100), || ())
    });
    let ended = looping.start(&clock, millis(500));
    clock.pump([millis(1100), millis(400)]);
    assert_eq!(log.text(), "1 | 3");
    looping.stop();
    clock.advance(SECOND);
    clock.advance(SECOND);
    success_result_of(ended);
}

/// Cancelling the loop's Deferred stops the loop, and cancels the call that is going on.
#[test]
fn cancelling_the_loops_deferred_stops_the_loop() {
    let clock = Clock::new();
    let looping = LoopingCall::new(|| ());
    let ended = looping.start(&clock, SECOND);
    ended.cancel();
    assert!(!looping.is_running());
    assert_eq!(clock.pending(), 0);
    assert!(failure_result_of(ended).is_cancelled());

    let slot = Rc::new(Cell::new(None::<Trigger<()>>));
    let kept = Rc::clone(&slot);
    let waiting = LoopingCall::new(move || {
        let (trigger, deferred) = Deferred::new();
        kept.set(Some(trigger));
        deferred
    });
    let ended = waiting.start(&clock, SECOND);
    ended.cancel();
    assert!(slot.take().expect("called in `start`").is_cancelled());
    assert!(failure_result_of(ended).is_cancelled());
    assert_eq!(unhandled_failures().len(), 0);
    // It can be started again.
    let ended = waiting.start(&clock, SECOND);
    drop(slot.take());
    assert!(failure_result_of(ended).check::<Abandoned>().is_some());
}

/// A loop may be started again after it has ended, by whoever is told of that; a second start before is refused.
#[test]
fn a_loop_may_be_started_again() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log).now(false);
    let (again, timers) = (looping.clone(), clock.clone());
    let ended = looping.start(&clock, SECOND).add_callback(move |()| again.start(&timers, seconds(2)));
    clock.advance(SECOND);
    looping.stop();
    assert!(looping.is_running());
    clock.advance(seconds(2));
    assert_eq!(log.text(), "1000 | 3000");
    looping.stop();
    success_result_of(ended);
}

/// # Panics of `start`: a loop that is running is not started twice.
#[test]
#[should_panic(expected = "this `LoopingCall` has been started already and has not ended")]
fn a_running_loop_is_not_started_twice() {
    let clock = Clock::new();
    let looping = LoopingCall::new(|| ());
    let _ended = looping.start(&clock, SECOND);
    let _again = looping.start(&clock, SECOND);
}

/// Dropping the handle does not stop the loop; dropping the timers ends it, with everything that its function holds.
#[test]
fn a_loop_lives_as_long_as_its_timers() {
    let clock = Clock::new();
    let log = Log::new();
    let (note, dropped) = (log.clone(), log.on_drop("function dropped"));
    let looping = LoopingCall::new(move || {
        let _kept = &dropped;
        note.note("call");
    });
    let ended = log.watch("loop", looping.start(&clock, SECOND));
    drop(looping);
    clock.advance(SECOND);
    drop(clock);
    let text = log.text();
    assert!(text.starts_with("call | call | "), "{text}");
    assert!(text.contains("function dropped"), "{text}");
    assert!(text.contains("loop -> F[abandoned"), "{text}");
    success_result_of(ended);
}

// ----- Cooperator -------------------------------------------------------------------------------------------------

/// A cooperator that makes `steps` steps on each turn.
fn cooperator(clock: &Clock, steps: usize) -> Cooperator {
    Cooperator::new(clock).termination_predicate(move || {
        let mut left = steps;
        move || {
            left -= 1;
            left == 0
        }
    })
}

/// One turn of a cooperator on a clock.
fn turn(clock: &Clock) {
    clock.advance(millis(1));
}

/// A task that notes each of its steps, endlessly.
fn endless(cooperator: &Cooperator, log: &Log) -> CooperativeTask {
    let log = log.clone();
    cooperator.cooperate((1..).map(move |step: u32| log.note(step)))
}

/// A task whose only step gives the Deferred, and a second one that notes `resumed`.
fn waiting(cooperator: &Cooperator, log: &Log) -> (Trigger<()>, CooperativeTask) {
    let (trigger, deferred) = Deferred::new();
    let (log, mut deferred) = (log.clone(), Some(deferred));
    let steps = std::iter::from_fn(move || {
        let step = deferred.take();
        if step.is_none() {
            log.note("resumed");
        }
        step
    });
    (trigger, cooperator.cooperate(steps))
}

/// After `stop` a new task fails with `SchedulerStopped`.
///
/// Twisted: `testStoppedRejectsNewTasks`.
#[test]
fn a_stopped_cooperator_rejects_new_tasks() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    cooperator.stop();
    let rejected = cooperator.coiterate(std::iter::once(()));
    let failure = failure_result_of(rejected);
    assert_eq!(failure.check(), Some(&TaskFinished::SchedulerStopped));
    assert_eq!(clock.pending(), 0);
}

/// `stop` ends a task before its iterator is through.
///
/// Twisted: `testStopRunning`.
#[test]
fn stopping_the_cooperator_ends_a_task_that_runs() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let done = endless(&cooperator, &log).when_done();
    turn(&clock);
    cooperator.stop();
    assert_eq!(failure_result_of(done).check(), Some(&TaskFinished::SchedulerStopped));
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("1", 0));
}

/// `stop` ends a task that waits for a Deferred as well.
///
/// Twisted: `testStopOutstanding`.
#[test]
fn stopping_the_cooperator_ends_a_task_that_waits() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let (trigger, task) = waiting(&cooperator, &log);
    let done = task.when_done();
    turn(&clock);
    cooperator.stop();
    assert_eq!(failure_result_of(done).check(), Some(&TaskFinished::SchedulerStopped));
    trigger.callback(());
    turn(&clock);
    assert_eq!(log.text(), "");
}

/// An iterator that panics or gives a failure fails its task.
///
/// Twisted: `testUnexpectedError`, `test_whenDoneError`.
#[test]
fn a_failing_iterator_fails_its_task() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let panicking = cooperator.cooperate(std::iter::from_fn(|| -> Option<()> { panic!("oh") }));
    let failing = cooperator.cooperate([Ok(()), Err(Failure::msg("no")), Ok(())]);
    let done = (panicking.when_done(), failing.when_done(), failing.when_done());
    turn(&clock);
    assert!(failure_result_of(done.0).check::<Panicked>().is_some());
    assert_eq!(failure_result_of(done.1).to_string(), "no");
    assert_eq!(failure_result_of(done.2).to_string(), "no");
    assert_eq!(panicking.stop(), Err(TaskFinished::Failed));
}

/// A Deferred that was yielded and fails, later or before, fails the task.
///
/// Twisted: `testUnexpectedErrorActuallyLater`, `testUnexpectedErrorNotActuallyLater`.
#[test]
fn a_failing_deferred_fails_the_task_that_yielded_it() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let now = cooperator.coiterate(std::iter::once_with(|| fail::<()>(Failure::msg("before"))));
    let (trigger, task) = waiting(&cooperator, &Log::new());
    turn(&clock);
    assert_eq!(failure_result_of(now).to_string(), "before");
    let later = task.when_done();
    trigger.errback(Failure::msg("later"));
    assert_eq!(failure_result_of(later).to_string(), "later");
}

/// Four iterators take turns, element by element; one that is added by a step comes in at the end of the round.
///
/// Twisted: `testCooperation`.
#[test]
fn iterators_take_turns() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let done: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| {
            let log = log.clone();
            cooperator.coiterate((0..2).map(move |step| log.note(format!("{name}{step}"))))
        })
        .into_iter()
        .collect();
    assert_eq!(log.text(), "", "the first step is on the next turn");
    turn(&clock);
    assert_eq!(log.text(), "a0 | b0 | c0 | d0 | a1 | b1 | c1 | d1");
    success_result_of(gather_results(done));

    let log = Log::new();
    let (outer, note) = (cooperator.clone(), log.clone());
    let adds = cooperator.coiterate((0..2).map(move |step| {
        note.note(format!("adds{step}"));
        let note = note.clone();
        outer.coiterate((0..1).map(move |_| note.note(format!("added by {step}")))).detach();
    }));
    let note = log.clone();
    let other = cooperator.coiterate((0..2).map(move |step| note.note(format!("other{step}"))));
    turn(&clock);
    assert_eq!(log.text(), "adds0 | other0 | added by 0 | adds1 | other1 | added by 1");
    success_result_of(gather_results([adds, other]));
}

/// The termination predicate ends a turn; without one, the time does.
///
/// Twisted: `testResourceExhaustion`.
#[test]
fn the_termination_predicate_ends_a_turn() {
    let clock = Clock::new();
    let log = Log::new();
    let ten = cooperator(&clock, 10);
    let task = endless(&ten, &log);
    turn(&clock);
    assert_eq!(log.text(), "1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10");
    task.stop().unwrap();

    let (timed, log) = (Cooperator::new(&clock), Log::new());
    let (inside, note) = (clock.clone(), log.clone());
    let task = timed.cooperate((1..).map(move |step: u32| {
        note.note(step);
        inside.advance(millis(4));
    }));
    turn(&clock);
    assert_eq!(log.text(), "1 | 2 | 3");
    task.stop().unwrap();
}

/// A termination predicate that panics ends the turn, and is reported; the tasks go on in the next one.
#[test]
fn a_panicking_termination_predicate_ends_the_turn() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock).termination_predicate(|| || panic!("no judge"));
    let task = endless(&cooperator, &log);
    turn(&clock);
    assert_eq!((log.text().as_str(), unhandled.text().as_str()), ("1", "panicked: no judge"));
    turn(&clock);
    assert_eq!(log.text(), "1 | 2");
    task.stop().unwrap();
}

/// A callback of a finished task may cooperate again.
///
/// Twisted: `testCallbackReCoiterate`.
#[test]
fn a_callback_of_a_finished_task_may_cooperate_again() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let (again, note) = (cooperator.clone(), log.clone());
    let done = cooperator.coiterate(std::iter::empty::<()>()).add_callback(move |()| {
        note.note("first done");
        again.coiterate((0..1).map(move |_| note.note("second")))
    });
    assert_eq!(clock.pending(), 1);
    turn(&clock);
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("first done | second", 0));
    success_result_of(done);
}

/// When the last task is gone the scheduled turn is cancelled.
///
/// Twisted: `test_removingLastTaskStopsScheduledCall`.
#[test]
fn without_tasks_no_turn_is_scheduled() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let tasks = [endless(&cooperator, &log), endless(&cooperator, &log)];
    assert_eq!(clock.pending(), 1);
    tasks[0].stop().unwrap();
    assert_eq!(clock.pending(), 1);
    tasks[1].pause().unwrap();
    assert_eq!(clock.pending(), 0);
    tasks[1].resume().unwrap();
    assert_eq!(clock.pending(), 1);
    tasks[1].stop().unwrap();
    assert_eq!(clock.pending(), 0);
}

/// A cooperator runs from its creation.
///
/// Twisted: `test_runningWhenStarted`, `test_runningWhenRunning`.
#[test]
fn a_cooperator_runs_from_its_creation() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    assert!(cooperator.is_running());
    cooperator.start();
    assert!(cooperator.is_running());
}

/// One that is made `started(false)` runs, and makes steps, from `start` on; not after `stop`.
///
/// Twisted: `test_runningWhenNotStarted`, `test_runningWhenStopped`.
#[test]
fn a_cooperator_that_is_not_started_makes_no_steps() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1).started(false);
    assert!(!cooperator.is_running());
    let task = endless(&cooperator, &log);
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("", 0));
    cooperator.start();
    assert!(cooperator.is_running());
    turn(&clock);
    assert_eq!(log.text(), "1");
    cooperator.stop();
    assert!(!cooperator.is_running());
    assert_eq!(task.pause(), Err(TaskFinished::SchedulerStopped));
}

/// A paused task makes no steps until it is resumed.
///
/// Twisted: `test_pauseResume`.
#[test]
fn a_paused_task_makes_no_steps() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let task = endless(&cooperator, &log);
    turn(&clock);
    task.pause().unwrap();
    turn(&clock);
    turn(&clock);
    assert_eq!(log.text(), "1");
    task.resume().unwrap();
    assert_eq!(log.text(), "1", "the next step is on the next turn");
    turn(&clock);
    assert_eq!(log.text(), "1 | 2");
}

/// Resuming a task that is not paused is an error, also while it waits for a Deferred. (In Twisted the latter makes it run on.)
///
/// Twisted: `test_resumeNotPaused`.
#[test]
fn a_task_that_is_not_paused_cannot_be_resumed() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let (_trigger, task) = waiting(&cooperator, &log);
    assert_eq!(task.resume(), Err(NotPaused));
    turn(&clock);
    assert_eq!(task.resume(), Err(NotPaused));
    turn(&clock);
    assert_eq!(log.text(), "");
}

/// Pauses are counted.
///
/// Twisted: `test_pauseTwice`.
#[test]
fn pauses_of_a_task_are_counted() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let task = endless(&cooperator, &log);
    task.pause().unwrap();
    task.pause().unwrap();
    task.resume().unwrap();
    turn(&clock);
    assert_eq!(log.text(), "");
    task.resume().unwrap();
    turn(&clock);
    assert_eq!(log.text(), "1");
    assert_eq!(task.resume(), Err(NotPaused));
}

/// A task that is paused while it waits for a Deferred needs both to go on, in either order.
///
/// Twisted: `test_pauseWhileDeferred`.
#[test]
fn a_task_that_waits_and_is_paused_needs_both() {
    for fire_first in [true, false] {
        let clock = Clock::new();
        let log = Log::new();
        let cooperator = Cooperator::new(&clock);
        let (trigger, task) = waiting(&cooperator, &log);
        turn(&clock);
        task.pause().unwrap();
        let mut trigger = Some(trigger);
        if fire_first {
            trigger.take().unwrap().callback(());
        } else {
            task.resume().unwrap();
        }
        turn(&clock);
        assert_eq!(log.text(), "");
        match trigger {
            Some(trigger) => trigger.callback(()),
            None => task.resume().unwrap(),
        }
        turn(&clock);
        assert_eq!(log.text(), "resumed");
    }
}

/// `when_done` gives an independent Deferred for each call; cancelling one touches neither the task nor the others.
///
/// Twisted: `test_whenDone`.
#[test]
fn when_done_gives_independent_deferreds() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let task = cooperator.cooperate([(), ()]);
    let done = [task.when_done(), task.when_done(), task.when_done()];
    done[0].cancel();
    turn(&clock);
    let [cancelled, first, second] = done;
    assert!(failure_result_of(cancelled).is_cancelled());
    success_result_of(first.add_callback(|()| fail::<()>(Failure::msg("mine"))).add_errback(|_| Ok(())));
    success_result_of(second);
}

/// `stop` fails `when_done` with `TaskFinished::Stopped`, steps end, and so does every later operation.
///
/// Twisted: `test_whenDoneStop`, `test_stopStops`.
#[test]
fn a_stopped_task_makes_no_steps() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let task = endless(&cooperator, &log);
    let done = task.when_done();
    turn(&clock);
    task.stop().unwrap();
    turn(&clock);
    assert_eq!(log.text(), "1");
    assert_eq!(failure_result_of(done).check(), Some(&TaskFinished::Stopped));
    assert_eq!(task.stop(), Err(TaskFinished::Stopped));
    assert_eq!(task.pause(), Err(TaskFinished::Stopped));
}

/// `when_done` of a finished task has fired.
///
/// Twisted: `test_whenDoneAlreadyDone`.
#[test]
fn when_done_of_a_finished_task_has_fired() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let task = cooperator.cooperate([()]);
    turn(&clock);
    success_result_of(task.when_done());
    success_result_of(task.when_done());
}

/// Resuming a task that was stopped while it was paused does nothing.
///
/// Twisted: `test_pauseStopResume`.
#[test]
fn resuming_a_stopped_task_does_nothing() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let task = endless(&cooperator, &log);
    task.pause().unwrap();
    task.stop().unwrap();
    task.resume().unwrap();
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("", 0));
}

/// A task that was stopped while it waited is not resumed by its Deferred; a failure of that is reported.
///
/// Twisted: `test_stopDeferred`.
#[test]
fn a_task_stopped_while_it_waits_is_not_resumed() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let tasks = [waiting(&cooperator, &log), waiting(&cooperator, &log)];
    turn(&clock);
    let [(first, first_task), (second, second_task)] = tasks;
    first_task.stop().unwrap();
    second_task.stop().unwrap();
    first.callback(());
    second.errback(Failure::msg("late"));
    turn(&clock);
    assert_eq!(log.text(), "");
    assert_eq!(unhandled.text(), "late");
    assert_eq!(failure_result_of(second_task.when_done()).check(), Some(&TaskFinished::Stopped));
}

/// Operations on a task that has ended by itself say how: `Done` or `Failed`.
///
/// Twisted: `test_stopExhausted`, `test_stopErrored`.
#[test]
fn a_task_that_has_ended_says_how() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let (done, failed) = (cooperator.cooperate([()]), cooperator.cooperate([Err::<(), _>(Failure::msg("no"))]));
    turn(&clock);
    assert_eq!((done.stop(), done.pause()), (Err(TaskFinished::Done), Err(TaskFinished::Done)));
    assert_eq!((failed.stop(), failed.pause()), (Err(TaskFinished::Failed), Err(TaskFinished::Failed)));
    assert_eq!(failure_result_of(failed.when_done()).to_string(), "no");
}

/// A callback of `when_done` may stop the cooperator.
///
/// Twisted: `test_stopCooperatorReentrancy`.
#[test]
fn a_callback_of_a_task_may_stop_the_cooperator() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let stopper = cooperator.clone();
    let first = cooperator.cooperate([()]).when_done().map(move |()| stopper.stop());
    let second = endless(&cooperator, &log);
    turn(&clock);
    turn(&clock);
    turn(&clock);
    success_result_of(first);
    assert_eq!(second.stop(), Err(TaskFinished::SchedulerStopped));
    assert_eq!(clock.pending(), 0);
}

/// A step may stop its own task: what it yields goes on alone.
#[test]
fn a_step_may_stop_its_own_task() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let own = Rc::new(Cell::new(None::<CooperativeTask>));
    let (inside, dropped) = (Rc::clone(&own), log.on_drop("iterator dropped"));
    let task = cooperator.cooperate(std::iter::from_fn(move || {
        let _kept = &dropped;
        inside.take().expect("one step only").stop().unwrap();
        Some(())
    }));
    own.set(Some(task.clone()));
    turn(&clock);
    assert_eq!(log.text(), "iterator dropped");
    assert_eq!(failure_result_of(task.when_done()).check(), Some(&TaskFinished::Stopped));
}

/// Cancelling what `coiterate` returned stops the task.
#[test]
fn cancelling_a_coiteration_stops_it() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let note = log.clone();
    let done = cooperator.coiterate((1..).map(move |step: u32| note.note(step)));
    turn(&clock);
    done.cancel();
    turn(&clock);
    assert!(failure_result_of(done).is_cancelled());
    assert_eq!((log.text().as_str(), clock.pending()), ("1", 0));
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 12: a task that fails while nobody has asked for its result is reported, once, when it goes away.
#[test]
fn a_failed_task_that_nobody_looked_at_is_reported() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let task = cooperator.cooperate([Err::<(), _>(Failure::msg("unseen"))]);
    let seen = cooperator.cooperate([Err::<(), _>(Failure::msg("seen"))]);
    turn(&clock);
    failure_result_of(seen.when_done());
    drop((task, seen));
    turn(&clock);
    assert_eq!(unhandled.text(), "unseen");
}

/// Dropping the timers ends every task, with what its iterator holds.
#[test]
fn tasks_live_as_long_as_their_timers() {
    let clock = Clock::new();
    let log = Log::new();
    let dropped = log.on_drop("iterator dropped");
    let done = Cooperator::new(&clock).coiterate((0..3).map(move |_| {
        let _kept = &dropped;
    }));
    drop(clock);
    assert_eq!(log.text(), "iterator dropped");
    assert!(failure_result_of(done).check::<Abandoned>().is_some());
}

/// A hundred thousand tasks, each waiting for a Deferred, cost the same each: no queue is searched.
#[test]
fn many_tasks_cost_the_same_each() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let (triggers, steps): (Vec<_>, Vec<_>) = (0..100_000).map(|_| Deferred::<()>::new()).unzip();
    let done: Vec<_> = steps.into_iter().map(|step| cooperator.coiterate([step])).collect();
    turn(&clock);
    for trigger in triggers {
        trigger.callback(());
    }
    turn(&clock);
    assert_eq!(success_result_of(gather_results(done)).len(), 100_000);
}
