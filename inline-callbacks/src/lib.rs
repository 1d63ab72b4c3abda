#![forbid(unsafe_code)]
#![warn(missing_docs)]
// The README is the crate's documentation. Its programs run on the reactor.
#![cfg_attr(feature = "reactor", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "reactor"),
    doc = "Twisted's `Deferred` and `inlineCallbacks` for Rust, without the reactor."
)]

// The rooms: each uses only those above it.
#[cfg(feature = "reactor")]
mod ambient;
mod chain;
mod clock;
mod combinators;
mod cooperating;
mod deferred;
mod driver;
mod errors;
mod expansion;
mod failure;
mod frame;
pub mod host;
#[cfg(feature = "reactor")]
mod interrupt;
mod looping;
mod macros;
mod panics;
mod pause;
#[cfg(feature = "reactor")]
pub mod reactor;
mod share;
mod site;
pub mod task;
mod termination;
pub mod testing;
#[cfg(feature = "reactor")]
pub mod threads;
mod timeout;
mod turn;
pub mod unhandled;
mod waiting;
mod yielding;

pub use chain::{CancelHandle, Outcome};
pub use clock::{Clock, DelayedCall, Timers};
pub use combinators::{AllFailed, DeferredList, FirstError, Gather, gather_results};
pub use deferred::{Deferred, IntoDeferred, Trigger, fail, succeed};
pub use driver::{ensure_deferred, maybe_deferred};
pub use errors::{Abandoned, AlreadyTaken, Cancelled, Panicked};
pub use failure::{Failure, Trace};
pub use host::RemoteTrigger;
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::succeed;
///
/// #[inline_callbacks]
/// fn sum(first: Deferred<u32>, second: Deferred<u32>) -> Deferred<u32> {
///     let sum = yield_!(first)? + yield_!(second)?;
///     return_value!(sum)
/// }
/// assert_eq!(inline_callbacks::testing::success_result_of(sum(succeed(1), succeed(2))), 3);
/// ```
pub use inline_callbacks_macro::inline_callbacks;
pub use pause::Pause;
pub use share::Shared;
pub use site::Site;
pub use timeout::TimedOut;
pub use waiting::{Wait, WaitMut};

/// What generated code calls. Not for people: it changes together with the macro.
#[doc(hidden)]
pub mod __private {
    pub use core::result::Result;

    pub use inline_callbacks_macro::__callbacks;

    pub use crate::expansion::{Driver, inferred_driver};
    pub use crate::yielding::{Operand, ViaDeferred, ViaFuture, ViaMistake, ViaValue};
}

/// What a program that uses this crate usually imports, all at once.
pub mod prelude {
    pub use crate::{Deferred, Failure, Trigger, callbacks, inline_callbacks, return_value, yield_};
}
