//! Calls of inline callbacks, with this crate. Each does what the function of the same name in `peer/calls.py` does.

use std::hint::black_box;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;

use crate::bodies::timed_body;
use crate::timed;

#[inline_callbacks]
#[allow(deprecated)] // It never waits.
fn at_once() -> Deferred<u32> {
    return_value!(black_box(1))
}

#[inline_callbacks]
fn one_value() -> Deferred<u32> {
    return_value!(yield_!(black_box(1)))
}

#[inline_callbacks]
fn wait(deferred: Deferred<u32>) -> Deferred<u32> {
    let value = yield_!(deferred)?;
    return_value!(value)
}

pub(crate) fn call(times: u32) -> Duration {
    timed(|| (0..times).for_each(|_| assert_eq!(success_result_of(at_once()), 1)))
}

pub(crate) fn call_immediate(times: u32) -> Duration {
    timed(|| (0..times).for_each(|_| assert_eq!(success_result_of(one_value()), 1)))
}

pub(crate) fn call_resume(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times {
            let (trigger, deferred) = Deferred::new();
            let result = wait(deferred);
            trigger.callback(black_box(1));
            assert_eq!(success_result_of(result), 1);
        }
    })
}

pub(crate) fn inner_call(times: u32) -> Duration {
    timed_body(callbacks!(move || {
        for _ in 0..times {
            assert_eq!((yield at_once())?, 1);
        }
        Ok(())
    }))
}

fn nested(depth: u32, times: u32) -> Duration {
    timed(|| {
        for _ in 0..times / depth {
            let (trigger, innermost) = Deferred::new();
            let outermost = (0..depth).fold(innermost, |deferred, _| wait(deferred));
            trigger.callback(black_box(1));
            assert_eq!(success_result_of(outermost), 1);
        }
    })
}

pub(crate) fn nested_10(times: u32) -> Duration {
    nested(10, times)
}

pub(crate) fn nested_100(times: u32) -> Duration {
    nested(100, times)
}

pub(crate) fn call_cancelled(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times {
            let (_trigger, deferred) = Deferred::new();
            let result = wait(deferred).add_errback(|_| Ok(7));
            result.cancel();
            assert_eq!(success_result_of(result), 7);
        }
    })
}
