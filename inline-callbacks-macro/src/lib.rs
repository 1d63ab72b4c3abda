//! The macros of inline-callbacks.
