//! Failure: laws 17 and 18.

use std::error::Error;
use std::fmt;
use std::panic;
use std::rc::Rc;

use inline_callbacks::testing::{failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, AlreadyTaken, Cancelled, Deferred, Failure, Panicked, Site, ensure_deferred, fail, succeed, unhandled,
};

use crate::support::{in_own_process, ok, without_stack};

#[derive(Debug)]
struct Outer(std::io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The line of the site, made sure that it is in this file and in the function whose name ends with `function`.
#[track_caller]
fn line_in(site: &Site, function: &str) -> u32 {
    assert_eq!(site.file(), file!());
    assert!(site.function().ends_with(function), "{site} is not in {function}");
    assert!(site.column() > 0);
    site.line()
}

/// Law 17: one word, and so is the result of a `()`.
#[test]
fn a_failure_is_one_word() {
    assert_eq!(size_of::<Failure>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Failure>>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Failure>>(), size_of::<usize>());
}

/// Law 17: `?` makes a failure of any error and notes where, inside a body with the body's name.
#[test]
fn a_failure_is_made_by_the_question_mark_and_knows_where() {
    fn parse(text: &str) -> Result<u32, Failure> {
        Ok(text.parse::<u32>()?)
    }
    let failure = parse("x").expect_err("not a number");
    assert!(failure.check::<std::num::ParseIntError>().is_some());
    assert_eq!(failure.origin().file(), file!());
    let line = line!() + 2;
    let body = ensure_deferred(async move {
        let number: u32 = "y".parse()?;
        ok(number)
    });
    let failure = failure_result_of(body);
    assert_eq!(line_in(failure.origin(), "::a_failure_is_made_by_the_question_mark_and_knows_where"), line);
    assert!(failure.trace().is_empty());
}

/// Law 17: the constructors note the caller's place as well.
#[test]
fn every_constructor_notes_the_callers_place() {
    let first = line!();
    let made =
        [Failure::new(Cancelled), Failure::msg("text"), Failure::from(Abandoned), Failure::from_panic(Box::new(1))];
    let lines = first + 1..line!();
    for failure in made {
        assert_eq!(failure.origin().file(), file!());
        assert!(lines.contains(&failure.origin().line()), "{failure:?}");
    }
    let failure = failure_result_of(fail::<()>(AlreadyTaken));
    assert_eq!(failure.origin().line(), line!() - 1);
    let (trigger, deferred) = Deferred::<()>::new();
    trigger.errback(Cancelled);
    assert_eq!(failure_result_of(deferred).origin().line(), line!() - 1);
}

/// Law 17: the trace has each wait that the failure crossed, innermost first, with function, file and line.
#[test]
fn the_trace_names_the_waits_that_were_crossed() {
    fn inner(deferred: Deferred<u32>) -> Deferred<u32> {
        ensure_deferred(async move { deferred.await })
    }
    fn outer(deferred: Deferred<u32>) -> Deferred<u32> {
        ensure_deferred(async move { Ok(inner(deferred).await? + 1) })
    }
    let inner_line = line!() - 5;
    let outer_line = line!() - 3;
    let (trigger, pending) = Deferred::<u32>::new();
    let waited = outer(pending);
    trigger.errback(Failure::msg("x"));
    let at_once = outer(fail(Failure::msg("x")));
    for deferred in [waited, at_once] {
        let failure = failure_result_of(deferred);
        let trace = failure.trace().to_vec();
        assert_eq!(trace.len(), 2);
        assert_eq!(line_in(&trace[0], "::inner"), inner_line);
        assert_eq!(line_in(&trace[1], "::outer"), outer_line);
        let shown = format!("{failure:?}");
        assert!(shown.starts_with("x\n    made in "), "{shown}");
        assert!(shown.contains(&format!("waited for in {}", trace[0])), "{shown}");
    }
}

/// Law 17: of a long way the first and last 32 waits are kept, the rest is counted.
#[test]
fn the_trace_keeps_the_first_and_last_32_waits_and_counts_the_rest() {
    fn first(deferred: Deferred<()>) -> Deferred<()> {
        ensure_deferred(async move { deferred.await })
    }
    fn middle(deferred: Deferred<()>) -> Deferred<()> {
        ensure_deferred(async move { deferred.await })
    }
    for (waits, kept, left_out) in [(64, 64, 0), (65, 64, 1), (1000, 64, 936)] {
        let (trigger, deferred) = Deferred::new();
        let mut top = first(deferred);
        for _ in 1..waits {
            top = middle(top);
        }
        trigger.errback(Failure::msg("x"));
        let failure = failure_result_of(top);
        assert_eq!((failure.trace().len(), failure.trace().left_out()), (kept, left_out));
        let sites = failure.trace().to_vec();
        assert!(sites[0].function().ends_with("::first"));
        assert!(sites[1..].iter().all(|site| site.function().ends_with("::middle")));
        assert_eq!(format!("{failure:?}").contains(&format!("... {left_out} more waits ...")), left_out > 0);
    }
}

/// Law 17: a clone's trace is its own from the moment of cloning.
#[test]
fn a_clones_trace_is_its_own() {
    let original = Failure::msg("x");
    let crossed = failure_result_of(ensure_deferred({
        let clone = original.clone();
        async move { fail::<()>(clone).await }
    }));
    assert_eq!((original.trace().len(), crossed.trace().len()), (0, 1));
    let (first, second) = (crossed.clone(), crossed.clone());
    let first = failure_result_of(ensure_deferred(fail::<()>(first).into_future()));
    assert_eq!((first.trace().len(), second.trace().len(), crossed.trace().len()), (2, 1, 1));
}

/// Law 17: `check` and `trap` borrow the error, `into_inner` gives it to the sole owner.
///
/// Twisted: `FailureTests.test_failAndTrap`, `FailureTests.test_trapRaisesWrappedException`.
#[test]
fn the_error_can_be_looked_at_and_taken_out() {
    let failure = Failure::new(Outer(std::io::Error::other("inner")));
    assert_eq!(failure.check::<Outer>().map(|outer| outer.0.to_string()).as_deref(), Some("inner"));
    assert!(failure.check::<std::io::Error>().is_none(), "a cause is not the error");
    assert!(failure.trap::<Outer>().is_ok());
    let untrapped = failure.trap::<Cancelled>().expect_err("another error");
    assert_eq!(untrapped.to_string(), "outer");
    let shared = failure.into_inner::<Outer>().expect_err("it has a clone");
    drop(untrapped);
    let other = shared.into_inner::<Cancelled>().expect_err("another error");
    let taken = other.into_inner::<Outer>().expect("sole owner");
    assert_eq!(taken.0.to_string(), "inner");
    assert_eq!(Failure::new(Cancelled).into_inner::<Cancelled>().ok(), Some(Cancelled));
    let (_trigger, deferred) = Deferred::<()>::new();
    deferred.cancel();
    assert_eq!(failure_result_of(deferred).into_inner::<Cancelled>().ok(), Some(Cancelled));
}

/// Law 17: `{}` is short, `{:#}` has the causes, `{:?}` everything.
///
/// Twisted: `FailureTests.test_printDetailedTraceback`, `FailureTests.test_printBriefTraceback`,
/// `FailureTests.test_printTraceback`.
#[test]
fn a_failure_prints_short_with_causes_or_whole() {
    let failure = Failure::new(Outer(std::io::Error::other("inner")));
    assert_eq!(failure.to_string(), "outer");
    assert_eq!(format!("{failure:#}"), "outer: inner");
    let whole = without_stack(&format!("{failure:?}"));
    assert!(whole.starts_with("outer\n    caused by: inner\n    made in "), "{whole}");
    assert!(whole.ends_with(&failure.origin().to_string()), "{whole}");
    assert!(Failure::new(Cancelled).is_cancelled() && !failure.is_cancelled());
}

/// Law 17: a failure crosses threads, and its clones hold one error.
#[test]
fn a_failure_goes_to_another_thread_and_back() {
    let failure = Failure::msg("travels");
    let clone = failure.clone();
    let back = std::thread::spawn(move || clone).join().expect("the thread ends well");
    assert_eq!(back.to_string(), failure.to_string());
}

/// Law 17: it costs nothing on success: a success has no trace to keep.
#[test]
fn a_result_that_succeeds_after_a_failure_was_handled_has_no_trace() {
    let body = ensure_deferred(async {
        let _ = fail::<()>(Failure::msg("handled")).await;
        let failed: Result<(), Failure> = Err(Failure::msg("new"));
        failed?;
        ok(())
    });
    assert!(failure_result_of(body).trace().is_empty());
}

#[track_caller]
fn assert_panicked(failure: &Failure, message: &str, line: u32) {
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some(message));
    assert_eq!(failure.to_string(), format!("panicked: {message}"));
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
}

/// Law 18: a panic in a body becomes a failure with its message and place, before and after a wait.
#[test]
fn a_panic_in_a_body_becomes_a_failure_with_its_message_and_place() {
    let at_once: Deferred<()> = ensure_deferred(async { panic!("at once") });
    let line = line!() - 1;
    let failure = failure_result_of(at_once);
    assert_panicked(&failure, "at once", line);
    let function = "::a_panic_in_a_body_becomes_a_failure_with_its_message_and_place";
    assert!(failure.origin().function().ends_with(function));
    let (trigger, deferred) = Deferred::<u32>::new();
    let later = ensure_deferred(async move {
        let value = deferred.await?;
        assert!(value != 1, "with {value}");
        ok(())
    });
    let line = line!() - 3;
    trigger.callback(1);
    assert_panicked(&failure_result_of(later), "with 1", line);
}

/// Law 18: so does a panic in a callback, an errback and a canceller.
#[test]
fn a_panic_in_a_callback_or_canceller_becomes_a_failure_with_its_place() {
    let chain: Deferred<()> = succeed(1).add_callback(|_| panic!("in a callback"));
    assert_panicked(&failure_result_of(chain), "in a callback", line!() - 1);
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.map(|_| -> u32 { panic!("in a map") });
    trigger.callback(1);
    assert_panicked(&failure_result_of(chain), "in a map", line!() - 2);
    let (_trigger, deferred) = Deferred::<u32>::with_canceller(|_| panic!("in a canceller"));
    deferred.cancel();
    assert!(failure_result_of(deferred).is_cancelled());
    let reported = unhandled_failures();
    assert_eq!(reported.len(), 1);
    assert_panicked(&reported[0], "in a canceller", line!() - 5);
}

/// Law 18: payloads that are no text, or that panic themselves when dropped, do no harm.
#[test]
fn any_panic_payload_will_do() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    for payload in [Box::new(1_u32) as Box<dyn std::any::Any + Send>, Box::new(Bomb)] {
        let body: Deferred<()> = ensure_deferred(async move { panic::resume_unwind(payload) });
        let failure = failure_result_of(body);
        assert_eq!(failure.to_string(), "panicked: with a payload that is not text");
    }
    let failure = Failure::from_panic(panic::catch_unwind(|| panic!("caught")).expect_err("it panics"));
    assert_eq!(failure.to_string(), "panicked: caught");
}

/// Law 18: after a panic everything goes on: the thread, the firer, the next body.
#[test]
fn the_process_lives_on_after_a_panic() {
    let token = Rc::new(());
    for _ in 0..100 {
        let held = Rc::clone(&token);
        let (trigger, deferred) = Deferred::<u32>::new();
        let body: Deferred<()> = ensure_deferred(async move {
            deferred.await?;
            panic!("again, with {}", Rc::strong_count(&held))
        });
        let above = ensure_deferred(body.into_future());
        trigger.callback(1);
        assert!(failure_result_of(above).check::<Panicked>().is_some());
    }
    assert_eq!(Rc::strong_count(&token), 1, "the panic dropped what the body held");
}

/// Law 18: a panic in a destructor of a body that has ended does not change its result.
#[test]
fn a_panic_in_a_destructor_at_the_end_is_contained() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let (trigger, deferred) = Deferred::<Bomb>::new();
    drop(deferred);
    trigger.callback(Bomb);
    let body = ensure_deferred(async {
        let _bomb = Bomb;
        ok(3)
    });
    // The destructor of a local runs as part of the body: that is a panic of the body.
    assert!(failure_result_of(body).check::<Panicked>().is_some());
}

/// Law 18: our panic hook calls the one that was there before.
#[test]
fn the_panic_hook_is_chained() {
    if let Some(stderr) = in_own_process("failure::the_panic_hook_is_chained") {
        assert!(stderr.contains("the earlier hook saw it"), "{stderr}");
        return;
    }
    panic::set_hook(Box::new(|_| eprintln!("the earlier hook saw it")));
    let body: Deferred<()> = ensure_deferred(async { panic!("seen") });
    assert_panicked(&failure_result_of(body), "seen", line!() - 1);
    let _ = panic::take_hook();
}

/// Law 18: if somebody replaces the hook, the body's last wait is named instead of the panic's place.
#[test]
fn without_the_panic_hook_the_last_wait_is_named() {
    if in_own_process("failure::without_the_panic_hook_the_last_wait_is_named").is_some() {
        return;
    }
    success_result_of(ensure_deferred(async { ok(()) }));
    panic::set_hook(Box::new(|_| ()));
    let (trigger, deferred) = Deferred::<u32>::new();
    let body: Deferred<()> = ensure_deferred(async move {
        deferred.await?;
        panic!("unseen")
    });
    let line = line!() - 3;
    trigger.callback(1);
    let failure = failure_result_of(body);
    let _ = panic::take_hook();
    assert_panicked(&failure, "unseen", line);
}

/// Laws 12 and 17: by default an unhandled failure goes to stderr: what failed, where it was made, the waits it crossed.
///
/// Twisted: `LogTests.test_errorLogDebugInfo`.
#[test]
fn by_default_an_unhandled_failure_is_printed_with_origin_and_waits() {
    if let Some(stderr) = in_own_process("failure::by_default_an_unhandled_failure_is_printed_with_origin_and_waits") {
        assert!(stderr.contains("Unhandled failure in a Deferred: nobody looks"), "{stderr}");
        assert!(stderr.contains("made in ") && stderr.contains("waited for in "), "{stderr}");
        assert!(stderr.contains(file!()), "{stderr}");
        return;
    }
    ensure_deferred(async { fail::<()>(Failure::msg("nobody looks")).await }).detach();
}

/// Law 12: a default hook is for the threads that have none of their own.
#[test]
fn a_default_hook_serves_threads_without_one() {
    if in_own_process("failure::a_default_hook_serves_threads_without_one").is_some() {
        return;
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    unhandled::set_default_hook(move |failure| sender.send(failure.to_string()).expect("the test listens"));
    std::thread::spawn(|| fail::<()>(Failure::msg("of a thread")).detach()).join().expect("the thread ends well");
    unhandled::set_hook(|_| ());
    fail::<()>(Failure::msg("of this one")).detach();
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["of a thread"]);
}

/// Law 17: `?`, `errback` and `fail` hand a failure on as it is: the same error, made where it was made.
///
/// Twisted: `FailureTests.test_failureValueFromFailure`.
#[test]
fn a_failure_that_is_handed_on_is_the_same_failure() {
    let original = Failure::new(Outer(std::io::Error::other("inner")));
    let error: *const Outer = original.check().expect("an `Outer`");
    let by_question_mark = || -> Result<(), Failure> {
        Err(original.clone())?;
        Ok(())
    };
    let (trigger, by_errback) = Deferred::<()>::new();
    trigger.errback(original.clone());
    let handed_on = [
        by_question_mark().expect_err("it fails"),
        failure_result_of(by_errback),
        failure_result_of(fail::<()>(original.clone())),
    ];
    for failure in handed_on {
        assert!(std::ptr::eq(failure.check::<Outer>().expect("an `Outer`"), error));
        assert_eq!(failure.origin().line(), original.origin().line());
    }
}

/// Law 17: the two failures that the library makes in a cheap way look like those that are made by hand.
///
/// Twisted: `FailureTests.test_failureWithoutTraceback`.
#[test]
fn cheap_failures_look_like_those_made_by_hand() {
    let (_kept, deferred) = Deferred::<()>::new();
    deferred.cancel();
    let (trigger, abandoned) = Deferred::<()>::new();
    drop(trigger);
    let pairs = [
        (failure_result_of(deferred), Failure::new(Cancelled)),
        (failure_result_of(abandoned), Failure::new(Abandoned)),
    ];
    for (cheap, by_hand) in pairs {
        assert_eq!(
            format!("{cheap} {cheap:#} {:?}", cheap.error()),
            format!("{by_hand} {by_hand:#} {:?}", by_hand.error())
        );
        assert_eq!(cheap.is_cancelled(), by_hand.is_cancelled());
        assert_eq!(cheap.check::<Cancelled>(), by_hand.check::<Cancelled>());
        assert_eq!(cheap.check::<Abandoned>(), by_hand.check::<Abandoned>());
        assert!(cheap.trace().is_empty() && by_hand.trace().is_empty());
    }
}

/// A failure that is made while another one is handled takes its place, inside the body and for those who wait for the body.
///
/// Twisted: `ExtendedGeneratorTests.test_ambiguousFailureInGenerator`,
/// `ExtendedGeneratorTests.test_ambiguousFailureFromGenerator`.
#[test]
fn a_new_failure_takes_the_place_of_the_one_that_was_handled() {
    for seen_inside in [true, false] {
        let (trigger, deferred) = Deferred::<()>::new();
        let body = ensure_deferred(async move {
            let handled = async {
                match deferred.await {
                    Err(why) if why.check::<Outer>().is_some() => {
                        Err("x".parse::<u32>().expect_err("no number").into())
                    }
                    other => other,
                }
            };
            let result: Result<(), Failure> = handled.await;
            if seen_inside {
                let why = result.as_ref().expect_err("it fails");
                assert!(why.check::<std::num::ParseIntError>().is_some() && why.check::<Outer>().is_none());
            }
            result
        });
        trigger.errback(Outer(std::io::Error::other("division")));
        let failure = failure_result_of(body);
        assert!(failure.check::<std::num::ParseIntError>().is_some(), "{failure:?}");
        assert!(failure.check::<Outer>().is_none());
    }
}

/// Law 17: `{:?}` of a failure has the error's text and where it was made; `{:?}` of its error has, as a rule, the type.
///
/// Twisted: `FailureTests.test_repr`.
#[test]
fn debug_of_a_failure_says_what_failed_and_where() {
    let failure = Failure::new(Outer(std::io::Error::other("inner")));
    assert!(format!("{failure:?}").starts_with("outer\n"), "{failure:?}");
    assert!(format!("{failure:?}").contains(&failure.origin().to_string()), "{failure:?}");
    assert!(format!("{:?}", failure.error()).starts_with("Outer("), "{:?}", failure.error());
}
