//! The trace-event JSON: what viewers rely on.

use std::collections::HashMap;

use inline_callbacks::prelude::*;
use inline_callbacks::timeline::{Recorder, Timeline};
use inline_callbacks::{Clock, Timers, gather_results, testing};
use std::time::Duration;

use serde_json::Value;

use crate::support::{of_phase, recorded, trace_of};

#[inline_callbacks]
fn wait_for<T: 'static>(deferred: Deferred<T>) -> Deferred<T> {
    yield_!(deferred)
}

/// One of everything.
fn program() {
    let ((first, one), (second, two), (_third, three)) =
        (Deferred::new(), Deferred::<u32>::new(), Deferred::<u32>::new());
    let fine = wait_for(wait_for(one)).map(|n: u32| n + 1);
    let failing = wait_for(two);
    let cancelled = wait_for(three);
    first.callback(1);
    second.errback(Failure::msg("no poem"));
    cancelled.cancel();
    let dropped = wait_for(Deferred::<u32>::new().1);
    let foreign = wait_for(Deferred::from_future(std::future::pending::<u32>()));
    foreign.cancel();
    let both = gather_results([failing, cancelled, dropped, foreign]);
    testing::failure_result_of(both);
    testing::success_result_of(fine);
}

fn on_a_clock_that_stands() -> Timeline {
    let clock = Clock::new();
    let recording = Recorder::new().time(move || Timers::now(&clock) + Duration::from_nanos(1)).record();
    program();
    recording.finish()
}

fn assert_flows_are_whole(events: &[Value]) {
    let ids =
        |phase| of_phase(events, phase).map(|flow| (flow["id"].as_u64().unwrap(), flow)).collect::<HashMap<_, _>>();
    let (starts, finishes) = (ids("s"), ids("f"));
    assert!(starts.len() >= 6, "{} flows", starts.len());
    assert_eq!(starts.len(), of_phase(events, "s").count(), "each has an id of its own");
    assert_eq!(finishes.len(), of_phase(events, "f").count(), "each has an id of its own");
    for (id, start) in &starts {
        let finish = finishes.get(id).unwrap_or_else(|| panic!("{start} has no finish"));
        assert!(start["ts"].as_f64() <= finish["ts"].as_f64(), "{start} {finish}");
        for end in [start, finish] {
            assert!(of_phase(events, "X").any(|slice| holds(slice, end)), "{end} is in no slice");
        }
    }
    assert_eq!(starts.len(), finishes.len());
}

fn holds(slice: &Value, flow: &Value) -> bool {
    let number = |value: &Value| value.as_f64().unwrap();
    let begin = number(&slice["ts"]);
    slice["tid"] == flow["tid"] && (begin..begin + number(&slice["dur"])).contains(&number(&flow["ts"]))
}

#[test]
fn every_flow_start_has_its_finish_and_both_lie_in_slices() {
    assert_flows_are_whole(&trace_of(&recorded(program)));
}

#[test]
fn flows_are_whole_on_a_clock_that_stands() {
    assert_flows_are_whole(&trace_of(&on_a_clock_that_stands()));
}

#[test]
fn every_event_has_what_viewers_need() {
    let events = trace_of(&recorded(program));
    for event in &events {
        assert_eq!(event["pid"], 1, "{event}");
        assert!(event["name"].is_string(), "{event}");
        match event["ph"].as_str().unwrap() {
            "M" => {}
            "X" => assert!(event["ts"].is_number() && event["dur"].as_f64().unwrap() > 0.0, "{event}"),
            "i" => assert!(event["ts"].is_number() && event["s"] == "t", "{event}"),
            "s" => assert!(event["ts"].is_number() && event["id"].is_number(), "{event}"),
            "f" => assert!(event["bp"] == "e" && event["id"].is_number(), "{event}"),
            other => panic!("phase {other}"),
        }
    }
}

#[test]
fn every_lane_is_a_thread_with_a_name() {
    let events = trace_of(&recorded(program));
    for event in events.iter().filter(|event| event["ph"] != "M") {
        crate::support::lane_of(&events, event);
    }
    let names: Vec<_> = of_phase(&events, "M").map(|name| name["args"]["name"].clone()).collect();
    for expected in ["Timeline", "outside of any body", "wait_for #1", "wait_for #6", "from_future"] {
        assert!(names.iter().any(|name| name == expected), "{expected} in {names:?}");
    }
}

#[test]
fn failures_and_cancellations_are_instants() {
    let events = trace_of(&recorded(program));
    let instants: Vec<_> = of_phase(&events, "i").map(|instant| instant["name"].as_str().unwrap()).collect();
    for expected in ["fire", "cancel", "dropped trigger", "failed", "cancelled"] {
        assert!(instants.contains(&expected), "{expected} in {instants:?}");
    }
}

#[test]
fn slices_of_one_lane_nest() {
    let events = trace_of(&recorded(program));
    let slices: Vec<_> = of_phase(&events, "X").collect();
    for (at, one) in slices.iter().enumerate() {
        for other in slices[..at].iter().filter(|other| other["tid"] == one["tid"]) {
            let ends = |slice: &Value| {
                (slice["ts"].as_f64().unwrap(), slice["ts"].as_f64().unwrap() + slice["dur"].as_f64().unwrap())
            };
            let ((a, b), (c, d)) = (ends(one), ends(other));
            // To the nanosecond, which is what a slice without length is given.
            let nests = b <= c + 0.002 || d <= a + 0.002 || (c <= a && b <= d + 0.002) || (a <= c && d <= b + 0.002);
            assert!(nests, "{one} and {other}");
        }
    }
}
