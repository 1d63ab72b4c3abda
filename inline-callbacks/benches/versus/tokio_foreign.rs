//! Futures of tokio in a task of tokio's `LocalRuntime`.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::{task, time};

use crate::sender::{Slot, send_all};
use crate::tokio_task::runtime;

pub(crate) fn oneshot(times: u32) -> Duration {
    let task = async move { task::spawn_local(receive_all(times)).await };
    runtime::<true>().block_on(task).expect("no panic")
}

async fn receive_all(times: u32) -> Duration {
    let start = Instant::now();
    let slot = Slot::default();
    task::spawn_local(send_all(Rc::clone(&slot), times));
    let mut sum = 0;
    for _ in 0..times {
        let (sender, receiver) = oneshot::channel();
        slot.set(Some(sender));
        sum += receiver.await.expect("sent");
    }
    assert_eq!(sum, (0..u64::from(times)).sum::<u64>());
    start.elapsed()
}

pub(crate) fn yield_now(times: u32) -> Duration {
    let task = async move { task::spawn_local(yield_often(times)).await };
    runtime::<true>().block_on(task).expect("no panic")
}

async fn yield_often(times: u32) -> Duration {
    let start = Instant::now();
    let mut count = 0;
    for _ in 0..times {
        task::yield_now().await;
        count += 1;
    }
    assert_eq!(count, times);
    start.elapsed()
}

pub(crate) fn timer(times: u32) -> Duration {
    let task = async move { task::spawn_local(sleep_often(times)).await };
    runtime::<true>().block_on(task).expect("no panic")
}

async fn sleep_often(times: u32) -> Duration {
    let start = Instant::now();
    let mut count = 0;
    for _ in 0..times {
        time::sleep(Duration::ZERO).await;
        count += 1;
    }
    assert_eq!(count, times);
    start.elapsed()
}
