//! Names and places as they are written in what comes out.

use std::collections::HashMap;

use crate::site::path_of;

use super::Timeline;
use super::tape::{Cause, EventKind, Id, Kind, Outcome, Segment, Until};

/// The function's own name, without its path and its generic arguments.
pub(super) fn short(path: &str) -> &str {
    let (mut depth, mut start, mut end) = (0_usize, 0, path.len());
    for (at, character) in path.char_indices() {
        match character {
            '<' => {
                if depth == 0 && at > start {
                    end = at;
                }
                depth += 1;
            }
            // Not the arrow of a function's type.
            '>' if !path[..at].ends_with('-') => depth = depth.saturating_sub(1),
            ':' if depth == 0 => (start, end) = (at + 1, path.len()),
            _ => {}
        }
    }
    if start < end { &path[start..end] } else { path }
}

/// What each lane is called: its function, with a number if that was called several times.
pub(super) fn lane_names(timeline: &Timeline) -> Vec<String> {
    let functions: Vec<_> = timeline.tape.lanes.iter().map(|lane| path_of(lane.function)).collect();
    let mut calls = HashMap::<&str, usize>::new();
    for function in &functions {
        *calls.entry(function).or_default() += 1;
    }
    let mut numbers = HashMap::<&str, usize>::new();
    let name = |function: &'static str| {
        let number = numbers.entry(function).or_default();
        *number += 1;
        if calls[function] > 1 { format!("{} #{number}", short(function)) } else { short(function).to_owned() }
    };
    functions.into_iter().map(name).collect()
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Body => "body",
            Kind::Callback => "callback",
            Kind::DelayedCall => "delayed call",
        }
    }
}

impl EventKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            EventKind::Fire => "fire",
            EventKind::Abandon => "dropped trigger",
            EventKind::Cancel => "cancel",
            EventKind::End => "end",
            EventKind::Unhandled => "unhandled failure",
        }
    }
}

impl Outcome {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Outcome::Returned => "succeeded",
            Outcome::Failed(_) => "failed",
            Outcome::Panicked(_) => "panicked",
            Outcome::Cancelled => "cancelled",
            Outcome::Dropped => "dropped",
        }
    }
}

impl Cause {
    /// Its word, where no event says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Cause::Called => "call",
            Cause::Event(_) => "event",
            Cause::Woken => "woken",
            Cause::Passed(_) => "passed on",
            Cause::Meanwhile => "meanwhile",
        }
    }

    pub(super) fn event(self) -> Option<Id> {
        match self {
            Cause::Event(event) => Some(event),
            _ => None,
        }
    }
}

impl Timeline {
    /// The outcome, in a segment's own words: of the body's end if that is how it ended.
    pub(super) fn until(&self, segment: &Segment) -> String {
        match segment.until {
            Until::Wait(place) => place.to_string(),
            Until::Unknown => "still running".to_owned(),
            Until::End => match segment.lane.filter(|_| segment.kind == Kind::Body) {
                Some(lane) => self.outcome(lane),
                None => "end".to_owned(),
            },
        }
    }

    /// How a body ended, with its failure's words.
    pub(super) fn outcome(&self, lane: Id) -> String {
        match &self.tape.lanes[lane as usize].ended {
            None => "pending".to_owned(),
            Some((_, outcome)) => match outcome.words() {
                Some(words) => format!("{}: {words}", outcome.word()),
                None => outcome.word().to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_function_is_called_by_its_own_name() {
        assert_eq!(short("poetry::client::get_poetry"), "get_poetry");
        assert_eq!(short("get"), "get");
        assert_eq!(short("task::later<core::option::Option<u8>>"), "later");
        assert_eq!(short("<a::B as c::D<e::F>>::run"), "run");
        assert_eq!(short("a::f<fn() -> x::Y>"), "f");
        assert_eq!(short(""), "");
    }
}
