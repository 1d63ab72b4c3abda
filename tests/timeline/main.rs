//! The feature `timeline`: what the recorder notes, the trace, and the page in a browser.

#![allow(missing_docs)]

mod browser;
mod page;
mod recorder;
mod recordings;
mod support;
mod trace;
