//! One run of a program under one schedule, which a guide chooses step by step.

use std::fmt::Write;
use std::panic::Location;

use super::schedule::Schedule;
use super::world::{Choice, World};
use crate::failure::Failure;
use crate::host::{self, Bystanders};
use crate::site::{self, Function, Site};
use crate::{panics, turn, unhandled};

/// The checks of one schedule.
pub(super) type Check<'a> = Box<dyn FnOnce() -> Result<(), Failure> + 'a>;

/// A program, and what all its runs have in common.
pub(super) struct Stage<'p, 'a> {
    pub(super) start: &'p mut dyn FnMut(World) -> Check<'a>,
    pub(super) name: Function,
    pub(super) called_at: &'static Location<'static>,
    pub(super) max_events: usize,
    /// Bodies of this thread that waited before: they are not the program's.
    pub(super) bystanders: Bystanders,
}

/// Says what happens next.
pub(super) trait Guide {
    /// The position of the choice, given those made before.
    fn choose(&mut self, trail: &[Choosing], options: &[Choice]) -> Result<usize, Stop>;

    /// Whether nothing being left to happen now is as it should be.
    fn end(&mut self, _trail: &[Choosing]) -> Result<(), Stop> {
        Ok(())
    }
}

/// Why a guide does not go on.
pub(super) enum Stop {
    /// This schedule is not wanted.
    Unwanted,
    Problem(Problem),
}

/// A moment at which there was something to choose.
pub(super) struct Choosing {
    pub(super) options: Vec<Choice>,
    pub(super) taken: usize,
}

impl Choosing {
    pub(super) fn choice(&self) -> &Choice {
        &self.options[self.taken]
    }
}

/// What a run was, and how it ended.
pub(super) struct Run {
    pub(super) trail: Vec<Choosing>,
    pub(super) schedule: Schedule,
    pub(super) ending: Ending,
}

pub(super) enum Ending {
    Passed,
    Failed(Problem),
    Unwanted,
}

/// What is wrong with a schedule.
pub(super) struct Problem {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// Shrinking keeps to one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The program or a check panicked, or returned a failure.
    Failed,
    /// Bodies wait for what cannot happen any more.
    Stuck,
    /// Failures that nobody handled.
    Unhandled,
    /// There was no end in sight.
    Endless,
    /// The same choices led somewhere else than before.
    Undetermined,
    /// A schedule that was given does not fit the program.
    Misfit,
}

impl Problem {
    pub(super) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Problem { kind, text: text.into() }
    }
}

impl Stage<'_, '_> {
    pub(super) fn run(&mut self, guide: &mut dyn Guide) -> Run {
        let _aside = unhandled::put_aside();
        let (world, mut trail) = (World::new(), Vec::new());
        let ending = self.play(&world, guide, &mut trail);
        world.end();
        self.bystanders.drop_others();
        Run { trail, schedule: world.schedule(), ending }
    }

    fn play(&mut self, world: &World, guide: &mut dyn Guide, trail: &mut Vec<Choosing>) -> Ending {
        let name = (self.name, self.called_at);
        let checks = match contain(name, || (self.start)(world.clone())) {
            Ok(checks) => checks,
            Err(panic) => return Ending::Failed(failed(&panic)),
        };
        let stopped = self.let_happen(world, guide, trail).and_then(|()| guide.end(trail));
        let stopped = stopped.and_then(|()| self.look_for_waiting(world));
        if let Err(stop) = stopped {
            turn::unresumed(|| panics::drop_contained(checks));
            return match stop {
                Stop::Unwanted => Ending::Unwanted,
                Stop::Problem(problem) => Ending::Failed(with_unhandled(problem)),
            };
        }
        match contain(name, checks).and_then(|result| result) {
            Err(failure) => Ending::Failed(with_unhandled(failed(&failure))),
            Ok(()) => look_for_unhandled(),
        }
    }

    /// Until nothing is left that could happen.
    fn let_happen(&self, world: &World, guide: &mut dyn Guide, trail: &mut Vec<Choosing>) -> Result<(), Stop> {
        loop {
            self.deliver()?;
            let options = world.choices();
            if options.is_empty() {
                return Ok(());
            }
            if trail.len() >= self.max_events {
                return Err(self.endless("something in it goes on for ever, a looping call perhaps"));
            }
            let taken = guide.choose(trail, &options)?;
            let choice = options[taken].clone();
            trail.push(Choosing { options, taken });
            world.happen(&choice);
        }
    }

    /// Runs whom foreign futures have woken.
    fn deliver(&self) -> Result<(), Stop> {
        let mut rounds = 0..self.max_events;
        while host::run_woken() > 0 {
            if rounds.next().is_none() {
                return Err(self.endless("a body in it keeps waking itself"));
            }
        }
        Ok(())
    }

    fn endless(&self, guess: &str) -> Stop {
        let max = self.max_events;
        let text = format!("the program had not ended after {max} events (see `max_events`): {guess}");
        Stop::Problem(Problem::new(Kind::Endless, text))
    }

    fn look_for_waiting(&self, world: &World) -> Result<(), Stop> {
        let waiting = if world.may_wait() { Vec::new() } else { self.bystanders.sites_of_others() };
        if waiting.is_empty() {
            return Ok(());
        }
        Err(Stop::Problem(Problem::new(Kind::Stuck, stuck(&waiting))))
    }
}

/// Runs what is the program's, but not inside one of its bodies or callbacks: as a test's own lines run.
fn contain<R>((name, place): (Function, &'static Location<'static>), work: impl FnOnce() -> R) -> Result<R, Failure> {
    let previous = site::enter(name);
    let outcome = panics::contain(work).map_err(|payload| panics::failure_of(payload, place));
    site::restore(previous);
    outcome
}

fn failed(failure: &Failure) -> Problem {
    Problem::new(Kind::Failed, format!("{failure:?}"))
}

fn stuck(waiting: &[Site]) -> String {
    let mut text = String::from("nothing is left that could happen, and these still wait:");
    for site in waiting {
        let _ = write!(text, "\n    {site}");
    }
    text
}

fn look_for_unhandled() -> Ending {
    let failures = unhandled::take_reported();
    match &*failures {
        [] => Ending::Passed,
        _ => Ending::Failed(Problem::new(Kind::Unhandled, tell_of_unhandled(&failures))),
    }
}

/// The failures that nobody handled may tell why something else went wrong.
fn with_unhandled(mut problem: Problem) -> Problem {
    let failures = unhandled::take_reported();
    if !failures.is_empty() {
        problem.text = format!("{}\n{}", problem.text, tell_of_unhandled(&failures));
    }
    problem
}

fn tell_of_unhandled(failures: &[Failure]) -> String {
    let told = failures.iter().map(|failure| format!("nobody handled this failure: {failure:?}"));
    told.collect::<Vec<_>>().join("\n")
}
