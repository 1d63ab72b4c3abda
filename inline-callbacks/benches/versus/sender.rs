//! The other end of the oneshots in the `foreign` case, for both sides: a tokio task.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use tokio::sync::oneshot;
use tokio::task;

/// Where whoever waits leaves the sender.
pub(crate) type Slot = Rc<Cell<Option<oneshot::Sender<u64>>>>;

/// Sends to each oneshot that comes, and lets its receiver go on.
pub(crate) async fn send_all(slot: Slot, times: u32) {
    for n in 0..u64::from(times) {
        let sender = loop {
            match slot.take() {
                Some(sender) => break sender,
                None => task::yield_now().await,
            }
        };
        sender.send(black_box(n)).expect("received");
        task::yield_now().await;
    }
}
