//! `std::future::ready` in an async block, alone and in a box.

use std::future::{self, Future};
use std::hint::black_box;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::FutureExt;

/// A future that is ready is awaited.
pub(crate) fn fired(times: u32) -> Duration {
    let start = Instant::now();
    let sum = async move {
        let mut sum = 0;
        for n in 0..u64::from(times) {
            sum += future::ready(black_box(n)).await;
        }
        sum
    };
    let sum = sum.now_or_never().expect("nothing in it waits");
    let taken = start.elapsed();
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

/// A boxed future is made, which is ready, and awaited.
pub(crate) fn call(times: u32) -> Duration {
    let start = Instant::now();
    let all = async move {
        for n in 0..u64::from(times) {
            assert_eq!(next(black_box(n)).await, n + 1);
        }
    };
    all.now_or_never().expect("nothing in it waits");
    start.elapsed()
}

fn next(n: u64) -> Pin<Box<dyn Future<Output = u64>>> {
    Box::pin(async move { future::ready(n).await + 1 })
}
