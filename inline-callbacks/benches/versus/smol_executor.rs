//! With tasks on smol's `LocalExecutor`, and its channel.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use smol::channel::{self, Sender};
use smol::{LocalExecutor, future};

/// A task is spawned that waits for a channel; the value is sent, and the task goes on and ends.
pub(crate) fn spawn_and_resume(times: u32) -> Duration {
    let executor = LocalExecutor::new();
    let start = Instant::now();
    let mut sum = 0;
    for n in 0..u64::from(times) {
        let (sender, receiver) = channel::bounded(1);
        let task = executor.spawn(async move { receiver.recv().await.expect("sent") });
        run_scheduled(&executor);
        sender.try_send(black_box(n)).expect("received");
        run_scheduled(&executor);
        sum += future::block_on(task);
    }
    let taken = start.elapsed();
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

/// A task that is there already makes a channel and waits for it; the value is sent, and the task goes on.
pub(crate) fn resume(times: u32) -> Duration {
    let executor = LocalExecutor::new();
    let slot = Rc::new(Cell::new(None::<Sender<u64>>));
    let own = Rc::clone(&slot);
    let task = executor.spawn(async move {
        let mut sum = 0;
        for _ in 0..times {
            let (sender, receiver) = channel::bounded(1);
            own.set(Some(sender));
            sum += receiver.recv().await.expect("sent");
        }
        sum
    });
    run_scheduled(&executor);
    let start = Instant::now();
    for n in 0..u64::from(times) {
        slot.take().expect("the task waits").try_send(black_box(n)).expect("received");
        run_scheduled(&executor);
    }
    let taken = start.elapsed();
    assert_eq!(future::block_on(task), (0..u64::from(times)).sum::<u64>());
    taken
}

/// By hand, which is cheaper than `run`: that wakes its own future through a lock.
fn run_scheduled(executor: &LocalExecutor<'_>) {
    while executor.try_tick() {}
}

/// A task is spawned that completes at once.
pub(crate) fn call(times: u32) -> Duration {
    let executor = LocalExecutor::new();
    let start = Instant::now();
    for n in 0..u64::from(times) {
        let n = black_box(n);
        let task = executor.spawn(async move { n + 1 });
        run_scheduled(&executor);
        assert_eq!(future::block_on(task), n + 1);
    }
    start.elapsed()
}
