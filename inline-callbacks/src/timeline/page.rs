//! The page: a template, its style and its script, and the records as JSON in the middle of it.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::time::Duration;

use crate::site::{Function, path_of};

use super::Timeline;
use super::json::{Json, list, object};
use super::tape::{Cause, Event, Lane, Place, Segment, Until};
use super::words::short;

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// In this order, in one scope.
const SCRIPTS: [&str; 5] = [
    include_str!("page/model.js"),
    include_str!("page/words.js"),
    include_str!("page/view.js"),
    include_str!("page/drawing.js"),
    include_str!("page/controls.js"),
];

pub(super) fn write(timeline: &Timeline, mut writer: impl Write) -> io::Result<()> {
    let mut data = String::new();
    write_records(timeline, &mut data).expect("a string takes everything");
    let mut rest = TEMPLATE;
    for (mark, part) in [("{style}", STYLE), ("{data}", &data), ("{scripts}", &SCRIPTS.concat())] {
        let (before, after) = rest.split_once(mark).expect("the template has a place for each part");
        writer.write_all(before.as_bytes())?;
        writer.write_all(part.as_bytes())?;
        rest = after;
    }
    writer.write_all(rest.as_bytes())?;
    writer.flush()
}

/// Strings that many records have in common, each written once.
#[derive(Default)]
struct Table {
    numbers: HashMap<String, usize>,
    strings: Vec<String>,
}

impl Table {
    fn number(&mut self, string: String) -> usize {
        let strings = &mut self.strings;
        *self.numbers.entry(string).or_insert_with_key(|string| {
            strings.push(string.clone());
            strings.len() - 1
        })
    }
}

#[derive(Default)]
struct Tables {
    functions: Table,
    places: Table,
}

impl Tables {
    fn place(&mut self, place: Option<Place>) -> Json {
        place.map_or(Json::Null, |place| self.places.number(place.to_string()).into())
    }

    fn function(&mut self, function: Function) -> usize {
        self.functions.number(path_of(function).to_owned())
    }
}

/// A row for each record, as `page.js` takes them apart.
fn write_records(timeline: &Timeline, data: &mut String) -> fmt::Result {
    let mut tables = Tables::default();
    let tape = &timeline.tape;
    let end = list![timeline.end.order, nanoseconds(timeline.end.time)];
    let head = object! { "title": timeline.title.as_str(), "leftOut": timeline.left_out(), "end": end };
    write!(data, "{{\"head\":{head}")?;
    write_rows(data, "lanes", tape.lanes.iter().map(|lane| lane_row(lane, &mut tables)))?;
    write_rows(data, "segments", tape.segments.iter().map(|segment| segment_row(segment, &mut tables)))?;
    write_rows(data, "events", tape.events.iter().map(|event| event_row(event, &mut tables)))?;
    let Tables { functions, places } = tables;
    let functions = functions.strings.iter().map(|path| list![path.as_str(), short(path)]);
    write_rows(data, "functions", functions)?;
    write_rows(data, "places", places.strings.into_iter().map(Json::from))?;
    data.write_char('}')
}

fn write_rows(data: &mut String, name: &str, rows: impl Iterator<Item = Json>) -> fmt::Result {
    write!(data, ",\n\"{name}\":[")?;
    for (number, row) in rows.enumerate() {
        let separator = if number == 0 { "" } else { "," };
        write!(data, "{separator}\n{row}")?;
    }
    data.write_char(']')
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn lane_row(lane: &Lane, tables: &mut Tables) -> Json {
    let ended = lane
        .ended
        .as_ref()
        .map(|(moment, outcome)| list![moment.order, nanoseconds(moment.time), outcome.word(), outcome.words()]);
    list![
        tables.function(lane.function),
        tables.place(Some(lane.called_at)),
        lane.called_by,
        lane.began.order,
        nanoseconds(lane.began.time),
        lane.is_older,
        ended,
    ]
}

fn segment_row(segment: &Segment, tables: &mut Tables) -> Json {
    let passed_by = if let Cause::Passed(segment) = segment.cause { Some(segment) } else { None };
    let until = match segment.until {
        Until::Wait(place) => tables.place(Some(place)),
        Until::End => "end".into(),
        Until::Unknown => "running".into(),
    };
    list![
        segment.kind.word(),
        segment.lane,
        tables.function(segment.function),
        segment.began.order,
        nanoseconds(segment.began.time),
        segment.ended.map(|moment| moment.order),
        segment.ended.map(|moment| nanoseconds(moment.time)),
        tables.place(Some(segment.from)),
        segment.cause.word(),
        segment.cause.event(),
        segment.inside,
        until,
        passed_by,
    ]
}

fn event_row(event: &Event, tables: &mut Tables) -> Json {
    list![
        event.kind.word(),
        event.lane,
        event.inside,
        tables.function(event.function),
        event.moment.order,
        nanoseconds(event.moment.time),
        tables.place(event.at),
        tables.place(event.made_at),
        event.words.as_deref(),
    ]
}
