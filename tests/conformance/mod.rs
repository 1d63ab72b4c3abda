//! The comparison with Twisted: random programs of Deferreds, run by both, whose traces are compared line by line.
//!
//! [`language`] says what a program is. [`world`] runs it with this crate and `twisted.py` with Twisted; [`generate`] makes
//! random ones; [`compare`] judges the two traces, with [`rules`] and [`expect`] for the deliberate differences; [`shrink`] makes
//! a difference small.

mod bodies;
mod blocks;
mod books;
pub mod compare;
pub mod corpus;
pub mod coverage;
pub mod expect;
pub mod generate;
pub mod language;
pub mod python;
pub mod rules;
mod run;
pub mod shrink;
mod tools;
pub mod world;
