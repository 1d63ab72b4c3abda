//! The example that hangs on purpose.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::read::without_times;

/// Builds the example and says where it is.
fn build() -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", "inline-callbacks-examples", "--example", "stuck", "--features", "inspect"]);
    let built = cargo.arg("--message-format=json").current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let path = messages.split(r#""executable":""#).nth(1).and_then(|rest| rest.split('"').next());
    path.expect("an executable").replace(r"\\", r"\")
}

/// It ends within a second, badly, and its tree names the two who hold each other's lock, and the Deferred that nobody fires.
#[test]
fn stuck_prints_within_a_second_why_it_hangs() {
    let program = build();
    let started = Instant::now();
    let output = Command::new(program).env("RUST_BACKTRACE", "0").output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "a second on a machine with nothing else to do");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = "\
Error: still pending after 500ms; 4 inline callbacks wait:
#1 stuck::business_day at examples/stuck.rs:46:5, for T
└─ a list of 3, 0 of them there, gathered at examples/stuck.rs:46:13
   ├─ [0] #2 stuck::transfer at examples/stuck.rs:23:15, for T
   │  └─ a lock, asked for at examples/stuck.rs:23:26
   │     └─ held for T, acquired at examples/stuck.rs:20:30 by #3
   │        └─ #3 stuck::transfer at examples/stuck.rs:23:15, for T
   │           └─ a lock, asked for at examples/stuck.rs:23:26
   │              └─ held for T, acquired at examples/stuck.rs:20:30 by #2
   │                 └─ #2 stuck::transfer again: a circle
   ├─ [1] #3 stuck::transfer (see above)
   └─ [2] #4 stuck::large_transfer at examples/stuck.rs:37:8, for T
      └─ a Deferred made at examples/stuck.rs:28:30 by #4, itself
a circle: #3 waits for #2 waits for #3
perhaps a circle: #4 waits for a Deferred that it made itself: if it has the trigger, nothing can fire it
    made in stuck::main at examples/stuck.rs:51:26";
    // On Windows, file names have other separators.
    let stderr = without_times(&stderr).replace('\\', "/");
    let unexpected: Vec<_> = stderr.lines().zip(expected.lines()).filter(|(is, wanted)| is != wanted).collect();
    assert!(unexpected.is_empty() && stderr.lines().count() >= expected.lines().count(), "{unexpected:?}\n{stderr}");
}
