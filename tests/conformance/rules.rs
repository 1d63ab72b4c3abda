//! The rules of the deliberate differences: each rewrites certain lines of Twisted's trace into what ours must be there, and
//! fails when Twisted has not written what it is expected to write. Everything else is compared as it is.

use super::expect;
use super::language::{Block, Op, Scenario};

/// The line after which Twisted's runner shows only what is collected when everything is taken apart.
pub const END: &str = "collected at the end";

/// Twisted's trace, as ours has to be.
pub struct Rewritten {
    /// The lines.
    pub lines: Vec<String>,
    /// The titles of the entries whose rules changed something.
    pub applied: Vec<&'static str>,
}

/// The titles of the entries that have a rule (those of the blocks have theirs in [`expect`]).
pub const TITLES: [&str; 5] =
    [ASKED_FOR, LATE_FIRES, LATE_FAILURES, UNHANDLED, "A list that fires on one success and has none."];

/// Before a line that a rule has put in its place.
const PLACED: &str = "placed: ";

const ASKED_FOR: &str = "A cancellation that was asked for";
const LATE_FIRES: &str = "Late fires";
const LATE_FAILURES: &str = "Late failures of parts";
const UNHANDLED: &str = "Unhandled failures";
const NO_SUCCESS: &str = TITLES[4];

/// Applies every rule in turn.
///
/// # Errors
///
/// The sentence of a rule whose expectation is not met.
pub fn rewrite(scenario: &Scenario, twisted: &[String]) -> Result<Rewritten, String> {
    let mut trace = Trace { lines: twisted.to_vec(), applied: Vec::new() };
    trace.rewrite_blocks(scenario)?;
    trace.rewrite_lists(scenario)?;
    trace.forget_what_was_asked_for();
    trace.forget_late_fires()?;
    trace.report_late_failures(scenario);
    trace.rewrite_lists_without_success();
    trace.lines.truncate(trace.end());
    Ok(Rewritten { lines: trace.lines, applied: trace.applied })
}

struct Trace {
    lines: Vec<String>,
    applied: Vec<&'static str>,
}

impl Trace {
    fn apply(&mut self, title: &'static str) {
        if !self.applied.contains(&title) {
            self.applied.push(title);
        }
    }

    /// Where Twisted's trace ends and the collecting begins.
    fn end(&self) -> usize {
        self.lines.iter().position(|line| line == END).unwrap_or(self.lines.len())
    }

    /// A block: between its marks stands exactly what is expected of Twisted; ours must have what is expected of us.
    fn rewrite_blocks(&mut self, scenario: &Scenario) -> Result<(), String> {
        let mut from = 0;
        for block in blocks(scenario) {
            let opening = expect::opening(block);
            let start =
                find(&self.lines, from, &opening).ok_or_else(|| format!("Twisted never wrote {opening:?}"))? + 1;
            let end = find(&self.lines, start, "} block").ok_or("Twisted never ended a block")?;
            let mut expected = expect::expected(block);
            // A cancellation that nobody handles is the concern of another rule.
            let written: Vec<_> = self.lines[start..end].to_vec();
            if written != expected.twisted {
                return Err(format!("{opening} Twisted should have written {:?}", expected.twisted));
            }
            if expected.twisted != expected.ours {
                self.apply(expected.entry);
            }
            from = start + expected.ours.len();
            self.lines.splice(start..end, expected.ours.drain(..));
        }
        Ok(())
    }

    /// A list that does not consume errors: Twisted reports the failure of a part when the list is collected; ours at once,
    /// after the line of the part (for those that had failed before, when all parts have been shown).
    fn rewrite_lists(&mut self, scenario: &Scenario) -> Result<(), String> {
        for list in lists_that_report(scenario) {
            for (at, failure) in self.failures_of_parts(list) {
                // Every failure, also the one of a cancelled part, which the next rule takes away again.
                let reported = format!("unhandled {failure}");
                let there = find(&self.lines, at, &reported)
                    .ok_or_else(|| format!("Twisted never reported {failure}, with which a part of {list} failed"))?;
                if there != at {
                    self.apply(UNHANDLED);
                }
                // Marked, so that no other part's failure of the same text finds it.
                let line = self.lines.remove(there);
                self.lines.insert(at, format!("{PLACED}{line}"));
            }
        }
        for line in &mut self.lines {
            if let Some(placed) = line.strip_prefix(PLACED) {
                *line = placed.to_owned();
            }
        }
        Ok(())
    }

    /// Where ours has to report each failure of a part of this combinator, and the failure, later ones first.
    fn failures_of_parts(&self, combinator: u32) -> Vec<(usize, String)> {
        let made = find(&self.lines, 0, &format!("gathering {combinator}"));
        let mut found: Vec<(usize, String)> = self.lines[..self.end()]
            .iter()
            .enumerate()
            .filter_map(|(at, line)| Some((at, part_of(line, combinator)?)))
            .filter(|(_, result)| result.parse::<i64>().is_err())
            .map(|(at, failure)| (made.map_or(at, |made| made.max(at)) + 1, failure.to_owned()))
            .collect();
        found.reverse();
        found
    }

    /// Twisted reports a `Cancelled` that nobody handled; ours does not.
    fn forget_what_was_asked_for(&mut self) {
        let before = self.lines[..self.end()].len();
        self.lines.retain(|line| line != "unhandled Cancelled");
        if self.end() != before {
            self.apply(ASKED_FOR);
        }
    }

    /// Twisted raises at a fire after a cancel whose canceller fired nothing (or something); ours is silent.
    fn forget_late_fires(&mut self) -> Result<(), String> {
        while let Some(at) = self.lines.iter().position(|line| line.starts_with("late ")) {
            let late = self.lines.remove(at);
            let canceller = late.replace("late ", "canceller ");
            find(&self.lines[..at], 0, &canceller)
                .ok_or_else(|| format!("{late:?} without a {canceller:?} before it"))?;
            self.apply(LATE_FIRES);
        }
        Ok(())
    }

    /// What a part of a gathering fails with after the first failure, or a part of a race after it was won: Twisted consumes
    /// it, ours reports it.
    fn report_late_failures(&mut self, scenario: &Scenario) {
        for (combinator, is_race) in gatherings(scenario) {
            let parts: Vec<(usize, String)> = self.lines[..self.end()]
                .iter()
                .enumerate()
                .filter_map(|(at, line)| Some((at, part_of(line, combinator)?.to_owned())))
                .collect();
            let decides = |result: &str| result.parse::<i64>().is_ok() == is_race;
            let Some(deciding) = parts.iter().position(|(_, result)| decides(result)) else { continue };
            let made = find(&self.lines, 0, &format!("gathering {combinator}"));
            for (at, result) in parts[deciding + 1..].iter().rev() {
                // What had failed before the race began is not late, wherever it stands.
                let is_early = is_race && made.is_some_and(|made| *at < made);
                if result.parse::<i64>().is_err() && result != "Cancelled" && !is_early {
                    let at = made.map_or(*at, |made| made.max(*at)) + 1;
                    self.lines.insert(at, format!("unhandled {result}"));
                    self.apply(LATE_FAILURES);
                }
            }
        }
    }

    /// Of a list that fires on one success and has none, Twisted gives a list; ours fails with `AllFailed`.
    fn rewrite_lists_without_success(&mut self) {
        let mut changed = false;
        for line in &mut self.lines {
            if let Some((list, failures)) = line.split_once(": only failures ") {
                *line = format!("{list}: AllFailed{failures}");
                changed = true;
            }
        }
        if changed {
            self.apply(NO_SUCCESS);
        }
    }
}

fn find(lines: &[String], from: usize, wanted: &str) -> Option<usize> {
    lines[from..].iter().position(|line| line == wanted).map(|at| from + at)
}

/// The result in the line of a part of this combinator.
fn part_of(line: &str, combinator: u32) -> Option<&str> {
    let (_, rest) = line.strip_prefix("part ")?.split_once(" of ")?;
    rest.strip_prefix(&format!("{combinator}: "))
}

/// The blocks of a scenario that run: those at its top.
fn blocks(scenario: &Scenario) -> impl Iterator<Item = &Block> {
    scenario.ops.iter().filter_map(|op| if let Op::Block { block } = op { Some(block) } else { None })
}

fn lists_that_report(scenario: &Scenario) -> Vec<u32> {
    let mut found = Vec::new();
    super::coverage::visit_ops(&scenario.ops, &mut |op| {
        if let Op::List { d, consume: false, .. } = op {
            found.push(*d);
        }
    });
    found
}

fn gatherings(scenario: &Scenario) -> Vec<(u32, bool)> {
    let mut found = Vec::new();
    super::coverage::visit_ops(&scenario.ops, &mut |op| match op {
        Op::Gather { d, .. } => found.push((*d, false)),
        Op::Race { d, .. } => found.push((*d, true)),
        _ => (),
    });
    found
}
