//! The laws of the design: one law, one or more tests, each named for the clause that it shows.

mod calling;
mod cancelling;
mod deferred;
#[cfg(feature = "reactor")]
mod reacting;
mod support;
