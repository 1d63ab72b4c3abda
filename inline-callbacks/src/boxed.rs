//! Failures and boxed errors: each made of the other.

use std::error::Error;

use crate::failure::{Failed, Failure};

impl Failed {
    /// The failure that it is.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.0
    }

    /// The failure that it is, by value.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        self.0
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.error().source()
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Failed(failure)
    }
}

impl From<Failure> for Box<dyn Error + Send + Sync> {
    fn from(failure: Failure) -> Self {
        Box::new(Failed(failure))
    }
}

impl From<Failure> for Box<dyn Error + Send> {
    fn from(failure: Failure) -> Self {
        Box::new(Failed(failure))
    }
}

impl From<Failure> for Box<dyn Error> {
    fn from(failure: Failure) -> Self {
        Box::new(Failed(failure))
    }
}

/// For results whose error `?` cannot make a [`Failure`] of: boxed errors and texts.
///
/// The failure's origin is the line of the call, which `map_err(Failure::from_boxed)` could not know.
///
/// ```
/// use std::error::Error;
/// use inline_callbacks::{Failure, OrFail};
///
/// fn load(name: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
///     Err(format!("there is no {name}").into())
/// }
///
/// fn line_count() -> Result<usize, Failure> {
///     let poem = load("poem").or_fail()?;
///     Ok(poem.lines().count())
/// }
/// assert_eq!(line_count().unwrap_err().to_string(), "there is no poem");
/// ```
pub trait OrFail {
    /// What it gives on success.
    type Value;

    /// The same result, its error now a failure made at the caller's place.
    ///
    /// # Errors
    ///
    /// The error that was in there.
    fn or_fail(self) -> Result<Self::Value, Failure>;
}

impl<T> OrFail for Result<T, Box<dyn Error + Send + Sync>> {
    type Value = T;

    #[track_caller]
    fn or_fail(self) -> Result<T, Failure> {
        // Not `map_err`, which would call from a place of its own.
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Failure::from_boxed(error)),
        }
    }
}

impl<T> OrFail for Result<T, String> {
    type Value = T;

    #[track_caller]
    fn or_fail(self) -> Result<T, Failure> {
        match self {
            Ok(value) => Ok(value),
            Err(text) => Err(Failure::msg(text)),
        }
    }
}

impl<T> OrFail for Result<T, &str> {
    type Value = T;

    #[track_caller]
    fn or_fail(self) -> Result<T, Failure> {
        match self {
            Ok(value) => Ok(value),
            Err(text) => Err(Failure::msg(text)),
        }
    }
}
