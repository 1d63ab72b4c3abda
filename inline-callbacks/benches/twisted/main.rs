//! What the crate costs beside the Twisted that it comes from: `cargo bench -q -p inline-callbacks --bench twisted`.
//!
//! Rounds of both are interleaved, and the medians compared. Twisted is installed below the target folder when it is first
//! needed; `-- --python PATH` takes a Python that has it. The same, with the samples of all rounds, is written to
//! `twisted.json` in the target folder.

mod bodies;
mod calls;
mod deferreds;
mod operations;
mod python;
#[path = "../table/mod.rs"]
mod table;
mod turns;

use std::time::{Duration, Instant};

use operations::Operation;
use python::Python;
use table::Row;

const ROUNDS: usize = 41;

fn main() {
    let mut twisted = Python::start(&python::interpreter(&table::target_folder()));
    table::print_header();
    let mut rows = Vec::new();
    for operation in operations::ALL {
        let row = measure(&operation, &mut twisted);
        table::print(&row);
        rows.push(row);
    }
    println!("written to {}", table::write("twisted.json", &rows).display());
}

fn measure(operation: &Operation, twisted: &mut Python) -> Row {
    let (ours, name, unit) = (operation.ours, operation.theirs, operation.unit);
    let times = table::times_of_a_round(ours, unit);
    let their_times = table::times_of_a_round(|times| twisted.time(name, times), unit);
    let (mut samples, mut their_samples) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        samples.push(table::nanoseconds(ours(times), times));
        their_samples.push(table::nanoseconds(twisted.time(name, their_times), their_times));
    }
    Row {
        case: operation.what.to_owned(),
        peer: "Twisted".to_owned(),
        bar: operation.bar,
        unit: "ns",
        ours: samples,
        theirs: their_samples,
    }
}

/// How long `work` takes.
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
