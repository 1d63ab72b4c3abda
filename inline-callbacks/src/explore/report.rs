//! What an exploration came to, and how that reads.

use std::fmt;

use super::oddity::Oddity;
use super::run::Kind;
use super::schedule::Schedule;
use super::shrink::Failing;

/// What an exploration came to. Prints as a few lines that say how many schedules were run and what failed.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) in_order: usize,
    pub(super) sampled: usize,
    pub(super) seed: u64,
    pub(super) is_exhaustive: bool,
    pub(super) finding: Option<Finding>,
    pub(super) is_replay: bool,
}

impl Report {
    /// How many schedules were run, those for shrinking not counted.
    #[must_use]
    pub fn schedules(&self) -> usize {
        self.in_order + self.sampled
    }

    /// Whether these were all schedules there are.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }

    /// The seed of those that were drawn at random, if any were.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        (self.sampled > 0).then_some(self.seed)
    }

    /// The schedule that failed, if one did.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        self.finding.as_ref()
    }
}

/// A schedule that fails.
#[derive(Clone, Debug)]
pub struct Finding {
    schedule: Schedule,
    script: String,
    out_of_order: usize,
    failures: usize,
    kind: Kind,
    message: String,
}

/// Of a schedule without an end, this much of the default order at its end is shown.
const SHOWN_OF_ENDLESS: usize = 3;

impl Finding {
    pub(super) fn new(failing: Failing) -> Self {
        let Failing { run, problem } = failing;
        let oddity = Oddity::of(&run.trail);
        let chosen = run.trail.iter().rposition(|choosing| choosing.taken > 0).map_or(0, |last| last + 1);
        let script = if problem.kind == Kind::Endless && chosen + SHOWN_OF_ENDLESS < run.trail.len() {
            run.schedule.cut_after(chosen + SHOWN_OF_ENDLESS)
        } else {
            run.schedule.to_string()
        };
        let (out_of_order, failures) = (oddity.out_of_order(), oddity.failures());
        Finding { schedule: run.schedule, script, out_of_order, failures, kind: problem.kind, message: problem.text }
    }

    /// A schedule that could not even be read.
    pub(super) fn unreadable(text: &str, why: String) -> Self {
        let (schedule, script) = (Schedule::default(), text.to_owned());
        Finding { schedule, script, out_of_order: 0, failures: 0, kind: Kind::Misfit, message: why }
    }

    /// What happened, up to the end.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The text that [`replay`](super::replay) takes to run it again: the schedule, or the beginning of one without an end.
    #[must_use]
    pub fn script(&self) -> &str {
        &self.script
    }

    /// How many of its events are out of the order in which they were created.
    #[must_use]
    pub fn out_of_order(&self) -> usize {
        self.out_of_order
    }

    /// How many of its events failed.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// What went wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// `1 schedule`, `2 schedules`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.finding {
            Some(finding) if finding.kind == Kind::Misfit => write!(f, "the schedule does not fit\n{finding}"),
            Some(finding) if self.is_replay => write!(f, "the schedule fails\n{finding}"),
            Some(finding) => {
                write!(
                    f,
                    "a schedule fails, found after {}{}\n{finding}",
                    counted(self.schedules(), "schedule"),
                    self.drawn()
                )?;
                write!(f, "\n\nto run it again: explore::replay({:?}, ..)", finding.script)
            }
            None if self.is_replay => f.write_str("the schedule does not fail"),
            None if self.is_exhaustive => {
                write!(f, "explored {}: all there are, and none fails", counted(self.schedules(), "schedule"))
            }
            None => {
                let (count, drawn) = (counted(self.schedules(), "schedule"), self.drawn());
                write!(f, "explored {count}{drawn}: not all there are, and none of these fails")
            }
        }
    }
}

impl Report {
    fn drawn(&self) -> String {
        match self.sampled {
            0 => String::new(),
            sampled => format!(" ({} depth first, {sampled} at random with seed {})", self.in_order, self.seed),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = if self.script.is_empty() { "(nothing happens)" } else { &self.script };
        write!(f, "\n    {script}\n")?;
        if !matches!(self.kind, Kind::Misfit | Kind::Undetermined) {
            write!(f, "\n{} out of order", counted(self.out_of_order, "event"))?;
            if self.failures > 0 {
                write!(f, ", {} failed", counted(self.failures, "event"))?;
            }
            writeln!(f)?;
        }
        for line in self.message.lines() {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}
