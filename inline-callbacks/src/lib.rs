//! inline-callbacks.

mod stub;
pub(crate) use stub::{deferred, driver, failure};

pub use deferred::{Deferred, IntoDeferred, Trigger, fail, succeed};
pub use failure::Failure;
pub use inline_callbacks_macro::inline_callbacks;
pub use stub::testing;

mod expansion;
mod macros;
mod yielding;

/// What generated code calls. Not for people: it changes together with the macro.
#[doc(hidden)]
pub mod __private {
    pub use core::result::Result;

    pub use crate::expansion::{Driver, driver};
    pub use crate::yielding::{Operand, ViaDeferred, ViaFuture, ViaMistake, ViaValue};
    pub use inline_callbacks_macro::__callbacks;
}

/// What a program that uses this crate usually imports, all at once.
pub mod prelude {
    pub use crate::{Deferred, Failure, Trigger, callbacks, inline_callbacks, return_value, yield_};
}
