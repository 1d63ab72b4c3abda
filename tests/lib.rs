//! What the tests of this package share, and the command that compares with Twisted: see [`conformance`]. The tests themselves
//! are in `ui.rs`, `semantics/`, `poetry/` and beside them.

pub mod conformance;
