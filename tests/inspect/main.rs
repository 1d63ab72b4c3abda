//! Feature `inspect`: who waits for what. One kind of wait, one law, one test.

#[path = "../semantics/support.rs"]
#[allow(dead_code, reason = "made for other tests as well")]
mod support;

mod circles;
mod counts;
mod debug;
mod hostile;
mod read;
mod stuck;
mod things;
mod within;
