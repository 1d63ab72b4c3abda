//! Nothing: what the callers of each edition do is in the test `callers.rs`.
