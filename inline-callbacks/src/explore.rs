//! Every interleaving: runs a program under all orders in which its events can happen.
//!
//! Each wait of a body is a place where everything else may go on, and a program that is right in the order in which its
//! results usually come may be wrong in another. [`explore`] tries them all. The program asks a [`World`] for what comes from
//! outside: `world.event("answer")` is a Deferred that the explorer fires when it chooses to. When nothing is left to happen,
//! what the program has returned is looked at: a closure with assertions, say. Then the next order has its turn, from the
//! start, in a new world.
//!
//! Here two guests are counted, and each is asked at the door whether they come alone:
//!
//! ```
//! use std::cell::Cell;
//! use std::rc::Rc;
//!
//! use inline_callbacks::explore::{World, explore};
//! use inline_callbacks::prelude::*;
//!
//! #[inline_callbacks]
//! fn count_in(guest: &'static str, count: Rc<Cell<u32>>, world: World) -> Deferred<()> {
//!     let party = yield_!(world.event(guest).map(|()| 2))?;
//!     count.set(count.get() + party);
//! }
//!
//! let report = explore(|world| {
//!     let count = Rc::new(Cell::new(0));
//!     let ann = count_in("ann", count.clone(), world.clone());
//!     let bob = count_in("bob", count.clone(), world.clone());
//!     // The Deferreds have to succeed, and the closure must not panic.
//!     ((ann, bob), move || assert_eq!(count.get(), 4))
//! });
//! assert_eq!(report.schedules(), 2);
//! assert!(report.is_exhaustive());
//! ```
//!
//! Had its body said `count.set(count.get() + yield_!(..)?)`, which reads the counter *before* it waits, the test would have
//! failed with:
//!
//! ```text
//! a schedule fails, found after 1 schedule
//!
//!     ann, bob
//!
//! 0 events out of order
//!
//!     panicked: assertion `left == right` failed
//!       left: 2
//!      right: 4
//!         made in ..
//!
//! to run it again: explore::replay("ann, bob", ..)
//! ```
//!
//! # Schedules
//!
//! A schedule is what happened, in order: the names of events; `!name` for one that failed, which
//! [`event_or_failure`](World::event_or_failure) allows; `tick` when [the clock](World::clock) went on to its next delayed call.
//! The default order is that of creation, and ticks come when nothing else can happen. A schedule that fails is shrunk to
//! the fewest events out of that order, and the fewest failed ones. [`replay`] runs a schedule again; a text that ends in
//! `...` goes on in the default order.
//!
//! # What fails
//!
//! - A panic of the program or of its checks, and a check that is a failure: see [`Checks`].
//! - A failure that nobody handled, also a panic of a body that nobody waits for. Checks may take those that they expect
//!   with [`testing::unhandled_failures`](crate::testing::unhandled_failures).
//! - A body that still waits when nothing is left that could happen, two bodies that wait for each other's locks, say:
//!   unless the program calls [`World::allow_waiting`].
//! - A program without an end, see [`Explorer::max_events`], and one that does not do the same thing each time.
//!
//! # Limits
//!
//! With more than 100 000 schedules the first 100 000 are run depth first, and 10 000 more are drawn at random, with a fixed
//! seed, so that a test always does the same. [`Explorer`] has other numbers. `n` independent events have `n!` orders: eight
//! are quick (40 320), eleven are not.
//!
//! Shrinking tries whether less would do until 300 000 events have happened, which is enough for a few events out of order among a
//! dozen or two. What is reported of a much longer schedule may be odder than it has to be.
//!
//! What a foreign future wakes on this thread runs right after the event that woke it, which is one of the orders that a real
//! program may have. Timers and I/O of the reactor do not run at all: give the program [the world's clock](World::clock).
//!
//! Panics are not printed while a program is explored, as most runs are of no interest; [`replay`] prints them.

use std::panic::Location;

use crate::failure::Failure;
use crate::{host, panics, site, turn};

mod schedule;
mod world;
mod checks;
mod run;
mod oddity;
mod guides;
mod shrink;
mod report;

use self::guides::{Along, Lots, Random};
use self::run::{Check, Choosing, Stage};
use self::schedule::Script;
use self::shrink::Failing;

pub use self::checks::Checks;
pub use self::report::{Finding, Report};
pub use self::schedule::{Schedule, Step};
pub use self::world::World;

/// Runs `program` under every order in which its events can happen. For tests: it returns when no order fails.
///
/// The program is called anew for each order, in a [`World`] of its own; what it returns is looked at when nothing is left to
/// happen. See the [module](self) for all of it, and [`Explorer`] for other bounds and for a report instead of a panic.
///
/// # Panics
///
/// When a schedule fails; the message is the [`Report`].
///
/// # Examples
///
/// ```should_panic
/// use inline_callbacks::{explore, race};
///
/// explore(|world| {
///     let winner = race([world.event("hare").map(|()| "hare"), world.event("tortoise").map(|()| "tortoise")]);
///     // Not in every order.
///     winner.map(|(_, name)| assert_eq!(name, "hare"))
/// });
/// ```
#[track_caller]
pub fn explore<'a, C: Checks + 'a>(program: impl FnMut(World) -> C + 'a) -> Report {
    let report = Explorer::new().run(program);
    assert!(report.finding.is_none(), "{report}");
    report
}

/// Runs `program` under exactly the schedule that is written here, as a failed [`explore`] prints it.
///
/// # Panics
///
/// When the schedule fails, or does not fit the program; the message is the [`Report`].
///
/// # Examples
///
/// ```
/// use inline_callbacks::explore::{World, replay};
/// use inline_callbacks::race;
///
/// replay("tortoise", |world: World| {
///     let winner = race([world.event("hare").map(|()| "hare"), world.event("tortoise").map(|()| "tortoise")]);
///     winner.map(|(_, name)| assert_eq!(name, "tortoise"))
/// });
/// ```
#[track_caller]
pub fn replay<'a, C: Checks + 'a>(schedule: &str, program: impl FnMut(World) -> C + 'a) -> Report {
    let report = Explorer::new().replay(schedule, program);
    assert!(report.finding.is_none(), "{report}");
    report
}

/// How programs are explored: the bounds, and the seed for what is beyond them. It returns a [`Report`] and does not panic.
///
/// ```
/// use inline_callbacks::explore::Explorer;
///
/// let report = Explorer::new().max_schedules(10).samples(5).seed(7).run(|world| {
///     (0..20).for_each(|n| world.event(format!("event {n}")).map(|()| ()).detach());
/// });
/// assert_eq!((report.schedules(), report.seed()), (15, Some(7)));
/// assert!(!report.is_exhaustive() && report.finding().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Explorer {
    max_schedules: usize,
    samples: usize,
    seed: u64,
    max_events: usize,
}

impl Default for Explorer {
    fn default() -> Self {
        Explorer { max_schedules: 100_000, samples: 10_000, seed: 0, max_events: 1_000 }
    }
}

impl Explorer {
    /// With the usual bounds.
    #[must_use]
    pub fn new() -> Self {
        Explorer::default()
    }

    /// Runs at most this many schedules depth first, 100 000 if nothing is said; 0 leaves only those at random.
    #[must_use]
    pub fn max_schedules(mut self, max: usize) -> Self {
        self.max_schedules = max;
        self
    }

    /// Draws this many schedules at random when those depth first were not all, 10 000 if nothing is said.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }

    /// What the random schedules are drawn with, 0 if nothing is said: the same seed draws the same ones.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Fails a schedule in which more than this many events happen, 1000 if nothing is said.
    #[must_use]
    pub fn max_events(mut self, max: usize) -> Self {
        self.max_events = max;
        self
    }

    /// Runs `program` under every order in which its events can happen, until one fails.
    #[track_caller]
    pub fn run<'a, C: Checks + 'a>(&self, program: impl FnMut(World) -> C + 'a) -> Report {
        let called_at = Location::caller();
        panics::quietly(|| self.on_stage(program, called_at, |stage| self.search(stage)))
    }

    /// Runs `program` under exactly this schedule.
    #[track_caller]
    pub fn replay<'a, C: Checks + 'a>(&self, schedule: &str, program: impl FnMut(World) -> C + 'a) -> Report {
        let called_at = Location::caller();
        let finding = match Script::parse(schedule) {
            Err(why) => Some(Finding::unreadable(schedule, why)),
            Ok(mut script) => {
                let run = self.on_stage(program, called_at, |stage| stage.run(&mut script));
                Failing::of(run).ok().map(Finding::new)
            }
        };
        Report { in_order: 1, sampled: 0, seed: self.seed, is_exhaustive: false, finding, is_replay: true }
    }

    /// Lets `work` run the program any number of times, as if nothing of the user's were on the stack.
    fn on_stage<'a, P, C, R>(
        &self,
        mut program: P,
        called_at: &'static Location<'static>,
        work: impl FnOnce(&mut Stage<'_, 'a>) -> R,
    ) -> R
    where
        P: FnMut(World) -> C + 'a,
        C: Checks + 'a,
    {
        let mut start = |world: World| -> Check<'a> {
            let checks = program(world);
            Box::new(move || -> Result<(), Failure> { checks.check() })
        };
        turn::outside(|| {
            let mut stage = Stage {
                start: &mut start,
                name: site::function_of::<P>(),
                called_at,
                max_events: self.max_events,
                bystanders: host::bystanders(),
            };
            work(&mut stage)
        })
    }

    fn search(&self, stage: &mut Stage<'_, '_>) -> Report {
        let mut report =
            Report { in_order: 0, sampled: 0, seed: self.seed, is_exhaustive: false, finding: None, is_replay: false };
        let found = self.search_depth_first(stage, &mut report).or_else(|| self.sample(stage, &mut report));
        report.finding = found.map(|found| Finding::new(shrink::shrink(stage, found)));
        report
    }

    fn search_depth_first(&self, stage: &mut Stage<'_, '_>, report: &mut Report) -> Option<Failing> {
        let mut path = Vec::new();
        while report.in_order < self.max_schedules {
            report.in_order += 1;
            match Failing::of(stage.run(&mut Along(&path))) {
                Ok(failing) => return Some(failing),
                Err(run) => path = run.trail,
            }
            if !go_on(&mut path) {
                report.is_exhaustive = true;
                return None;
            }
        }
        None
    }

    fn sample(&self, stage: &mut Stage<'_, '_>, report: &mut Report) -> Option<Failing> {
        let samples = if report.is_exhaustive { 0 } else { self.samples };
        let mut random = Random(self.seed);
        while report.sampled < samples {
            report.sampled += 1;
            if let Ok(failing) = Failing::of(stage.run(&mut Lots::new(&mut random))) {
                return Some(failing);
            }
        }
        None
    }
}

/// The next path, depth first; says whether there is one.
fn go_on(path: &mut Vec<Choosing>) -> bool {
    while let Some(last) = path.last_mut() {
        if last.taken + 1 < last.options.len() {
            last.taken += 1;
            return true;
        }
        path.pop();
    }
    false
}
