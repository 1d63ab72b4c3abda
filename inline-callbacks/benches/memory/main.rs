//! How many bytes one pending call holds: `cargo bench -q -p inline-callbacks --bench memory`.
//!
//! A program of its own, because its allocator counts, and the others measure time. The bench `versus` runs it for its
//! `memory` row; hence JSON.

mod ours;
mod tokio_task;

use std::thread;

use serde_json::json;

/// How many are pending at once.
const CALLS: usize = 1000;
const ROUNDS: usize = 5;

fn main() {
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(on_new_thread(ours::bytes_of_pending));
        peer.push(on_new_thread(tokio_task::bytes_of_pending));
    }
    println!(
        "{:#}",
        json!([{ "case": "memory", "peer": "tokio spawn_local + oneshot", "ours_bytes": ours, "peer_bytes": peer }])
    );
}

/// Each on a thread of its own, so that what a thread keeps for all calls is not there yet, and is counted.
fn on_new_thread(measure: fn(usize) -> i64) -> f64 {
    let bytes = thread::spawn(move || measure(CALLS)).join().expect("no panic");
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let (bytes, calls) = (bytes as f64, CALLS as f64);
    bytes / calls
}
