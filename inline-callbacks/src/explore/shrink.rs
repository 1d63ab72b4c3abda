//! Shrinking: from a schedule that fails to the least odd one that fails in the same kind of way.
//!
//! First events are put in order greedily, which is quick and brings most schedules down; then all schedules of oddity 0, 1,
//! 2 .. are tried in turn, so that the result is the least odd one there is, as far as the budget of events goes.

use std::ops::Range;

use super::guides::{Along, CAUSES, Wished, Within};
use super::oddity::{Oddity, are_in_order};
use super::run::{Choosing, Ending, Guide, Kind, Problem, Run, Stage};
use super::schedule::Step;
use super::world::Choice;

/// How many events all the runs for shrinking may have together.
const BUDGET: usize = 300_000;

/// A schedule that fails, and why.
pub(super) struct Failing {
    pub(super) run: Run,
    pub(super) problem: Problem,
}

impl Failing {
    /// `None` when it did not fail.
    pub(super) fn of(mut run: Run) -> Result<Failing, Run> {
        match std::mem::replace(&mut run.ending, Ending::Unwanted) {
            Ending::Failed(problem) => Ok(Failing { run, problem }),
            ending => {
                run.ending = ending;
                Err(run)
            }
        }
    }

    fn rank(&self) -> (usize, usize, Vec<usize>) {
        let positions = self.run.trail.iter().map(|choosing| choosing.taken).collect();
        (Oddity::of(&self.run.trail).total(), self.run.trail.len(), positions)
    }
}

/// The least odd schedule that fails in the same kind of way.
pub(super) fn shrink(stage: &mut Stage<'_, '_>, found: Failing) -> Failing {
    if matches!(found.problem.kind, Kind::Undetermined | Kind::Misfit) {
        return found;
    }
    let mut shrinker = Shrinker { stage, budget: BUDGET };
    let best = match shrinker.again(found) {
        Ok(same) => same,
        Err(undetermined) => return undetermined,
    };
    let best = shrinker.let_succeed(best);
    let best = shrinker.put_in_order(best);
    shrinker.look_for_less_odd(best)
}

struct Shrinker<'s, 'p, 'a> {
    stage: &'s mut Stage<'p, 'a>,
    budget: usize,
}

impl Shrinker<'_, '_, '_> {
    fn run(&mut self, guide: &mut dyn Guide) -> Run {
        let run = self.stage.run(guide);
        self.budget = self.budget.saturating_sub(run.trail.len() + 1);
        run
    }

    /// A run that fails in this kind of way, if it does.
    fn fails(&mut self, kind: Kind, guide: &mut dyn Guide) -> Result<Failing, Run> {
        match Failing::of(self.run(guide))? {
            failing if failing.problem.kind == kind => Ok(failing),
            other => Err(other.run),
        }
    }

    /// Makes sure that the schedule fails each time.
    fn again(&mut self, found: Failing) -> Result<Failing, Failing> {
        let kind = found.problem.kind;
        let second = self.run(&mut Along(&found.run.trail));
        match Failing::of(second) {
            Ok(same) if same.problem.kind == kind => Ok(same),
            Ok(other) if other.problem.kind == Kind::Undetermined => Err(other),
            _ => {
                let text = format!(
                    "the program is not deterministic: this schedule failed once, and not when it was run again. {CAUSES}\n\
                     The first time it was: {}",
                    found.problem.text
                );
                Err(Failing { run: found.run, problem: Problem::new(Kind::Undetermined, text) })
            }
        }
    }

    /// The failing schedule that comes closest to what is wished for, if it is better than the best so far.
    fn improve(&mut self, best: &mut Failing, wished: Vec<Step>) -> bool {
        if wished == best.run.schedule.steps() || self.budget < BUDGET / 2 {
            return false;
        }
        let better = self.fails(best.problem.kind, &mut Wished(wished)).ok();
        let better = better.filter(|better| better.rank() < best.rank());
        better.map(|better| *best = better).is_some()
    }

    /// Lets events succeed: all that failed, then one after the other.
    fn let_succeed(&mut self, mut best: Failing) -> Failing {
        let succeeding = best.run.schedule.steps().iter().map(succeeded).collect();
        self.improve(&mut best, succeeding);
        let mut place = 0;
        while place < best.run.trail.len() {
            let mut wished = best.run.schedule.steps().to_vec();
            wished[place] = succeeded(&wished[place]);
            self.improve(&mut best, wished);
            place += 1;
        }
        best
    }

    /// Puts long stretches in order, then shorter ones, and single events for as long as that helps.
    fn put_in_order(&mut self, mut best: Failing) -> Failing {
        let mut stretch = best.run.trail.len();
        while stretch > 0 {
            let (mut start, mut has_helped) = (0, false);
            while start < best.run.trail.len() {
                let end = best.run.trail.len().min(start + stretch);
                let wished = with_in_order(&best.run.trail, &(start..end));
                has_helped |= self.improve(&mut best, wished);
                start += stretch;
            }
            stretch = if stretch == 1 && has_helped { 1 } else { stretch / 2 };
        }
        best
    }

    fn look_for_less_odd(&mut self, best: Failing) -> Failing {
        for bound in 0..Oddity::of(&best.run.trail).total() {
            if let Some(less_odd) = self.look_within(bound, best.problem.kind) {
                return less_odd;
            }
        }
        best
    }

    /// The first schedule of at most this oddity that fails, if the budget lasts.
    fn look_within(&mut self, bound: usize, kind: Kind) -> Option<Failing> {
        let mut path = Vec::new();
        while self.budget > 0 {
            match self.fails(kind, &mut Within::new(&path, bound)) {
                Ok(failing) => return Some(failing),
                Err(run) => path = run.trail,
            }
            if !go_on_within(&mut path, bound) {
                return None;
            }
        }
        None
    }
}

fn succeeded(step: &Step) -> Step {
    match step {
        Step::Failed(name) => Step::Fired(name.clone()),
        other => other.clone(),
    }
}

/// The steps of a schedule, with those of one stretch put where they are in order with the most of the others.
fn with_in_order(trail: &[Choosing], stretch: &Range<usize>) -> Vec<Step> {
    let (inside, outside): (Vec<_>, Vec<_>) = trail.iter().enumerate().partition(|(place, _)| stretch.contains(place));
    let mut moved: Vec<&Choice> = inside.into_iter().map(|(_, choosing)| choosing.choice()).collect();
    moved.sort_by_key(|choice| choice.number);
    let stays: Vec<&Choice> = outside.into_iter().map(|(_, choosing)| choosing.choice()).collect();
    let in_order = are_in_order(&stays.iter().map(|choice| choice.number).collect::<Vec<_>>());
    let mut moved = moved.into_iter().peekable();
    let mut wished = Vec::with_capacity(trail.len());
    for (choice, is_in_order) in stays.into_iter().zip(in_order) {
        while let Some(earlier) = moved.next_if(|moved| is_in_order && moved.number < choice.number) {
            wished.push(earlier.step.clone());
        }
        wished.push(choice.step.clone());
    }
    wished.extend(moved.map(|choice| choice.step.clone()));
    wished
}

/// The next path, depth first, among those of at most this oddity; says whether there is one.
fn go_on_within(path: &mut Vec<Choosing>, bound: usize) -> bool {
    let mut oddity = Oddity::up_to_now(path);
    while let Some(last) = path.last_mut() {
        oddity.untake(last.choice());
        if let Some(next) = oddity.next_within(bound, &last.options, last.taken + 1) {
            last.taken = next;
            return true;
        }
        oddity.leave();
        path.pop();
    }
    false
}
