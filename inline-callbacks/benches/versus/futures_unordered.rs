//! With futures' `FuturesUnordered`, in a task on tokio's `LocalRuntime`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::oneshot;
use tokio::task;

use crate::ours_gather::ELEMENTS;
use crate::tokio_task;

/// A thousand oneshots are collected while they are pending, then sent. An operation is one of the thousand.
pub(crate) fn gather(times: u32) -> Duration {
    tokio_task::runtime::<true>().block_on(async move {
        let start = Instant::now();
        for _ in 0..times / ELEMENTS {
            let (senders, receivers): (Vec<_>, FuturesUnordered<_>) =
                (0..ELEMENTS).map(|_| oneshot::channel::<u32>()).unzip();
            let task = task::spawn_local(receivers.collect::<Vec<_>>());
            task::yield_now().await;
            for (n, sender) in (0..).zip(senders) {
                sender.send(black_box(n)).expect("received");
            }
            let all = task.await.expect("no panic").into_iter().collect::<Result<Vec<_>, _>>().expect("all sent");
            assert_eq!(all.into_iter().sum::<u32>(), (0..ELEMENTS).sum::<u32>());
        }
        start.elapsed()
    })
}
