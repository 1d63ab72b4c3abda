#![forbid(unsafe_code)]
#![warn(missing_docs)]
// The README is the crate's documentation. Its programs run on the reactor.
#![cfg_attr(feature = "reactor", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "reactor"),
    doc = "Twisted's `Deferred` and `inlineCallbacks` for Rust, without the reactor."
)]

// The rooms: each uses only those above it.
mod site;
mod errors;
mod backtrace;
mod trace;
mod failure;
mod printing;
mod trapping;
mod boxed;
#[cfg(feature = "anyhow")]
mod with_anyhow;
mod panics;
#[cfg(feature = "inspect")]
mod calls;
#[cfg(feature = "inspect")]
mod describing;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(feature = "timeline")]
pub mod timeline;
mod observe;
pub mod unhandled;
mod deferred;
mod turn;
mod pause;
mod chain;
pub mod host;
#[cfg(feature = "inspect")]
pub mod inspect;
mod frame;
#[cfg(feature = "reactor")]
mod ambient;
mod driver;
mod waiting;
mod yielding;
mod expansion;
mod macros;
mod generator;
mod share;
mod combinators;
mod locks;
mod clock;
mod timeout;
mod fairness;
mod looping;
mod cooperating;
#[cfg(feature = "reactor")]
mod interrupt;
#[cfg(feature = "reactor")]
pub mod reactor;
pub mod task;
#[cfg(feature = "reactor")]
pub mod threads;
pub mod testing;
pub mod explore;
mod termination;
pub mod messages;

#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/part_17.md")]
pub mod part_17 {}

pub use boxed::OrFail;
pub use chain::{CancelHandle, Outcome};
pub use clock::{Clock, DelayedCall, Timers};
pub use combinators::{
    AllFailed, DeferredList, FirstError, Gather, gather_dict, gather_results, gather_results_or_cancel, race,
};
pub use deferred::{Deferred, IntoDeferred, Trigger, fail, succeed};
pub use driver::{ensure_deferred, maybe_deferred};
pub use errors::{Abandoned, AlreadyTaken, Cancelled, Panicked};
pub use explore::explore;
pub use failure::{Failed, Failure};
pub use generator::Generator;
pub use host::RemoteTrigger;
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
///
/// #[generator]
/// fn squares(of: Vec<u32>) -> Generator<u32> {
///     for n in &of {
///         yield_!(n * n);
///     }
/// }
/// assert_eq!(squares(vec![1, 2, 3]).sum::<u32>(), 14);
/// ```
///
/// A generator takes the values of another one with a loop. Twisted's readers know it as `yield from`:
///
/// ```
/// # use inline_callbacks::prelude::*;
/// # #[generator]
/// # fn squares(of: Vec<u32>) -> Generator<u32> {
/// #     for n in &of {
/// #         yield_!(n * n);
/// #     }
/// # }
/// #[generator]
/// fn all_squares(rows: Vec<Vec<u32>>) -> Generator<u32> {
///     for row in rows {
///         for square in squares(row) {
///             yield_!(square);
///         }
///     }
/// }
/// assert_eq!(all_squares(vec![vec![1], vec![2, 3]]).collect::<Vec<_>>(), [1, 4, 9]);
/// ```
pub use inline_callbacks_macro::generator;
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
pub use locks::{DeferredLock, DeferredQueue, DeferredSemaphore, LockGuard, QueueOverflow, QueueUnderflow};
pub use pause::Pause;
pub use share::Shared;
pub use site::Site;
pub use timeout::TimedOut;
pub use trace::Trace;
pub use trapping::{ErrorTypes, OneOf};
pub use waiting::{Wait, WaitMut};

/// What generated code calls. Not for people: it changes together with the macro.
#[doc(hidden)]
pub mod __private {
    pub use core::result::Result;

    pub use crate::expansion::{Driver, inferred_driver};
    pub use crate::generator::{Hand, HandedOut, Maker, Value};
    pub use crate::yielding::{Operand, ViaDeferred, ViaFuture, ViaMistake, ViaValue};
}

/// What `callbacks!` hands its tokens to. The compiler names it beside `callbacks!` where an error is about generated code.
#[doc(hidden)]
pub mod form {
    pub use inline_callbacks_macro::callbacks;
}

/// What the compiler names when `yield_!` is given something that it cannot wait for.
#[doc(hidden)]
pub mod operand {
    pub use crate::yielding::{BareDeferred, Borrowed, OneDeferred, OwnedDeferred, Several, Wrapped};
}

/// What a program that uses this crate usually imports, all at once.
pub mod prelude {
    pub use crate::{
        Deferred, Failure, Generator, Trigger, callbacks, generator, inline_callbacks, return_value, yield_,
    };
}
