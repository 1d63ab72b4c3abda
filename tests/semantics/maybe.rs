//! Whatever a call gives, as a Deferred: `maybe_deferred`, `ensure_deferred`, `into_deferred`. Law 1.

use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{IntoDeferred, Panicked, ensure_deferred, fail, maybe_deferred, succeed};

use crate::support::ok;

/// Law 1: the value that the function returns is the value; what the function is given it captures.
///
/// Twisted: `DeferredTests.test_maybeDeferredSync`, `DeferredTests.test_maybeDeferredSyncWithArgs`.
#[test]
fn maybe_deferred_gives_the_very_value_of_the_function() {
    let value = Rc::new(1);
    let returned = Rc::clone(&value);
    let deferred = maybe_deferred(move || ok(returned));
    assert!(Rc::ptr_eq(&success_result_of(deferred), &value));
    let (plus_five, argument) = (|value: u32| ok(value + 5), 10);
    assert_eq!(success_result_of(maybe_deferred(move || plus_five(argument))), 15);
}

/// Law 1: an error that the function ends with is the failure, and so is a panic.
///
/// Twisted: `DeferredTests.test_maybeDeferredSyncException`.
#[test]
fn maybe_deferred_makes_an_error_of_the_function_the_failure() {
    fn refuses() -> Result<u32, Failure> {
        Ok("that value is unacceptable".parse::<u32>()?)
    }
    let failure = failure_result_of(maybe_deferred(refuses));
    assert!(failure.check::<std::num::ParseIntError>().is_some());
    let panics = || -> Result<u32, Failure> { panic!("that value is unacceptable") };
    let failure = failure_result_of(maybe_deferred(panics));
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("that value is unacceptable"));
}

/// Law 1: a failure that the function returns is that very failure.
///
/// Twisted: `DeferredTests.test_maybeDeferredSyncFailure`.
#[test]
fn maybe_deferred_gives_the_very_failure_of_the_function() {
    let expected = Failure::msg("expected");
    let returned = expected.clone();
    let failure = failure_result_of(maybe_deferred(move || Err::<u32, _>(returned)));
    assert!(std::ptr::addr_eq(failure.error(), expected.error()));
}

/// Law 1: a Deferred that the function returns is passed through: it succeeds and fails when that does.
///
/// Twisted: `DeferredTests.test_maybeDeferredAsync`, `DeferredTests.test_maybeDeferredAsyncError`.
#[test]
fn maybe_deferred_passes_a_deferred_through() {
    let (trigger, deferred) = Deferred::<&str>::new();
    let passed = maybe_deferred(move || deferred);
    assert_no_result(&passed);
    trigger.callback("success");
    assert_eq!(success_result_of(passed), "success");
    let (trigger, deferred) = Deferred::<u32>::new();
    let passed = maybe_deferred(move || deferred);
    trigger.errback(Failure::msg("no"));
    let failure = failure_result_of(passed);
    assert_eq!(failure.to_string(), "no");
    assert!(failure.trace().is_empty(), "no wait was crossed");
}

/// Law 1: an inline callback is a function like any other; an `async fn` is wrapped, then it is driven.
///
/// Twisted: `DeferredTests.test_maybeDeferredCoroutineSuccess`,
/// `DeferredTests.test_maybeDeferredCoroutineSuccessIndirect`, `DeferredTests.test_maybeDeferredCoroutineFailure`.
#[test]
fn maybe_deferred_takes_inline_callbacks_and_wrapped_async_functions() {
    #[inline_callbacks]
    fn seven(fails: bool) -> Deferred<u32> {
        let value = yield_!(succeed(7))?;
        if fails {
            return Err(Failure::msg("of the body"));
        }
        Ok(value)
    }
    async fn eight(fails: bool) -> Result<u32, Failure> {
        if fails { Err(Failure::msg("of the async fn")) } else { Ok(succeed(8).await?) }
    }
    assert_eq!(success_result_of(maybe_deferred(|| seven(false))), 7);
    assert_eq!(success_result_of(maybe_deferred(|| ensure_deferred(eight(false))).map(|value| value + 1)), 9);
    assert_eq!(failure_result_of(maybe_deferred(|| seven(true))).to_string(), "of the body");
    assert_eq!(failure_result_of(maybe_deferred(|| ensure_deferred(eight(true)))).to_string(), "of the async fn");
}

/// `ensure_deferred` and `from_future` drive an async block; the type of the result is known from it.
///
/// Twisted: `DeferredTests.test_fromCoroutine`, `EnsureDeferredTests.test_ensureDeferredCoroutine`.
#[test]
fn async_blocks_become_deferreds_of_their_type() {
    let waited = ensure_deferred(async { succeed("foo").await });
    assert_eq!(success_result_of(waited), "foo");
    let (trigger, later) = Deferred::<u8>::new();
    let waited: Deferred<u8> = ensure_deferred(async move { Ok(later.await? + 1) });
    assert_no_result(&waited);
    trigger.callback(1);
    assert_eq!(success_result_of(waited), 2);
    let plain: Deferred<i32> = Deferred::from_future(async { 1 });
    assert_eq!(success_result_of(plain), 1);
}

/// A Deferred is passed through as it is by `into_deferred` and `maybe_deferred`; `ensure_deferred` is for futures.
///
/// Twisted: `EnsureDeferredTests.test_passesThroughDeferreds`.
#[test]
fn a_deferred_is_passed_through_as_it_is() {
    fn started(operation: impl IntoDeferred<Value = u32>) -> Deferred<u32> {
        operation.into_deferred()
    }
    let allocated = allocation_counter::measure(|| assert_eq!(success_result_of(started(succeed(1))), 1));
    assert_eq!(allocated.count_total, 0);
    let (trigger, deferred) = Deferred::<u32>::new();
    let handle = deferred.cancel_handle();
    let passed = started(deferred);
    handle.cancel();
    assert!(trigger.is_cancelled());
    assert!(failure_result_of(passed).is_cancelled());
    let failure = failure_result_of(started(fail(Failure::msg("no"))));
    assert!(failure.trace().is_empty(), "no wait was crossed");
}

/// Law 12: the arguments of a call, its result and its Deferred are freed at once when nobody holds them any more.
///
/// Twisted: `InlineCallbackTests.test_coroutineNoCircularReference`.
#[test]
fn nothing_of_a_call_is_kept_after_its_completion() {
    #[inline_callbacks]
    fn gives_back(object: Rc<u32>, wait: Deferred<()>) -> Deferred<Rc<u32>> {
        let other = Rc::clone(&object);
        yield_!(wait)?;
        assert_eq!(Rc::strong_count(&other), 2);
        Ok(object)
    }
    let (trigger, later) = Deferred::new();
    for (wait, trigger) in [(succeed(()), None), (later, Some(trigger))] {
        let object = Rc::new(1);
        let weak = Rc::downgrade(&object);
        let done = gives_back(object, wait);
        if let Some(trigger) = trigger {
            trigger.callback(());
        }
        assert_eq!(weak.strong_count(), 1, "only the result");
        let object = success_result_of(done);
        assert_eq!(weak.strong_count(), 1);
        drop(object);
        assert_eq!(weak.strong_count(), 0);
    }
}
