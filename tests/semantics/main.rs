//! The laws of the design: one law, one or more tests, each named for the clause that it shows.

mod auto_traits;
mod calling;
mod cancelling;
mod clock;
mod combinators;
mod cooperating;
#[cfg(feature = "reactor")]
mod crossing;
mod deferred;
mod depth;
#[cfg(feature = "reactor")]
mod ending;
#[cfg(feature = "reactor")]
mod executors;
mod failure;
mod flavours;
mod foreign;
mod generator;
mod locks;
mod looping;
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
#[cfg(feature = "reactor")]
mod threads;
