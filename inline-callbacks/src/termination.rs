//! A Deferred as the result of `main` or of a test: `#[test] #[inline_callbacks] fn t() -> Deferred<()>`.

use std::panic;
use std::process::{ExitCode, Termination};

use crate::deferred::Deferred;
use crate::errors::Panicked;
use crate::failure::Failure;
use crate::testing::{all_who_wait, result_of};

/// Success ends well; a failure is printed with its trace and ends badly; so does a Deferred that has not fired, with a list of the
/// inline callbacks that wait (with feature `inspect`, a tree of who waits for what).
///
/// The reactor is not turned for it, except while a `testing::within` is pending, which ends that.
///
/// # Panics
///
/// A panic of the body is resumed, so that a test ends as by any panic. (`#[should_panic]` the compiler allows only on tests that
/// return nothing.)
impl<T: Termination + 'static> Termination for Deferred<T> {
    fn report(self) -> ExitCode {
        match outcome_of(self) {
            Ok(Ok(value)) => value.report(),
            Ok(Err(failure)) => report_failure(&failure),
            Err(who_waits) => {
                eprintln!("Error: the Deferred has not fired, and nothing is left that could fire it; {who_waits}");
                ExitCode::FAILURE
            }
        }
    }
}

/// The result, or else who waits.
fn outcome_of<T: 'static>(deferred: Deferred<T>) -> Result<Result<T, Failure>, String> {
    #[cfg(feature = "reactor")]
    let deferred = match crate::testing::turn_for(deferred) {
        Ok(result) => return result.ok_or_else(all_who_wait),
        Err(deferred) => deferred,
    };
    if !deferred.is_fired() {
        // Before it is let go of.
        return Err(all_who_wait());
    }
    result_of(deferred).ok_or_else(all_who_wait)
}

fn report_failure(failure: &Failure) -> ExitCode {
    eprintln!("Error: {failure:?}");
    if let Some(panicked) = failure.check::<Panicked>() {
        panic::resume_unwind(Box::new(panicked.message().to_owned()));
    }
    ExitCode::FAILURE
}
