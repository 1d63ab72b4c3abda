//! A lost update, and the schedule that shows it.
//!
//! `counter = counter + (yield get_party())` looks like one step and is two, with everything else between them: the counter is
//! read before the wait and written after it. Here a first guest is let in at once, and a second one a second later. As long
//! as each guest says within that second how many they are, all is well, and every test passes. `explore` tries the other
//! orders too, prints the one in which a party is lost, and ends with exit status 1.
//!
//! ```text
//! cargo run -q --example lost_update
//! cargo run -q --example lost_update -- --replay "tick, Ann answers, Bob answers"
//! cargo run -q --example lost_update -- --fixed
//! ```

use std::cell::Cell;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use inline_callbacks::explore::{Checks, Explorer, World};
use inline_callbacks::prelude::*;
use inline_callbacks::task;

/// Finds a lost update
///
/// Runs a program that counts guests under every order in which they can answer. The exit status is 1 when a schedule fails.
#[derive(Parser)]
#[command(name = "lost_update")]
struct Options {
    /// Run exactly this schedule
    #[arg(long, value_name = "SCHEDULE")]
    replay: Option<String>,

    /// Take the program that reads the counter after the wait
    #[arg(long)]
    fixed: bool,
}

/// How many somebody comes with: they say so when they like.
fn get_party(guest: &str, world: &World) -> Deferred<u32> {
    world.event(format!("{guest} answers")).map(|()| 2)
}

#[inline_callbacks]
fn count_in(guest: &'static str, counter: Rc<Cell<u32>>, world: World) -> Deferred<()> {
    // The counter is read, then the guest is waited for, then the sum is written.
    counter.set(counter.get() + yield_!(get_party(guest, &world))?);
}

#[inline_callbacks]
fn count_in_fixed(guest: &'static str, counter: Rc<Cell<u32>>, world: World) -> Deferred<()> {
    let party = yield_!(get_party(guest, &world))?;
    // Nothing can happen between this reading and this writing.
    counter.set(counter.get() + party);
}

/// Ann comes at once, Bob a second later; in the end both parties are counted.
fn evening(world: World, fixed: bool) -> impl Checks {
    let count_in = if fixed { count_in_fixed } else { count_in };
    let counter = Rc::new(Cell::new(0));
    let ann = count_in("Ann", Rc::clone(&counter), world.clone());
    let (clock, bobs_counter) = (world.clock(), Rc::clone(&counter));
    let bob = task::defer_later(&clock, Duration::from_secs(1), move || count_in("Bob", bobs_counter, world));
    ((ann, bob), move || assert_eq!(counter.get(), 4, "two parties of two"))
}

fn main() -> ExitCode {
    let Options { replay, fixed } = Options::parse();
    let program = |world| evening(world, fixed);
    let report = match &replay {
        Some(schedule) => Explorer::new().replay(schedule, program),
        None => Explorer::new().run(program),
    };
    println!("{report}");
    match report.finding() {
        None => ExitCode::SUCCESS,
        Some(finding) => {
            if replay.is_none() {
                println!("or: cargo run -q --example lost_update -- --replay {:?}", finding.script());
            }
            ExitCode::FAILURE
        }
    }
}
