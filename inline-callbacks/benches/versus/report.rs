//! The table on stdout, and the same with all samples as `versus.json` in the target folder.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::timing::{Bar, Row};

pub(crate) fn print_header() {
    println!("{:<12} {:>10}  {:<42} {:>10} {:>8}  bar", "case", "ours", "peer", "", "ratio");
}

pub(crate) fn print(row: &Row) {
    let (ours, theirs) = row.medians();
    let verdict = match row.holds() {
        None => "",
        Some(true) => "ok",
        Some(false) => "MISSED",
    };
    let (case, peer, unit) = (&row.case, &row.peer, row.unit);
    let ratio = format!("{:.prec$}x", row.ratio(), prec = if row.ratio() < 10.0 { 2 } else { 1 });
    let bar = row.bar.to_string();
    println!("{case:<12} {ours:>8.1} {unit:<2} {peer:<42} {theirs:>8.1} {unit:<2} {ratio:>7}  {bar:<18} {verdict}");
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

/// Writes all rows; says where to.
pub(crate) fn write(rows: &[Row]) -> PathBuf {
    let rows: Vec<_> = rows.iter().map(as_json).collect();
    let path = target_folder().join("versus.json");
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
fn target_folder() -> PathBuf {
    let program = env::current_exe().expect("a program has a path");
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Path::to_owned)
}
