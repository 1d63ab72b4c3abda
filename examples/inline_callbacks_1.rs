//! The smallest inline callbacks: a plain value comes straight back, a Deferred suspends the function until it fires,
//! and a failure comes out where it is waited for.
//!
//! ```text
//! cargo run --example inline_callbacks_1
//! cargo run --example inline_callbacks_1 -- --scale 100
//! ```

use std::fmt;
use std::time::Duration;

use clap::Parser;
use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use poetry::options::parse_scale;

/// Waits twice for five seconds, for a value and for a failure
#[derive(Parser)]
#[command(name = "inline_callbacks_1")]
struct Options {
    /// Runs faster than in real time; 100 and 0.01 both mean a hundred times faster
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = parse_scale)]
    scale: f64,
}

/// A failure with a number.
#[derive(Debug)]
struct Exception(u32);

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exception {}", self.0)
    }
}

impl std::error::Error for Exception {}

#[inline_callbacks]
fn my_callbacks(five_seconds: Duration) -> Deferred<()> {
    println!("first callback");
    let result = yield_!(1); // what is not a Deferred comes right back

    println!("second callback got {result}");
    let (trigger, d) = Deferred::new();
    reactor::call_later(five_seconds, move || trigger.callback(2));
    let result = yield_!(d)?; // a Deferred suspends the function

    println!("third callback got {result}"); // the value that the Deferred was fired with
    let (trigger, d) = Deferred::<u32>::new();
    reactor::call_later(five_seconds, move || trigger.errback(Exception(3)));

    if let Err(why) = yield_!(d) {
        println!("fourth callback got {:?}", why.trap::<Exception>()?); // the failure
    }
    reactor::stop();
}

fn main() {
    let Options { scale } = Options::parse();
    reactor::call_when_running(move || my_callbacks(Duration::from_secs(5).mul_f64(scale)).detach());
    reactor::run();
}
