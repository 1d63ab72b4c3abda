//! The same loop in a body that never yields.

use std::hint::black_box;
use std::time::{Duration, Instant};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;

pub(crate) fn immediate(times: u32) -> Duration {
    let start = Instant::now();
    let sum = success_result_of(sum_of_values(times));
    let taken = start.elapsed();
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

#[inline_callbacks]
fn sum_of_values(times: u32) -> Deferred<u64> {
    let mut sum = 0;
    for n in 0..u64::from(times) {
        sum += black_box(n);
    }
    return_value!(sum)
}
