//! Where an inline callback runs: it prints its own stack, on stderr. Between the reactor and the body there is only
//! the driver; a build with debug information names the lines.
//!
//! ```text
//! cargo run --example inline_callbacks_tb
//! ```

use std::backtrace::Backtrace;

use inline_callbacks::prelude::*;
use inline_callbacks::reactor;

#[inline_callbacks]
fn my_callbacks() -> Deferred<()> {
    yield_!(1);
    eprintln!("{}", Backtrace::force_capture());
    reactor::stop();
}

fn main() {
    reactor::call_when_running(|| my_callbacks().detach());
    reactor::run();
}
