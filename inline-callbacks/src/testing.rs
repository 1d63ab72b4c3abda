//! Looking into Deferreds from a test. Twisted: `twisted.trial`'s `successResultOf` and its relatives.

use crate::deferred::{Deferred, State};
use crate::failure::Failure;
use crate::unhandled;

/// The value of a Deferred that has succeeded. Twisted: `successResultOf`.
///
/// # Panics
///
/// When it is pending or has failed; the message says which, with the failure's trace.
#[track_caller]
pub fn success_result_of<T>(deferred: Deferred<T>) -> T {
    match result_of(deferred) {
        Some(Ok(value)) => value,
        Some(Err(failure)) => panic!("expected a success, but the Deferred failed: {failure:?}"),
        None => panic!("expected a success, but the Deferred has not fired"),
    }
}

/// The failure of a Deferred that has failed. Twisted: `failureResultOf`.
///
/// # Panics
///
/// When it is pending or has succeeded.
#[track_caller]
pub fn failure_result_of<T>(deferred: Deferred<T>) -> Failure {
    match result_of(deferred) {
        Some(Err(failure)) => failure,
        Some(Ok(_)) => panic!("expected a failure, but the Deferred succeeded"),
        None => panic!("expected a failure, but the Deferred has not fired"),
    }
}

/// Makes sure that a Deferred is pending. Twisted: `assertNoResult`.
///
/// # Panics
///
/// When it has fired.
#[track_caller]
pub fn assert_no_result<T>(deferred: &Deferred<T>) {
    assert!(!deferred.is_fired(), "expected no result, but the Deferred has fired: {deferred:?}");
}

/// Takes the failures that were reported on this thread as unhandled since the last call, the latest thousand of them.
///
/// ```
/// use inline_callbacks::{Failure, fail, testing};
///
/// drop(fail::<()>(Failure::msg("nobody looks")));
/// assert_eq!(testing::unhandled_failures().len(), 1);
/// assert_eq!(testing::unhandled_failures().len(), 0);
/// ```
#[must_use]
pub fn unhandled_failures() -> Vec<Failure> {
    unhandled::take_reported()
}

/// The result, if there is one; a pending Deferred is dropped.
pub(crate) fn result_of<T>(deferred: Deferred<T>) -> Option<Result<T, Failure>> {
    match deferred.into_state() {
        State::Value(value) => value.map(Ok),
        State::Failed(unseen) => Some(Err(unseen.take())),
        State::Node(held) => held.source().core().take(),
    }
}
