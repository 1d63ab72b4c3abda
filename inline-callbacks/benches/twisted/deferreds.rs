//! Deferreds without inline callbacks, with this crate. Each does what the function of the same name in `peer/deferreds.py`
//! does.

use std::hint::black_box;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;
use inline_callbacks::{DeferredLock, DeferredQueue, fail, gather_results, succeed};

use crate::timed;

pub(crate) fn made(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times {
            // Fired: an abandoned one would be reported.
            let (trigger, deferred) = black_box(Deferred::new());
            trigger.callback(1);
            drop(deferred);
        }
    })
}

pub(crate) fn succeeded(times: u32) -> Duration {
    timed(|| (0..times).for_each(|_| assert!(black_box(succeed(black_box(1))).is_fired())))
}

pub(crate) fn callback_before(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times / 10 {
            let (trigger, deferred) = Deferred::new();
            let last = (0..10).fold(deferred, |deferred, _| deferred.add_callback(|n: u32| Ok(n + 1)));
            trigger.callback(black_box(0));
            assert_eq!(success_result_of(last), 10);
        }
    })
}

pub(crate) fn callback_after(times: u32) -> Duration {
    timed(|| {
        let last =
            (0..times).fold(succeed(black_box(0)), |deferred, _| deferred.add_callback(|n| Ok(black_box(n) + 1)));
        assert_eq!(success_result_of(last), times);
    })
}

pub(crate) fn both_before(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times / 10 {
            let (trigger, deferred) = Deferred::new();
            let last = (0..10).fold(deferred, |deferred, _| deferred.add_both(|result: Result<u32, Failure>| result));
            trigger.callback(black_box(1));
            assert_eq!(success_result_of(last), 1);
        }
    })
}

pub(crate) fn callback_raises(times: u32) -> Duration {
    timed(|| {
        for n in 0..times {
            let raised = succeed(black_box(n)).add_callback(|_| Err::<u32, _>(Failure::new(std::fmt::Error)));
            assert_eq!(success_result_of(raised.add_errback(|_| Ok(7))), 7);
        }
    })
}

pub(crate) fn failed(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times {
            let failed = fail::<u32>(std::fmt::Error);
            assert_eq!(success_result_of(failed.add_errback(|_| Ok(7))), 7);
        }
    })
}

pub(crate) fn chained(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times {
            let (outer_trigger, outer) = Deferred::new();
            let (trigger, inner) = Deferred::new();
            let outer = outer.add_callback(|_: u32| inner);
            outer_trigger.callback(black_box(1));
            trigger.callback(black_box(2));
            assert_eq!(success_result_of(outer), 2);
        }
    })
}

pub(crate) fn cancelled(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times {
            let (_trigger, deferred) = Deferred::new();
            let deferred = deferred.add_errback(|_| Ok(7));
            deferred.cancel();
            assert_eq!(success_result_of(deferred), 7);
        }
    })
}

pub(crate) fn gathered(times: u32) -> Duration {
    timed(|| {
        for _ in 0..times / 100 {
            let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..100).map(|_| Deferred::new()).unzip();
            let all = gather_results(deferreds);
            for trigger in triggers {
                trigger.callback(black_box(1));
            }
            assert_eq!(success_result_of(all).into_iter().sum::<u32>(), 100);
        }
    })
}

pub(crate) fn lock_run(times: u32) -> Duration {
    let lock = DeferredLock::new();
    timed(|| (0..times).for_each(|n| assert_eq!(success_result_of(lock.run(move || Ok(black_box(n)))), n)))
}

pub(crate) fn queue(times: u32) -> Duration {
    let queue = DeferredQueue::new();
    timed(|| {
        for n in 0..times {
            queue.put(black_box(n)).expect("it has no limit");
            assert_eq!(success_result_of(queue.get()), n);
        }
    })
}

pub(crate) fn chain_of_many(times: u32) -> Duration {
    let (innermost, deferred) = Deferred::new();
    let last = (0..times).fold(deferred, |inner, _| {
        let (trigger, outer) = Deferred::new();
        let outer = outer.add_callback(|()| inner);
        trigger.callback(());
        outer
    });
    let taken = timed(|| innermost.callback(black_box(2)));
    assert_eq!(success_result_of(last), 2);
    taken
}
