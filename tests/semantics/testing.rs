//! The aids for tests: watching over the failures that nobody handles.

use std::panic::{AssertUnwindSafe, catch_unwind};

use inline_callbacks::testing::{
    UnhandledFailures, assert_no_unhandled, failure_result_of, success_result_of, unhandled_failures,
};
use inline_callbacks::{Abandoned, AlreadyTaken, Deferred, Failure, Panicked, ensure_deferred, fail, unhandled};

use crate::support::{Log, capture_unhandled, in_own_process, ok};

/// The message of the panic that `work` ends with.
#[track_caller]
fn panic_of(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    Failure::from_panic(panic).check::<Panicked>().expect("a panic").message().to_owned()
}

fn lose(text: &str) {
    fail::<()>(Failure::msg(text)).detach();
}

/// Law 12: a watched test with an unhandled failure panics, with the failure's trace and the place of the watch.
#[test]
fn an_unhandled_failure_fails_a_watched_test_with_its_trace() {
    let (mut watched_at, mut lost_at) = (0, 0);
    let message = panic_of(|| {
        watched_at = line!() + 1;
        let _watch = UnhandledFailures::watch();
        lost_at = line!() + 1;
        ensure_deferred(async { fail::<()>(Failure::msg("nobody looks")).await }).detach();
    });
    let start = format!("a failure went unhandled since {}:{watched_at}:22\nnobody looks\n    made in ", file!());
    assert!(message.starts_with(&start), "{message}");
    assert!(
        message.contains("\n    waited for in ") && message.contains(&format!("{}:{lost_at}:", file!())),
        "{message}"
    );
    let message = panic_of(|| {
        let _watch = UnhandledFailures::watch();
        lose("one");
        lose("two");
    });
    assert!(message.starts_with("2 failures went unhandled since "), "{message}");
    assert!(message.contains("\none\n    made in ") && message.contains("\ntwo\n    made in "), "{message}");
}

/// Law 12: what was handled, cancelled on purpose or never lost does not fail a watched test.
#[test]
fn a_watched_test_without_unhandled_failures_passes() {
    let _watch = UnhandledFailures::watch();
    assert_eq!(failure_result_of(fail::<()>(Failure::msg("handled"))).to_string(), "handled");
    let (_trigger, deferred) = Deferred::<()>::new();
    deferred.cancel();
}

/// Law 12: expected failures are taken by type, and the others stay. Twisted: `flushLoggedErrors`.
#[test]
fn expected_failures_are_taken_by_type() {
    let watch = UnhandledFailures::watch();
    for _ in 0..2 {
        fail::<()>(Abandoned).detach();
        fail::<()>(AlreadyTaken).detach();
    }
    lose("text");
    let taken = watch.flush::<AlreadyTaken>();
    assert_eq!(taken.iter().filter(|failure| failure.check::<AlreadyTaken>().is_some()).count(), 2);
    assert_eq!((taken.len(), watch.flush::<AlreadyTaken>().len()), (2, 0));
    fail::<()>(AlreadyTaken).detach();
    assert_eq!(watch.flush_any::<(AlreadyTaken, Abandoned)>().len(), 3);
    assert_eq!(watch.flush_all().iter().map(ToString::to_string).collect::<Vec<_>>(), ["text"]);
    watch.assert_none();
}

/// Law 12: `assert_none` panics at its caller, once.
#[test]
fn what_a_watch_has_panicked_about_counts_as_seen() {
    let watch = UnhandledFailures::watch();
    lose("lost");
    assert!(panic_of(|| watch.assert_none()).contains("\nlost\n"));
    watch.assert_none();
}

/// Law 12: of nested watches the innermost gets the failure.
#[test]
fn the_innermost_watch_gets_the_failure() {
    let outer = UnhandledFailures::watch();
    lose("before");
    {
        let inner = UnhandledFailures::watch();
        lose("within");
        assert_eq!(inner.flush_all().len(), 1);
    }
    lose("after");
    assert_eq!(outer.flush_all().iter().map(ToString::to_string).collect::<Vec<_>>(), ["before", "after"]);
    let (first, second) = (UnhandledFailures::watch(), UnhandledFailures::watch());
    drop(first);
    lose("out of order");
    assert_eq!((second.flush_all().len(), outer.flush_all().len()), (1, 0));
}

/// Law 12: hooks are called as always, before the watch notes the failure, and stay as they were.
#[test]
fn hooks_are_called_before_the_watch_and_stay() {
    let log = capture_unhandled();
    let watch = UnhandledFailures::watch();
    lose("first");
    let own = Log::new();
    let seen = own.clone();
    unhandled::set_hook(move |failure| seen.note(format!("own: {failure}")));
    lose("second");
    assert_eq!(watch.flush_all().len(), 2);
    drop(watch);
    lose("third");
    assert_eq!((log.text(), own.text()), ("first".to_owned(), "own: second | own: third".to_owned()));
    assert_eq!(unhandled_failures().iter().map(ToString::to_string).collect::<Vec<_>>(), ["third"]);
}

/// Law 12: a hook that panics does not keep the failure from the watch.
#[test]
fn a_hook_that_panics_does_not_hide_the_failure() {
    let watch = UnhandledFailures::watch();
    unhandled::set_hook(|_| panic!("in the hook"));
    lose("lost");
    assert_eq!(watch.flush_all().len(), 1);
}

/// Law 12: without a hook nothing is printed while somebody watches; afterwards it is again.
#[test]
fn what_a_watch_gets_is_not_printed() {
    if let Some(stderr) = in_own_process("testing::what_a_watch_gets_is_not_printed") {
        assert!(!stderr.contains("expected"), "{stderr}");
        assert!(stderr.contains("Unhandled failure in a Deferred: afterwards"), "{stderr}");
        return;
    }
    let watch = UnhandledFailures::watch();
    lose("expected");
    assert_eq!(watch.flush_all().len(), 1);
    drop(watch);
    lose("afterwards");
}

/// Law 12: a watch that ends in a panic does not panic again: it prints what it had.
#[test]
fn a_watch_that_ends_in_a_panic_prints_what_it_had() {
    if let Some(stderr) = in_own_process("testing::a_watch_that_ends_in_a_panic_prints_what_it_had") {
        assert!(stderr.contains("Unhandled failure in a Deferred: perhaps the reason\n    made in "), "{stderr}");
        return;
    }
    let message = panic_of(|| {
        let _watch = UnhandledFailures::watch();
        lose("perhaps the reason");
        panic!("the first panic");
    });
    assert_eq!(message, "the first panic");
    lose("nobody watches any more");
    assert_eq!(unhandled_failures().len(), 1);
}

/// Law 12: a watch in a body lasts over its waits and fails its Deferred.
#[test]
fn a_watch_in_a_body_lasts_over_its_waits() {
    let (trigger, deferred) = Deferred::<()>::new();
    let body = ensure_deferred(async move {
        let _watch = UnhandledFailures::watch();
        deferred.await?;
        ok(())
    });
    lose("meanwhile");
    trigger.callback(());
    let failure = failure_result_of(body);
    assert!(failure.to_string().contains("\nmeanwhile\n    made in "), "{failure}");
}

/// Law 12: `assert_no_unhandled` gives the result of the work, or panics at its caller.
#[test]
fn assert_no_unhandled_gives_the_result_or_panics() {
    assert_eq!(assert_no_unhandled(|| success_result_of(ensure_deferred(async { ok(7) }))), 7);
    assert!(panic_of(|| assert_no_unhandled(|| lose("lost"))).contains("\nlost\n    made in "));
}
