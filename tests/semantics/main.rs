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
mod cooperating;
#[cfg(feature = "reactor")]
mod crossing;
mod deferred;
mod depth;
#[cfg(feature = "reactor")]
mod ending;
#[cfg(feature = "reactor")]
mod executors;
mod explore;
mod failure;
mod fairness;
mod failure_types;
mod flavours;
mod foreign;
mod generator;
mod maybe;
mod locks;
mod looping;
mod generic;
mod model;
mod pause;
mod race;
#[cfg(feature = "reactor")]
mod react;
#[cfg(feature = "reactor")]
mod reacting;
mod share;
mod stacked;
mod support;
mod task;
mod testing;
#[cfg(feature = "reactor")]
mod threads;
mod timeout;
mod within;
mod traces;
