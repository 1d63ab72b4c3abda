//! Futures of tokio in a body of this crate, under its reactor.

use std::rc::Rc;
use std::time::{Duration, Instant};

use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use tokio::sync::oneshot;
use tokio::{task, time};

use crate::sender::{Slot, send_all};

pub(crate) fn oneshot(times: u32) -> Duration {
    let taken = reactor::block_on(move || receive_all(times));
    taken.expect("no failure")
}

#[inline_callbacks]
fn receive_all(times: u32) -> Deferred<Duration> {
    let start = Instant::now();
    let slot = Slot::default();
    task::spawn_local(send_all(Rc::clone(&slot), times));
    let mut sum = 0;
    for _ in 0..times {
        let (sender, receiver) = oneshot::channel();
        slot.set(Some(sender));
        sum += yield_!(receiver)?;
    }
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    return_value!(start.elapsed())
}

pub(crate) fn yield_now(times: u32) -> Duration {
    let taken = reactor::block_on(move || yield_often(times));
    taken.expect("no failure")
}

#[inline_callbacks]
fn yield_often(times: u32) -> Deferred<Duration> {
    let start = Instant::now();
    let mut count = 0;
    for _ in 0..times {
        yield_!(task::yield_now());
        count += 1;
    }
    assert_eq!(count, times);
    return_value!(start.elapsed())
}

pub(crate) fn timer(times: u32) -> Duration {
    let taken = reactor::block_on(move || sleep_often(times));
    taken.expect("no failure")
}

#[inline_callbacks]
fn sleep_often(times: u32) -> Deferred<Duration> {
    let start = Instant::now();
    let mut count = 0;
    for _ in 0..times {
        yield_!(time::sleep(Duration::ZERO));
        count += 1;
    }
    assert_eq!(count, times);
    return_value!(start.elapsed())
}
