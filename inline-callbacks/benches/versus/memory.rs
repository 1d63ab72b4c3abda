//! The rows of the bench `memory`: a program of its own, since an allocator that counts would disturb the times.

use std::env;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::table::{Bar, Row};

pub(crate) fn rows() -> Vec<Row> {
    // The cargo that runs this, or else the one that built it.
    let cargo = env::var("CARGO").unwrap_or_else(|_| env!("CARGO").to_owned());
    let output = Command::new(cargo)
        .args([
            "bench",
            "-q",
            "--bench",
            "memory",
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the bench `memory` has failed");
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the bench `memory` prints a list");
    rows.iter().map(row).collect()
}

fn row(row: &Value) -> Row {
    Row {
        case: text(&row["case"]),
        peer: text(&row["peer"]),
        bar: Bar::Smaller(256.0),
        unit: "B",
        ours: numbers(&row["ours_bytes"]),
        theirs: numbers(&row["peer_bytes"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn numbers(value: &Value) -> Vec<f64> {
    let numbers = value.as_array().expect("a list").iter();
    numbers.map(|number| number.as_f64().expect("a number")).collect()
}
