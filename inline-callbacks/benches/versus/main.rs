//! What the crate costs beside its alternatives, in one run: `cargo bench -q -p inline-callbacks --bench versus`.
//!
//! Rounds are interleaved (ours, peer, ours, peer, …) and the medians compared, so that whatever else the machine does
//! meets both alike. The ratio says how many times cheaper ours is.

mod ours;
mod timing;
mod tokio_task;

use timing::Case;

fn main() {
    let cases = [
        Case::new("resume", "tokio local task + oneshot", ours::resume, tokio_task::resume),
        Case::new("call+resume", "tokio spawn_local + oneshot", ours::call_and_resume, tokio_task::call_and_resume),
        Case::new("call", "tokio spawn_local + await", ours::call, tokio_task::call),
    ];
    println!("{:<12} {:>9}  {:<28} {:>9} {:>7}", "case", "ours", "peer", "", "ratio");
    for case in cases {
        let (ours, peer) = case.medians();
        println!("{:<12} {ours:>6.1} ns  {:<28} {peer:>6.1} ns {:>6.1}x", case.name, case.peer, peer / ours);
    }
}
