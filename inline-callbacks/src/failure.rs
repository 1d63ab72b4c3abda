//! Failure: an error in a box, with the place it was made at and the waits it has crossed. Knows nothing of Deferreds.

use std::any::Any;
use std::backtrace::Backtrace;
use std::error::Error;
use std::panic::Location;
use std::sync::Arc;

use crate::backtrace;
use crate::errors::{Abandoned, Cancelled, Message, Panicked};
use crate::site::{self, Function, Site};
use crate::trace::{Kind as Passed, Trace};

/// An error on its way through callbacks and waits: one word, `Clone + Send + Sync`.
///
/// Made by `?` from every [`std::error::Error`], by [`Failure::new`] or from a text by [`Failure::msg`]. It knows where
/// it was made ([`origin`](Self::origin)) and each wait that it has travelled through ([`trace`](Self::trace)), at no cost
/// for results that succeed. Twisted: `twisted.python.failure.Failure`.
///
/// `{}` prints the error, `{:#}` the error and its causes, `{:?}` the error, its causes and the way it has come: what
/// `fn main() -> Result<(), Failure>` shows. That is where it was made, the waits it has crossed and the callbacks it has gone
/// through, innermost first, with function, file, line and column. One that is reported as [unhandled](crate::unhandled) ends
/// with how that came about. With `RUST_BACKTRACE=1` there is the [`backtrace`](Self::backtrace) of the origin as well.
///
/// ```text
/// connection refused
///     made in client::connect at src/client.rs:12:9
///     went through the callback in client::connect at src/client.rs:17:10
///     waited for in client::get_poem at src/client.rs:25:16
///     waited for in client::get_three at src/client.rs:31:20 (3 times)
///     dropped in client::main, and nobody had looked at it
/// ```
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
pub struct Failure(Box<Inner>);

/// A clone has its own: failures are far more often passed on than cloned, and each wait that one crosses writes here.

#[derive(Clone)]
struct Inner {
    error: Kind,
    origin: Site,
    trace: Trace,
    /// How the program came to the origin, where the environment asks for backtraces.
    backtrace: Option<Arc<Backtrace>>,
    /// Whether it was to be expected, so that nobody has to be told: the `Cancelled` that a call of `cancel()` asked for, and
    /// what the end of the thread abandons.
    expected: Expected,
}

/// Only constants, so that it is written where it is allocated, and not copied there.
impl Default for Inner {
    #[inline]
    fn default() -> Self {
        const NEW: Inner = Inner {
            error: Kind::Cancelled,
            origin: Site::nowhere(),
            trace: Trace::EMPTY,
            backtrace: None,
            expected: Expected::No,
        };
        NEW
    }
}

/// A flag as wide as what is beside it: a failure is made in one place and copied to another, in words.
#[derive(Clone, Copy, PartialEq)]
#[repr(usize)]
enum Expected {
    No,
    Yes,
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
        let origin = Site::new(site::running(), Location::caller());
        Failure::at(error, origin, backtrace::capture())
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
        Failure::panicked(payload, Site::new(site::running(), Location::caller()), backtrace::capture())
    }

    /// `backtrace` is that of the panic: the stack of the caller of this has nothing of it left.
    pub(crate) fn panicked(payload: Box<dyn Any + Send>, origin: Site, backtrace: Option<Arc<Backtrace>>) -> Self {
        Failure::at(Kind::Other(Arc::new(Panicked::new(message_of(payload)))), origin, backtrace)
    }

    /// A failure holding `error`, made on behalf of the place `origin`.
    pub(crate) fn new_at(error: impl Error + Send + Sync + 'static, origin: Site) -> Self {
        Failure::at(Kind::Other(Arc::new(error)), origin, None)
    }

    /// A failure holding `error`, which tells of `failure`: made where that was made, and come the same way.
    pub(crate) fn because_of(failure: &Failure, error: impl Error + Send + Sync + 'static) -> Self {
        let Inner { origin, trace, backtrace, .. } = &*failure.0;
        let (origin, trace, backtrace) = (origin.clone(), trace.clone(), backtrace.clone());
        Failure(Box::new(Inner {
            error: Kind::Other(Arc::new(error)),
            origin,
            trace,
            backtrace,
            expected: Expected::No,
        }))
    }

    /// A text about the place `origin`.
    pub(crate) fn msg_at(text: String, origin: Site) -> Self {
        Failure::at(Kind::Other(Arc::new(Message(text))), origin, None)
    }

    /// The `Cancelled` that a call of `cancel()` asked for.
    #[inline]
    pub(crate) fn cancelled() -> Self {
        let mut inner = Box::<Inner>::default();
        inner.expected = Expected::Yes;
        inner.origin.set(site::running(), site::asked_to_cancel());
        Failure(inner)
    }

    /// A trigger is dropped by what runs now: the compiler tells nobody on which line.
    pub(crate) fn abandoned() -> Self {
        Failure::at(Kind::Abandoned, Site::unknown(), backtrace::capture_rarely())
    }

    fn at(error: Kind, origin: Site, backtrace: Option<Arc<Backtrace>>) -> Self {
        Failure(Box::new(Inner { error, origin, trace: Trace::default(), backtrace, expected: Expected::No }))
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
        let Inner { error, origin, trace, backtrace, expected } = *self.0;
        error.into_type().map_err(|error| Failure(Box::new(Inner { error, origin, trace, backtrace, expected })))
    }

    /// Whether this is a cancellation: the same as `check::<Cancelled>().is_some()`.
    ///
    /// ```
    /// # use inline_callbacks::{Deferred, testing};
    /// let (_trigger, poem) = Deferred::<String>::new();
    /// poem.cancel();
    /// assert!(testing::failure_result_of(poem).is_cancelled());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        // The library's own needs no question for its type.
        matches!(self.0.error, Kind::Cancelled) || self.is_cancelled_otherwise()
    }

    #[inline(never)]
    fn is_cancelled_otherwise(&self) -> bool {
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

    /// How the program came to the [`origin`](Self::origin), if `RUST_BACKTRACE` was set when it was made: `{:?}` prints it
    /// without the frames of this crate, of the reactor and of the standard library.
    ///
    /// What a program makes itself has one, a panic, and the first hundred of a thread's [`Abandoned`]; a cancellation and what
    /// a timer ends have none, since their origin says all. Without `RUST_BACKTRACE` it costs nothing.
    ///
    /// ```
    /// let failure = inline_callbacks::Failure::msg("no poem");
    /// assert_eq!(failure.backtrace().is_some(), std::env::var("RUST_BACKTRACE").is_ok_and(|value| value != "0"));
    /// ```
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.0.backtrace.as_deref()
    }

    /// Notes that this failure came out of a wait at `location` in the function that runs now.
    #[cold]
    pub(crate) fn cross(&mut self, location: &'static Location<'static>) {
        self.pass(Passed::Wait, Site::new(site::running(), location));
    }

    /// Notes that it came out of the callback `function`, which was added at `location`.
    #[cold]
    pub(crate) fn go_through(&mut self, function: Function, location: &'static Location<'static>) {
        // What is nobody's callback, or one of our own, is no news.
        if !site::is_ours(location) && !function().is_empty() {
            self.pass(Passed::Callback, Site::new(function, location));
        }
    }

    /// Notes that its Deferred was dropped by what runs now, and nobody had looked at it.
    pub(crate) fn drop_unseen(&mut self, location: Option<&'static Location<'static>>) {
        let site = location.map_or_else(Site::unknown, |location| Site::new(site::running(), location));
        self.pass(Passed::Dropped, site);
    }

    /// Notes that its Deferred had been dropped before it came.
    pub(crate) fn come_late(&mut self) {
        self.pass(Passed::Late, Site::unknown());
    }

    #[inline]
    fn pass(&mut self, kind: Passed, site: Site) {
        self.0.trace.push(kind, site);
    }

    pub(crate) fn mark_expected(&mut self) {
        self.0.expected = Expected::Yes;
    }

    pub(crate) fn is_expected(&self) -> bool {
        self.0.expected == Expected::Yes
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
