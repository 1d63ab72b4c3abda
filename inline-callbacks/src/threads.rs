//! Work and results that cross threads. Twisted: `twisted.internet.threads`.
//!
//! ```
//! use inline_callbacks::prelude::*;
//! use inline_callbacks::{reactor, threads};
//!
//! #[inline_callbacks]
//! fn longest_line(text: String) -> Deferred<usize> {
//!     let longest = yield_!(threads::defer_to_thread(move || text.lines().map(str::len).max()))?;
//!     return_value!(longest.unwrap_or(0))
//! }
//! let longest = reactor::block_on(|| longest_line("one\nthree".to_owned()));
//! assert_eq!(longest.unwrap(), 5);
//! ```
//!
//! The other way round, a thread that asks the reactor's, is [`blocking_call_from_thread`], or
//! [`Handle::call`](crate::reactor::Handle::call) where it can be awaited.

use std::panic::Location;
use std::sync::mpsc;

use tokio::runtime::Handle as Runtime;

use crate::ambient;
use crate::chain::Outcome;
use crate::deferred::{Deferred, fail};
use crate::failure::Failure;
use crate::reactor::Handle;
use crate::site;
use crate::turn::guarded;

/// A Deferred of what `function` returns, which runs on a thread of the blocking pool. Twisted: `deferToThread`.
///
/// The pool is that of the tokio runtime around the caller, or else the reactor's own. A panic in `function` fails the
/// Deferred. For a function that may fail, flatten: `defer_to_thread(f).add_callback(|result| result)`.
///
/// # Cancellation
///
/// The Deferred fails with [`Cancelled`](crate::Cancelled) at once. The function cannot be stopped: it runs on, what it
/// returns is dropped, and a panic in it is reported through [`unhandled`](crate::unhandled).
///
/// # Examples
///
/// ```
/// use inline_callbacks::{reactor, threads};
///
/// let sum = reactor::block_on(|| threads::defer_to_thread(|| (1..=100).sum::<u32>()));
/// assert_eq!(sum.unwrap(), 5050);
/// ```
#[track_caller]
pub fn defer_to_thread<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(function: F) -> Deferred<T> {
    let called_at = Location::caller();
    ambient::prepare();
    let Ok(runtime) = Runtime::try_current() else {
        return fail(Failure::msg("no thread can be had while this one ends"));
    };
    let (trigger, at_work) = Deferred::new();
    let remote = trigger.remote();
    runtime.spawn_blocking(move || remote.fire(guarded(site::function_of::<F>(), called_at, function)));
    // Two Deferreds, so that the result still comes home when the second was cancelled, and a failure is not lost.
    let (trigger, deferred) = Deferred::new();
    at_work.chain_into(trigger);
    deferred
}

/// Calls `function` on the reactor's thread, blocks until its Deferred has fired, and returns the result. Twisted:
/// `blockingCallFromThread`.
///
/// # Errors
///
/// The failure of the Deferred, or a panic of `function`. A sentence of our own when called on the reactor's own thread, which
/// would wait for itself, and when that thread has ended or ends meanwhile.
///
/// # Examples
///
/// ```
/// use inline_callbacks::{reactor, succeed, threads};
///
/// let handle = reactor::handle();
/// let answer = reactor::block_on(|| {
///     threads::defer_to_thread(move || threads::blocking_call_from_thread(&handle, || succeed(42)))
/// });
/// assert_eq!(answer.unwrap().unwrap(), 42);
/// ```
#[track_caller]
pub fn blocking_call_from_thread<T: Send + 'static, R: Outcome<T>>(
    handle: &Handle,
    function: impl FnOnce() -> R + Send + 'static,
) -> Result<T, Failure> {
    if handle.is_of_this_thread() {
        return Err(Failure::msg(
            "`blocking_call_from_thread` was called on the reactor's own thread, which would wait for itself: call the \
             function, and wait for its Deferred",
        ));
    }
    // Not the channel of `Handle::call`: to block on that is refused inside somebody's async code.
    let (sender, receiver) = mpsc::sync_channel(1);
    handle.send_call(function, move |result| sender.send(result).map_err(|unsent| unsent.0))?;
    receiver.recv().unwrap_or_else(|_| Err(Handle::cut_off()))
}
