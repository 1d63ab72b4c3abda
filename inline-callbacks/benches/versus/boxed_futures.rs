//! Boxed futures that await one another, in one task on tokio's `LocalRuntime`.

use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task;

use crate::tokio_task;

type Slot = Rc<Cell<Option<oneshot::Sender<u64>>>>;

/// The innermost makes a oneshot and waits for it; it is sent, and the innermost goes on.
fn resume_below(depth: u32, times: u32) -> Duration {
    let (sum, taken) = tokio_task::runtime::<true>().block_on(async move {
        let slot = Slot::default();
        let task = task::spawn_local(nested(depth, Rc::clone(&slot), times));
        task::yield_now().await;
        let start = Instant::now();
        for n in 0..u64::from(times) {
            slot.take().expect("the innermost waits").send(black_box(n)).expect("received");
            task::yield_now().await;
        }
        let taken = start.elapsed();
        (task.await.expect("no panic"), taken)
    });
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    taken
}

fn nested(depth: u32, slot: Slot, times: u32) -> Pin<Box<dyn Future<Output = u64>>> {
    if depth > 1 {
        return Box::pin(async move { nested(depth - 1, slot, times).await });
    }
    Box::pin(async move {
        let mut sum = 0;
        for _ in 0..times {
            let (sender, receiver) = oneshot::channel();
            slot.set(Some(sender));
            sum += receiver.await.expect("sent");
        }
        sum
    })
}

pub(crate) fn deep_1(times: u32) -> Duration {
    resume_below(1, times)
}

pub(crate) fn deep_1000(times: u32) -> Duration {
    resume_below(1000, times)
}
