//! Shrinking: from a schedule that fails to the least odd one that fails in the same kind of way.
//!
//! First positions are lowered greedily, which is quick and brings most schedules down; then all schedules of oddity
//! 0, 1, 2 .. are tried in turn, so that the result is the least odd one there is, as far as the budget of events goes.

use super::guides::{Along, CAUSES, Positions, Within};
use super::oddity::Oddity;
use super::run::{Choosing, Ending, Guide, Kind, Problem, Run, Stage};

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
        (Oddity::of(&self.run.trail).total(), self.run.trail.len(), positions(&self.run.trail))
    }
}

fn positions(trail: &[Choosing]) -> Vec<usize> {
    trail.iter().map(|choosing| choosing.taken).collect()
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
    let best = shrinker.lower_positions(best);
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

    /// Takes the default choice in long stretches, then in shorter ones, as long as it still fails and gets less odd.
    fn lower_positions(&mut self, mut best: Failing) -> Failing {
        let mut stretch = best.run.trail.len();
        while stretch > 0 {
            let mut start = 0;
            while start < best.run.trail.len() && self.budget > BUDGET / 2 {
                let mut candidate = positions(&best.run.trail);
                let end = candidate.len().min(start + stretch);
                let is_lower = candidate[start..end].iter().any(|position| *position > 0);
                candidate[start..end].fill(0);
                if is_lower {
                    if let Ok(failing) = self.fails(best.problem.kind, &mut Positions(&candidate)) {
                        if failing.rank() < best.rank() {
                            best = failing;
                        }
                    }
                }
                start += stretch;
            }
            stretch /= 2;
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
