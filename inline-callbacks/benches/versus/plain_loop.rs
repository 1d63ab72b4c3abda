//! The same loop in a body that never yields.

use std::hint::black_box;
use std::time::{Duration, Instant};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;

/// Takes one more value in: cheap, and nothing that the compiler could do for all values at once.
pub(crate) fn mix(mixed: u64, value: u64) -> u64 {
    mixed.rotate_left(1) ^ value
}

/// What must come out.
pub(crate) fn mix_of_all(times: u32) -> u64 {
    (0..u64::from(times)).fold(0, mix)
}

pub(crate) fn immediate(times: u32) -> Duration {
    let start = Instant::now();
    let mixed = success_result_of(mix_of_values(black_box(times)));
    let taken = start.elapsed();
    assert_eq!(mixed, mix_of_all(times));
    taken
}

#[inline_callbacks]
#[allow(deprecated)] // It never waits.
fn mix_of_values(times: u32) -> Deferred<u64> {
    let mut mixed = 0;
    for n in 0..u64::from(times) {
        mixed = mix(mixed, n);
    }
    return_value!(mixed)
}

pub(crate) fn immediate_boxed(times: u32) -> Duration {
    let start = Instant::now();
    let mixed = success_result_of(mix_of_boxed_values(times));
    let taken = start.elapsed();
    assert_eq!(mixed, mix_of_all(times));
    taken
}

#[inline_callbacks]
#[allow(deprecated)] // It never waits.
fn mix_of_boxed_values(times: u32) -> Deferred<u64> {
    let mut mixed = 0;
    for n in 0..u64::from(times) {
        mixed = mix(mixed, black_box(n));
    }
    return_value!(mixed)
}
