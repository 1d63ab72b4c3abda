//! The clock whose time moves only when told to: Twisted's `task.Clock` and its delayed calls, without a reactor.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::testing::{success_result_of, unhandled_failures};
use inline_callbacks::{Clock, Deferred, DelayedCall, Panicked, Timers, ensure_deferred};

use crate::support::{Log, capture_unhandled, ok};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Notes `name` and the time when the call is made.
fn noting(clock: &Clock, log: &Log, delay: u64, name: &'static str) -> DelayedCall {
    let (log, shown) = (log.clone(), clock.clone());
    clock.call_later(secs(delay), move || log.note(format!("{name} {}", shown.now().as_secs())))
}

/// It starts at zero, and `advance` adds.
///
/// Twisted: `ClockTests.testSeconds`.
#[test]
fn a_clock_starts_at_zero_and_advances() {
    let clock = Clock::new();
    assert_eq!(clock.now(), Duration::ZERO);
    clock.advance(secs(3));
    clock.advance(Duration::from_millis(5));
    assert_eq!(clock.now(), secs(3) + Duration::from_millis(5));
    assert_eq!(Timers::now(&clock), clock.now());
}

/// A call is scheduled for a time from now, is active until then, and carries what it captures.
///
/// Twisted: `ClockTests.testCallLater`.
#[test]
fn a_call_is_scheduled_for_a_time_and_carries_what_it_captures() {
    let (clock, log) = (Clock::new(), Log::new());
    clock.advance(secs(1));
    let (note, (a, b)) = (log.clone(), ("a", 2));
    let call = clock.call_later(secs(1), move || note.note(format!("{a} {b}")));
    assert_eq!(clock.next_due(), Some(secs(2)));
    assert!(call.is_active());
    assert_eq!(log.text(), "");
    clock.advance(secs(1));
    assert_eq!(log.text(), "a 2");
}

/// A clone is the same clock.
#[test]
fn a_clone_is_the_same_clock() {
    let (clock, log) = (Clock::new(), Log::new());
    noting(&clock, &log, 1, "call");
    clock.clone().advance(secs(1));
    assert_eq!(log.text(), "call 1");
    assert_eq!(clock.now(), secs(1));
}

/// `advance` makes the calls that are due, once, and no others.
///
/// Twisted: `ClockTests.testAdvance`.
#[test]
fn advance_makes_the_calls_that_are_due() {
    let (clock, log) = (Clock::new(), Log::new());
    let call = noting(&clock, &log, 2, "two");
    let later = noting(&clock, &log, 3, "three");
    clock.advance(secs(1));
    assert!(call.is_active());
    clock.advance(secs(1));
    assert!(!call.is_active() && later.is_active());
    assert_eq!(log.text(), "two 2");
    clock.advance(secs(10));
    assert_eq!(log.text(), "two 2 | three 12");
}

/// A call with no delay waits for the next `advance`, of no time at all.
#[test]
fn a_delay_of_zero_waits_for_the_next_advance() {
    let (clock, log) = (Clock::new(), Log::new());
    noting(&clock, &log, 0, "zero");
    assert_eq!(log.text(), "");
    clock.advance(Duration::ZERO);
    assert_eq!(log.text(), "zero 0");
}

/// Calls run in order of time, those due at the same time in order of scheduling; the time is set before the first.
#[test]
fn calls_run_in_order_of_time_and_then_of_scheduling() {
    let (clock, log) = (Clock::new(), Log::new());
    for (delay, name) in [(3, "c"), (1, "a"), (2, "b1"), (2, "b2"), (0, "now"), (2, "b3")] {
        noting(&clock, &log, delay, name);
    }
    clock.advance(secs(5));
    assert_eq!(log.text(), "now 5 | a 5 | b1 5 | b2 5 | b3 5 | c 5");
}

/// Each call has a handle of its own.
///
/// Twisted: `ClockTests.test_callLaterOrdering`.
#[test]
fn each_call_has_its_own_handle() {
    let (clock, log) = (Clock::new(), Log::new());
    let first = noting(&clock, &log, 1, "first");
    let _second = noting(&clock, &log, 1, "second");
    let same = first.clone();
    assert!(first.cancel());
    assert!(!same.is_active());
    clock.advance(secs(1));
    assert_eq!(log.text(), "second 1");
}

/// `pump` advances by each step in turn.
#[test]
fn pump_advances_step_by_step() {
    let (clock, log) = (Clock::new(), Log::new());
    noting(&clock, &log, 1, "a");
    noting(&clock, &log, 3, "b");
    clock.pump([secs(1), secs(1), secs(2)]);
    assert_eq!(log.text(), "a 1 | b 4");
}

/// A call scheduled inside a call is relative to the new time, and runs in the same `advance` if it is due.
#[test]
fn a_call_scheduled_inside_a_call_is_relative_to_the_new_time() {
    let (clock, log) = (Clock::new(), Log::new());
    let (inner_clock, inner_log) = (clock.clone(), log.clone());
    clock.call_later(secs(1), move || {
        inner_log.note("outer");
        noting(&inner_clock, &inner_log, 0, "zero");
        noting(&inner_clock, &inner_log, 1, "one");
    });
    noting(&clock, &log, 4, "four");
    clock.advance(secs(5));
    assert_eq!(log.text(), "outer | four 5 | zero 5");
    clock.advance(secs(1));
    assert_eq!(log.text(), "outer | four 5 | zero 5 | one 6");
}

/// A call may advance the clock itself; nothing is called twice.
#[test]
fn a_call_may_advance_the_clock() {
    let (clock, log) = (Clock::new(), Log::new());
    let (inner_clock, inner_log) = (clock.clone(), log.clone());
    clock.call_later(secs(1), move || {
        inner_clock.advance(secs(10));
        inner_log.note("advanced");
    });
    noting(&clock, &log, 5, "five");
    clock.advance(secs(1));
    assert_eq!(log.text(), "five 11 | advanced");
    assert_eq!(clock.pending(), 0);
}

/// A cancelled call is over and never made, its captures are dropped at once.
///
/// Twisted: `ClockTests.testCallLaterCancelled`.
#[test]
fn a_cancelled_call_is_never_made() {
    let (clock, log) = (Clock::new(), Log::new());
    let (note, guard) = (log.clone(), log.on_drop("dropped"));
    let call = clock.call_later(secs(1), move || {
        let _guard = guard;
        note.note("called");
    });
    assert!(call.cancel());
    log.note("cancelled");
    assert!(!call.is_active());
    assert!(!call.cancel(), "it is over");
    clock.advance(secs(1));
    assert_eq!(log.text(), "dropped | cancelled");
}

/// A call that was made cannot be cancelled, reset or delayed any more.
#[test]
fn a_call_that_was_made_is_over() {
    let (clock, log) = (Clock::new(), Log::new());
    let call = noting(&clock, &log, 1, "call");
    clock.advance(secs(1));
    assert!(!call.cancel() && !call.reset(secs(1)) && !call.delay(secs(1)) && !call.is_active());
    assert_eq!(clock.pending(), 0);
    clock.advance(secs(9));
    assert_eq!(log.text(), "call 1");
}

/// Inside its own call a delayed call is over already.
///
/// Twisted: `ClockTests.testAdvanceCancel`.
#[test]
fn inside_its_own_call_a_delayed_call_is_over() {
    let clock = Clock::new();
    let kept = Rc::new(RefCell::new(None::<DelayedCall>));
    let (own, seen) = (Rc::clone(&kept), Rc::new(Cell::new(true)));
    let result = Rc::clone(&seen);
    *kept.borrow_mut() = Some(clock.call_later(secs(1), move || {
        let own = own.take().expect("it was kept");
        result.set(own.is_active() || own.cancel() || own.reset(secs(1)) || own.delay(secs(1)));
    }));
    clock.advance(secs(1));
    assert!(!seen.get());
    assert_eq!(clock.pending(), 0);
}

/// A call may cancel one that is due at the same time and has not been made.
#[test]
fn a_call_may_cancel_another_that_is_due_with_it() {
    let (clock, log) = (Clock::new(), Log::new());
    let other = Rc::new(RefCell::new(None::<DelayedCall>));
    let (victim, note) = (Rc::clone(&other), log.clone());
    clock.call_later(secs(1), move || {
        let cancelled = victim.borrow().as_ref().is_some_and(DelayedCall::cancel);
        note.note(format!("cancelled {cancelled}"));
    });
    *other.borrow_mut() = Some(noting(&clock, &log, 1, "victim"));
    noting(&clock, &log, 1, "third");
    clock.advance(secs(1));
    assert_eq!(log.text(), "cancelled true | third 1");
}

/// `delay` adds to the time at which it is due.
///
/// Twisted: `ClockTests.testCallLaterDelayed`.
#[test]
fn delay_adds_to_the_due_time() {
    let (clock, log) = (Clock::new(), Log::new());
    let call = noting(&clock, &log, 2, "call");
    clock.advance(secs(1));
    assert!(call.delay(secs(3)));
    assert_eq!(clock.next_due(), Some(secs(5)));
    clock.advance(secs(3));
    assert!(call.is_active());
    clock.advance(secs(1));
    assert_eq!(log.text(), "call 5");
}

/// `reset` counts from now.
///
/// Twisted: `ClockTests.testCallLaterResetLater`.
#[test]
fn reset_counts_from_now() {
    let (clock, log) = (Clock::new(), Log::new());
    let call = noting(&clock, &log, 2, "call");
    clock.advance(secs(1));
    assert!(call.reset(secs(3)));
    assert_eq!(clock.next_due(), Some(secs(4)));
    clock.advance(secs(2));
    assert!(call.is_active());
    clock.advance(secs(1));
    assert_eq!(log.text(), "call 4");
}

/// Also to a time before the old one.
///
/// Twisted: `ClockTests.testCallLaterResetSooner`.
#[test]
fn reset_may_make_it_sooner() {
    let (clock, log) = (Clock::new(), Log::new());
    let call = noting(&clock, &log, 4, "call");
    assert!(call.reset(secs(3)));
    clock.advance(secs(3));
    assert_eq!(log.text(), "call 3");
    assert!(!call.is_active());
}

/// Calls stay in the order of time when one is reset, before a new one is scheduled or after.
///
/// Twisted: `ClockTests.test_callLaterKeepsCallsOrdered`, `ClockTests.test_callLaterResetKeepsCallsOrdered`.
#[test]
fn calls_stay_in_order_after_a_reset() {
    let (clock, log) = (Clock::new(), Log::new());
    let first = noting(&clock, &log, 10, "first");
    let second = noting(&clock, &log, 20, "second");
    first.reset(secs(30));
    noting(&clock, &log, 25, "new");
    second.reset(secs(35));
    noting(&clock, &log, 35, "last");
    clock.pump([secs(26), secs(4), secs(10)]);
    assert_eq!(log.text(), "new 26 | first 30 | second 40 | last 40");
}

/// Also when one is reset inside another one.
///
/// Twisted: `ClockTests.test_callLaterResetInsideCallKeepsCallsOrdered`.
#[test]
fn calls_stay_in_order_after_a_reset_inside_a_call() {
    let (clock, log) = (Clock::new(), Log::new());
    let first = noting(&clock, &log, 10, "first");
    let second = noting(&clock, &log, 20, "second");
    clock.call_later(secs(5), move || {
        first.reset(secs(20));
        second.reset(Duration::ZERO);
    });
    noting(&clock, &log, 22, "third");
    clock.advance(secs(6));
    assert_eq!(log.text(), "second 6");
    clock.pump([secs(17), secs(4)]);
    assert_eq!(log.text(), "second 6 | third 23 | first 27");
}

/// A call that was reset or delayed comes after those that were due at its new time before. (In Twisted's clock, before those
/// that it was before until then.)
#[test]
fn a_call_that_was_moved_is_behind_those_due_with_it() {
    let (clock, log) = (Clock::new(), Log::new());
    let (reset, delayed) = (noting(&clock, &log, 1, "reset"), noting(&clock, &log, 1, "delayed"));
    noting(&clock, &log, 2, "there");
    delayed.delay(secs(1));
    reset.reset(secs(2));
    clock.advance(secs(2));
    assert_eq!(log.text(), "there 2 | delayed 2 | reset 2");
}

/// What is still to come can be seen: how many, and when the next one is due.
///
/// Twisted: `ClockTests.test_getDelayedCalls`, `ClockTests.test_getDelayedCallsEmpty`.
#[test]
fn what_is_to_come_can_be_seen() {
    let (clock, log) = (Clock::new(), Log::new());
    assert_eq!((clock.pending(), clock.next_due()), (0, None));
    let call = noting(&clock, &log, 5, "five");
    noting(&clock, &log, 3, "three");
    assert_eq!((clock.pending(), clock.next_due()), (2, Some(secs(3))));
    clock.advance(secs(3));
    assert_eq!((clock.pending(), clock.next_due()), (1, Some(secs(5))));
    call.cancel();
    assert_eq!((clock.pending(), clock.next_due()), (0, None));
}

/// Dropping the handle does not cancel the call; dropping the clock drops its calls, and the handle then is over.
#[test]
fn dropping_the_clock_drops_its_calls() {
    let (clock, log) = (Clock::new(), Log::new());
    drop(noting(&clock, &log, 1, "kept"));
    clock.advance(secs(1));
    assert_eq!(log.text(), "kept 1");
    let guard = log.on_drop("dropped");
    let call = clock.call_later(secs(1), move || drop(guard));
    drop(clock);
    assert!(!call.is_active(), "nobody can make it any more");
    assert!(!call.reset(secs(1)) && !call.delay(secs(1)) && !call.cancel());
    drop(call);
    assert_eq!(log.text(), "kept 1 | dropped");
}

/// A delay beyond the end of time is never due, and does no harm.
#[test]
fn a_delay_beyond_the_end_of_time_is_never_due() {
    let (clock, log) = (Clock::new(), Log::new());
    clock.advance(secs(1));
    let (shown, never) = (log.clone(), Duration::MAX);
    let call = clock.call_later(never, move || shown.note("called"));
    assert!(call.delay(never));
    clock.advance(secs(1_000_000));
    assert_eq!(log.text(), "");
    assert!(call.is_active());
}

/// Law 18: a panic in a call is contained and reported with its place; the other calls are made.
#[test]
fn a_panic_in_a_call_is_reported_and_the_others_are_made() {
    let reports = capture_unhandled();
    let (clock, log) = (Clock::new(), Log::new());
    clock.call_later(secs(1), || panic!("in a call"));
    noting(&clock, &log, 1, "next");
    clock.advance(secs(1));
    assert_eq!(reports.text(), "panicked: in a call");
    assert_eq!(log.text(), "next 1");
    let failure = unhandled_failures().pop().expect("it was reported");
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("in a call"));
    assert_eq!(failure.origin().file(), file!());
}

/// Law 2: a call that fires a Deferred resumes its body inside `advance`.
#[test]
fn a_body_that_waits_for_a_call_is_resumed_inside_advance() {
    fn after(timers: &impl Timers, delay: u64) -> Deferred<()> {
        let (trigger, deferred) = Deferred::new();
        timers.call_later(secs(delay), move || trigger.callback(()));
        deferred
    }
    let clock = Clock::new();
    let inner = clock.clone();
    let body = ensure_deferred(async move {
        after(&inner, 2).await?;
        let first = inner.now();
        after(&inner, 3).await?;
        ok((first, inner.now()))
    });
    clock.pump([secs(1); 5]);
    assert_eq!(success_result_of(body), (secs(2), secs(5)));
}
