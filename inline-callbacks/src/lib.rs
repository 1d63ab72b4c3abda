//! inline-callbacks
#![forbid(unsafe_code)]

#[cfg(feature = "reactor")]
mod ambient;
mod chain;
mod clock;
mod deferred;
mod driver;
mod errors;
mod failure;
mod frame;
pub mod host;
#[cfg(feature = "reactor")]
mod interrupt;
mod panics;
#[cfg(feature = "reactor")]
pub mod reactor;
mod site;
pub mod testing;
mod turn;
pub mod unhandled;
mod waiting;

pub use chain::{CancelHandle, Outcome};
pub use clock::{Clock, DelayedCall, Timers};
pub use deferred::{Deferred, Trigger, fail, succeed};
pub use driver::{ensure_deferred, maybe_deferred};
pub use errors::{Abandoned, AlreadyTaken, Cancelled, Panicked};
pub use failure::{Failure, Trace};
pub use host::RemoteTrigger;
pub use site::Site;
pub use waiting::{Wait, WaitMut};

/// What most programs need.
pub mod prelude {
    pub use crate::{Deferred, Failure, Trigger};
}
