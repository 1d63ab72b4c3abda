//! With tasks on tokio's `LocalRuntime`.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::oneshot;

fn runtime() -> LocalRuntime {
    Builder::new_current_thread().build_local(LocalOptions::default()).expect("a runtime without drivers")
}

/// A task makes a oneshot and waits for it; it is sent, and the task goes on.
pub(crate) fn resume(times: u32) {
    type Slot = Rc<Cell<Option<oneshot::Sender<u64>>>>;
    let sum = runtime().block_on(async move {
        let slot = Slot::default();
        let own = Rc::clone(&slot);
        let task = tokio::task::spawn_local(async move {
            let mut sum = 0;
            for _ in 0..times {
                let (sender, receiver) = oneshot::channel();
                own.set(Some(sender));
                sum += receiver.await.expect("sent");
            }
            sum
        });
        tokio::task::yield_now().await;
        for n in 0..u64::from(times) {
            slot.take().expect("the task waits").send(black_box(n)).expect("received");
            // The task goes on when the runtime comes to it.
            tokio::task::yield_now().await;
        }
        task.await.expect("no panic")
    });
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
}

/// A task is spawned that waits for a oneshot, which is sent, and the task ends.
pub(crate) fn call_and_resume(times: u32) {
    let sum = runtime().block_on(async move {
        let mut sum = 0;
        for n in 0..u64::from(times) {
            let (sender, receiver) = oneshot::channel();
            let task = tokio::task::spawn_local(async move { receiver.await.expect("sent") });
            tokio::task::yield_now().await;
            sender.send(black_box(n)).expect("received");
            sum += task.await.expect("no panic");
        }
        sum
    });
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
}

/// A task is spawned that completes at once.
pub(crate) fn call(times: u32) {
    runtime().block_on(async move {
        for n in 0..u64::from(times) {
            let n = black_box(n);
            let next = tokio::task::spawn_local(async move { n + 1 }).await.expect("no panic");
            assert_eq!(next, n + 1);
        }
    });
}
