//! Failures and `anyhow::Error`: each made of the other by `?`.

use std::error::Error;
use std::fmt;

use anyhow::Context;

use crate::failure::{Failed, Failure};
use crate::printing::way_of;

/// By `?` from every [`std::error::Error`] and from `anyhow::Error`.
///
/// The second bound takes whatever `anyhow` can put a context on: every error and `anyhow::Error`, but no failure. Without it
/// this would collide with the conversion of a type into itself.
impl<E> From<E> for Failure
where
    E: Into<anyhow::Error>,
    Result<(), E>: Context<(), E>,
{
    #[track_caller]
    fn from(error: E) -> Self {
        Failure::from_anyhow(error.into())
    }
}

impl Failure {
    /// A failure holding an `anyhow::Error`, made at the caller's place. `?` does the same.
    ///
    /// [`check`](Self::check) and its relatives know the type of the error that the `anyhow::Error` was made of; what is
    /// below a context can be had through [`as_anyhow`](Self::as_anyhow). If it was made of a failure, and nothing was added
    /// since, it is that failure again, with its origin and its waits.
    ///
    /// Needs the feature `anyhow`.
    ///
    /// ```
    /// use inline_callbacks::Failure;
    ///
    /// let failure = Failure::from_anyhow(anyhow::anyhow!("rain").context("no walk"));
    /// assert_eq!(format!("{failure:#}"), "no walk: rain");
    /// ```
    #[track_caller]
    #[must_use]
    pub fn from_anyhow(error: anyhow::Error) -> Self {
        if error.chain().nth(1).is_some_and(<dyn Error>::is::<Way>) {
            return error.downcast::<Failure>().unwrap_or_else(Failure::holding_anyhow);
        }
        if (*error).is::<Failed>() {
            return error.downcast::<Failed>().map_or_else(Failure::holding_anyhow, |failed| failed.0);
        }
        Failure::holding_anyhow(error)
    }

    /// The `anyhow::Error` that it was made of, to look below a context with its `downcast_ref`.
    ///
    /// With the feature `anyhow`, which this needs, every error that `?` makes a failure of goes through an `anyhow::Error`;
    /// what [`Failure::new`] makes does not.
    ///
    /// ```
    /// use inline_callbacks::{Abandoned, Failure};
    ///
    /// let failure = Failure::from_anyhow(anyhow::Error::new(Abandoned).context("no poem"));
    /// assert_eq!(failure.check::<Abandoned>(), None);
    /// assert_eq!(failure.as_anyhow().unwrap().downcast_ref::<Abandoned>(), Some(&Abandoned));
    /// ```
    #[must_use]
    pub fn as_anyhow(&self) -> Option<&anyhow::Error> {
        self.held_anyhow()
    }
}

/// By `?`. It prints the error with `{}`, and its origin and waits, as if they were its first cause, with `{:?}`.
///
/// `downcast_ref::<Failure>()` finds the failure again, also below a context.
impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> Self {
        anyhow::Error::new(Way(failure.clone())).context(failure)
    }
}

/// The way that a failure has come, in the place of a cause: anyhow prints nothing but errors and their causes.
struct Way(Failure);

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&way_of(&self.0).join("\n"))
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Way {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.error().source()
    }
}
