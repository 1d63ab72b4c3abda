//! inline-callbacks.

mod stub;
pub(crate) use stub::{deferred, driver, failure};

pub use deferred::{Deferred, IntoDeferred, Trigger, fail, succeed};
pub use failure::Failure;
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
pub use stub::testing;

mod expansion;
mod macros;
mod yielding;

/// What generated code calls. Not for people: it changes together with the macro.
#[doc(hidden)]
pub mod __private {
    pub use core::result::Result;

    pub use crate::expansion::{Driver, inferred_driver};
    pub use crate::yielding::{Operand, ViaDeferred, ViaFuture, ViaMistake, ViaValue};
    pub use inline_callbacks_macro::__callbacks;
}

/// What a program that uses this crate usually imports, all at once.
pub mod prelude {
    pub use crate::{Deferred, Failure, Trigger, callbacks, inline_callbacks, return_value, yield_};
}
