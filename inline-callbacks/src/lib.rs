//! inline-callbacks.
