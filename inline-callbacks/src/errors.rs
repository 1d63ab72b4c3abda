//! The errors that this crate itself puts into a [`Failure`](crate::Failure).

use std::error::Error;
use std::fmt;

/// The Deferred was cancelled. Twisted: `CancelledError`.
///
/// ```
/// let (_trigger, deferred) = inline_callbacks::Deferred::<u32>::new();
/// deferred.cancel();
/// let failure = inline_callbacks::testing::failure_result_of(deferred);
/// assert!(failure.check::<inline_callbacks::Cancelled>().is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl Error for Cancelled {}

/// The trigger was dropped before it fired, so no result can come any more. (In Twisted nothing happens then.)
///
/// ```
/// let (trigger, deferred) = inline_callbacks::Deferred::<u32>::new();
/// drop(trigger);
/// let failure = inline_callbacks::testing::failure_result_of(deferred);
/// assert!(failure.check::<inline_callbacks::Abandoned>().is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Abandoned;

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("abandoned: the trigger was dropped before it fired")
    }
}

impl Error for Abandoned {}

/// The result of this Deferred was taken before, through `&mut`. (In Twisted the second waiter gets `None`.)
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{AlreadyTaken, succeed, testing};
///
/// #[inline_callbacks]
/// fn twice(mut poem: Deferred<&'static str>) -> Deferred<&'static str> {
///     println!("{}", yield_!(&mut poem)?);
///     yield_!(poem)
/// }
/// let failure = testing::failure_result_of(twice(succeed("a poem")));
/// assert!(failure.check::<AlreadyTaken>().is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlreadyTaken;

impl fmt::Display for AlreadyTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the result of this Deferred has already been taken")
    }
}

impl Error for AlreadyTaken {}

/// A body, a callback or a canceller panicked; this is its message.
///
/// ```
/// use inline_callbacks::{Panicked, succeed, testing};
///
/// let failure = testing::failure_result_of(succeed(1).map(|n| assert!(n > 1, "too small")));
/// assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("too small"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    message: String,
}

impl Panicked {
    pub(crate) fn new(message: String) -> Self {
        Panicked { message }
    }

    /// What the panic said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.message)
    }
}

impl Error for Panicked {}

/// A text without a type of its own, from [`Failure::msg`](crate::Failure::msg).
#[derive(Debug)]
pub(crate) struct Message(pub(crate) String);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Message {}
