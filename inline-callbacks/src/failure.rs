//! Failure: an error in a box, with the place it was made at and the waits it has crossed. Knows nothing of Deferreds.

use std::any::Any;
use std::collections::VecDeque;
use std::error::Error;
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
    /// What came in a box. One more allocation, so that clones can share it and the owner can still have its type back.
    Boxed(Arc<Box<dyn Error + Send + Sync>>),
    #[cfg(feature = "anyhow")]
    Anyhow(Arc<anyhow::Error>),
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

/// A [`Failure`] as a [`std::error::Error`], for code that takes only those.
///
/// `Box<dyn Error>` gets one by `?`, and [`std::io::Error::other`] takes one. It prints what the failure prints: the error
/// with `{}`, its trace with `{:?}`. Its source is the source of the failure's error. A failure that is made of it is the
/// failure that went in, with its origin and its waits.
///
/// ```
/// use inline_callbacks::{Failed, Failure};
///
/// fn plain() -> Result<(), Box<dyn std::error::Error>> {
///     Err(Failure::msg("no poem"))?;
///     Ok(())
/// }
///
/// let boxed = plain().unwrap_err();
/// assert_eq!(boxed.to_string(), "no poem");
/// let failure = boxed.downcast_ref::<Failed>().unwrap().failure();
/// assert_eq!(failure.origin().file(), file!());
/// ```
#[derive(Clone)]
pub struct Failed(pub(crate) Failure);

impl Failure {
    /// A failure holding `error`, made at the caller's place. Twisted: `Failure(exception)`.
    ///
    /// If `error` is [`Failed`], a failure itself, it is that failure, made where that was made.
    ///
    /// ```
    /// use inline_callbacks::Failure;
    ///
    /// let failure = Failure::new(std::io::Error::other("no poem"));
    /// assert_eq!((failure.to_string().as_str(), failure.origin().line()), ("no poem", line!() - 1));
    /// ```
    #[track_caller]
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        match failure_in(error) {
            Ok(failure) => failure,
            Err(error) => Failure::made_here(Kind::Other(Arc::new(error))),
        }
    }

    #[track_caller]
    fn made_here(error: Kind) -> Self {
        Failure::at(error, Site::new(site::running(), Location::caller()))
    }

    /// A failure holding the error in the box, made at the caller's place.
    ///
    /// `?` cannot do this, since the standard library may some day make `Box<dyn Error>` an `Error`, which `?` takes
    /// already: with a `Result` write [`or_fail()?`](crate::OrFail). Everything else is as with [`Failure::new`]: [`check`],
    /// [`trap`] and [`into_inner`] know the type of what is in the box. A box without `Send + Sync` cannot be taken; its
    /// text can, with [`Failure::msg`].
    ///
    /// ```
    /// use inline_callbacks::Failure;
    ///
    /// let boxed: Box<dyn std::error::Error + Send + Sync> = "seven".parse::<u32>().unwrap_err().into();
    /// let failure = Failure::from_boxed(boxed);
    /// assert!(failure.check::<std::num::ParseIntError>().is_some());
    /// ```
    ///
    /// [`check`]: Self::check
    /// [`trap`]: Self::trap
    /// [`into_inner`]: Self::into_inner
    #[track_caller]
    #[must_use]
    pub fn from_boxed(error: Box<dyn Error + Send + Sync>) -> Self {
        match error.downcast::<Failed>() {
            Ok(failed) => failed.0,
            Err(error) => Failure::made_here(Kind::Boxed(Arc::new(error))),
        }
    }

    #[cfg(feature = "anyhow")]
    #[track_caller]
    pub(crate) fn holding_anyhow(error: anyhow::Error) -> Self {
        Failure::made_here(Kind::Anyhow(Arc::new(error)))
    }

    #[cfg(feature = "anyhow")]
    pub(crate) fn held_anyhow(&self) -> Option<&anyhow::Error> {
        match &self.0.error {
            Kind::Anyhow(error) => Some(error),
            _ => None,
        }
    }

    /// A failure that is only a text.
    ///
    /// ```
    /// # use inline_callbacks::Failure;
    /// assert_eq!(Failure::msg(format!("{} poems are missing", 2)).to_string(), "2 poems are missing");
    /// ```
    #[track_caller]
    pub fn msg(text: impl Into<String>) -> Self {
        Failure::new(Message(text.into()))
    }

    /// A failure holding [`Panicked`], from what `catch_unwind` or a joined thread gives.
    ///
    /// Its origin is the place of the panic when the panic happened in a body, a callback or a canceller, and the
    /// caller's place otherwise.
    ///
    /// ```
    /// use inline_callbacks::{Failure, Panicked};
    ///
    /// let payload = std::thread::spawn(|| panic!("in a thread")).join().unwrap_err();
    /// let failure = Failure::from_panic(payload);
    /// assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("in a thread"));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        Failure::panicked(payload, Site::new(site::running(), Location::caller()))
    }

    pub(crate) fn panicked(payload: Box<dyn Any + Send>, origin: Site) -> Self {
        let message = message_of(payload);
        Failure::at(Kind::Other(Arc::new(Panicked::new(message))), origin)
    }

    /// A failure holding `error`, made on behalf of the place `origin`.
    pub(crate) fn new_at(error: impl Error + Send + Sync + 'static, origin: Site) -> Self {
        Failure::at(Kind::Other(Arc::new(error)), origin)
    }

    /// A failure holding `error`, which tells of `failure`: made where that was made, and come the same way.
    pub(crate) fn because_of(failure: &Failure, error: impl Error + Send + Sync + 'static) -> Self {
        let Inner { origin, trace, .. } = &*failure.0;
        let (origin, trace) = (origin.clone(), trace.clone());
        Failure(Arc::new(Inner { error: Kind::Other(Arc::new(error)), origin, trace, expected: false }))
    }

    /// A text about the place `origin`.
    pub(crate) fn msg_at(text: String, origin: Site) -> Self {
        Failure::at(Kind::Other(Arc::new(Message(text))), origin)
    }

    /// The `Cancelled` that a call of `cancel()` asked for.
    #[track_caller]
    pub(crate) fn cancelled() -> Self {
        let place = site::asked_to_cancel().unwrap_or(Location::caller());
        let mut failure = Failure::at(Kind::Cancelled, Site::new(site::running(), place));
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
    ///
    /// A cause of the error is not the error. For one of several types there is [`check_any`](Self::check_any).
    ///
    /// ```
    /// use inline_callbacks::{Abandoned, Cancelled, Failure};
    ///
    /// let failure = Failure::new(Cancelled);
    /// assert_eq!(failure.check::<Cancelled>(), Some(&Cancelled));
    /// assert_eq!(failure.check::<Abandoned>(), None);
    /// ```
    #[must_use]
    pub fn check<E: Error + 'static>(&self) -> Option<&E> {
        self.error().downcast_ref::<E>()
    }

    /// The error if it is an `E`, otherwise the failure again, for `?`. Twisted: `Failure.trap`.
    ///
    /// For one of several types there is [`trap_any`](Self::trap_any).
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
    ///
    /// ```
    /// use inline_callbacks::Failure;
    ///
    /// let failure = Failure::new(std::io::Error::other("no poem"));
    /// let error: std::io::Error = failure.into_inner().unwrap();
    /// assert_eq!(error.kind(), std::io::ErrorKind::Other);
    /// ```
    pub fn into_inner<E: Error + Send + Sync + 'static>(self) -> Result<E, Failure> {
        if self.check::<E>().is_none() {
            return Err(self);
        }
        let Inner { error, origin, trace, expected } = match Arc::try_unwrap(self.0) {
            Ok(inner) => inner,
            Err(shared) => return Err(Failure(shared)),
        };
        error.into_type().map_err(|error| Failure(Arc::new(Inner { error, origin, trace, expected })))
    }

    /// Whether this is a cancellation: the same as `check::<Cancelled>().is_some()`.
    ///
    /// ```
    /// # use inline_callbacks::{Deferred, testing};
    /// let (_trigger, poem) = Deferred::<String>::new();
    /// poem.cancel();
    /// assert!(testing::failure_result_of(poem).is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.check::<Cancelled>().is_some()
    }

    /// The error, whatever its type.
    ///
    /// ```
    /// # use inline_callbacks::Failure;
    /// let failure = Failure::new(std::io::Error::other("no poem"));
    /// assert_eq!(failure.error().to_string(), "no poem");
    /// ```
    #[must_use]
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        match &self.0.error {
            Kind::Cancelled => &Cancelled,
            Kind::Abandoned => &Abandoned,
            Kind::Other(error) => error.as_ref().as_error(),
            Kind::Boxed(error) => &***error,
            #[cfg(feature = "anyhow")]
            Kind::Anyhow(error) => &***error,
        }
    }

    /// Where it was made: the `?`, the [`Failure::new`] or the panic.
    ///
    /// ```
    /// # use inline_callbacks::Failure;
    /// let failure = Failure::msg("no poem");
    /// assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line!() - 1));
    /// ```
    #[must_use]
    pub fn origin(&self) -> &Site {
        &self.0.origin
    }

    /// The waits it has crossed, innermost first.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    /// use inline_callbacks::{fail, testing};
    ///
    /// #[inline_callbacks]
    /// fn get_poem() -> Deferred<String> {
    ///     yield_!(fail(Failure::msg("no poem")))
    /// }
    /// let failure = testing::failure_result_of(get_poem());
    /// let functions: Vec<_> = failure.trace().iter().map(|site| site.function()).collect();
    /// assert!(functions[0].ends_with("get_poem"));
    /// ```
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

impl Kind {
    /// The error by value, which is an `E` already known to be in there.
    fn into_type<E: Error + Send + Sync + 'static>(self) -> Result<E, Kind> {
        match self {
            Kind::Cancelled => Kind::Other(Arc::new(Cancelled)).into_type(),
            Kind::Abandoned => Kind::Other(Arc::new(Abandoned)).into_type(),
            Kind::Other(error) => {
                let typed =
                    error.into_any().downcast::<E>().unwrap_or_else(|_| unreachable!("`check` found this type"));
                Arc::try_unwrap(typed).map_err(|shared| Kind::Other(shared))
            }
            Kind::Boxed(error) => {
                let error = Arc::try_unwrap(error).map_err(Kind::Boxed)?;
                error.downcast().map(|error| *error).map_err(|error| Kind::Boxed(Arc::new(error)))
            }
            #[cfg(feature = "anyhow")]
            Kind::Anyhow(error) => {
                let error = Arc::try_unwrap(error).map_err(Kind::Anyhow)?;
                error.downcast().map_err(|error| Kind::Anyhow(Arc::new(error)))
            }
        }
    }
}

/// The failure that `error` is, if it is [`Failed`].
fn failure_in<E: 'static>(error: E) -> Result<Failure, E> {
    let mut error = Some(error);
    match (&mut error as &mut dyn Any).downcast_mut::<Option<Failed>>().and_then(Option::take) {
        Some(failed) => Ok(failed.0),
        None => Err(error.expect("only `Failed` is taken out")),
    }
}

/// What a panic said.
pub(crate) fn message_of(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => {
                // A payload may itself panic when it is dropped; that panic has nowhere to go.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload)));
                "with a payload that is not text".to_owned()
            }
        },
    }
}

/// With the feature `anyhow` the same is done by a bound that takes `anyhow::Error` as well.
#[cfg(not(feature = "anyhow"))]
impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Failure::new(error)
    }
}

/// The waits that a [`Failure`] has crossed, innermost first: the first 32 and the last 32 of them.
///
/// ```
/// let failure = inline_callbacks::Failure::msg("no poem");
/// let trace = failure.trace();
/// assert!(trace.is_empty() && trace.to_vec().is_empty());
/// assert_eq!((trace.len(), trace.left_out()), (0, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Most failures cross one wait, or none: those need no list.
    innermost: Option<Site>,
    further: Vec<Site>,
    beyond: Option<Box<Beyond>>,
}

/// What a failure has crossed after the first waits.
#[derive(Clone, Debug, Default)]
struct Beyond {
    last: VecDeque<Site>,
    left_out: usize,
}

impl Trace {
    /// How many sites are kept at either end.
    const KEPT: usize = 32;

    fn push(&mut self, site: Site) {
        if self.innermost.is_none() {
            self.innermost = Some(site);
        } else if self.gap() < Self::KEPT {
            self.further.push(site);
        } else {
            self.beyond.get_or_insert_default().push(site);
        }
    }

    /// The kept sites, innermost first.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        self.innermost.iter().chain(&self.further).chain(self.beyond.iter().flat_map(|beyond| &beyond.last))
    }

    /// The kept sites, innermost first, as a list of their own.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Site> {
        self.iter().cloned().collect()
    }

    /// How many waits there were between the first 32 and the last 32.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.beyond.as_ref().map_or(0, |beyond| beyond.left_out)
    }

    /// After how many sites the waits are missing that were left out.
    pub(crate) fn gap(&self) -> usize {
        usize::from(self.innermost.is_some()) + self.further.len()
    }

    /// How many sites are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.gap() + self.beyond.as_ref().map_or(0, |beyond| beyond.last.len())
    }

    /// Whether it has crossed no wait yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.innermost.is_none()
    }
}

impl Beyond {
    fn push(&mut self, site: Site) {
        if self.last.len() == Trace::KEPT {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(site);
    }
}
