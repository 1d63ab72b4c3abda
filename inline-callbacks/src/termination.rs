//! A Deferred as the result of `main` or of a test: `#[test] #[inline_callbacks] fn t() -> Deferred<()>`.

use std::panic;
use std::process::{ExitCode, Termination};

use crate::deferred::Deferred;
use crate::errors::Panicked;
use crate::failure::Failure;
use crate::testing::result_of;

/// Success ends well; a failure is printed with its trace and ends badly; so does a Deferred that has not fired.
///
/// # Panics
///
/// A panic of the body is resumed, so that a test ends as by any panic. (`#[should_panic]` the compiler allows only on tests that
/// return nothing.)
impl<T: Termination + 'static> Termination for Deferred<T> {
    fn report(self) -> ExitCode {
        match result_of(self) {
            Some(Ok(value)) => value.report(),
            Some(Err(failure)) => report_failure(&failure),
            None => {
                eprintln!("Error: the Deferred has not fired, and nothing is left that could fire it");
                ExitCode::FAILURE
            }
        }
    }
}

fn report_failure(failure: &Failure) -> ExitCode {
    eprintln!("Error: {failure:?}");
    if let Some(panicked) = failure.check::<Panicked>() {
        panic::resume_unwind(Box::new(panicked.message().to_owned()));
    }
    ExitCode::FAILURE
}
