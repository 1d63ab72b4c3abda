//! Two inline callbacks take turns: one ends with a value and the other with a failure, and those who called them are
//! told by their Deferreds.
//!
//! ```text
//! cargo run --example inline_callbacks_2
//! cargo run --example inline_callbacks_2 -- --scale 100
//! ```

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use poetry::options::parse_scale;

/// Runs two inline callbacks side by side, for six seconds
#[derive(Parser)]
#[command(name = "inline_callbacks_2")]
struct Options {
    /// Runs faster than in real time; 100 and 0.01 both mean a hundred times faster
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = parse_scale)]
    scale: f64,
}

/// Fires after this many seconds.
fn after(seconds: u64, scale: f64) -> Deferred<()> {
    let (trigger, d) = Deferred::new();
    reactor::call_later(Duration::from_secs(seconds).mul_f64(scale), move || trigger.callback(()));
    d
}

#[inline_callbacks]
fn my_callbacks_1(scale: f64) -> Deferred<u32> {
    println!("my_callbacks_1 first callback");
    yield_!(after(2, scale))?;

    println!("my_callbacks_1 second callback");
    yield_!(after(2, scale))?;

    println!("my_callbacks_1 third callback");
    return_value!(1)
}

#[inline_callbacks]
fn my_callbacks_err(scale: f64) -> Deferred<u32> {
    println!("my_callbacks_err first callback");
    yield_!(after(3, scale))?;

    println!("my_callbacks_err second callback");
    yield_!(after(3, scale))?;

    println!("my_callbacks_err third callback");
    Err(Failure::msg("uh oh"))
}

fn run_callbacks(scale: f64) {
    let unfinished = Rc::new(Cell::new(2));
    for d in [my_callbacks_1(scale), my_callbacks_err(scale)] {
        let unfinished = Rc::clone(&unfinished);
        let callbacks_finished = move |_: Result<(), Failure>| {
            unfinished.set(unfinished.get() - 1);
            if unfinished.get() == 0 {
                println!("all done");
                reactor::stop();
            }
        };
        d.add_callbacks(|result| println!("got result: {result}"), |err| println!("got error: {err}"))
            .add_both(callbacks_finished)
            .detach();
    }
}

fn main() {
    let Options { scale } = Options::parse();
    reactor::call_when_running(move || run_callbacks(scale));
    reactor::run();
}
