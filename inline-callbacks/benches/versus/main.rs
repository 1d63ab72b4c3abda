//! What the crate costs beside its alternatives, in one run: `cargo bench -q -p inline-callbacks --bench versus`.
//!
//! Rounds are interleaved (ours, peer, peer, ours, peer, peer, …) and the medians compared, so that whatever else the
//! machine does meets all alike. The ratio says how many times cheaper ours is. The same, with the samples of all rounds, is
//! written to `versus.json` in the target folder. `-- resume call` runs only these cases, and writes nothing.

mod bare_callbacks;
mod boxed_futures;
mod cases;
mod futures_ext;
mod futures_unordered;
mod guarded_callbacks;
mod join_all;
mod memory;
mod ours;
mod ours_foreign;
mod ours_gather;
mod plain_loop;
mod ready_future;
mod sender;
mod smol_executor;
#[path = "../table/mod.rs"]
mod table;
mod timing;
mod tokio_foreign;
mod tokio_task;

use std::env;

use table::Row;

fn main() {
    // cargo adds a flag.
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    table::print_header();
    let mut rows = Vec::new();
    for case in cases::all().into_iter().filter(|case| is_wanted(case.name)) {
        add(&mut rows, case.rows());
    }
    if is_wanted("memory") {
        add(&mut rows, memory::rows());
    }
    if wanted.is_empty() {
        println!("written to {}", table::write("versus.json", &rows).display());
    }
}

fn add(rows: &mut Vec<Row>, measured: Vec<Row>) {
    measured.iter().for_each(table::print);
    rows.extend(measured);
}
