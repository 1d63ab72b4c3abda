//! One result for several observers: what `share()` gives in place of Twisted's second waiter that gets `None`.

use std::cell::RefCell;
use std::rc::Rc;

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Abandoned, Deferred, Failure, Panicked, Shared, ensure_deferred, fail, succeed};

use crate::support::{Log, capture_unhandled, ok};

/// Every observer gets the result, in the order of asking, inside the call that fires.
///
/// Hazard 6.
#[test]
fn observers_get_the_result_in_the_order_of_asking() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let first = log.watch("first", shared.observe());
    let second = log.watch("second", shared.clone().observe());
    let third = log.watch("third", shared.observe());
    log.note("fire");
    trigger.callback(1);
    log.note("fired");
    assert_eq!(log.text(), "fire | first -> 1 | second -> 1 | third -> 1 | fired");
    [first, second, third].into_iter().for_each(success_result_of);
}

/// Law 2: depth first: what the first observer resumes has run before the second observer is resumed.
#[test]
fn what_one_observer_resumes_runs_before_the_next_observer() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let (inner, first) = (shared.observe(), log.clone());
    let body = ensure_deferred(async move {
        first.note(format!("inner {}", inner.await?));
        ok(2)
    });
    let outer = log.watch("outer", body);
    let second = log.watch("second", shared.observe());
    trigger.callback(1);
    assert_eq!(log.text(), "inner 1 | outer -> 2 | second -> 1");
    success_result_of(outer);
    success_result_of(second);
}

/// A failure goes to every observer as well; a clone's trace is its own (law 17).
///
/// Hazard 6.
#[test]
fn a_failure_goes_to_every_observer() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let (waiting, plain) = (shared.observe(), shared.observe());
    let body = ensure_deferred(waiting.into_future());
    trigger.errback(Failure::msg("no"));
    let (travelled, plain) = (failure_result_of(body), failure_result_of(plain));
    assert_eq!((travelled.to_string(), plain.to_string()), ("no".to_owned(), "no".to_owned()));
    assert_eq!(travelled.trace().to_vec().len(), 1);
    assert_eq!(plain.trace().to_vec().len(), 0);
    assert_eq!(unhandled_failures().len(), 0);
}

/// Who observes a fired one gets the result at once, any number of times.
#[test]
fn a_late_observer_gets_the_result_at_once() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    trigger.callback(1);
    assert_eq!(success_result_of(shared.observe()), 1);
    assert_eq!(success_result_of(shared.observe()), 1);
    assert_eq!(success_result_of(succeed(2).share().observe()), 2);
    assert_eq!(failure_result_of(fail::<u32>(Failure::msg("no")).share().observe()).to_string(), "no");
    assert_eq!(unhandled_failures().len(), 0);
}

/// Who observes inside an observer's callback gets it too, at once: everybody has the result before the first is resumed.
#[test]
fn an_observer_may_observe_again_while_it_is_told() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let (again, note) = (shared.clone(), log.clone());
    let first = shared.observe().add_callback(move |value| {
        note.note(format!("first {value}, again {}", success_result_of(again.observe())));
    });
    let second = shared.observe();
    let (peeked, peeked_note) = (Rc::new(RefCell::new(Some(second))), log.clone());
    let third = shared.observe().map(move |_| peeked_note.note(success_result_of(peeked.take().expect("kept"))));
    trigger.callback(1);
    assert_eq!(log.text(), "first 1, again 1 | 1");
    success_result_of(first);
    success_result_of(third);
}

/// Cancelling one observer cancels that one only: the others, and the work, go on.
///
/// Hazard 6.
#[test]
fn cancelling_one_observer_leaves_the_others() {
    let log = Log::new();
    let note = log.clone();
    let (trigger, deferred) = Deferred::<u32>::with_canceller(move |_| note.note("canceller"));
    let shared = deferred.share();
    let (first, second) = (shared.observe(), shared.observe());
    first.cancel();
    assert!(failure_result_of(first).is_cancelled());
    assert_no_result(&second);
    trigger.callback(1);
    assert_eq!(success_result_of(second), 1);
    assert_eq!(log.text(), "");
}

/// A cancelled observer that another one's callback cancels in the same firing is not told twice.
#[test]
fn an_observer_may_cancel_another_while_it_is_told() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let other = Rc::new(RefCell::new(None::<Deferred<u32>>));
    let victim = Rc::clone(&other);
    let first = shared.observe().map(move |_| {
        if let Some(victim) = victim.borrow().as_ref() {
            victim.cancel();
        }
    });
    *other.borrow_mut() = Some(shared.observe());
    trigger.callback(1);
    let victim = other.take().expect("kept");
    assert_eq!(success_result_of(victim), 1, "it had its result before the first one was resumed");
    success_result_of(first);
    assert_eq!(log.text(), "");
}

/// Law 12: dropping an observer, or the `Shared` itself, leaves the others and the work as they are.
#[test]
fn dropping_an_observer_or_the_shared_leaves_the_others() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let (first, second) = (shared.observe(), shared.observe());
    drop(first);
    drop(shared);
    trigger.callback(1);
    assert_eq!(success_result_of(second), 1);
}

/// Law 12: a failure that nobody observed is reported, once, when the last `Shared` is dropped.
#[test]
fn a_failure_that_nobody_observed_is_reported_once() {
    let reports = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let clone = shared.clone();
    trigger.errback(Failure::msg("nobody looks"));
    drop(shared);
    assert_eq!(reports.text(), "", "somebody may still ask");
    drop(clone);
    assert_eq!(reports.text(), "nobody looks");
}

/// Law 12: also when it fails after the last `Shared` was dropped.
#[test]
fn a_failure_after_the_shared_is_gone_is_reported() {
    let reports = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    drop(deferred.share());
    trigger.errback(Failure::msg("nobody looks"));
    assert_eq!(reports.text(), "nobody looks");
}

/// Law 12: each observer answers for its own copy: one that is dropped with the failure in it reports that.
#[test]
fn an_observer_that_is_dropped_with_a_failure_reports_it() {
    let reports = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let (dropped, handled) = (shared.observe(), shared.observe());
    trigger.errback(Failure::msg("no"));
    drop(dropped);
    assert_eq!(reports.text(), "no");
    assert_eq!(failure_result_of(handled).to_string(), "no");
    drop(shared);
    assert_eq!(reports.text(), "no");
}

/// Law 12: an observer that was dropped while it waited reports the failure when it comes, as any Deferred does.
#[test]
fn an_observer_that_was_dropped_before_reports_the_failure_when_it_comes() {
    let reports = capture_unhandled();
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    drop(shared.observe());
    trigger.errback(Failure::msg("no"));
    assert_eq!(reports.text(), "no");
    drop(shared);
    assert_eq!(reports.text(), "no");
}

/// Law 8: when the trigger is dropped, every observer is told.
#[test]
fn an_abandoned_source_tells_every_observer() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared = deferred.share();
    let observers = [shared.observe(), shared.observe()];
    drop(trigger);
    for observer in observers {
        assert!(failure_result_of(observer).check::<Abandoned>().is_some());
    }
}

/// Law 18: a `clone` of the value that panics fails the observer it was for, and no other.
#[test]
fn a_clone_that_panics_fails_its_own_observer_only() {
    struct Grumpy(Rc<RefCell<u32>>);
    impl Clone for Grumpy {
        fn clone(&self) -> Self {
            let count = self.0.replace_with(|count| *count + 1);
            assert!(count != 1, "the second clone");
            Grumpy(Rc::clone(&self.0))
        }
    }
    let (trigger, deferred) = Deferred::<Grumpy>::new();
    let shared = deferred.share();
    let (first, second, third) = (shared.observe(), shared.observe(), shared.observe());
    trigger.callback(Grumpy(Rc::default()));
    success_result_of(first);
    let failure = failure_result_of(second);
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("the second clone"));
    success_result_of(third);
}

/// Laws 3 and 4: any number of observers, told in one loop.
#[test]
fn many_observers_are_told_in_order() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let shared: Shared<u32> = deferred.share();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let observers: Vec<_> = (0..10_000)
        .map(|n| {
            let seen = Rc::clone(&seen);
            shared.observe().map(move |_| seen.borrow_mut().push(n))
        })
        .collect();
    trigger.callback(1);
    assert!(seen.borrow().iter().copied().eq(0..10_000));
    observers.into_iter().for_each(success_result_of);
}
