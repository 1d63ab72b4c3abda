//! The fairness budget: long runs of ready waits let others have a turn, if the body asked for that.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::task::Budget;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{Clock, fail, succeed};

use crate::support::{Log, capture_unhandled};

const MOMENT: Duration = Duration::from_millis(1);

/// Makes `count` ready waits with a budget of `yields`, and counts them.
#[inline_callbacks]
fn ready_waits(clock: Clock, yields: u32, count: u32, made: Rc<Cell<u32>>) -> Deferred<u32> {
    let budget = Budget::new(&clock, yields);
    let mut sum = 0;
    for _ in 0..count {
        sum += yield_!(budget.wait_for(succeed(1)))?;
        made.set(made.get() + 1);
    }
    return_value!(sum)
}

#[test]
fn a_budget_takes_a_turn_after_every_so_many_ready_waits() {
    let (clock, made) = (Clock::new(), Rc::default());
    let sum = ready_waits(clock.clone(), 3, 10, Rc::clone(&made));
    let mut turns = vec![made.get()];
    while clock.pending() > 0 {
        clock.advance(MOMENT);
        turns.push(made.get());
    }
    // The fourth wait, and every fourth after it, is the one that takes the turn.
    assert_eq!(turns, [3, 7, 10]);
    assert_eq!(success_result_of(sum), 10);
}

#[test]
fn within_its_budget_a_body_is_done_when_its_call_returns() {
    let clock = Clock::new();
    assert_eq!(success_result_of(ready_waits(clock.clone(), 10, 10, Rc::default())), 10);
    assert_eq!(clock.pending(), 0);
}

#[test]
fn a_budget_of_nothing_takes_a_turn_at_every_wait() {
    let (clock, made) = (Clock::new(), Rc::default());
    let sum = ready_waits(clock.clone(), 0, 3, Rc::clone(&made));
    assert_eq!(made.get(), 0);
    clock.pump([MOMENT; 3]);
    assert_eq!(success_result_of(sum), 3);
}

#[test]
fn a_wait_that_was_not_ready_begins_the_count_again() {
    let clock = Clock::new();
    let budget = Budget::new(&clock, 2);
    success_result_of(budget.consume());
    success_result_of(budget.consume());
    let (trigger, pending) = Deferred::new();
    let pending = budget.wait_for(pending);
    trigger.callback(5);
    assert_eq!(success_result_of(pending), 5);
    success_result_of(budget.consume());
    success_result_of(budget.consume());
    assert_eq!(clock.pending(), 0, "the two counted again");
    assert_no_result(&budget.consume());
}

#[test]
fn two_bodies_with_budgets_take_turns() {
    #[inline_callbacks]
    fn steps(clock: Clock, name: &'static str, log: Log) -> Deferred<()> {
        let budget = Budget::new(&clock, 1);
        for step in 0..4 {
            log.note(format!("{name}{step}"));
            yield_!(budget.consume())?;
        }
    }
    let (clock, log) = (Clock::new(), Log::new());
    let (a, b) = (steps(clock.clone(), "a", log.clone()), steps(clock.clone(), "b", log.clone()));
    clock.pump([MOMENT; 2]);
    success_result_of(a);
    success_result_of(b);
    assert_eq!(log.text(), "a0 | a1 | b0 | b1 | a2 | a3 | b2 | b3");
}

#[test]
fn cancelling_during_the_turn_gives_cancelled_and_calls_nothing() {
    let clock = Clock::new();
    let made = Rc::default();
    let sum = ready_waits(clock.clone(), 2, 10, Rc::clone(&made));
    assert_eq!((made.get(), clock.pending()), (2, 1));
    sum.cancel();
    assert!(failure_result_of(sum).is_cancelled());
    assert_eq!((made.get(), clock.pending()), (2, 0));
}

#[test]
fn a_failure_that_was_there_comes_after_the_turn() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let budget = Budget::new(&clock, 0);
    let failed = budget.wait_for(fail::<()>(Failure::msg("later")));
    assert_no_result(&failed);
    clock.advance(MOMENT);
    assert_eq!(failure_result_of(failed).to_string(), "later");
    assert_eq!(unhandled.text(), "");
}

/// Without a budget this loop would never let the call to `stop` be made.
///
/// Hazard 11.
#[cfg(feature = "reactor")]
#[test]
fn fairness_budget_lets_the_reactor_turn() {
    use inline_callbacks::reactor;

    #[inline_callbacks]
    fn until(stopped: Rc<Cell<bool>>) -> Deferred<u64> {
        let budget = Budget::new(&reactor::timers(), 64);
        let mut waits = 0;
        while !stopped.get() {
            yield_!(budget.consume())?;
            waits += 1;
        }
        return_value!(waits)
    }

    let stopped = Rc::new(Cell::new(false));
    let asked = Rc::clone(&stopped);
    let waits = reactor::block_on(|| {
        reactor::call_later(MOMENT, move || asked.set(true));
        until(stopped)
    });
    assert!(waits.unwrap() >= 64);
}
