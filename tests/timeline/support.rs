//! Looking into what was recorded: through the trace, as any other program would.

use std::cell::Cell;
use std::rc::Rc;

use inline_callbacks::timeline::{self, Timeline};
use serde_json::Value;

/// A segment of the trace.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// The lane's name.
    pub(crate) lane: String,
    /// The function's own name.
    pub(crate) name: String,
    /// `body`, `callback` or `delayed call`.
    pub(crate) kind: String,
    /// The place that it began from.
    pub(crate) from: String,
    /// What resumed it: a kind of event, or `call`, `woken` and so on.
    pub(crate) by: String,
    /// The function that did.
    pub(crate) by_function: String,
    /// The place in it.
    pub(crate) by_place: String,
    /// The next wait's place, or how the body ended.
    pub(crate) until: String,
    /// In microseconds.
    pub(crate) began: f64,
    pub(crate) took: f64,
}

/// The events of the trace-event JSON.
pub(crate) fn trace_of(timeline: &Timeline) -> Vec<Value> {
    let mut written = Vec::new();
    timeline.write_trace(&mut written).expect("a vector takes everything");
    let trace: Value = serde_json::from_slice(&written).expect("valid JSON");
    trace["traceEvents"].as_array().expect("the events").clone()
}

/// Those of one phase.
pub(crate) fn of_phase<'a>(events: &'a [Value], phase: &'a str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["ph"] == phase)
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The name of an event's lane.
pub(crate) fn lane_of(events: &[Value], event: &Value) -> String {
    let named = of_phase(events, "M").find(|name| name["name"] == "thread_name" && name["tid"] == event["tid"]);
    text(&named.expect("every lane has a name")["args"]["name"])
}

/// All segments, in order.
pub(crate) fn segments_of(timeline: &Timeline) -> Vec<Segment> {
    let events = trace_of(timeline);
    let kinds = ["body", "callback", "delayed call"];
    let slices = of_phase(&events, "X").filter(|slice| kinds.iter().any(|kind| slice["cat"] == *kind));
    let segment = |slice: &Value| {
        let (arguments, by) = (&slice["args"], &slice["args"]["resumed_by"]);
        Segment {
            lane: lane_of(&events, slice),
            name: text(&slice["name"]),
            kind: text(&slice["cat"]),
            from: text(&arguments["from"]),
            by: text(&by["kind"]),
            by_function: text(&by["function"]),
            by_place: text(&by["place"]),
            until: text(&arguments["until"]),
            began: slice["ts"].as_f64().expect("a time"),
            took: slice["dur"].as_f64().expect("a length"),
        }
    };
    slices.map(segment).collect()
}

/// What is recorded while `program` runs.
pub(crate) fn recorded(program: impl FnOnce()) -> Timeline {
    let recording = timeline::record();
    program();
    recording.finish()
}

/// The segments of what runs in `program`.
pub(crate) fn segments(program: impl FnOnce()) -> Vec<Segment> {
    segments_of(&recorded(program))
}

/// Each segment as `lane: why`.
pub(crate) fn reasons(segments: &[Segment]) -> Vec<String> {
    segments.iter().map(|segment| format!("{}: {}", segment.lane, segment.by)).collect()
}

/// `file:line:` of a place, without the column.
#[track_caller]
pub(crate) fn line_of(place: &str) -> u32 {
    let mut parts = place.rsplit(':');
    let (_column, line) = (parts.next(), parts.next());
    line.and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{place:?} is no place"))
}

/// A slot for something that is made later.
pub(crate) type Later<T> = Rc<Cell<Option<T>>>;
