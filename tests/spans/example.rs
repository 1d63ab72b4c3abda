//! The example `spans`, with the formatter and with JSON.

use std::process::{Command, Stdio};

use serde_json::Value;

/// What the example prints.
fn output(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--package", "inline-callbacks-examples", "--features", "tracing"]);
    cargo.args(["--example", "spans", "--"]).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let finished = cargo.env("RUST_BACKTRACE", "0").stderr(Stdio::inherit()).output().expect("cargo runs");
    assert!(finished.status.success());
    String::from_utf8(finished.stdout).expect("text")
}

/// Without the columns and lines of `file`, which every edit of it changes.
fn without_numbers(text: &str, file: &str) -> String {
    let mut parts = text.split(file);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let rest = part.trim_start_matches(|letter: char| letter == ':' || letter.is_ascii_digit());
        format!("{before}{file}{rest}")
    })
}

/// What a person has read.
#[test]
fn the_formatter_shows_each_segment_in_its_own_spans() {
    let expected = include_str!("example.txt");
    let actual = without_numbers(&output(&[]), "spans.rs");
    assert!(actual == expected, "it printed:\n{actual}");
}

/// `LEVEL outer:inner: message` of a line of either kind: levels, names and messages, without fields.
fn gist(level: &str, names: &[String], message: &str) -> String {
    // The formatter writes these while the span is not entered: in JSON they have the span itself, but not those around it.
    let known = if message == "new" || message == "close" { names.len().saturating_sub(1) } else { 0 };
    format!("{level} {}: {message}", names[known..].join(":"))
}

fn gist_of_json(line: &str) -> String {
    let line: Value = serde_json::from_str(line).expect("each line is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let around = line["spans"].as_array().expect("a list").iter().map(|span| text(&span["name"]));
    let message = text(&line["fields"]["message"]);
    let own = (message == "new" || message == "close").then(|| text(&line["span"]["name"]));
    gist(&text(&line["level"]), &around.chain(own).collect::<Vec<_>>(), &message)
}

fn gist_of_text(line: &str) -> String {
    let (level, rest) = line.trim_start().split_once(' ').expect("a level");
    let (spans, message) = ["inline_callbacks: ", "spans: "]
        .into_iter()
        .find_map(|target| rest.rsplit_once(&format!(": {target}")))
        .expect("a target");
    let names: Vec<_> = spans.split(':').filter_map(|part| part.split('{').next()).map(str::to_owned).collect();
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty() && !name.contains('"')).collect();
    let message = ["unhandled failure", "failed", "recovered", "the poem is here", "new", "enter", "close"]
        .into_iter()
        .find(|known| message.starts_with(known))
        .expect("a known message");
    gist(level, &names, message)
}

/// The same in JSON, with the fields under their names.
#[test]
fn the_json_says_the_same_as_the_text() {
    let json = output(&["--json"]);
    let actual: Vec<_> = json.lines().map(gist_of_json).collect();
    let expected: Vec<_> = include_str!("example.txt").lines().map(gist_of_text).collect();
    assert_eq!(actual, expected);
    let unhandled = json.lines().find(|line| line.contains("unhandled failure")).expect("there is one");
    let unhandled: Value = serde_json::from_str(unhandled).expect("JSON");
    assert_eq!((&unhandled["level"], &unhandled["target"]), (&"ERROR".into(), &"inline_callbacks".into()));
    let fields = &unhandled["fields"];
    assert_eq!(fields["error"], "no poem");
    for (field, part) in [("origin", "spans.rs:"), ("waits", "spans::get_poem at "), ("waits", "spans::answer at ")] {
        assert!(fields[field].as_str().is_some_and(|text| text.contains(part)), "{fields}");
    }
    let body = json.lines().find(|line| line.contains("the poem is here")).expect("there is one");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["span"]["function"], "spans::get_poem");
    assert_eq!(body["span"]["arguments"], "name");
}
