//! Failure: an error in a box, with the place it was made at and the waits it has crossed. Knows nothing of Deferreds.

use std::any::Any;
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::errors::{Abandoned, Cancelled, Message, Panicked};
use crate::site::{self, Site};

/// An error on its way through callbacks and waits: one word, `Clone + Send + Sync`.
///
/// Made by `?` from every [`std::error::Error`], by [`Failure::new`] or from a text by [`Failure::msg`]. It knows where
/// it was made ([`origin`](Self::origin)) and each wait that it has travelled through ([`trace`](Self::trace)), at no cost
/// for results that succeed. Twisted: `twisted.python.failure.Failure`.
///
/// `{}` prints the error, `{:#}` the error and its causes, `{:?}` the error, its causes, its origin and its waits: what
/// `fn main() -> Result<(), Failure>` shows.
///
/// Like `anyhow::Error` it is not itself a [`std::error::Error`]: that is what lets `?` make one from any error.
///
/// ```
/// use inline_callbacks::Failure;
///
/// fn port(text: &str) -> Result<u16, Failure> {
///     Ok(text.parse::<u16>()?)
/// }
///
/// let failure = port("x").unwrap_err();
/// assert_eq!(failure.to_string(), "invalid digit found in string");
/// assert!(failure.check::<std::num::ParseIntError>().is_some());
/// assert_eq!(failure.origin().file(), file!());
/// ```
#[derive(Clone)]
pub struct Failure(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    error: Kind,
    origin: Site,
    trace: Trace,
    /// Whether it was to be expected, so that nobody has to be told: the `Cancelled` that a call of `cancel()` asked for, and
    /// what the end of the thread abandons.
    expected: bool,
}

/// The two errors that the library makes often carry nothing and need no box of their own.
#[derive(Clone)]
enum Kind {
    Cancelled,
    Abandoned,
    Other(Arc<dyn AnyError>),
}

/// An error that can be shared between clones and still be given back as its own type.
trait AnyError: Error + Send + Sync + 'static {
    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static);
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<E: Error + Send + Sync + 'static> AnyError for E {
    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl Failure {
    /// A failure holding `error`, made at the caller's place. Twisted: `Failure(exception)`.
    #[track_caller]
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Failure::at(Kind::Other(Arc::new(error)), Site::new(site::running(), Location::caller()))
    }

    /// A failure that is only a text.
    #[track_caller]
    pub fn msg(text: impl Into<String>) -> Self {
        Failure::new(Message(text.into()))
    }

    /// A failure holding [`Panicked`], from what `catch_unwind` or a joined thread gives.
    ///
    /// Its origin is the place of the panic when the panic happened in a body, a callback or a canceller, and the
    /// caller's place otherwise.
    #[track_caller]
    #[must_use]
    pub fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        Failure::panicked(payload, Site::new(site::running(), Location::caller()))
    }

    pub(crate) fn panicked(payload: Box<dyn Any + Send>, origin: Site) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast::<&'static str>() {
                Ok(text) => (*text).to_owned(),
                Err(payload) => {
                    // A payload may itself panic when it is dropped; that panic has nowhere to go.
                    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload)));
                    "with a payload that is not text".to_owned()
                }
            },
        };
        Failure::at(Kind::Other(Arc::new(Panicked::new(message))), origin)
    }

    /// A failure holding `error`, made on behalf of the place `origin`.
    pub(crate) fn new_at(error: impl Error + Send + Sync + 'static, origin: Site) -> Self {
        Failure::at(Kind::Other(Arc::new(error)), origin)
    }

    /// A text about the place `origin`.
    pub(crate) fn msg_at(text: String, origin: Site) -> Self {
        Failure::at(Kind::Other(Arc::new(Message(text))), origin)
    }

    /// The `Cancelled` that a call of `cancel()` asked for.
    #[track_caller]
    pub(crate) fn cancelled() -> Self {
        let mut failure = Failure::at(Kind::Cancelled, Site::new(site::running(), Location::caller()));
        failure.mark_expected();
        failure
    }

    #[track_caller]
    pub(crate) fn abandoned() -> Self {
        Failure::at(Kind::Abandoned, Site::new(site::running(), Location::caller()))
    }

    fn at(error: Kind, origin: Site) -> Self {
        Failure(Arc::new(Inner { error, origin, trace: Trace::default(), expected: false }))
    }

    /// The error if it is an `E`. Twisted: `Failure.check`.
    #[must_use]
    pub fn check<E: Error + 'static>(&self) -> Option<&E> {
        self.error().downcast_ref::<E>()
    }

    /// The error if it is an `E`, otherwise the failure again, for `?`. Twisted: `Failure.trap`.
    ///
    /// # Errors
    ///
    /// A clone of this failure when it holds some other error.
    ///
    /// ```
    /// use inline_callbacks::Failure;
    ///
    /// fn forgive_missing_files(why: Failure) -> Result<(), Failure> {
    ///     let error = why.trap::<std::io::Error>()?;
    ///     if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(why) }
    /// }
    /// # assert!(forgive_missing_files(std::io::Error::from(std::io::ErrorKind::NotFound).into()).is_ok());
    /// # assert!(forgive_missing_files(Failure::msg("other")).is_err());
    /// ```
    pub fn trap<E: Error + 'static>(&self) -> Result<&E, Failure> {
        self.check::<E>().ok_or_else(|| self.clone())
    }

    /// The error itself, by value, when it is an `E` and no clone of this failure is left.
    ///
    /// # Errors
    ///
    /// The failure itself when it holds some other error or has clones.
    pub fn into_inner<E: Error + Send + Sync + 'static>(self) -> Result<E, Failure> {
        if self.check::<E>().is_none() {
            return Err(self);
        }
        let mut inner = match Arc::try_unwrap(self.0) {
            Ok(inner) => inner,
            Err(shared) => return Err(Failure(shared)),
        };
        let any = match std::mem::replace(&mut inner.error, Kind::Cancelled) {
            Kind::Other(error) => error.into_any(),
            Kind::Cancelled => Arc::new(Cancelled),
            Kind::Abandoned => Arc::new(Abandoned),
        };
        let typed = any.downcast::<E>().unwrap_or_else(|_| unreachable!("`check` found this type"));
        Arc::try_unwrap(typed).map_err(|shared| {
            inner.error = Kind::Other(shared);
            Failure(Arc::new(inner))
        })
    }

    /// Whether this is a cancellation: the same as `check::<Cancelled>().is_some()`.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.check::<Cancelled>().is_some()
    }

    /// The error, whatever its type.
    #[must_use]
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        match &self.0.error {
            Kind::Cancelled => &Cancelled,
            Kind::Abandoned => &Abandoned,
            Kind::Other(error) => error.as_ref().as_error(),
        }
    }

    /// Where it was made: the `?`, the [`Failure::new`] or the panic.
    #[must_use]
    pub fn origin(&self) -> &Site {
        &self.0.origin
    }

    /// The waits it has crossed, innermost first.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// Notes that this failure came out of a wait at `location` in the function that runs now.
    #[cold]
    pub(crate) fn cross(&mut self, location: &'static Location<'static>) {
        let site = Site::new(site::running(), location);
        // A clone that somebody else holds keeps the trace that it had when it was cloned.
        Arc::make_mut(&mut self.0).trace.push(site);
    }

    pub(crate) fn mark_expected(&mut self) {
        Arc::make_mut(&mut self.0).expected = true;
    }

    pub(crate) fn is_expected(&self) -> bool {
        self.0.expected
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Failure::new(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error())?;
        if f.alternate() {
            for cause in causes(self.error()) {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error())?;
        for cause in causes(self.error()) {
            write!(f, "\n    caused by: {cause}")?;
        }
        write!(f, "\n    made in {}", self.origin())?;
        for site in &self.0.trace.first {
            write!(f, "\n    waited for in {site}")?;
        }
        if self.0.trace.left_out > 0 {
            write!(f, "\n    ... {} more waits ...", self.0.trace.left_out)?;
        }
        for site in &self.0.trace.last {
            write!(f, "\n    waited for in {site}")?;
        }
        Ok(())
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// The waits that a [`Failure`] has crossed, innermost first: the first 32 and the last 32 of them.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    first: Vec<Site>,
    last: VecDeque<Site>,
    left_out: usize,
}

impl Trace {
    /// How many sites are kept at either end.
    const KEPT: usize = 32;

    fn push(&mut self, site: Site) {
        if self.first.len() < Self::KEPT {
            self.first.push(site);
            return;
        }
        if self.last.len() == Self::KEPT {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(site);
    }

    /// The kept sites, innermost first.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        self.first.iter().chain(&self.last)
    }

    /// The kept sites, innermost first, as a list of their own.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Site> {
        self.iter().cloned().collect()
    }

    /// How many waits there were between the first 32 and the last 32.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// How many sites are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first.len() + self.last.len()
    }

    /// Whether it has crossed no wait yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}
