//! Looking into Deferreds from a test. Twisted: `twisted.trial`'s `successResultOf` and its relatives.
//!
//! A test returns a `Deferred<()>`, or asks a Deferred that it knows to have fired for its result:
//!
//! ```
//! use std::time::Duration;
//! use inline_callbacks::{Clock, fail, task, testing};
//!
//! let clock = Clock::new();
//! let answer = task::defer_later(&clock, Duration::from_secs(3600), || Ok(42));
//! testing::assert_no_result(&answer);
//! clock.advance(Duration::from_secs(3600));
//! assert_eq!(testing::success_result_of(answer), 42);
//!
//! let failure = testing::failure_result_of(fail::<u32>(std::io::Error::other("no answer")));
//! assert!(failure.check::<std::io::Error>().is_some());
//! ```
//!
//! A program that hangs is told of by [`within_on`] and, on the reactor's time, `within`.
//!
//! A failure that nobody handles is easily missed: [`UnhandledFailures::watch`] fails the test that it happens in, as trial
//! does with an error that was logged and not flushed.

mod deadline;
#[cfg(feature = "reactor")]
mod turning;

use std::error::Error;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

pub use self::deadline::Hung;
pub(crate) use self::deadline::all_who_wait;
#[cfg(feature = "reactor")]
pub(crate) use self::turning::turn_for;
use crate::clock::Timers;
use crate::deferred::{Deferred, State};
use crate::failure::Failure;
use crate::trapping::ErrorTypes;
use crate::unhandled::{self, Watch};

/// The value of a Deferred that has succeeded. Twisted: `successResultOf`.
///
/// # Panics
///
/// When it is pending or has failed; the message says which, with the failure's trace.
///
/// ```
/// use inline_callbacks::{succeed, testing};
///
/// assert_eq!(testing::success_result_of(succeed(6).map(|n| n * 7)), 42);
/// ```
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
///
/// ```
/// use inline_callbacks::{Cancelled, fail, testing};
///
/// assert!(testing::failure_result_of(fail::<u32>(Cancelled)).is_cancelled());
/// ```
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
///
/// ```
/// use inline_callbacks::{Deferred, testing};
///
/// let (_trigger, deferred) = Deferred::<u32>::new();
/// testing::assert_no_result(&deferred);
/// ```
#[track_caller]
pub fn assert_no_result<T>(deferred: &Deferred<T>) {
    assert!(!deferred.is_fired(), "expected no result, but the Deferred has fired: {deferred:?}");
}

/// Takes the failures that were reported on this thread as unhandled since the last call, the latest thousand of them.
///
/// What goes to an [`UnhandledFailures`] is not among them.
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

/// Watches over the failures of this thread that nobody handles: those that are left when it is dropped fail the test.
///
/// Twisted: a trial test fails when an error was logged, unless `flushLoggedErrors` took it.
///
/// A failure counts as unhandled when [`unhandled`] says so: once its Deferred is dropped. One that is still
/// in a Deferred when the watch ends is not seen, and neither is one of another thread. Hooks are called as always, before
/// the watch notes the failure; only what would be printed to stderr for want of a hook is not printed. Of several watches
/// the innermost gets the failure.
///
/// # Panics
///
/// When it is dropped while there are failures that nobody has taken from it: the message has their traces. If the thread is
/// panicking already they are printed instead.
///
/// # Examples
///
/// ```
/// use inline_callbacks::testing::UnhandledFailures;
/// use inline_callbacks::{Abandoned, Deferred};
///
/// let watch = UnhandledFailures::watch();
/// let (trigger, deferred) = Deferred::<u32>::new();
/// drop(trigger);
/// deferred.detach();
/// assert_eq!(watch.flush::<Abandoned>().len(), 1);
/// ```
///
/// Without the last line:
///
/// ```should_panic
/// # use inline_callbacks::testing::UnhandledFailures;
/// # use inline_callbacks::Deferred;
/// let watch = UnhandledFailures::watch();
/// let (trigger, deferred) = Deferred::<u32>::new();
/// drop(trigger);
/// deferred.detach();
/// ```
#[must_use = "it watches until it is dropped, so it needs a name"]
#[derive(Debug)]
pub struct UnhandledFailures {
    seen: Rc<Watch>,
    since: &'static Location<'static>,
}

impl UnhandledFailures {
    /// Starts to watch.
    #[track_caller]
    pub fn watch() -> Self {
        UnhandledFailures { seen: unhandled::watch(), since: Location::caller() }
    }

    /// Takes those whose error is an `E`; the others stay. Twisted: `flushLoggedErrors(E)`.
    #[must_use = "none is not an error: look how many there were"]
    pub fn flush<E: Error + 'static>(&self) -> Vec<Failure> {
        self.take(|failure| failure.check::<E>().is_some())
    }

    /// Takes those whose error is of one of these types; the others stay. Twisted: `flushLoggedErrors(A, B)`.
    ///
    /// ```
    /// use inline_callbacks::testing::UnhandledFailures;
    /// use inline_callbacks::{Abandoned, AlreadyTaken, fail};
    ///
    /// let watch = UnhandledFailures::watch();
    /// fail::<u32>(Abandoned).detach();
    /// fail::<u32>(AlreadyTaken).detach();
    /// assert_eq!(watch.flush_any::<(Abandoned, AlreadyTaken)>().len(), 2);
    /// ```
    #[must_use = "none is not an error: look how many there were"]
    pub fn flush_any<L: ErrorTypes>(&self) -> Vec<Failure> {
        self.take(|failure| failure.check_any::<L>().is_some())
    }

    /// Takes them all. Twisted: `flushLoggedErrors()`.
    #[must_use = "none is not an error: look how many there were"]
    pub fn flush_all(&self) -> Vec<Failure> {
        self.seen.take()
    }

    /// Makes sure that there are none now; what it panics about counts as seen.
    ///
    /// # Panics
    ///
    /// When there are some, with their traces.
    #[track_caller]
    pub fn assert_none(&self) {
        let left = self.flush_all();
        assert!(left.is_empty(), "{}", complaint(&left, self.since));
    }

    fn take(&self, is_wanted: impl Fn(&Failure) -> bool) -> Vec<Failure> {
        let (taken, left) = self.seen.take().into_iter().partition(is_wanted);
        self.seen.replace(left);
        taken
    }
}

fn complaint(failures: &[Failure], since: &Location<'_>) -> String {
    let first_line = match failures.len() {
        1 => format!("a failure went unhandled since {since}"),
        many => format!("{many} failures went unhandled since {since}"),
    };
    failures.iter().fold(first_line, |text, failure| format!("{text}\n{failure:?}"))
}

impl Drop for UnhandledFailures {
    fn drop(&mut self) {
        unhandled::unwatch(&self.seen);
        if std::thread::panicking() {
            self.flush_all().iter().for_each(unhandled::print);
        } else {
            self.assert_none();
        }
    }
}

/// Runs `work` and makes sure that meanwhile no failure of this thread went unhandled.
///
/// # Panics
///
/// When one did, with its trace. See [`UnhandledFailures`].
///
/// ```
/// use inline_callbacks::{Failure, fail, testing};
///
/// let poem = testing::assert_no_unhandled(|| {
///     let poem = fail::<String>(Failure::msg("no poem")).add_errback(|why| Ok(why.to_string()));
///     testing::success_result_of(poem)
/// });
/// assert_eq!(poem, "no poem");
/// ```
#[track_caller]
pub fn assert_no_unhandled<R>(work: impl FnOnce() -> R) -> R {
    let watch = UnhandledFailures::watch();
    let result = work();
    watch.assert_none();
    result
}

/// The result, if there is one; a pending Deferred is dropped.
/// The same Deferred, which fails with [`Hung`], and so with a list of who waits for what, if it has not fired when the reactor's
/// time is up. Trial: `timeout`.
///
/// In a test that returns a Deferred the reactor is turned until it fires: a `within` in there is what keeps that from taking for
/// ever.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{reactor, task, testing};
///
/// fn get_poem() -> Deferred<&'static str> {
///     task::defer_later(&reactor::timers(), Duration::from_millis(1), || Ok("the kettle sings"))
/// }
///
/// # /*
/// #[test]
/// # */
/// #[inline_callbacks]
/// fn gets_a_poem() -> Deferred<()> {
///     let poem = yield_!(testing::within(Duration::from_secs(5), get_poem()))?;
///     assert_eq!(poem, "the kettle sings");
/// }
/// # assert_eq!(std::process::Termination::report(gets_a_poem()), std::process::ExitCode::SUCCESS);
/// ```
///
/// In any other test, or program, [`reactor::block_on`](crate::reactor::block_on) turns it:
/// `reactor::block_on(|| testing::within(limit, get_poem())).unwrap()`. In a test under an executor of tokio's, `.await` does.
///
/// # Cancellation
///
/// Reaches `deferred`. When the time is up, `deferred` is cancelled, after the list has been made; whatever it fires then, the
/// result is `Hung`. A failure other than a cancellation that it fires is reported through [`unhandled`].
#[cfg(feature = "reactor")]
#[track_caller]
pub fn within<T: 'static>(limit: Duration, deferred: Deferred<T>) -> Deferred<T> {
    deadline::within(limit, deferred, Location::caller())
}

/// As `within`, on any timers: on a [`Clock`](crate::Clock), a program that hangs is found out by [`Clock::advance`].
///
/// [`Clock::advance`]: crate::Clock::advance
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{Clock, testing};
///
/// #[inline_callbacks]
/// fn print(poem: Deferred<String>) -> Deferred<()> {
///     println!("{}", yield_!(poem)?);
/// }
/// let clock = Clock::new();
/// let (_trigger, poem) = Deferred::new();
/// let printed = testing::within_on(&clock, Duration::from_secs(5), print(poem));
/// clock.advance(Duration::from_secs(5));
/// let failure = testing::failure_result_of(printed);
/// let hung = failure.check::<testing::Hung>().unwrap();
/// assert!(hung.waiting().contains("print at "), "{hung}");
/// ```
///
/// # Cancellation
///
/// Reaches `deferred`. When the time is up, `deferred` is cancelled, after the list has been made; whatever it fires then, the
/// result is [`Hung`]. A failure other than a cancellation that it fires is reported through [`unhandled`].
#[track_caller]
pub fn within_on<T: 'static>(timers: &impl Timers, limit: Duration, deferred: Deferred<T>) -> Deferred<T> {
    deadline::within_on(timers, limit, deferred, Location::caller())
}

pub(crate) fn result_of<T>(deferred: Deferred<T>) -> Option<Result<T, Failure>> {
    match deferred.into_state() {
        State::Value(value) => value.map(Ok),
        State::Failed(unseen) => Some(Err(unseen.take())),
        State::Plain(plain) => plain.core().take(),
        State::Node(held) => {
            let result = held.source().core().take()?;
            // There is nothing left to detach.
            drop(held.take());
            Some(result)
        }
    }
}
