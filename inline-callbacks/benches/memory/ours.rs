//! With this crate.

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;

/// What so many pending calls hold, each with its Deferred.
pub(crate) fn bytes_of_pending(calls: usize) -> i64 {
    // The first call of a thread makes what the thread keeps once.
    finish(0, call(0));
    let mut pending = Vec::with_capacity(calls);
    let held = allocation_counter::measure(|| pending.extend((0..calls as u64).map(call)));
    (0..).zip(pending).for_each(|(kept, call)| finish(kept, call));
    held.bytes_current
}

fn call(kept: u64) -> (Trigger<u64>, Deferred<u64>) {
    let (trigger, deferred) = Deferred::new();
    (trigger, wait(kept, deferred))
}

fn finish(kept: u64, (trigger, result): (Trigger<u64>, Deferred<u64>)) {
    trigger.callback(1);
    assert_eq!(success_result_of(result), kept + 1);
}

#[inline_callbacks]
fn wait(kept: u64, deferred: Deferred<u64>) -> Deferred<u64> {
    let fired = yield_!(deferred)?;
    return_value!(kept + fired)
}
