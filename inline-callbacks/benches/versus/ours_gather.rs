//! Many Deferreds into one, with this crate. An operation is one of the many.

use std::hint::black_box;
use std::time::{Duration, Instant};

use inline_callbacks::gather_results;
use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;

/// How many are gathered beside the peers.
pub(crate) const ELEMENTS: u32 = 1000;

/// Pending Deferreds are gathered, then fired.
fn gather_by(elements: u32, times: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..times / elements {
        let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..elements).map(|_| Deferred::<u32>::new()).unzip();
        let all = gather_results(deferreds);
        for (n, trigger) in (0..).zip(triggers) {
            trigger.callback(black_box(n));
        }
        assert!(success_result_of(all).into_iter().eq(0..elements));
    }
    start.elapsed()
}

pub(crate) fn gather(times: u32) -> Duration {
    gather_by(ELEMENTS, times)
}

pub(crate) fn gather_100(times: u32) -> Duration {
    gather_by(100, times)
}

pub(crate) fn gather_100_000(times: u32) -> Duration {
    gather_by(100_000, times)
}
