//! `testing::within`: a test that hangs fails, and says who waits for what. What does not need the feature is tested in
//! `semantics`.

use std::process::{ExitCode, Termination};
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{self, Hung, within, within_on};
use inline_callbacks::{Clock, unhandled};

use crate::read::without_times;
use crate::support::{in_own_process, seconds};

#[inline_callbacks]
fn wait_for(inner: Deferred<()>) -> Deferred<()> {
    yield_!(inner)?;
}

/// The tree begins with what was given to `within`, and has the others below.
#[test]
fn the_tree_begins_with_what_hangs() {
    let clock = Clock::new();
    let (_first, unrelated) = Deferred::<()>::new();
    let _unrelated = wait_for(unrelated);
    let (_second, deferred) = Deferred::<()>::new();
    let (line, file) = (line!() - 1, file!());
    let limited = within_on(&clock, seconds(5), wait_for(deferred).map(drop));
    clock.advance(seconds(5));
    let failure = testing::failure_result_of(limited);
    let hung = failure.check::<Hung>().expect("it hung");
    assert_eq!(hung.after(), seconds(5));
    let expected = format!(
        "2 inline callbacks wait:
the callback `core::mem::drop<()>`, added at {file}:{}:68
└─ #2 inspect::within::wait_for at {file}:16:5, for T
   └─ a Deferred made at {file}:{line}:31
#1 inspect::within::wait_for at {file}:16:5, for T, and nobody waits for it yet
└─ a Deferred made at {file}:{}:31",
        line + 2,
        line - 2
    );
    assert_eq!(without_times(hung.waiting()), expected);
    assert!(failure.to_string().starts_with("still pending after 5s; 2 inline callbacks wait:\n"));
    assert_eq!((failure.origin().file(), failure.origin().line()), (file, line + 2));
}

/// Also when no inline callback is involved: the Deferred itself is shown.
#[test]
fn a_chain_without_a_body_is_shown_too() {
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::<()>::new();
    let limited = within_on(&clock, seconds(5), deferred);
    clock.advance(seconds(5));
    let text = testing::failure_result_of(limited).to_string();
    assert!(text.starts_with("still pending after 5s; no inline callback waits\na Deferred made at "), "{text}");
}

/// In a test that returns a Deferred: the reactor is turned, and the tree is printed.
#[test]
fn a_test_that_returns_a_deferred_and_hangs_prints_the_tree() {
    #[inline_callbacks]
    fn test() -> Deferred<()> {
        let (_trigger, deferred) = Deferred::<()>::new();
        yield_!(within(Duration::from_millis(5), wait_for(deferred)))?;
    }
    let name = "within::a_test_that_returns_a_deferred_and_hangs_prints_the_tree";
    if let Some(stderr) = in_own_process(name) {
        assert!(stderr.contains("Error: still pending after 5ms; 2 inline callbacks wait:\n#2 "), "{stderr}");
        assert!(stderr.contains("\n└─ a Deferred made at "), "{stderr}");
        return;
    }
    unhandled::set_hook(|_| ());
    assert_eq!(format!("{:?}", test().report()), format!("{:?}", ExitCode::FAILURE));
}

/// A Deferred that is returned unfired is reported with the tree too.
#[test]
fn a_deferred_that_has_not_fired_is_reported_with_the_tree() {
    let name = "within::a_deferred_that_has_not_fired_is_reported_with_the_tree";
    if let Some(stderr) = in_own_process(name) {
        assert!(stderr.contains("nothing is left that could fire it; 1 inline callback waits:\n#1 "), "{stderr}");
        return;
    }
    let (_trigger, deferred) = Deferred::<()>::new();
    assert_eq!(format!("{:?}", wait_for(deferred).report()), format!("{:?}", ExitCode::FAILURE));
}

/// It is itself seen as a limit while it waits.
#[test]
fn it_is_shown_as_a_timeout_itself() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let _body = wait_for(within(seconds(3600), deferred));
    let text = inline_callbacks::inspect::waiting().to_string();
    assert!(text.contains("what has a timeout of 3600s (due in 3"), "{text}");
}

/// During an exploration, on its clock.
#[test]
fn it_works_on_the_clock_of_an_exploration() {
    let report = inline_callbacks::explore::Explorer::new().run(|world| {
        let answered = within_on(&world.clock(), seconds(1), wait_for(world.event("answer")));
        move || testing::success_result_of(answered)
    });
    let text = report.to_string();
    assert!(text.contains("still pending after 1s; 1 inline callback waits:"), "{text}");
    assert!(text.contains("the event \"answer\" made at"), "{text}");
    assert!(inline_callbacks::inspect::waiting().is_empty(), "the exploration leaves nobody behind");
}
