//! Inline callbacks, with this crate. Each does what the function of the same name in `peer/bodies.py` does.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;
use inline_callbacks::{ensure_deferred, succeed};

use crate::timed;

/// How many Deferreds of `resume` are there at once: a round of Twisted's has as many.
pub(crate) const MANY: u32 = 1000;

/// Runs a body that does it so many times and ends.
pub(crate) fn timed_body(body: impl FnOnce() -> Deferred<()>) -> Duration {
    timed(|| success_result_of(body()))
}

pub(crate) fn immediate(times: u32) -> Duration {
    timed_body(callbacks!(move || {
        for _ in 0..times {
            black_box(yield black_box(1));
        }
        Ok(())
    }))
}

pub(crate) fn fired_reused(times: u32) -> Duration {
    let shared = succeed(1).share();
    timed_body(callbacks!(move || {
        for _ in 0..times {
            black_box((yield shared.observe())?);
        }
        Ok(())
    }))
}

pub(crate) fn fired(times: u32) -> Duration {
    timed_body(callbacks!(move || {
        for _ in 0..times {
            black_box((yield succeed(black_box(1)))?);
        }
        Ok(())
    }))
}

pub(crate) fn resume(times: u32) -> Duration {
    (0..times / MANY).map(|_| resume_many()).sum()
}

fn resume_many() -> Duration {
    let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..MANY).map(|_| Deferred::<u32>::new()).unzip();
    let result = sum_of(deferreds);
    let taken = timed(|| triggers.into_iter().for_each(|trigger| trigger.callback(black_box(1))));
    assert_eq!(success_result_of(result), MANY);
    taken
}

#[inline_callbacks]
fn sum_of(deferreds: Vec<Deferred<u32>>) -> Deferred<u32> {
    let mut sum = 0;
    for deferred in deferreds {
        sum += yield_!(deferred)?;
    }
    return_value!(sum)
}

type Slot = Rc<Cell<Option<Trigger<u32>>>>;

pub(crate) fn create_resume(times: u32) -> Duration {
    let slot = Slot::default();
    let start = Instant::now();
    let result = count_results(Rc::clone(&slot), times);
    for _ in 0..times {
        slot.take().expect("the body waits").callback(black_box(1));
    }
    let taken = start.elapsed();
    assert_eq!(success_result_of(result), (times, 0));
    taken
}

pub(crate) fn resume_failing(times: u32) -> Duration {
    let slot = Slot::default();
    let start = Instant::now();
    let result = count_results(Rc::clone(&slot), times);
    for _ in 0..times {
        slot.take().expect("the body waits").errback(std::fmt::Error);
    }
    let taken = start.elapsed();
    assert_eq!(success_result_of(result), (0, times));
    taken
}

#[inline_callbacks]
fn count_results(slot: Slot, times: u32) -> Deferred<(u32, u32)> {
    let (mut succeeded, mut failed) = (0, 0);
    for _ in 0..times {
        let (trigger, deferred) = Deferred::new();
        slot.set(Some(trigger));
        match yield_!(deferred) {
            Ok(_) => succeeded += 1,
            Err(_) => failed += 1,
        }
    }
    return_value!((succeeded, failed))
}

#[expect(clippy::unused_async, reason = "Twisted's ends at once as well")]
async fn coroutine() -> u32 {
    black_box(1)
}

pub(crate) fn inner_coroutine(times: u32) -> Duration {
    timed_body(callbacks!(move || {
        for _ in 0..times {
            assert_eq!(yield coroutine(), 1);
        }
        Ok(())
    }))
}

pub(crate) fn await_fired(times: u32) -> Duration {
    let body = async move {
        for _ in 0..times {
            assert_eq!(succeed(black_box(1)).await?, 1);
        }
        Ok::<(), Failure>(())
    };
    timed_body(|| ensure_deferred(body))
}

pub(crate) fn await_coroutine(times: u32) -> Duration {
    let body = async move {
        for _ in 0..times {
            assert_eq!(coroutine().await, 1);
        }
        Ok::<(), Failure>(())
    };
    timed_body(|| ensure_deferred(body))
}
