//! Looping calls: a function that is called again and again on a grid of time. Time is the `Clock`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::task::{LoopingCall, defer_later};
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Abandoned, Clock, Deferred, Failure, Panicked, Trigger, succeed};

use crate::support::{Log, SECOND, millis, seconds};

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
/// Twisted: `LoopTests.testBasicFunction`.
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
/// Twisted: `LoopTests.testDelayedStart`.
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
/// Twisted: `LoopTests.testStopAtOnce`, `LoopTests.testStoppingBeforeDelayedStart`.
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
/// Twisted: `LoopTests.test_callbackTimeSkips`.
#[test]
fn a_slow_function_skips_points_of_the_grid() {
    let clock = Clock::new();
    let log = Log::new();
    let takes = Rc::new(Cell::new(millis(2000)));
    let (inside, note, duration) = (clock.clone(), log.clone(), Rc::clone(&takes));
    let looping = LoopingCall::new(move || {
        note.note(inside.now().as_millis());
        inside.advance(duration.get());
    });
    let ended = looping.start(&clock, millis(500));
    assert_eq!((log.text().as_str(), clock.now()), ("0", millis(2000)));
    // The point at 2000 is now, so it is skipped.
    clock.advance(Duration::ZERO);
    assert_eq!((log.text().as_str(), clock.next_due()), ("0", Some(millis(2500))));
    takes.set(millis(1000));
    clock.advance(millis(500));
    assert_eq!((log.text().as_str(), clock.now()), ("0 | 2500", millis(3500)));
    clock.advance(Duration::ZERO);
    assert_eq!((log.text().as_str(), clock.next_due()), ("0 | 2500", Some(millis(4000))));
    takes.set(Duration::ZERO);
    clock.advance(millis(500));
    assert_eq!(log.text(), "0 | 2500 | 4000");
    looping.stop();
    success_result_of(ended);
}

/// Timers that come late: the same, and the next call is on the grid again.
///
/// Twisted: `LoopTests.test_reactorTimeSkips`.
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
/// Twisted: `LoopTests.test_reactorTimeCountSkips`.
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
/// Twisted: `LoopTests.test_countLengthyIntervalCounts`.
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
/// Twisted: `LoopTests.test_withCountFloatingPointBoundary`.
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
/// Twisted: `LoopTests.test_withCountIntervalZero`.
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
/// Twisted: `LoopTests.test_withCountIntervalZeroDelayThenNonZeroInterval`.
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
/// Twisted: `LoopTests.test_reset`.
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
/// Twisted: `ReactorLoopTests.testFailure`.
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
/// Twisted: `ReactorLoopTests.testFailAndStop`.
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
/// Twisted: `ReactorLoopTests.testEveryIteration`.
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
/// Twisted: `ReactorLoopTests.testStopAtOnceLater`.
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
/// Twisted: `ReactorLoopTests.testWaitDeferred`.
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
/// Twisted: `ReactorLoopTests.testFailurePropagation`.
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
/// Twisted: `ReactorLoopTests.test_deferredWithCount`.
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

/// At an interval of zero, a call that waited for a long time is followed by a call that counts one, as if nothing had been late.
///
/// Twisted: `LoopTests.test_withCountIntervalZeroDelay`.
#[test]
fn an_interval_of_zero_counts_one_after_a_long_wait() {
    let clock = Clock::new();
    let log = Log::new();
    let own = Rc::new(Cell::new(None::<LoopingCall>));
    let (trigger, pending) = Deferred::<()>::new();
    let (mut pending, mut calls) = (Some(pending), 0);
    let (inside, note) = (Rc::clone(&own), log.clone());
    let looping = LoopingCall::with_count(move |count| {
        note.note(count);
        calls += 1;
        if calls == 5 {
            inside.take().expect("stopped once").stop();
        }
        if calls == 2 { pending.take().expect("taken once") } else { succeed(()) }
    })
    .now(false);
    own.set(Some(looping.clone()));
    let ended = looping.start(&clock, Duration::ZERO);
    clock.pump([Duration::ZERO; 2]);
    assert_eq!(log.text(), "1 | 1");
    clock.pump([seconds(1); 2]);
    assert_eq!(log.text(), "1 | 1", "the second call is still waiting");
    trigger.callback(());
    clock.pump([Duration::ZERO; 4]);
    assert_eq!(log.text(), "1 | 1 | 1 | 1 | 1");
    success_result_of(ended);
}

/// A loop that does not run, because it was never started or has ended, may be stopped and reset: nothing happens.
#[test]
fn stopping_or_resetting_a_loop_that_does_not_run_does_nothing() {
    let clock = Clock::new();
    let log = Log::new();
    let looping = noting_times(&clock, &log);
    looping.stop();
    looping.reset();
    let ended = looping.start(&clock, SECOND);
    looping.stop();
    looping.stop();
    looping.reset();
    success_result_of(ended);
    clock.advance(seconds(5));
    assert_eq!((log.text().as_str(), clock.pending(), looping.is_running()), ("0", 0, false));
}

/// # Panics of `start`: a loop that was stopped and still waits for its last call has not ended.
#[test]
#[should_panic(expected = "this `LoopingCall` has been started already and has not ended")]
fn a_loop_that_waits_for_its_last_call_is_not_started_again() {
    let clock = Clock::new();
    let (_trigger, pending) = Deferred::<()>::new();
    let mut pending = Some(pending);
    let looping = LoopingCall::new(move || pending.take().expect("called once"));
    let ended = looping.start(&clock, SECOND);
    looping.stop();
    assert_no_result(&ended);
    let _again = looping.start(&clock, SECOND);
}
