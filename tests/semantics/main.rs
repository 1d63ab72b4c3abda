//! The laws of the design: one law, one or more tests, each named for the clause that it shows.

mod auto_traits;
mod calling;
mod cancelling;
mod clock;
mod combinators;
mod deferred;
mod depth;
mod explore;
mod failure;
mod fairness;
mod foreign;
mod locks;
mod generator;
mod model;
mod race;
mod pause;
#[cfg(feature = "reactor")]
mod reacting;
mod share;
mod support;
mod task;
#[cfg(feature = "reactor")]
mod threads;
