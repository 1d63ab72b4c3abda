//! With tasks on tokio's `LocalRuntime`, and its oneshot.
//!
//! The runtime is what `LocalRuntime::new` gives (`DRIVERS`), or one that can do nothing but run tasks: it is cheaper, since it
//! wakes itself without asking the operating system.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::oneshot;
use tokio::task;

pub(crate) fn runtime<const DRIVERS: bool>() -> LocalRuntime {
    let plain = || Builder::new_current_thread().build_local(LocalOptions::default());
    let made = if DRIVERS { LocalRuntime::new() } else { plain() };
    made.expect("a runtime")
}

/// A oneshot that has been sent already is awaited.
pub(crate) fn fired<const DRIVERS: bool>(times: u32) -> Duration {
    let (sum, taken) = runtime::<DRIVERS>().block_on(async move {
        let start = Instant::now();
        let mut sum = 0;
        for n in 0..u64::from(times) {
            let (sender, receiver) = oneshot::channel();
            sender.send(black_box(n)).expect("received");
            sum += receiver.await.expect("sent");
        }
        (sum, start.elapsed())
    });
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

/// A task is spawned that waits for a oneshot, which is sent, and the task goes on and ends.
pub(crate) fn spawn_and_resume<const DRIVERS: bool>(times: u32) -> Duration {
    let (sum, taken) = runtime::<DRIVERS>().block_on(async move {
        let start = Instant::now();
        let mut sum = 0;
        for n in 0..u64::from(times) {
            let (sender, receiver) = oneshot::channel();
            let task = task::spawn_local(async move { receiver.await.expect("sent") });
            task::yield_now().await;
            sender.send(black_box(n)).expect("received");
            sum += task.await.expect("no panic");
        }
        (sum, start.elapsed())
    });
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

/// A task that is there already makes a oneshot and waits for it; it is sent, and the task goes on.
pub(crate) fn resume<const DRIVERS: bool>(times: u32) -> Duration {
    type Slot = Rc<Cell<Option<oneshot::Sender<u64>>>>;
    let (sum, taken) = runtime::<DRIVERS>().block_on(async move {
        let slot = Slot::default();
        let own = Rc::clone(&slot);
        let task = task::spawn_local(async move {
            let mut sum = 0;
            for _ in 0..times {
                let (sender, receiver) = oneshot::channel();
                own.set(Some(sender));
                sum += receiver.await.expect("sent");
            }
            sum
        });
        task::yield_now().await;
        let start = Instant::now();
        for n in 0..u64::from(times) {
            slot.take().expect("the task waits").send(black_box(n)).expect("received");
            // The task goes on when the runtime comes to it.
            task::yield_now().await;
        }
        let taken = start.elapsed();
        (task.await.expect("no panic"), taken)
    });
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

/// A task is spawned that completes at once.
pub(crate) fn call<const DRIVERS: bool>(times: u32) -> Duration {
    runtime::<DRIVERS>().block_on(async move {
        let start = Instant::now();
        for n in 0..u64::from(times) {
            let n = black_box(n);
            let next = task::spawn_local(async move { n + 1 }).await.expect("no panic");
            assert_eq!(next, n + 1);
        }
        start.elapsed()
    })
}

/// A task is spawned that waits, and is aborted there.
pub(crate) fn cancel<const DRIVERS: bool>(times: u32) -> Duration {
    runtime::<DRIVERS>().block_on(async move {
        let start = Instant::now();
        for _ in 0..times {
            let (sender, receiver) = oneshot::channel::<u64>();
            let task = task::spawn_local(receiver);
            task::yield_now().await;
            task.abort();
            assert!(task.await.expect_err("aborted").is_cancelled());
            assert!(black_box(sender).is_closed());
        }
        start.elapsed()
    })
}
