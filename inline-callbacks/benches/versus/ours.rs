//! With this crate.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use inline_callbacks::testing::{failure_result_of, success_result_of};

use crate::plain_loop::{mix, mix_of_all};

type Slot = Rc<Cell<Option<Trigger<u64>>>>;

/// A plain value is yielded.
pub(crate) fn immediate(times: u32) -> Duration {
    let start = Instant::now();
    let mixed = success_result_of(mix_of_values(black_box(times)));
    let taken = start.elapsed();
    assert_eq!(mixed, mix_of_all(times));
    taken
}

#[inline_callbacks]
fn mix_of_values(times: u32) -> Deferred<u64> {
    let mut mixed = 0;
    for n in 0..u64::from(times) {
        mixed = mix(mixed, yield_!(n));
    }
    return_value!(mixed)
}

/// The same, with a `black_box` in the loop: the compiler then keeps in memory what lives over a wait, if only by its looks.
pub(crate) fn immediate_boxed(times: u32) -> Duration {
    let start = Instant::now();
    let mixed = success_result_of(mix_of_boxed_values(times));
    let taken = start.elapsed();
    assert_eq!(mixed, mix_of_all(times));
    taken
}

#[inline_callbacks]
fn mix_of_boxed_values(times: u32) -> Deferred<u64> {
    let mut mixed = 0;
    for n in 0..u64::from(times) {
        mixed = mix(mixed, yield_!(black_box(n)));
    }
    return_value!(mixed)
}

/// A Deferred that has fired already is waited for.
pub(crate) fn fired(times: u32) -> Duration {
    let start = Instant::now();
    let sum = success_result_of(sum_of_succeeded(times));
    let taken = start.elapsed();
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

#[inline_callbacks]
fn sum_of_succeeded(times: u32) -> Deferred<u64> {
    let mut sum = 0;
    for n in 0..u64::from(times) {
        sum += yield_!(succeed(black_box(n)))?;
    }
    return_value!(sum)
}

/// A Deferred is made and waited for, then fired, and the body goes on.
pub(crate) fn resume(times: u32) -> Duration {
    let start = Instant::now();
    let slot = Slot::default();
    let sum = sum_of_fired(Rc::clone(&slot), times);
    for n in 0..u64::from(times) {
        slot.take().expect("the body waits").callback(black_box(n));
    }
    let sum = success_result_of(sum);
    let taken = start.elapsed();
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

#[inline_callbacks]
fn sum_of_fired(slot: Slot, times: u32) -> Deferred<u64> {
    let mut sum = 0;
    for _ in 0..times {
        let (trigger, deferred) = Deferred::new();
        slot.set(Some(trigger));
        sum += yield_!(deferred)?;
    }
    return_value!(sum)
}

/// The same, under `depth` further bodies that wait for one another.
fn resume_below(depth: u32, times: u32) -> Duration {
    let slot = Slot::default();
    let innermost = sum_of_fired(Rc::clone(&slot), times);
    let sum = (1..depth).fold(innermost, |sum, _| wait(sum));
    let start = Instant::now();
    for n in 0..u64::from(times) {
        slot.take().expect("the innermost waits").callback(black_box(n));
    }
    let taken = start.elapsed();
    assert_eq!(success_result_of(sum), (0..u64::from(times)).sum::<u64>());
    taken
}

pub(crate) fn deep_1(times: u32) -> Duration {
    resume_below(1, times)
}

pub(crate) fn deep_1000(times: u32) -> Duration {
    resume_below(1000, times)
}

/// An inline callback is called, waits for a pending Deferred, is resumed and ends.
pub(crate) fn call_and_resume(times: u32) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    for n in 0..u64::from(times) {
        let (trigger, deferred) = Deferred::new();
        let result = wait(deferred);
        trigger.callback(black_box(n));
        sum += success_result_of(result);
    }
    let taken = start.elapsed();
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

#[inline_callbacks]
fn wait(deferred: Deferred<u64>) -> Deferred<u64> {
    yield_!(deferred)
}

/// An inline callback is called that completes at once.
pub(crate) fn call(times: u32) -> Duration {
    let start = Instant::now();
    for n in 0..u64::from(times) {
        assert_eq!(success_result_of(next(black_box(n))), n + 1);
    }
    start.elapsed()
}

#[inline_callbacks]
fn next(n: u64) -> Deferred<u64> {
    return_value!(yield_!(n) + 1)
}

/// Ten callbacks are added, then the Deferred is fired.
pub(crate) fn chain(times: u32) -> Duration {
    let start = Instant::now();
    for n in 0..u64::from(times) {
        let (trigger, mut deferred) = Deferred::<u64>::new();
        for _ in 0..10 {
            deferred = deferred.add_callback(|n| Ok(black_box(n) + 1));
        }
        trigger.callback(black_box(n));
        assert_eq!(success_result_of(deferred), n + 10);
    }
    start.elapsed()
}

/// An inline callback is called, waits, and is cancelled there.
pub(crate) fn cancel(times: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        let (trigger, deferred) = Deferred::new();
        let result = wait(deferred);
        result.cancel();
        assert!(failure_result_of(result).is_cancelled());
        assert!(black_box(trigger).is_cancelled());
    }
    start.elapsed()
}
