//! Rounds, rows, and the table of them, on stdout and with all samples as JSON in the target folder: for every bench that has
//! peers.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

/// A round lasts at least this long, and about twice at most. Longer ones would not get through without the system letting
/// something else run, and the dearer side would meet that more often.
const ROUND: Duration = Duration::from_micros(500);

/// How many operations make a round of `work`: a multiple of `unit`.
pub(crate) fn times_of_a_round(mut work: impl FnMut(u32) -> Duration, unit: u32) -> u32 {
    let mut times = unit;
    // More than once: the system may have let something else run meanwhile.
    while (0..3).any(|_| work(times) < ROUND) {
        times *= 2;
    }
    times
}

/// What one operation of so many has taken.
pub(crate) fn nanoseconds(taken: Duration, times: u32) -> f64 {
    taken.as_secs_f64() * 1e9 / f64::from(times)
}

/// What is asked of ours beside a peer.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "each bench asks for some of these")]
pub(crate) enum Bar {
    /// Nothing: for the reader's information.
    No,
    /// So many times cheaper.
    Cheaper(f64),
    /// At most so many times as dear.
    Within(f64),
    /// At most so many nanoseconds more.
    Above(f64),
    /// Smaller than the peer, and than so many bytes.
    Smaller(f64),
}

/// What was measured of ours beside one peer.
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) peer: String,
    pub(crate) bar: Bar,
    pub(crate) unit: &'static str,
    pub(crate) ours: Vec<f64>,
    pub(crate) theirs: Vec<f64>,
}

impl Row {
    pub(crate) fn medians(&self) -> (f64, f64) {
        (median(&self.ours), median(&self.theirs))
    }

    /// How many times cheaper ours is.
    pub(crate) fn ratio(&self) -> f64 {
        let (ours, theirs) = self.medians();
        theirs / ours
    }

    /// Whether ours keeps to the bar, if there is one.
    pub(crate) fn holds(&self) -> Option<bool> {
        let (ours, theirs) = self.medians();
        match self.bar {
            Bar::No => None,
            Bar::Cheaper(times) => Some(theirs >= ours * times),
            Bar::Within(times) => Some(ours <= theirs * times),
            Bar::Above(more) => Some(ours <= theirs + more),
            Bar::Smaller(limit) => Some(ours < theirs && ours < limit),
        }
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

pub(crate) fn print_header() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        println!("(RUST_BACKTRACE is set: what fails captures a stack, which is dearer than all the rest)");
    }
    println!("{:<44} {:>11}  {:<40} {:>11} {:>8}  bar", "case", "ours", "peer", "", "ratio");
}

pub(crate) fn print(row: &Row) {
    let (ours, theirs) = row.medians();
    let verdict = match row.holds() {
        None => "",
        Some(true) => "ok",
        Some(false) => "MISSED",
    };
    let (case, peer, unit) = (&row.case, &row.peer, row.unit);
    let [ours, theirs, ratio] = [ours, theirs, row.ratio()].map(three_digits);
    let bar = row.bar.to_string();
    println!("{case:<44} {ours:>9} {unit:<2} {peer:<40} {theirs:>9} {unit:<2} {ratio:>7}x  {bar:<18} {verdict}");
}

fn three_digits(number: f64) -> String {
    match number {
        ..10.0 => format!("{number:.2}"),
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bar::No => Ok(()),
            Bar::Cheaper(times) => write!(f, "{times}x cheaper"),
            Bar::Within(times) => write!(f, "at most {times}x"),
            Bar::Above(more) => write!(f, "at most {more} ns more"),
            Bar::Smaller(limit) => write!(f, "smaller, < {limit} B"),
        }
    }
}

/// Writes all rows to a file of that name; says where.
pub(crate) fn write(name: &str, rows: &[Row]) -> PathBuf {
    let rows: Vec<_> = rows.iter().map(as_json).collect();
    let path = target_folder().join(name);
    let text = serde_json::to_string_pretty(&rows).expect("numbers and strings");
    fs::write(&path, text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    path
}

/// `ours_ns` and `peer_ns` are bytes in a row whose unit is `B`.
fn as_json(row: &Row) -> Value {
    let (ours, theirs) = row.medians();
    json!({
        "case": row.case,
        "ours_ns": ours,
        "peer": row.peer,
        "peer_ns": theirs,
        "ratio": row.ratio(),
        "unit": row.unit,
        "bar": row.bar.to_string(),
        "holds": row.holds(),
        "ours_samples": row.ours,
        "peer_samples": row.theirs,
    })
}

/// The target folder that this program was built in: cargo marks it.
pub(crate) fn target_folder() -> PathBuf {
    let program = env::current_exe().expect("a program has a path");
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Path::to_owned)
}
