//! How often the runtime allocates (a test of the quick bench's kind, but exact): counted per thread, after a warm-up.
//!
//! None for an immediate value and for a wait on a fired Deferred; one for a call that completes at once; one for a pending
//! Deferred, none when a wait for one of the same type is just over; at most three for a call that waits once, its Deferred
//! included; one for a callback added before firing, none after.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use inline_callbacks::testing::success_result_of;
use inline_callbacks::{Deferred, Failure, ensure_deferred, succeed};

/// How many allocations `work` makes, once whatever the thread makes for the first time is there.
fn allocations_of(work: impl Fn()) -> u64 {
    work();
    allocation_counter::measure(work).count_total
}

/// The counter counts.
#[test]
fn a_box_is_one_allocation() {
    assert_eq!(allocations_of(|| drop(black_box(Box::new(1)))), 1);
}

/// An immediate value, and a Deferred that is made fired, cost none.
#[test]
fn an_immediate_value_costs_none() {
    assert_eq!(allocations_of(|| assert_eq!(success_result_of(succeed(black_box(1))), 1)), 0);
}

/// A wait on a fired Deferred costs none: what is counted is the call around it.
#[test]
fn a_wait_on_a_fired_deferred_costs_none() {
    let count = allocations_of(|| {
        let body = ensure_deferred(async {
            let mut sum = 0;
            for n in 0..1000 {
                sum += succeed(black_box(n)).await?;
                sum += std::future::ready(black_box(n)).await;
            }
            Ok::<u32, Failure>(sum)
        });
        success_result_of(body);
    });
    assert_eq!(count, 1);
}

/// A call that completes at once costs one.
#[test]
fn a_call_that_completes_at_once_costs_one() {
    let count = allocations_of(|| {
        let held = black_box(7);
        let body = ensure_deferred(async move { Ok::<u32, Failure>(held) });
        assert_eq!(success_result_of(body), 7);
    });
    assert!(count <= 1, "{count}");
}

/// A pending Deferred costs one, firing it none.
#[test]
fn a_pending_deferred_costs_one() {
    let count = allocations_of(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        trigger.callback(black_box(7));
        assert_eq!(success_result_of(deferred), 7);
    });
    assert_eq!(count, 1);
}

/// A call that waits once costs three at most, its Deferred included.
#[test]
fn a_call_that_waits_once_costs_three_with_its_deferred() {
    let count = allocations_of(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = ensure_deferred(async move { Ok::<u32, Failure>(deferred.await? + 1) });
        trigger.callback(black_box(6));
        assert_eq!(success_result_of(body), 7);
    });
    assert!(count <= 3, "{count}");
}

/// Each further wait costs only the pending Deferred itself.
#[test]
fn a_further_wait_costs_its_deferred_only() {
    let waits = |count: u32| {
        allocations_of(move || {
            let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..count).map(|_| Deferred::<u32>::new()).unzip();
            let body = ensure_deferred(async move {
                let mut sum = 0;
                for deferred in deferreds {
                    sum += deferred.await?;
                }
                Ok::<u32, Failure>(sum)
            });
            for trigger in triggers {
                trigger.callback(1);
            }
            assert_eq!(success_result_of(body), count);
        })
    };
    // Both fill their vectors alike: the range's length is known.
    let (few, many) = (waits(8), waits(16));
    assert!(many - few <= 8 + 2, "{few} for 8, {many} for 16");
}

/// A body waits so many times, and makes each Deferred when it is done with the one before.
fn wait_again_and_again<T: Copy + 'static>(value: T, count: usize) {
    let slot = Rc::new(Cell::new(None));
    let triggers = Rc::clone(&slot);
    let body = ensure_deferred(async move {
        for _ in 0..count {
            let (trigger, deferred) = Deferred::<T>::new();
            triggers.set(Some(trigger));
            deferred.await?;
        }
        Ok::<usize, Failure>(count)
    });
    for _ in 0..count {
        slot.take().expect("the body waits").callback(value);
    }
    assert_eq!(success_result_of(body), count);
}

/// How often that allocates.
fn allocations_of_waits<T: Copy + 'static>(value: T, count: usize) -> u64 {
    allocations_of(|| wait_again_and_again(value, count))
}

/// A Deferred whose body makes it when it is done with the one before costs none.
#[test]
fn one_wait_after_the_other_costs_none() {
    assert_eq!(allocations_of_waits(1_u32, 16), allocations_of_waits(1_u32, 8));
}

/// What a thread keeps for that makes room for what is needed more often.
#[test]
fn waits_for_another_type_cost_none_in_the_long_run() {
    let after_another = |count| {
        allocations_of(|| {
            wait_again_and_again(1_u8, 1);
            wait_again_and_again(1_u64, count);
        })
    };
    assert_eq!(after_another(100), after_another(50));
    assert!(after_another(50) < after_another(1) + 20);
}

/// What a thread keeps for that is small: memory of a large one is given back at once.
#[test]
fn a_large_deferred_is_not_kept() {
    let large = [1_u8; 500];
    assert_eq!(allocations_of_waits(large, 16), allocations_of_waits(large, 8) + 8);
}

/// A callback that is added before firing costs one.
#[test]
fn a_callback_added_before_firing_costs_one() {
    let count = allocations_of(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let chain = deferred.map(|value| value + 1).add_callback(|value| Ok(value * 2)).add_errback(|_| Ok(0));
        trigger.callback(black_box(1));
        assert_eq!(success_result_of(chain), 4);
    });
    assert_eq!(count, 1 + 3);
}

/// A callback that is added after firing costs none.
#[test]
fn a_callback_added_after_firing_costs_none() {
    let count = allocations_of(|| {
        let chain = succeed(black_box(1)).map(|value| value + 1).add_callback(|value| Ok(value * 2));
        assert_eq!(success_result_of(chain), 4);
    });
    assert_eq!(count, 0);
    let count = allocations_of(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        trigger.callback(black_box(1));
        assert_eq!(success_result_of(deferred.map(|value| value + 1).add_errback(|_| Ok(0))), 2);
    });
    assert_eq!(count, 1);
}
