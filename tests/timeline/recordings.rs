//! Recordings: how they begin and end, in the middle of whatever runs, and what they leave out.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::testing;
use inline_callbacks::timeline::{self, Recorder, Recording};

use crate::support::{Later, line_of, reasons, recorded, segments_of, trace_of};

#[inline_callbacks]
fn wait_for<T: 'static>(deferred: Deferred<T>) -> Deferred<T> {
    yield_!(deferred)
}

const WAIT: u32 = line!() - 3;

/// Waits, and then does something.
#[inline_callbacks]
fn then(start: Deferred<()>, act: impl FnOnce() + 'static) -> Deferred<()> {
    yield_!(start)?;
    act();
    let (trigger, deferred) = Deferred::new();
    trigger.callback(());
    yield_!(deferred)?;
}

#[test]
fn nothing_is_noted_before_and_after() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let before = wait_for(deferred);
    let timeline = recorded(|| ());
    trigger.callback(1);
    assert!(before.is_fired());
    assert_eq!(format!("{timeline:?}"), "Timeline(0 lanes, 0 segments, 0 events)");
}

#[test]
fn a_body_that_waits_already_has_a_lane_from_its_next_segment_on() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = wait_for(deferred);
    let timeline = recorded(|| trigger.callback(1));
    assert!(body.is_fired());
    let segments = segments_of(&timeline);
    assert_eq!(reasons(&segments), ["wait_for: fire"]);
    assert_eq!(line_of(&segments[0].from), WAIT);
}

#[test]
fn a_recording_that_ends_in_the_middle_of_a_body_shows_it_running() {
    let kept: Later<timeline::Timeline> = Rc::default();
    let recording = Rc::new(Cell::new(Some(timeline::record())));
    let (start, started) = Deferred::new();
    let (into, from) = (Rc::clone(&kept), Rc::clone(&recording));
    let body = then(started, move || into.set(from.take().map(Recording::finish)));
    start.callback(());
    assert!(body.is_fired());
    let segments = segments_of(&kept.take().unwrap());
    assert_eq!(reasons(&segments), ["then: call", "then: fire"]);
    assert_eq!(segments[1].until, "still running");
}

#[test]
fn a_recording_dropped_in_the_middle_of_a_body_leaves_nothing_behind() {
    let recording = Rc::new(Cell::new(Some(timeline::record())));
    let (start, started) = Deferred::new();
    let body = then(started, move || drop(recording.take()));
    let second = Rc::new(Cell::new(None));
    let begun = Rc::clone(&second);
    let (other, also) = Deferred::new();
    let nested = then(also, move || begun.set(Some(timeline::record())));
    start.callback(());
    other.callback(());
    assert!(body.is_fired() && nested.is_fired());
    let (trigger, deferred) = Deferred::<u32>::new();
    let last = wait_for(deferred);
    trigger.callback(1);
    assert!(last.is_fired());
    let timeline = second.take().map(Recording::finish).unwrap();
    // Of the body in which it began, nothing can be said; what follows is as in any recording.
    assert_eq!(reasons(&segments_of(&timeline)), ["wait_for: call", "wait_for: fire"]);
}

#[test]
fn a_recording_may_be_followed_by_another_inside_one_segment() {
    let recording = Rc::new(Cell::new(Some(timeline::record())));
    let slot = Rc::clone(&recording);
    let (start, started) = Deferred::new();
    let body = then(started, move || {
        drop(slot.take());
        slot.set(Some(timeline::record()));
    });
    start.callback(());
    assert!(body.is_fired());
    let timeline = recording.take().map(Recording::finish).unwrap();
    assert_eq!(reasons(&segments_of(&timeline)), Vec::<String>::new());
}

#[test]
#[should_panic(expected = "this thread is being recorded already")]
fn a_thread_is_recorded_once_at_a_time() {
    let _first = timeline::record();
    let _second = timeline::record();
}

#[test]
fn each_thread_has_a_recording_of_its_own() {
    let timeline = recorded(|| {
        let other = || {
            let (trigger, deferred) = Deferred::<u32>::new();
            let body = wait_for(deferred);
            trigger.callback(1);
            assert!(body.is_fired());
        };
        std::thread::spawn(move || assert_eq!(segments_of(&recorded(other)).len(), 2)).join().unwrap();
    });
    assert_eq!(segments_of(&timeline).len(), 0);
}

#[test]
fn a_thread_may_end_while_it_is_recorded() {
    type Kept = (Recording, Deferred<u32>, Trigger<u32>);
    thread_local! {
        static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
    }
    std::thread::spawn(|| {
        KEPT.set(None);
        let (trigger, deferred) = Deferred::<u32>::new();
        let recording = timeline::record();
        KEPT.set(Some((recording, wait_for(deferred), trigger)));
    })
    .join()
    .unwrap();
    // And with the recorder's own memory destroyed before what it would note.
    std::thread::spawn(|| {
        let recording = timeline::record();
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = wait_for(deferred);
        KEPT.set(Some((recording, body, trigger)));
    })
    .join()
    .unwrap();
}

#[test]
fn a_body_that_is_dropped_while_it_waits_is_shown_as_dropped() {
    let timeline = recorded(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = wait_for(deferred);
        // Nobody is left who could fire or look.
        std::mem::forget(trigger);
        let handle = body.cancel_handle();
        body.detach();
        handle.cancel();
    });
    let names: Vec<_> = trace_of(&timeline).iter().map(|event| event["name"].clone()).collect();
    assert!(names.iter().any(|name| name == "cancelled"), "{names:?}");
}

#[test]
fn what_comes_when_the_limit_is_reached_is_left_out_and_counted() {
    let recording = Recorder::new().limit(5).record();
    let bodies: Vec<_> = (0..4)
        .map(|_| {
            let (trigger, deferred) = Deferred::<u32>::new();
            let body = wait_for(wait_for(deferred));
            trigger.callback(1);
            body
        })
        .collect();
    assert!(bodies.iter().all(Deferred::is_fired));
    let timeline = recording.finish();
    // Two lanes, two segments and the fire are in; of the first poem, two segments and an end are not.
    assert_eq!(format!("{timeline:?}"), "Timeline(2 lanes, 2 segments, 1 events)");
    // Of each other: two calls, for which there was no lane, and a fire.
    assert!(timeline.left_out() >= 3 + 3 * 3, "{}", timeline.left_out());
    assert_eq!(reasons(&segments_of(&timeline)), ["wait_for #1: call", "wait_for #2: call"]);
}

#[test]
fn a_limit_reached_between_a_reason_and_what_it_causes_leaves_both_whole() {
    for limit in 6..9 {
        let recording = Recorder::new().limit(limit).record();
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = wait_for(wait_for(deferred));
        trigger.callback(1);
        assert!(body.is_fired());
        let timeline = recording.finish();
        let segments = segments_of(&timeline);
        // Two lanes, four segments, the fire and two ends.
        assert_eq!(timeline.left_out(), 9 - limit);
        assert_eq!(segments.len(), 3 + usize::from(limit == 8));
    }
}

#[test]
fn time_is_what_the_recorder_is_told_and_never_runs_backwards() {
    let time = Rc::new(Cell::new(5));
    let told = Rc::clone(&time);
    let recording = Recorder::new().time(move || Duration::from_micros(told.get())).record();
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = wait_for(deferred);
    time.set(2);
    trigger.callback(1);
    assert!(body.is_fired());
    let segments = segments_of(&recording.finish());
    assert!(segments.iter().all(|segment| (segment.began - 5.0).abs() < 0.01), "{segments:?}");
}

#[test]
fn a_clock_may_panic_and_use_deferreds() {
    let recording = Recorder::new()
        .time(|| {
            let (trigger, deferred) = Deferred::<u32>::new();
            let body = wait_for(deferred);
            trigger.callback(1);
            assert!(!body.is_fired(), "no time");
            Duration::ZERO
        })
        .record();
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = wait_for(wait_for(deferred));
    trigger.callback(1);
    assert!(body.is_fired());
    let segments = segments_of(&recording.finish());
    assert_eq!(reasons(&segments), ["wait_for #1: call", "wait_for #2: call", "wait_for #1: fire", "wait_for #2: end"]);
}

#[test]
fn only_the_functions_that_are_wanted_are_recorded() {
    #[inline_callbacks]
    fn hidden(deferred: Deferred<u32>, to: Trigger<u32>, idle: Trigger<u32>) -> Deferred<()> {
        let value = yield_!(deferred)?;
        idle.callback(0);
        to.callback(value);
    }
    let recording = Recorder::new().only(|function| !function.ends_with("hidden")).record();
    let ((trigger, given), (to, passed), (idle, _nobody)) = (Deferred::new(), Deferred::new(), Deferred::new());
    let hiding = hidden(given, to, idle);
    let body = wait_for(passed);
    trigger.callback(1);
    assert!(body.is_fired());
    let timeline = recording.finish();
    let segments = segments_of(&timeline);
    assert_eq!(reasons(&segments), ["wait_for: call", "wait_for: fire"]);
    assert!(segments[1].by_function.ends_with("hidden"), "what it fires is known all the same");
    // The fire from outside, the hidden body's that resumed something, and the end of the other; not the idle one.
    assert_eq!(format!("{timeline:?}"), "Timeline(1 lanes, 2 segments, 3 events)");
    hiding.detach();
}

#[test]
fn depth_costs_no_stack() {
    const DEPTH: usize = 60_000;
    let run = || {
        let recording = Recorder::new().limit(DEPTH * 2).record();
        let (trigger, deferred) = Deferred::<u32>::new();
        let mut outermost = deferred;
        for _ in 0..DEPTH {
            outermost = wait_for(outermost);
        }
        trigger.callback(1);
        assert_eq!(testing::success_result_of(outermost), 1);
        let timeline = recording.finish();
        assert!(timeline.left_out() > DEPTH);
        timeline.write_html(std::io::sink()).unwrap();
        timeline.write_trace(std::io::sink()).unwrap();
    };
    std::thread::Builder::new().stack_size(1 << 21).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_recording_may_be_finished_by_what_it_records() {
    let recording = timeline::record();
    let (trigger, deferred) = Deferred::<u32>::new();
    let slot: Later<timeline::Timeline> = Rc::default();
    let into = Rc::clone(&slot);
    let done = wait_for(deferred).map(move |_| into.set(Some(recording.finish())));
    trigger.callback(1);
    assert!(done.is_fired());
    let timeline = slot.take().unwrap();
    let segments = segments_of(&timeline);
    assert_eq!(segments.last().unwrap().until, "still running");
}
