//! What a segment is, and who resumed it.

use std::time::Duration;

use futures::channel::oneshot;
use inline_callbacks::prelude::*;
use inline_callbacks::task::defer_later;
use inline_callbacks::timeline::Recorder;
use inline_callbacks::{Clock, DeferredLock, gather_results, host, succeed, testing, unhandled};

use crate::support::{lane_of, line_of, reasons, recorded, segments, segments_of, trace_of};

#[inline_callbacks]
fn add_two(first: Deferred<u32>, second: Deferred<u32>) -> Deferred<u32> {
    let first = yield_!(first)?;
    let second = second.await?;
    return_value!(first + second)
}

const FIRST_WAIT: u32 = line!() - 5;
const SECOND_WAIT: u32 = FIRST_WAIT + 1;

#[inline_callbacks]
fn wait_for<T: 'static>(deferred: Deferred<T>) -> Deferred<T> {
    yield_!(deferred)
}

/// Waits, then fires.
#[inline_callbacks]
fn pass_on(deferred: Deferred<u32>, to: Trigger<u32>) -> Deferred<()> {
    let value = yield_!(deferred)?;
    to.callback(value);
}

const PASSED_ON: u32 = line!() - 3;

#[test]
fn a_segment_runs_from_the_call_or_a_wait_to_the_next_wait_or_the_end() {
    let segments = segments(|| {
        let (first, one) = Deferred::new();
        let (second, two) = Deferred::new();
        let sum = add_two(one, two);
        first.callback(1);
        second.callback(2);
        assert_eq!(testing::success_result_of(sum), 3);
    });
    let [called, resumed, last] = &segments[..] else { panic!("{segments:?}") };
    assert_eq!((called.by.as_str(), line_of(&called.until)), ("call", FIRST_WAIT));
    assert_eq!((resumed.by.as_str(), line_of(&resumed.from)), ("fire", FIRST_WAIT));
    assert_eq!((line_of(&resumed.until), line_of(&last.from)), (SECOND_WAIT, SECOND_WAIT));
    assert_eq!((last.by.as_str(), last.until.as_str()), ("fire", "succeeded"));
    assert!(segments.iter().all(|segment| segment.lane == "add_two" && segment.kind == "body"));
}

#[test]
fn who_fires_is_named_with_function_and_place() {
    let segments = segments(|| {
        let (from_outside, given) = Deferred::new();
        let (trigger, passed) = Deferred::new();
        let passing = pass_on(given, trigger);
        let waiting = wait_for(passed);
        from_outside.callback(7);
        assert_eq!(testing::success_result_of(waiting), 7);
        passing.detach();
    });
    let fired_at = line!() - 4;
    let passing = segments.iter().find(|segment| segment.lane == "pass_on" && segment.by == "fire").unwrap();
    assert_eq!((passing.by_function.as_str(), line_of(&passing.by_place)), ("", fired_at));
    assert!(passing.by_place.starts_with(file!()));
    let waiting = segments.iter().find(|segment| segment.lane == "wait_for" && segment.by == "fire").unwrap();
    assert!(waiting.by_function.ends_with("::pass_on"), "{waiting:?}");
    assert_eq!(line_of(&waiting.by_place), PASSED_ON);
}

#[test]
fn of_fires_inside_one_another_each_is_named_for_what_it_resumed() {
    #[inline_callbacks]
    fn fire_both(start: Deferred<()>, first: Trigger<u32>, second: Trigger<u32>) -> Deferred<()> {
        yield_!(start)?;
        first.callback(1);
        second.callback(2);
    }
    let first_line = line!() - 3;
    let segments = segments(|| {
        let (start, started) = Deferred::new();
        let ((first, one), (second, two), (last, three)) = (Deferred::new(), Deferred::new(), Deferred::new());
        let firing = fire_both(started, first, second);
        let (passing, behind) = (pass_on(one, last), wait_for(three));
        let other = add_two(two, succeed(0));
        start.callback(());
        gather_results((firing, passing, behind.map(|_| ()), other.map(|_| ()))).detach();
    });
    let of = |lane: &str| segments.iter().find(|segment| segment.lane == lane && segment.by != "call").unwrap();
    assert_eq!(line_of(&of("pass_on").by_place), first_line);
    assert!(of("pass_on").by_function.ends_with("fire_both"));
    assert!(of("wait_for").by_function.ends_with("pass_on"));
    // After all of that has run inside the first fire, the second is again the first body's.
    assert_eq!(line_of(&of("add_two").by_place), first_line + 1);
    assert!(of("add_two").by_function.ends_with("fire_both"));
}

#[test]
fn the_end_of_a_body_resumes_who_waits_for_it() {
    let segments = segments(|| {
        let (trigger, deferred) = Deferred::new();
        let outer = wait_for(add_two(deferred, succeed(1)));
        trigger.callback(1);
        assert_eq!(testing::success_result_of(outer), 2);
    });
    assert_eq!(reasons(&segments), ["add_two: call", "wait_for: call", "add_two: fire", "wait_for: end"]);
    assert!(segments[3].by_function.ends_with("::add_two"));
}

#[test]
fn several_observers_are_all_resumed_by_the_one_fire() {
    let segments = segments(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let shared = deferred.share();
        let one = wait_for(wait_for(shared.observe()));
        let other = wait_for(shared.observe());
        trigger.callback(1);
        assert!(one.is_fired() && other.is_fired());
    });
    let reasons: Vec<_> = segments.iter().map(|segment| segment.by.as_str()).collect();
    // The second is not resumed by the end of the first, which ended meanwhile.
    assert_eq!(reasons, ["call", "call", "call", "fire", "end", "fire"]);
}

#[test]
fn cancelling_is_the_reason_for_what_it_resumes() {
    let segments = segments(|| {
        let ((_one, first), (_other, second)) = (Deferred::<u32>::new(), Deferred::<u32>::new());
        let both = gather_results([wait_for(first), wait_for(second)]);
        both.cancel();
        testing::failure_result_of(both);
    });
    let cancelled_at = line!() - 3;
    assert_eq!(
        reasons(&segments),
        ["wait_for #1: call", "wait_for #2: call", "wait_for #1: cancel", "wait_for #2: cancel"]
    );
    assert!(segments[2..].iter().all(|segment| segment.until == "cancelled"));
    assert!(segments[2..].iter().all(|segment| line_of(&segment.by_place) == cancelled_at));
}

#[test]
fn a_body_that_is_cancelled_at_a_foreign_wait_ends_without_a_segment() {
    let timeline = recorded(|| {
        let body = wait_for(Deferred::from_future(std::future::pending::<u32>()));
        body.cancel();
        testing::failure_result_of(body);
    });
    let segments = segments_of(&timeline);
    assert_eq!(reasons(&segments), ["from_future: call", "wait_for: call", "wait_for: end"]);
    let ended = trace_of(&timeline).iter().filter(|event| event["name"] == "cancelled").count();
    assert_eq!(ended, 2, "both bodies");
}

#[test]
fn cancelling_what_has_fired_is_no_event() {
    let timeline = recorded(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = wait_for(deferred);
        trigger.callback(1);
        body.cancel();
        body.detach();
    });
    assert!(trace_of(&timeline).iter().all(|event| event["name"] != "cancel"));
}

#[test]
fn a_failure_ends_its_body_with_its_words() {
    let timeline = recorded(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = wait_for(deferred);
        trigger.errback(Failure::msg("no poem"));
        testing::failure_result_of(body);
    });
    assert_eq!(segments_of(&timeline)[1].until, "failed: no poem");
    let trace = trace_of(&timeline);
    assert!(trace.iter().any(|event| event["ph"] == "i" && event["args"]["failure"] == "no poem"));
}

#[test]
fn an_unhandled_failure_is_an_event() {
    unhandled::set_hook(|_| ());
    let timeline = recorded(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        wait_for(deferred).detach();
        trigger.errback(Failure::msg("nobody looks"));
    });
    let trace = trace_of(&timeline);
    let unhandled: Vec<_> = trace.iter().filter(|event| event["name"] == "unhandled failure").collect();
    assert_eq!(unhandled.len(), 1);
    assert_eq!(unhandled[0]["args"]["failure"], "nobody looks");
}

#[test]
fn an_error_that_cannot_be_printed_spoils_nothing() {
    #[derive(Debug)]
    struct Unprintable;
    impl std::fmt::Display for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            // A program of its own, in the middle of a note.
            let (trigger, deferred) = Deferred::<u32>::new();
            let body = wait_for(deferred);
            trigger.callback(1);
            assert!(!body.is_fired(), "cannot be printed");
            Ok(())
        }
    }
    impl std::error::Error for Unprintable {}
    let segments = segments(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        let body = wait_for(deferred);
        trigger.errback(Unprintable);
        testing::failure_result_of(body);
    });
    assert_eq!(reasons(&segments), ["wait_for: call", "wait_for: fire"], "what printing does is not recorded");
    assert!(segments[1].until.starts_with("failed: <its Display panicked"), "{segments:?}");
}

#[test]
fn a_panic_ends_its_body_with_its_words() {
    #[inline_callbacks]
    fn falls(deferred: Deferred<u32>) -> Deferred<u32> {
        let value = yield_!(deferred)?;
        assert_eq!(value, 2, "the sum is wrong");
        return_value!(value)
    }
    let segments = segments(|| {
        let ((trigger, deferred), (other, later)) = (Deferred::new(), Deferred::new());
        let body = falls(deferred);
        let next = wait_for(later);
        trigger.callback(1);
        other.callback(3);
        testing::failure_result_of(body);
        testing::success_result_of(next);
    });
    assert_eq!(reasons(&segments), ["falls: call", "wait_for: call", "falls: fire", "wait_for: fire"]);
    assert!(segments[2].until.starts_with("panicked: ") && segments[2].until.contains("the sum is wrong"));
    assert_eq!(segments[3].by_function, "", "the panic left nothing behind");
}

#[test]
fn a_body_that_never_waits_is_one_segment() {
    let segments = segments(|| {
        let sum = wait_for(add_two(succeed(1), succeed(2)));
        assert_eq!(testing::success_result_of(sum), 3);
    });
    assert_eq!(reasons(&segments), ["add_two: call", "wait_for: call"]);
    assert!(segments.iter().all(|segment| segment.until == "succeeded"));
}

#[test]
fn a_body_that_fires_its_own_wait_goes_on_meanwhile() {
    #[inline_callbacks]
    fn own() -> Deferred<u32> {
        let (trigger, deferred) = Deferred::<u32>::new();
        let firing = async move { trigger.callback(1) };
        let (value, ()) = futures::join!(deferred.into_future(), firing);
        value
    }
    let segments = segments(|| {
        assert_eq!(testing::success_result_of(own()), 1);
    });
    assert_eq!(reasons(&segments), ["own: call", "own: meanwhile"]);
}

/// Waits for `start`, then for both others, of which it fires one itself while it runs.
#[inline_callbacks]
fn both(start: Deferred<()>, one: Deferred<u32>, other: Deferred<u32>, trigger: Trigger<u32>) -> Deferred<u32> {
    yield_!(start)?;
    let firing = async move { trigger.callback(1) };
    let (one, other, ()) = futures::join!(one.into_future(), other.into_future(), firing);
    return_value!(one? + other?)
}

#[test]
fn what_resumes_a_body_while_it_runs_is_its_reason_afterwards() {
    let segments = segments(|| {
        let ((start, started), (one, first), (other, second)) = (Deferred::new(), Deferred::new(), Deferred::new());
        let body = both(started, first, second, one);
        start.callback(());
        other.callback(2);
        assert_eq!(testing::success_result_of(body), 3);
    });
    assert_eq!(reasons(&segments), ["both: call", "both: fire", "both: fire", "both: fire"]);
    assert!(segments[2].by_function.ends_with("::both"), "it was the body itself");
}

#[test]
fn what_a_body_fires_in_its_first_run_was_there_meanwhile() {
    let segments = segments(|| {
        let ((one, first), (other, second)) = (Deferred::new(), Deferred::new());
        let body = both(succeed(()), first, second, one);
        other.callback(2);
        assert_eq!(testing::success_result_of(body), 3);
    });
    // There was nobody yet whom the fire could have told.
    assert_eq!(reasons(&segments), ["both: call", "both: meanwhile", "both: fire"]);
}

#[test]
fn a_trigger_dropped_by_a_body_is_the_reason_when_its_waiter_is_resumed_later() {
    #[inline_callbacks]
    fn drops(start: Deferred<()>, trigger: Trigger<u32>) -> Deferred<()> {
        yield_!(start)?;
        drop(trigger);
    }
    let segments = segments(|| {
        let ((start, started), (trigger, never)) = (Deferred::new(), Deferred::<u32>::new());
        let (dropping, waiting) = (drops(started, trigger), wait_for(never));
        start.callback(());
        dropping.detach();
        testing::failure_result_of(waiting);
    });
    let last = segments.last().unwrap();
    assert_eq!((last.lane.as_str(), last.by.as_str()), ("wait_for", "dropped trigger"));
    assert!(last.by_function.ends_with("drops"));
}

#[test]
fn a_foreign_future_wakes() {
    let segments = segments(|| {
        let (sender, receiver) = oneshot::channel::<u32>();
        let body = wait_for(Deferred::from_future(receiver));
        sender.send(1).unwrap();
        host::run_woken();
        assert!(body.is_fired());
    });
    let expected = ["from_future: call", "wait_for: call", "from_future: woken", "wait_for: end"];
    assert_eq!(reasons(&segments), expected);
}

#[test]
fn two_bodies_woken_one_after_the_other_have_nothing_to_do_with_each_other() {
    let segments = segments(|| {
        let ((one, first), (other, second)) = (oneshot::channel::<u32>(), oneshot::channel::<u32>());
        let bodies = [Deferred::from_future(first), Deferred::from_future(second)];
        one.send(1).unwrap();
        other.send(2).unwrap();
        host::run_woken();
        assert!(bodies.iter().all(Deferred::is_fired));
    });
    let by: Vec<_> = segments.iter().map(|segment| segment.by.as_str()).collect();
    assert_eq!(by, ["call", "call", "woken", "woken"]);
}

#[test]
fn a_wait_for_a_foreign_future_has_the_place_of_its_yield() {
    #[inline_callbacks]
    fn receive(first: Deferred<u32>, second: oneshot::Receiver<u32>) -> Deferred<u32> {
        let first = yield_!(first)?;
        let second = yield_!(second)?;
        return_value!(first + second)
    }
    let second_wait = line!() - 3;
    let segments = segments(|| {
        let ((sender, receiver), (trigger, first)) = (oneshot::channel(), Deferred::new());
        let body = receive(first, receiver);
        trigger.callback(1);
        sender.send(2).unwrap();
        host::run_woken();
        assert_eq!(testing::success_result_of(body), 3);
    });
    assert_eq!((line_of(&segments[1].until), line_of(&segments[2].from)), (second_wait, second_wait));
}

#[test]
fn a_lock_is_passed_on_by_who_releases_it() {
    #[inline_callbacks]
    fn hold(lock: DeferredLock, until: Deferred<()>) -> Deferred<()> {
        let _guard = yield_!(lock.acquire())?;
        yield_!(until)?;
    }
    let segments = segments(|| {
        let lock = DeferredLock::new();
        let ((first, one), (second, two)) = (Deferred::new(), Deferred::new());
        let (holding, waiting) = (hold(lock.clone(), one), hold(lock, two));
        first.callback(());
        second.callback(());
        assert!(holding.is_fired() && waiting.is_fired());
    });
    let passed = segments.iter().find(|segment| segment.lane == "hold #2" && segment.by != "call").unwrap();
    assert_eq!(passed.by, "passed on");
    assert!(passed.by_function.ends_with("::hold"), "{passed:?}");
}

#[test]
fn callbacks_run_in_the_lane_of_what_fired_their_chain() {
    let segments = segments(|| {
        let ((trigger, deferred), (other, outside)) = (Deferred::<u32>::new(), Deferred::<u32>::new());
        let report = wait_for(deferred).add_callback(|n| Ok(n + 1));
        let lonely = outside.add_callback(|n| Ok(n + 1));
        trigger.callback(1);
        other.callback(1);
        assert!(report.is_fired() && lonely.is_fired());
        let at_once = succeed(1).add_callback(|n| Ok(n + 1));
        assert!(at_once.is_fired());
    });
    let callbacks: Vec<_> = segments.iter().filter(|segment| segment.kind == "callback").collect();
    let lanes: Vec<_> = callbacks.iter().map(|segment| (segment.lane.as_str(), segment.by.as_str())).collect();
    let outside = "outside of any body";
    assert_eq!(lanes, [("wait_for", "end"), (outside, "fire"), (outside, "woken")]);
    assert!(callbacks.iter().all(|segment| segment.name == "callbacks_run_in_the_lane_of_what_fired_their_chain"));
}

#[test]
fn a_delayed_call_is_a_segment_outside_of_bodies_and_fires_from_there() {
    let clock = Clock::new();
    let time = clock.clone();
    let recording = Recorder::new().time(move || time.now()).record();
    let body = wait_for(defer_later(&clock, Duration::from_millis(3), || Ok(1)));
    clock.advance(Duration::from_millis(5));
    assert!(body.is_fired());
    let segments = segments_of(&recording.finish());
    let kinds: Vec<_> = segments.iter().map(|segment| segment.kind.as_str()).collect();
    assert_eq!(kinds, ["body", "delayed call", "body"]);
    assert_eq!((segments[1].lane.as_str(), segments[1].by.as_str()), ("outside of any body", "woken"));
    // `advance` moves the clock and then runs what is due.
    assert!(segments[1..].iter().all(|segment| (segment.began - 5000.0).abs() < 0.01), "{segments:?}");
}

#[test]
fn a_called_body_runs_inside_of_its_caller() {
    #[inline_callbacks]
    fn calls(deferred: Deferred<u32>) -> Deferred<u32> {
        let value = yield_!(wait_for(deferred))?;
        return_value!(value)
    }
    let segments = segments(|| {
        let (trigger, deferred) = Deferred::new();
        let body = calls(deferred);
        trigger.callback(1);
        assert!(body.is_fired());
    });
    assert_eq!(reasons(&segments), ["calls: call", "wait_for: call", "wait_for: fire", "calls: end"]);
    assert!(segments[1].by_function.ends_with("::calls"));
    let (outer, inner) = (&segments[0], &segments[1]);
    assert!(outer.began <= inner.began && inner.began + inner.took <= outer.began + outer.took);
}

#[test]
fn what_a_callback_and_a_delayed_call_fire_is_resumed_inside_of_them() {
    let segments = segments(|| {
        let ((trigger, deferred), (first, one), (second, two)) = (Deferred::new(), Deferred::new(), Deferred::new());
        let bodies = [wait_for(one), wait_for(two)];
        let fired = deferred.map(move |n: u32| first.callback(n));
        let clock = Clock::new();
        clock.call_later(Duration::ZERO, move || second.callback(2));
        trigger.callback(1);
        clock.advance(Duration::ZERO);
        assert!(fired.is_fired() && bodies.iter().all(Deferred::is_fired));
    });
    for kind in ["callback", "delayed call"] {
        let at = segments.iter().position(|segment| segment.kind == kind).unwrap();
        let (outer, inner) = (&segments[at], &segments[at + 1]);
        assert_eq!(inner.by, "fire");
        assert!(
            outer.began <= inner.began && inner.began + inner.took <= outer.began + outer.took,
            "{outer:?} {inner:?}"
        );
        assert!(inner.by_function.ends_with(&outer.name) && outer.until == "end");
    }
}

#[test]
fn of_several_that_are_cancelled_none_is_resumed_by_the_end_of_another() {
    let segments = segments(|| {
        let (_trigger, deferred) = Deferred::<u32>::new();
        let foreign = Deferred::from_future(std::future::pending::<u32>());
        let both = gather_results([foreign, wait_for(deferred)]);
        both.cancel();
        testing::failure_result_of(both);
    });
    assert_eq!(reasons(&segments), ["from_future: call", "wait_for: call", "wait_for: cancel"]);
}

#[test]
fn a_body_that_fires_what_it_waits_for_already_is_resumed_by_itself() {
    #[inline_callbacks]
    fn both(one: Deferred<u32>, other: Deferred<u32>, trigger: Trigger<u32>) -> Deferred<u32> {
        let firing = async move {
            let other = other.await?;
            trigger.callback(other);
            Ok::<u32, Failure>(other)
        };
        let (one, other) = futures::join!(one.into_future(), firing);
        return_value!(one? + other?)
    }
    let fired_at = line!() - 6;
    let segments = segments(|| {
        let ((one, first), (other, second)) = (Deferred::new(), Deferred::new());
        let body = both(first, second, one);
        other.callback(2);
        assert_eq!(testing::success_result_of(body), 4);
    });
    assert_eq!(reasons(&segments), ["both: call", "both: fire", "both: fire"]);
    assert!(segments[2].by_function.ends_with("::both"));
    assert_eq!(line_of(&segments[2].by_place), fired_at);
}

#[test]
fn what_ends_in_its_own_call_is_no_reason_for_what_comes_after() {
    #[inline_callbacks]
    fn fires_its_own() -> Deferred<u32> {
        let (trigger, deferred) = Deferred::<u32>::new();
        let (value, ()) = futures::join!(deferred.into_future(), async move { trigger.callback(1) });
        value
    }
    #[inline_callbacks]
    fn release(lock: DeferredLock, start: Deferred<()>) -> Deferred<()> {
        let guard = yield_!(lock.acquire())?;
        yield_!(start)?;
        assert!(fires_its_own().is_fired());
        drop(guard);
    }
    let segments = segments(|| {
        let lock = DeferredLock::new();
        let (start, started) = Deferred::new();
        let (holding, waiting) = (release(lock.clone(), started), wait_for(lock.acquire()));
        start.callback(());
        assert!(holding.is_fired() && waiting.is_fired());
    });
    let last = segments.iter().rev().find(|segment| segment.lane == "wait_for").unwrap();
    assert_eq!(last.by, "passed on");
    assert!(last.by_function.ends_with("::release"));
}

#[test]
fn a_body_that_never_waits_resumes_nobody_by_its_end() {
    let timeline = recorded(|| wait_for(succeed(1)).detach());
    assert_eq!(format!("{timeline:?}"), "Timeline(1 lanes, 1 segments, 0 events)");
}

#[test]
fn asking_an_error_for_its_words_changes_nothing_about_who_fires() {
    #[derive(Debug)]
    struct Busy;
    impl std::fmt::Display for Busy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let (trigger, deferred) = Deferred::<u32>::new();
            let body = wait_for(deferred);
            trigger.callback(1);
            body.detach();
            f.write_str("busy")
        }
    }
    impl std::error::Error for Busy {}
    #[inline_callbacks]
    fn fails(start: Deferred<()>, trigger: Trigger<u32>) -> Deferred<()> {
        yield_!(start)?;
        trigger.errback(Busy);
    }
    let timeline = recorded(|| {
        let ((start, started), (trigger, deferred)) = (Deferred::new(), Deferred::new());
        let failing = fails(started, trigger);
        start.callback(());
        assert!(failing.is_fired());
        testing::failure_result_of(deferred);
    });
    let events = trace_of(&timeline);
    let fired = events.iter().find(|event| event["ph"] == "i" && event["args"]["failure"] == "busy").unwrap();
    assert_eq!(lane_of(&events, fired), "fails");
}
