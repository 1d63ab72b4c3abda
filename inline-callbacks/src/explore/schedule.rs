//! Schedules: what happened, in order; how that is written and read; and how far it is from the order of creation.

use std::fmt;
use std::sync::Arc;

/// One thing that happens in a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// An event succeeded. Written as its name.
    Fired(Arc<str>),
    /// An event failed. Written as `!` and its name.
    Failed(Arc<str>),
    /// The clock went on to the time of the next delayed call, and every call that was due then ran. Written `tick`.
    Tick,
}

pub(super) const TICK: &str = "tick";
const FAILED: char = '!';
const GOES_ON: &str = "...";
const SEPARATOR: char = ',';

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Fired(name) => f.write_str(name),
            Step::Failed(name) => write!(f, "{FAILED}{name}"),
            Step::Tick => f.write_str(TICK),
        }
    }
}

/// What is wrong with `name` as the name of an event, if anything.
pub(super) fn objection_to(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.trim() != name {
        Some("it begins or ends with a blank")
    } else if name == TICK || name == GOES_ON {
        Some("in a schedule that means something else")
    } else if name.starts_with(FAILED) {
        Some("it begins with `!`, which marks events that failed")
    } else if name.contains(|letter: char| letter == SEPARATOR || letter.is_control()) {
        Some("a comma or a line break would end it in a schedule")
    } else {
        None
    }
}

/// What happened in one run of a program, in order. Prints as the text that [`replay`](super::replay) takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schedule(pub(super) Vec<Step>);

impl Schedule {
    /// What happened, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The first `kept` steps, and that everything after them went in the default order.
    pub(super) fn cut_after(&self, kept: usize) -> String {
        let kept = self.0[..kept].iter().map(ToString::to_string);
        kept.chain([GOES_ON.to_owned()]).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

/// A schedule that somebody wrote: events by name, separated by commas; `...` at the end leaves the rest to the default order.
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) goes_on: bool,
}

impl Script {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.split(SEPARATOR).map(str::trim).collect();
        if parts == [""] {
            parts.clear();
        }
        let goes_on = parts.last() == Some(&GOES_ON);
        if goes_on {
            parts.pop();
        }
        let steps = parts.into_iter().map(parse_step).collect::<Result<_, _>>()?;
        Ok(Script { steps, goes_on })
    }
}

fn parse_step(part: &str) -> Result<Step, String> {
    if part == TICK {
        return Ok(Step::Tick);
    }
    let (failed, name) = match part.strip_prefix(FAILED) {
        Some(name) => (true, name.trim_start()),
        None => (false, part),
    };
    match objection_to(name) {
        Some(objection) => Err(format!("`{name}` is not the name of an event: {objection}")),
        None if failed => Ok(Step::Failed(name.into())),
        None => Ok(Step::Fired(name.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_read_as_it_is_written() {
        let text = "a 1, !b, tick, c#2";
        let script = Script::parse(text).unwrap();
        assert_eq!(Schedule(script.steps).to_string(), text);
        assert!(!script.goes_on);
        assert!(Script::parse("a, ...").unwrap().goes_on);
        assert!(Script::parse("").unwrap().steps.is_empty());
        assert!(Script::parse("a,, b").is_err());
    }
}
