//! With the combinators of futures' `FutureExt`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tokio::sync::oneshot;
use tokio::task;

use crate::tokio_task;

/// Ten functions are mapped over what a oneshot will bring.
fn mapped(receiver: oneshot::Receiver<u64>) -> LocalBoxFuture<'static, u64> {
    let mut mapped = receiver.map(|sent| sent.expect("sent")).boxed_local();
    for _ in 0..10 {
        mapped = mapped.map(|n| black_box(n) + 1).boxed_local();
    }
    mapped
}

/// They wait in a task of their own when the oneshot is sent.
pub(crate) fn chain_spawned(times: u32) -> Duration {
    tokio_task::runtime::<true>().block_on(async move {
        let start = Instant::now();
        for n in 0..u64::from(times) {
            let (sender, receiver) = oneshot::channel();
            let task = task::spawn_local(mapped(receiver));
            sender.send(black_box(n)).expect("received");
            assert_eq!(task.await.expect("no panic"), n + 10);
        }
        start.elapsed()
    })
}

/// They are awaited where they were made, once the oneshot has been sent: nothing waits.
pub(crate) fn chain_in_place(times: u32) -> Duration {
    tokio_task::runtime::<true>().block_on(async move {
        let start = Instant::now();
        for n in 0..u64::from(times) {
            let (sender, receiver) = oneshot::channel();
            let mapped = mapped(receiver);
            sender.send(black_box(n)).expect("received");
            assert_eq!(mapped.await, n + 10);
        }
        start.elapsed()
    })
}
