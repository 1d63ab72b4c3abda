//! With this crate.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;

type Slot = Rc<Cell<Option<Trigger<u64>>>>;

/// A Deferred is made and waited for, then fired, and the body goes on.
pub(crate) fn resume(times: u32) {
    let slot = Slot::default();
    let sum = sum_of_fired(Rc::clone(&slot), times);
    for n in 0..u64::from(times) {
        slot.take().expect("the body waits").callback(black_box(n));
    }
    assert_eq!(success_result_of(sum), (0..u64::from(times)).sum::<u64>());
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

/// An inline callback is called, waits for a pending Deferred, is resumed and ends.
pub(crate) fn call_and_resume(times: u32) {
    let mut sum = 0;
    for n in 0..u64::from(times) {
        let (trigger, deferred) = Deferred::new();
        let result = wait(deferred);
        trigger.callback(black_box(n));
        sum += success_result_of(result);
    }
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
}

#[inline_callbacks]
fn wait(deferred: Deferred<u64>) -> Deferred<u64> {
    yield_!(deferred)
}

/// An inline callback is called that completes at once.
pub(crate) fn call(times: u32) {
    for n in 0..u64::from(times) {
        assert_eq!(success_result_of(next(black_box(n))), n + 1);
    }
}

#[inline_callbacks]
fn next(n: u64) -> Deferred<u64> {
    return_value!(yield_!(n) + 1)
}
