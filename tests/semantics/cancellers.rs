//! Cancellers: what they are given, when they are asked, how long they live. Laws 12 and 13.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{Abandoned, CancelHandle, Deferred, Failure, Trigger, ensure_deferred};

use crate::support::{Log, show};

/// Law 13: a second cancel changes nothing, before and after a late callback or errback, which is ignored.
///
/// Twisted: `DeferredCancellerTests.test_noCancellerMultipleCancelsAfterCancelAndCallback`,
/// `DeferredCancellerTests.test_noCancellerMultipleCancelsAfterCancelAndErrback`,
/// `DeferredCancellerTests.test_noCancellerMultipleCancel`.
#[test]
fn a_second_cancel_changes_nothing_whatever_was_fired_in_between() {
    for late in [None, Some(Ok(1)), Some(Err(Failure::msg("late")))] {
        let log = Log::new();
        let (trigger, deferred) = Deferred::<u32>::new();
        let handle = deferred.cancel_handle();
        let seen = log.clone();
        let chain = deferred.add_errback(move |why| {
            seen.note(&why);
            Ok(0)
        });
        handle.cancel();
        if let Some(result) = late {
            trigger.fire(result);
        }
        handle.cancel();
        chain.cancel();
        assert_eq!(log.text(), "cancelled");
        assert_eq!(success_result_of(chain), 0);
    }
}

/// Law 13: the trigger that the canceller gets fires the Deferred that is being cancelled, not another one.
///
/// Twisted: `DeferredCancellerTests.test_cancellerArg`.
#[test]
fn a_canceller_gets_the_trigger_of_its_own_deferred() {
    let log = Log::new();
    let named = ["a", "b"].map(|name| {
        let note = log.clone();
        Deferred::with_canceller(move |trigger: Trigger<&str>| {
            note.note(format!("{name}, cancelled {}", trigger.is_cancelled()));
            trigger.callback(name);
        })
    });
    let [(_first, a), (_second, b)] = named;
    b.cancel();
    assert_no_result(&a);
    assert_eq!(log.text(), "b, cancelled true");
    assert_eq!(success_result_of(b), "b");
}

/// Law 13: cancelling what has failed does nothing: the canceller is not asked, and the failure stays.
///
/// Twisted: `DeferredCancellerTests.test_cancelAfterErrback`.
#[test]
fn cancelling_a_failed_deferred_keeps_its_failure() {
    let log = Log::new();
    let note = log.clone();
    let (trigger, deferred) = Deferred::<u32>::with_canceller(move |_| note.note("canceller"));
    let handle = deferred.cancel_handle();
    trigger.errback(Failure::msg("its own"));
    deferred.cancel();
    handle.cancel();
    assert_eq!(failure_result_of(deferred).to_string(), "its own");
    assert_eq!(log.text(), "");
}

/// Law 13: cancelling a chain that waits for another Deferred asks that one's canceller, not that of the chain's beginning.
///
/// Twisted: `DeferredCancellerTests.test_cancelNestedDeferred`.
#[test]
fn the_canceller_of_a_fired_deferred_is_not_asked_when_its_chain_is_cancelled() {
    let log = Log::new();
    let noting = |name| {
        let note = log.clone();
        Deferred::<u32>::with_canceller(move |_| note.note(name))
    };
    let ((start, outer), (_inner, inner)) = (noting("outer"), noting("inner"));
    start.callback(0);
    let outer = outer.add_callback(move |_| inner);
    outer.cancel();
    let chain = outer.add_both(|result| Ok(show(&result)));
    assert_eq!(success_result_of(chain), "F[cancelled]");
    assert_eq!(log.text(), "inner");
}

/// A canceller that owns what it stands for: its Deferred, which owns the canceller.
struct Circle(Rc<RefCell<Option<Deferred<Rc<()>>>>>);

impl Circle {
    /// A Deferred in a circle with its canceller, its trigger, and a sign of the canceller's life.
    fn new() -> (Circle, Trigger<Rc<()>>, Weak<()>) {
        let (alive, slot) = (Rc::new(()), Rc::<RefCell<Option<_>>>::default());
        let (sign, own) = (Rc::downgrade(&alive), Rc::clone(&slot));
        let (trigger, deferred) = Deferred::with_canceller(move |_| drop((own, alive)));
        slot.replace(Some(deferred));
        (Circle(slot), trigger, sign)
    }
}

/// Law 12: a canceller is let go of when its Deferred fires, so one that owns this Deferred keeps nothing alive.
///
/// Twisted: `DeferredTests.test_canceller_circular_reference_callback`.
#[test]
fn a_canceller_that_owns_its_deferred_goes_when_that_succeeds() {
    let (circle, trigger, canceller) = Circle::new();
    let value = Rc::new(());
    trigger.callback(Rc::clone(&value));
    assert_eq!(canceller.strong_count(), 0);
    assert_eq!(Rc::strong_count(&value), 2, "in the Deferred");
    drop(circle);
    assert_eq!(Rc::strong_count(&value), 1);
}

/// Law 12: the same when it fails.
///
/// Twisted: `DeferredTests.test_canceller_circular_reference_errback`.
#[test]
fn a_canceller_that_owns_its_deferred_goes_when_that_fails() {
    let (circle, trigger, canceller) = Circle::new();
    trigger.errback(Failure::msg("no"));
    assert_eq!(canceller.strong_count(), 0);
    let deferred = circle.0.take().expect("put there by `new`");
    assert_eq!(failure_result_of(deferred).to_string(), "no");
}

/// Law 12: the same when its chain then waits for another Deferred.
///
/// Twisted: `DeferredTests.test_canceller_circular_reference_non_final`.
#[test]
fn a_canceller_that_owns_its_chain_goes_although_that_waits_for_more() {
    let (circle, trigger, canceller) = Circle::new();
    let (_later, pending) = Deferred::<Rc<()>>::new();
    let deferred = circle.0.take().expect("put there by `new`");
    circle.0.replace(Some(deferred.add_callback(move |_| pending)));
    trigger.callback(Rc::default());
    assert_eq!(canceller.strong_count(), 0);
    assert_no_result(circle.0.borrow().as_ref().expect("put back"));
}

/// Law 12: it goes with the Deferred as well, when that is dropped unfired, and with an abandoned trigger.
#[test]
fn a_canceller_goes_with_its_deferred_or_its_trigger() {
    let alive = Rc::new(());
    let held = Rc::clone(&alive);
    let (trigger, deferred) = Deferred::<u32>::with_canceller(move |_| drop(held));
    drop(deferred);
    assert_eq!(Rc::strong_count(&alive), 1, "although the trigger still stands here");
    drop(trigger);
    let (circle, trigger, canceller) = Circle::new();
    drop(trigger);
    assert_eq!(canceller.strong_count(), 0);
    assert!(circle.0.take().is_some_and(|deferred| failure_result_of(deferred).check::<Abandoned>().is_some()));
}

/// Law 13: a handle cancels through a canceller that nobody waits behind yet.
#[test]
fn a_handle_finds_the_canceller_before_anybody_waits() {
    let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.callback(5));
    let handle: CancelHandle = deferred.cancel_handle();
    handle.cancel();
    assert_eq!(success_result_of(deferred), 5);
}

/// Law 13: what waits for itself, a chain or a body, cannot be cancelled, but to try comes to an end.
#[test]
fn cancelling_what_waits_for_itself_ends() {
    fn in_a_circle(links: usize) -> CancelHandle {
        let own = Rc::new(RefCell::new(None::<Deferred<u32>>));
        let slot = Rc::clone(&own);
        let (trigger, deferred) = Deferred::<u32>::new();
        let chain = deferred.add_callback(move |_| slot.take().expect("put there below"));
        let chain = (0..links).fold(chain, |chain, _| chain.map(|value| value));
        let handle = chain.cancel_handle();
        own.replace(Some(chain));
        trigger.callback(1);
        handle
    }
    (0..10).for_each(|links| in_a_circle(links).cancel());

    let own = Rc::new(RefCell::new(None::<Deferred<u32>>));
    let slot = Rc::clone(&own);
    let (start, started) = Deferred::<()>::new();
    let body = ensure_deferred(async move {
        started.await?;
        let itself = slot.take().expect("put there below");
        itself.await
    });
    let handle = body.cancel_handle();
    own.replace(Some(body));
    start.callback(());
    handle.cancel();
}
