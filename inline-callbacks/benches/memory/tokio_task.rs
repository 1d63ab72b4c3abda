//! With tasks on tokio's `LocalRuntime` that wait for a oneshot.

use tokio::runtime::LocalRuntime;
use tokio::sync::oneshot;
use tokio::task::{self, JoinHandle};

type Call = (oneshot::Sender<u64>, JoinHandle<u64>);

/// What so many pending tasks hold, each with its oneshot.
pub(crate) fn bytes_of_pending(calls: usize) -> i64 {
    let runtime = LocalRuntime::new().expect("a runtime");
    let mut pending = Vec::with_capacity(calls);
    // New tasks pass through a queue, which grows once to what this many need and is not theirs.
    runtime.block_on(spawn_all(&mut pending, calls));
    runtime.block_on(finish_all(&mut pending));
    let held = allocation_counter::measure(|| runtime.block_on(spawn_all(&mut pending, calls)));
    runtime.block_on(finish_all(&mut pending));
    held.bytes_current
}

async fn spawn_all(pending: &mut Vec<Call>, calls: usize) {
    for kept in 0..calls as u64 {
        let (sender, receiver) = oneshot::channel();
        pending.push((sender, task::spawn_local(wait(kept, receiver))));
    }
    task::yield_now().await;
}

async fn wait(kept: u64, receiver: oneshot::Receiver<u64>) -> u64 {
    let sent = receiver.await.expect("sent");
    kept + sent
}

async fn finish_all(pending: &mut Vec<Call>) {
    for (kept, (sender, task)) in (0..).zip(pending.drain(..)) {
        sender.send(1).expect("received");
        assert_eq!(task.await.expect("no panic"), kept + 1);
    }
}
