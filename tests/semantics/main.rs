//! The laws of the design: one law, one or more tests, each named for the clause that it shows.

mod adapting;
mod auto_traits;
mod calling;
mod cancellers;
mod cancelling;
mod chaining;
mod clock;
mod combinators;
mod context;
mod deferred;
mod depth;
mod failure;
mod fairness;
mod failure_types;
mod foreign;
mod locks;
mod generator;
mod maybe;
mod model;
mod race;
mod pause;
#[cfg(feature = "reactor")]
mod reacting;
mod share;
mod support;
mod task;
mod testing;
#[cfg(feature = "reactor")]
mod threads;
mod timeout;
