//! What a program may return: what is looked at when its schedule is over.

use crate::deferred::Deferred;
use crate::failure::Failure;
use crate::testing::result_of;

/// What an explored program may return: its checks, made when nothing is left to happen.
///
/// A closure is called, and what it returns is looked at in turn; a [`Deferred`] has to have succeeded; a `Result` has to be
/// `Ok`; of a pair or a `Vec` every part is looked at; `()` is fine as it is.
pub trait Checks {
    #[doc(hidden)]
    fn check(self) -> Result<(), Failure>;
}

impl Checks for () {
    fn check(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl<T: 'static> Checks for Deferred<T> {
    fn check(self) -> Result<(), Failure> {
        match result_of(self) {
            Some(result) => result.map(drop),
            None => Err(Failure::msg("the Deferred that the program returned has not fired")),
        }
    }
}

impl<C: Checks, E: Into<Failure>> Checks for Result<C, E> {
    fn check(self) -> Result<(), Failure> {
        self.map_err(Into::into)?.check()
    }
}

impl<A: Checks, B: Checks> Checks for (A, B) {
    fn check(self) -> Result<(), Failure> {
        self.0.check()?;
        self.1.check()
    }
}

impl<C: Checks> Checks for Vec<C> {
    fn check(self) -> Result<(), Failure> {
        self.into_iter().try_for_each(Checks::check)
    }
}

impl<F: FnOnce() -> C, C: Checks> Checks for F {
    fn check(self) -> Result<(), Failure> {
        self().check()
    }
}
