//! The feature `tracing`: bodies are spans, failures are events. `tracing`'s own rules are its own; here is what we tell it.

mod example;
mod recorder;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{failure_result_of, success_result_of};
use inline_callbacks::{ensure_deferred, fail, succeed, unhandled};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use recorder::Recorder;

/// Says where it is, now.
fn say(what: &str) {
    tracing::info!(target: "said", "{what}");
}

fn is_said(line: &str) -> bool {
    line.starts_with("event said")
}

/// What was said, with the spans around: `what in outer/inner`.
fn said(recorder: &Recorder) -> Vec<String> {
    let lines = recorder.take().into_iter().filter(|line| is_said(line));
    lines
        .map(|line| {
            let mut parts = line.split('"');
            let (_, path, what) = (parts.next(), parts.next(), parts.next());
            format!("{} in {}", what.unwrap_or_default().trim(), path.unwrap_or_default())
        })
        .collect()
}

#[inline_callbacks]
fn poem(address: Deferred<u32>, _proxy: u8) -> Deferred<u32> {
    say("before");
    let value = yield_!(address)?;
    say("after");
    return_value!(value)
}

#[test]
fn a_body_is_a_span_with_its_function_and_the_names_of_its_arguments() {
    Recorder::during(|recorder| {
        poem(succeed(1), 2).detach();
        let function = concat!(module_path!(), "::poem");
        let new = format!(r#"new poem inline_callbacks:DEBUG function="{function}" arguments="address, _proxy""#);
        assert_eq!(recorder.take_of("new"), [new]);
        ensure_deferred(async { Ok::<_, Failure>(()) }).detach();
        let name = "a_body_is_a_span_with_its_function_and_the_names_of_its_arguments";
        let function = format!("{}::{name}", module_path!());
        assert_eq!(recorder.take_of("new"), [format!(r#"new {name} inline_callbacks:DEBUG function="{function}""#)]);
    });
}

#[test]
fn the_span_is_entered_for_each_segment_and_closed_at_the_end() {
    Recorder::during(|recorder| {
        let (trigger, address) = Deferred::new();
        let waiting = poem(address, 0);
        let lines = recorder.take();
        assert_eq!(lines.iter().filter(|line| !is_said(line)).skip(1).collect::<Vec<_>>(), ["enter poem", "exit poem"]);
        trigger.callback(1);
        let lines = recorder.take();
        let told: Vec<_> = lines.iter().filter(|line| !is_said(line)).collect();
        assert_eq!(told, ["enter poem", "exit poem", "close poem"], "although nobody has taken the result");
        success_result_of(waiting);
    });
}

#[test]
fn the_parent_is_the_span_current_at_the_call_in_every_segment_whoever_fires() {
    Recorder::during(|recorder| {
        let (trigger, address) = Deferred::new();
        let waiting = info_span!("request").in_scope(|| poem(address, 0));
        info_span!("somebody else").in_scope(|| {
            trigger.callback(1);
            say("fired");
        });
        assert_eq!(said(recorder), ["before in request/poem", "after in request/poem", "fired in somebody else"]);
        success_result_of(waiting);
    });
}

#[test]
fn a_body_resumed_inside_another_ones_segment_has_its_own_chain_and_leaves_the_other_ones() {
    #[inline_callbacks]
    fn firer(start: Deferred<()>, trigger: Trigger<u32>) -> Deferred<()> {
        yield_!(start)?;
        say("firing");
        trigger.callback(1);
        say("fired");
    }
    Recorder::during(|recorder| {
        let (trigger, address) = Deferred::new();
        let (start, started) = Deferred::new();
        let poem = info_span!("a").in_scope(|| poem(address, 0));
        let firer = info_span!("b").in_scope(|| firer(started, trigger));
        recorder.take();
        info_span!("c").in_scope(|| start.callback(()));
        assert_eq!(said(recorder), ["firing in b/firer", "after in a/poem", "fired in b/firer"]);
        success_result_of(poem);
        success_result_of(firer);
    });
}

#[test]
fn bodies_that_call_one_another_are_spans_inside_one_another() {
    #[inline_callbacks]
    fn outer(address: Deferred<u32>) -> Deferred<u32> {
        poem(succeed(1), 0).detach();
        yield_!(poem(address, 0))
    }
    Recorder::during(|recorder| {
        let (trigger, address) = Deferred::new();
        let outer = outer(address);
        trigger.callback(1);
        let new: Vec<_> =
            recorder.take_of("new").iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(new, ["outer", "outer/poem", "outer/poem"]);
        success_result_of(outer);
    });
}

#[test]
fn blocks_closures_and_methods_bear_the_name_of_the_function_around() {
    struct Client<T>(T);
    trait Fetch {
        fn fetch(self) -> Deferred<u32>;
    }
    impl<T: 'static> Fetch for Client<T> {
        #[inline_callbacks]
        fn fetch(self) -> Deferred<u32> {
            yield_!(succeed(1))
        }
    }
    fn around() {
        callbacks! { yield succeed(1) }.detach();
        callbacks!(move |n: u32| Ok(n + (yield succeed(1))?))(1).detach();
    }
    Recorder::during(|recorder| {
        around();
        Client("x").fetch().detach();
        let new: Vec<_> =
            recorder.take_of("new").iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(new, ["around", "around", "fetch"]);
        Deferred::from_future(async { 1 }).detach();
        Deferred::from_future(std::future::ready(1)).detach();
        let new: Vec<_> =
            recorder.take_of("new").iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        let here = "blocks_closures_and_methods_bear_the_name_of_the_function_around";
        assert_eq!(new, [here, "inline_callback"], "nobody is shown a function of the library");
    });
}

#[test]
fn a_failed_body_is_an_event_with_the_error_its_origin_and_the_waits() {
    #[inline_callbacks]
    fn outer(address: Deferred<u32>) -> Deferred<u32> {
        yield_!(poem(address, 0))
    }
    Recorder::during(|recorder| {
        let (trigger, address) = Deferred::new();
        let outer = outer(address);
        recorder.take();
        trigger.errback(Failure::msg("no poem"));
        let failure = failure_result_of(outer);
        let waits = failure.trace().to_vec();
        let origin = failure.origin();
        let expected = [
            format!(
                r#"event inline_callbacks:DEBUG in "outer/poem" failed error=no poem origin={origin} waits="{}""#,
                waits[0]
            ),
            format!(
                r#"event inline_callbacks:DEBUG in "outer" failed error=no poem origin={origin} waits="{}, {}""#,
                waits[0], waits[1]
            ),
        ];
        assert_eq!(recorder.take_of("event"), expected);
    });
}

/// Law 14: the body that waits for a foreign future only ends where it waits. That is told in its span, too.
#[test]
fn a_body_that_is_dropped_at_its_wait_has_failed_in_its_span() {
    Recorder::during(|recorder| {
        let waiting = ensure_deferred(async {
            std::future::pending::<()>().await;
            Ok::<_, Failure>(())
        });
        recorder.take();
        waiting.cancel();
        let name = "a_body_that_is_dropped_at_its_wait_has_failed_in_its_span";
        let lines = recorder.take();
        assert_eq!(lines[0], format!("enter {name}"));
        assert!(lines[1].contains(&format!(r#"in "{name}" failed error=cancelled"#)), "{lines:?}");
        assert_eq!(lines[2..], [format!("exit {name}"), format!("close {name}")]);
        assert!(failure_result_of(waiting).is_cancelled());
    });
}

#[test]
fn an_unhandled_failure_is_an_error_event_where_it_is_reported() {
    Recorder::during(|recorder| {
        unhandled::set_hook(|_| ());
        let failure = Failure::msg("nobody looks");
        let origin = failure.origin().to_string();
        info_span!("request").in_scope(|| fail::<u32>(failure).detach());
        let expected = format!(
            r#"event inline_callbacks:ERROR in "request" unhandled failure error=nobody looks origin={origin}"#
        );
        assert_eq!(recorder.take_of("event"), [expected]);
        let (_trigger, cancelled) = Deferred::<u32>::new();
        cancelled.cancel();
        drop(cancelled);
        assert_eq!(recorder.take_of("event").len(), 0, "the program asked for it");
    });
}

#[test]
fn a_body_and_a_callback_that_make_up_for_a_failure_are_events() {
    #[inline_callbacks]
    fn patient(first: Deferred<u32>, second: Deferred<u32>) -> Deferred<u32> {
        for deferred in [first, second] {
            if let Ok(value) = yield_!(deferred) {
                return Ok(value);
            }
        }
        Err(Failure::msg("neither"))
    }
    Recorder::during(|recorder| {
        let (trigger, second) = Deferred::new();
        let first = fail(Failure::msg("the first"));
        let body = patient(first, second);
        recorder.take();
        trigger.callback(1);
        let recovered = recorder.take_of("event");
        assert_eq!(recovered.len(), 1, "{recovered:?}");
        let start = r#"event inline_callbacks:DEBUG in "patient" recovered error=the first wait="#;
        assert!(recovered[0].starts_with(start) && recovered[0].contains("::patient at "), "{recovered:?}");
        success_result_of(body);
        let handled = fail(Failure::msg("x")).add_errback(|_| Ok(1));
        let line = line!() - 1;
        let recovered = recorder.take_of("event");
        let place = format!("{}:{line}:", file!());
        assert!(recovered.len() == 1 && recovered[0].contains(&place), "{recovered:?}");
        success_result_of(handled);
        success_result_of(succeed(1).add_errback(|_| Ok(2)));
        assert_eq!(recorder.take_of("event").len(), 0, "there was nothing to make up for");
    });
}

#[test]
fn what_one_body_was_given_is_not_what_another_one_recovers_from() {
    #[inline_callbacks]
    fn caller(inner: Deferred<u32>) -> Deferred<u32> {
        let inner = poem(inner, 0).add_both(|_| Ok(3));
        yield_!(inner)
    }
    Recorder::during(|recorder| {
        let caller = caller(fail(Failure::msg("x")));
        let events: Vec<_> = recorder.take_of("event inline_callbacks").into_iter().collect();
        assert_eq!(events.iter().filter(|line| line.contains("recovered")).count(), 1, "the callback: {events:?}");
        success_result_of(caller);
    });
}

#[test]
fn a_panic_leaves_the_span_and_is_a_failure() {
    #[inline_callbacks]
    fn panicking(start: Deferred<u32>) -> Deferred<u32> {
        let n = yield_!(start)?;
        assert!(n > 1, "too small");
        return_value!(n)
    }
    Recorder::during(|recorder| {
        let (trigger, start) = Deferred::new();
        let body = panicking(start);
        recorder.take();
        trigger.callback(1);
        say("still here");
        let lines = recorder.take();
        assert_eq!(lines[0], "enter panicking");
        assert!(lines[1].contains("in \"panicking\" failed error=panicked: too small"), "{lines:?}");
        assert_eq!(lines[2..], ["exit panicking", "close panicking", r#"event said:INFO in "" still here"#]);
        failure_result_of(body);
    });
}

/// With our spans filtered out, those of the program are still around its bodies.
#[test]
fn without_our_spans_the_span_current_at_the_call_is_restored() {
    let recorder = Recorder::default();
    let subscriber = Registry::default().with(recorder.clone()).with(LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || {
        let (trigger, address) = Deferred::new();
        let waiting = info_span!("request").in_scope(|| poem(address, 0));
        info_span!("somebody else").in_scope(|| trigger.callback(1));
        success_result_of(waiting);
    });
    assert_eq!(said(&recorder), ["before in request", "after in request"]);
}

/// Counts what is open and what is entered, and keeps nothing.
#[derive(Clone, Default)]
struct Counter(Arc<Counts>);

#[derive(Default)]
struct Counts {
    last: AtomicU64,
    closed: AtomicUsize,
    inside: AtomicUsize,
    deepest: AtomicUsize,
}

impl Subscriber for Counter {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.0.last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {
        let inside = self.0.inside.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.deepest.fetch_max(inside, Ordering::Relaxed);
    }

    fn exit(&self, _: &Id) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }

    fn try_close(&self, _: Id) -> bool {
        self.0.closed.fetch_add(1, Ordering::Relaxed);
        true
    }
}

/// Law 4: a million nested bodies, each with its span, use no stack; no two of the spans are entered at once.
#[test]
fn a_million_nested_bodies_close_a_million_spans() {
    const MANY: usize = 1_000_000;
    #[inline_callbacks]
    fn above(below: Deferred<u32>) -> Deferred<u32> {
        yield_!(below)
    }
    let counter = Counter::default();
    let counts = Arc::clone(&counter.0);
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        tracing::subscriber::with_default(counter, || {
            let (trigger, mut deferred) = Deferred::new();
            for _ in 0..MANY {
                deferred = above(deferred);
            }
            trigger.callback(1);
            assert_eq!(success_result_of(deferred), 1);
        });
    });
    thread.expect("a thread").join().expect("it has stack enough");
    let count = |counted: &AtomicUsize| counted.load(Ordering::Relaxed);
    assert_eq!((count(&counts.closed), count(&counts.inside), count(&counts.deepest)), (MANY, 0, 1));
}

thread_local! {
    /// Destroyed when the thread ends, after whatever the subscriber keeps of it.
    static KEPT: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) };
}

/// Runs a thread that ends while two bodies wait.
fn leave_two_bodies_waiting(subscriber: impl Subscriber + Send + Sync + 'static) {
    let thread = std::thread::spawn(move || {
        KEPT.with(|_| ());
        tracing::subscriber::with_default(subscriber, || {
            let (trigger, address) = Deferred::new();
            let kept: [Box<dyn std::any::Any>; 2] = [Box::new(trigger), Box::new(poem(poem(address, 0), 0))];
            KEPT.with_borrow_mut(|all| all.extend(kept));
        });
    });
    thread.join().expect("the thread ends well");
}

/// What still waits when its thread ends is closed with it.
#[test]
fn what_waits_at_the_end_of_its_thread_is_closed() {
    let counter = Counter::default();
    leave_two_bodies_waiting(counter.clone());
    let counts = &counter.0;
    assert_eq!((counts.closed.load(Ordering::Relaxed), counts.inside.load(Ordering::Relaxed)), (2, 0));
    let recorder = Recorder::default();
    leave_two_bodies_waiting(Registry::default().with(recorder.clone()));
    assert_eq!(recorder.take_of("close"), ["close poem", "close poem"]);
}

/// A subscriber that panics where it is told `at`.
struct Bomb {
    inner: Registry,
    at: &'static str,
}

impl Bomb {
    fn explode(&self, at: &str) {
        assert!(at != self.at, "the subscriber does not like {at}");
    }
}

impl Subscriber for Bomb {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.explode("new");
        self.inner.new_span(attributes)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "inline_callbacks" {
            self.explode("event");
        }
    }

    fn enter(&self, id: &Id) {
        self.inner.enter(id);
        self.explode("enter");
    }

    fn exit(&self, id: &Id) {
        self.inner.exit(id);
        self.explode("exit");
    }

    fn try_close(&self, id: Id) -> bool {
        self.explode("close");
        self.inner.try_close(id)
    }
}

#[test]
fn a_subscriber_that_panics_disturbs_no_body() {
    for at in ["new", "enter", "exit", "event", "close"] {
        let bomb = Bomb { inner: Registry::default(), at };
        tracing::subscriber::with_default(bomb, || {
            let (trigger, address) = Deferred::new();
            let waiting = poem(address, 0);
            trigger.errback(Failure::msg("the body's own"));
            assert_eq!(failure_result_of(waiting).to_string(), "the body's own", "{at}");
        });
    }
}

/// The error can still be taken out, although it was told of.
#[test]
fn being_told_of_keeps_no_failure() {
    Recorder::during(|recorder| {
        let body = ensure_deferred(async {
            let why = fail::<u32>(std::fmt::Error).await.expect_err("it failed");
            assert!(why.into_inner::<std::fmt::Error>().is_ok());
            Ok::<_, Failure>(())
        });
        success_result_of(body);
        assert_eq!(recorder.take_of("event").len(), 1);
    });
}
