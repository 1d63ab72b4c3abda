//! The trace-event JSON of Chrome and Perfetto, one event a line.
//!
//! Each lane is a thread of one process. Viewers bind a flow's start to the slice in which it lies: a fire outside of any segment
//! gets a slice of its own, and an end, which comes just after its last segment, is moved into that.

use std::io::{self, Write};
use std::time::Duration;

use crate::site::path_of;

use super::Timeline;
use super::json::{Json, object};
use super::tape::{Cause, Event, EventKind, Id, Outcome, Segment};
use super::words::{lane_names, short};

/// Viewers show no slice that has no length, and a [`Clock`](crate::Clock)'s segments have none.
const SHORTEST: Duration = Duration::from_nanos(1);

/// What is recorded is one process of the trace.
const PROCESS: u32 = 1;

/// The thread of what runs outside of any body; the lanes follow.
const OUTSIDE: u64 = 1;

pub(super) fn write(timeline: &Timeline, mut writer: impl Write) -> io::Result<()> {
    let left_out = object! { "left_out": timeline.left_out(), "title": timeline.title.as_str() };
    write!(writer, "{{\"displayTimeUnit\":\"ns\",\"otherData\":{left_out},\"traceEvents\":[")?;
    let mut separator = "\n";
    for event in events(timeline) {
        write!(writer, "{separator}{event}")?;
        separator = ",\n";
    }
    writer.write_all(b"\n]}\n")?;
    writer.flush()
}

fn events(timeline: &Timeline) -> impl Iterator<Item = Json> {
    let tape = &timeline.tape;
    let instants = tape.events.iter().filter_map(|event| instant(timeline, event));
    let ends = (0..).zip(&tape.lanes).filter_map(|(id, _)| end_of_lane(timeline, id));
    let fires = tape.events.iter().filter(|event| event.inside.is_none()).filter_map(slice_of_fire);
    let flows = (0_u32..).zip(&tape.segments).flat_map(|(id, segment)| flow(timeline, id, segment));
    names(timeline)
        .into_iter()
        .chain(tape.segments.iter().map(|segment| slice(timeline, segment)))
        .chain(fires)
        .chain(instants)
        .chain(ends)
        .chain(flows)
}

fn thread(lane: Option<Id>) -> u64 {
    lane.map_or(OUTSIDE, |lane| OUTSIDE + 1 + u64::from(lane))
}

fn names(timeline: &Timeline) -> Vec<Json> {
    let mut names = vec![
        object! { "ph": "M", "pid": PROCESS, "name": "process_name", "args": object! { "name": timeline.title.as_str() } },
    ];
    let lanes = (0..).zip(lane_names(timeline)).map(|(id, name)| (thread(Some(id)), name));
    for (tid, name) in std::iter::once((OUTSIDE, "outside of any body".to_owned())).chain(lanes) {
        names.push(
            object! { "ph": "M", "pid": PROCESS, "tid": tid, "name": "thread_name", "args": object! { "name": name } },
        );
        names.push(
            object! { "ph": "M", "pid": PROCESS, "tid": tid, "name": "thread_sort_index", "args": object! { "sort_index": tid } },
        );
    }
    names
}

fn slice(timeline: &Timeline, segment: &Segment) -> Json {
    let function = path_of(segment.function);
    object! {
        "ph": "X", "pid": PROCESS, "tid": thread(segment.lane), "cat": segment.kind.word(), "name": short(function),
        "ts": segment.began.time, "dur": length(timeline, segment),
        "args": object! {
            "function": function, "from": segment.from.to_string(), "resumed_by": resumed_by(timeline, segment),
            "until": timeline.until(segment),
        },
    }
}

fn length(timeline: &Timeline, segment: &Segment) -> Duration {
    let end = segment.ended.unwrap_or(timeline.end).time;
    end.saturating_sub(segment.began.time).max(SHORTEST)
}

fn resumed_by(timeline: &Timeline, segment: &Segment) -> Json {
    let function = |id: Id| path_of(timeline.tape.segments[id as usize].function);
    match segment.cause {
        Cause::Event(event) => arguments(&timeline.tape.events[event as usize]),
        Cause::Called => object! { "kind": "call", "function": segment.inside.map(function) },
        Cause::Passed(by) => object! { "kind": "passed on", "function": function(by) },
        other => object! { "kind": other.word() },
    }
}

fn arguments(event: &Event) -> Json {
    object! {
        "kind": event.kind.word(), "function": path_of(event.function),
        "place": event.at.map(ToString::to_string), "made_at": event.made_at.map(ToString::to_string),
        "failure": event.words.as_deref(),
    }
}

/// A fire outside of any segment.
fn slice_of_fire(event: &Event) -> Option<Json> {
    let has_slice = matches!(event.kind, EventKind::Fire | EventKind::Abandon | EventKind::Cancel | EventKind::End);
    has_slice.then(|| {
        object! {
            "ph": "X", "pid": PROCESS, "tid": thread(event.lane), "cat": "fire", "name": event.kind.word(),
            "ts": event.moment.time, "dur": SHORTEST, "args": arguments(event),
        }
    })
}

/// Failures and cancellations.
fn instant(timeline: &Timeline, event: &Event) -> Option<Json> {
    let is_bad = event.words.is_some() && event.kind != EventKind::End;
    (is_bad || matches!(event.kind, EventKind::Cancel | EventKind::Abandon)).then(|| {
        let ts = moment_in_slice(timeline, event);
        object! {
            "ph": "i", "s": "t", "pid": PROCESS, "tid": thread(event.lane), "cat": "event", "name": event.kind.word(), "ts": ts,
            "args": arguments(event),
        }
    })
}

/// The end of a body that did not succeed.
fn end_of_lane(timeline: &Timeline, id: Id) -> Option<Json> {
    let (moment, outcome) = timeline.tape.lanes[id as usize].ended.as_ref()?;
    (!matches!(outcome, Outcome::Returned)).then(|| {
        object! {
            "ph": "i", "s": "t", "pid": PROCESS, "tid": thread(Some(id)), "cat": "end", "name": outcome.word(),
            "ts": moment.time, "args": object! { "failure": outcome.words() },
        }
    })
}

/// The time of the event, moved into the slice that it belongs to.
fn moment_in_slice(timeline: &Timeline, event: &Event) -> Duration {
    let Some(id) = event.inside else { return event.moment.time };
    let segment = &timeline.tape.segments[id as usize];
    let last = segment.began.time + length(timeline, segment).saturating_sub(SHORTEST);
    event.moment.time.clamp(segment.began.time, last)
}

/// The start and the finish of the flow that ends in a segment.
fn flow(timeline: &Timeline, id: Id, segment: &Segment) -> Vec<Json> {
    let Some(event) = segment.cause.event() else { return Vec::new() };
    let event = &timeline.tape.events[event as usize];
    let (start, finish) = (moment_in_slice(timeline, event), segment.began.time);
    let (from, to) = (thread(event.lane), thread(segment.lane));
    let name = event.kind.word();
    vec![
        object! { "ph": "s", "pid": PROCESS, "tid": from, "id": id, "cat": "flow", "name": name, "ts": start },
        object! {
            "ph": "f", "bp": "e", "pid": PROCESS, "tid": to, "id": id, "cat": "flow", "name": name, "ts": finish,
        },
    ]
}
