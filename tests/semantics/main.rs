//! The laws of the design, one test each.
