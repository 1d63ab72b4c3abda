//! What the tests ask of a picture.

use std::panic::Location;

use inline_callbacks::inspect::{Awaited, Body, Waiting};

/// The only one that waits.
#[track_caller]
pub(crate) fn only(waiting: &Waiting) -> Body<'_> {
    assert_eq!(waiting.bodies().len(), 1, "{waiting}");
    waiting.bodies().next().unwrap()
}

/// The one that is a call of `function`.
#[track_caller]
pub(crate) fn named<'a>(waiting: &'a Waiting, function: &str) -> Body<'a> {
    let mut found = waiting.bodies().filter(|body| body.function().split('<').next().unwrap().ends_with(function));
    let first = found.next().unwrap_or_else(|| panic!("no {function} in {waiting}"));
    assert!(found.next().is_none(), "several {function} in {waiting}");
    first
}

/// The only thing that a body waits for.
#[track_caller]
pub(crate) fn only_wait<'a>(body: &Body<'a>) -> Awaited<'a> {
    the_only(&body.waits_for().collect::<Vec<_>>())
}

/// The only thing that something waits for.
#[track_caller]
pub(crate) fn only_below<'a>(thing: &Awaited<'a>) -> Awaited<'a> {
    the_only(&thing.waits_for().collect::<Vec<_>>())
}

#[track_caller]
fn the_only<'a>(things: &[Awaited<'a>]) -> Awaited<'a> {
    assert_eq!(things.len(), 1, "{things:?}");
    things[0]
}

/// Whether a place is in that line of the test's file.
#[track_caller]
pub(crate) fn assert_is_in_line(place: Option<&Location<'_>>, file: &str, line: u32) {
    let place = place.expect("a place");
    assert_eq!((place.file(), place.line()), (file, line));
}

/// The printed tree, with the durations replaced: they are the machine's.
pub(crate) fn without_times(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let follows_for = words.last().is_some_and(|last| last == "for");
            let is_time = follows_for && word.starts_with(|c: char| c.is_ascii_digit());
            let end = if word.ends_with(',') { "T," } else { "T" };
            words.push(if is_time { end.to_owned() } else { word.to_owned() });
        }
        lines.push(words.join(" "));
    }
    lines.join("\n")
}
