//! Deferreds as futures of somebody else's, and somebody else's futures as Deferreds. Laws 12, 19 and 20.

use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::channel::oneshot;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{AlreadyTaken, Deferred, Failure, Trigger, ensure_deferred, host};

use crate::support::Log;

fn poll<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
    Pin::new(&mut future).poll(&mut Context::from_waker(futures::task::noop_waker_ref()))
}

/// Law 19: the future of a Deferred is ready when that has fired, and takes the result with it.
///
/// Twisted: `DeferredFutureAdapterTests.test_asFuture`.
#[test]
fn the_future_of_a_deferred_is_ready_when_that_fires_and_takes_the_result() {
    let (trigger, mut deferred) = Deferred::<u32>::new();
    let mut future = (&mut deferred).into_future();
    assert!(poll(&mut future).is_pending());
    trigger.callback(13);
    assert!(matches!(poll(&mut future), Poll::Ready(Ok(13))));
    drop(future);
    assert!(failure_result_of(deferred.map(|value| value)).check::<AlreadyTaken>().is_some());
}

/// Law 19: a failure is what the future gives.
///
/// Twisted: `DeferredFutureAdapterTests.test_asFutureFailure`.
#[test]
fn the_future_of_a_deferred_gives_its_failure() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let mut future = deferred.into_future();
    assert!(poll(&mut future).is_pending());
    trigger.errback("x".parse::<u32>().expect_err("no number"));
    let Poll::Ready(Err(failure)) = poll(&mut future) else { panic!("it has failed") };
    assert!(failure.check::<std::num::ParseIntError>().is_some());
}

/// Law 12: a future of a Deferred that is given up detaches it: its canceller is not asked. A handle cancels, before or after.
///
/// Twisted: `DeferredFutureAdapterTests.test_asFutureCancelFuture`,
/// `DeferredFutureAdapterTests.test_asFutureSuccessCancel`.
#[test]
fn a_future_that_is_given_up_does_not_cancel_its_deferred_but_a_handle_does() {
    for succeeds in [false, true] {
        let log = Log::new();
        let (note, seen) = (log.clone(), log.clone());
        let (_trigger, deferred) = Deferred::with_canceller(move |trigger: Trigger<u32>| {
            note.note("canceller");
            if succeeds {
                trigger.callback(9);
            }
        });
        let chain = deferred.add_both(move |result| {
            seen.note(if result.is_ok() { "success" } else { "failure" });
        });
        let handle = chain.cancel_handle();
        let (mut future, abort) = futures::future::abortable(chain.into_future());
        assert!(poll(&mut future).is_pending());
        abort.abort();
        assert!(matches!(poll(&mut future), Poll::Ready(Err(futures::future::Aborted))));
        drop(future);
        assert_eq!(log.text(), "");
        handle.cancel();
        assert_eq!(log.text(), if succeeds { "canceller | success" } else { "canceller | failure" });
    }
}

/// Law 20: a Deferred of a future fires after that is done, when its thread turns the wheel.
///
/// Twisted: `DeferredFutureAdapterTests.test_fromFuture`.
#[test]
fn a_deferred_of_a_future_fires_at_a_turn_after_that_is_done() {
    let (sender, receiver) = oneshot::channel::<u32>();
    let deferred = Deferred::from_future(receiver.map(|received| received.expect("sent below")));
    assert_no_result(&deferred);
    sender.send(7).expect("the Deferred listens");
    assert_no_result(&deferred);
    host::run_woken();
    assert_eq!(success_result_of(deferred), 7);
}

/// Law 20: when the future says that it was cancelled, that is what the Deferred fails with, not `Cancelled`.
///
/// Twisted: `DeferredFutureAdapterTests.test_fromFutureFutureCancelled`.
#[test]
fn a_deferred_of_a_cancelled_future_fails_with_that_futures_error() {
    let (sender, receiver) = oneshot::channel::<u32>();
    let deferred = ensure_deferred(receiver.map(|received| received.map_err(Failure::new)));
    drop(sender);
    assert_no_result(&deferred);
    host::run_woken();
    let failure = failure_result_of(deferred);
    assert_eq!(failure.check(), Some(&oneshot::Canceled));
    assert!(!failure.is_cancelled());
}
