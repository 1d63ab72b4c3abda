//! What each side writes for a deliberate difference: Twisted's lines, ours, and the entry of DEVIATIONS.md about it.

use super::language::{Block, Canceller};

/// Both sides of a block.
pub struct Expected {
    /// The title of its entry in DEVIATIONS.md.
    pub entry: &'static str,
    /// What Twisted writes.
    pub twisted: Vec<String>,
    /// What we write.
    pub ours: Vec<String>,
}

/// The line that opens a block.
///
/// # Panics
///
/// When the block cannot be written as JSON.
pub fn opening(block: &Block) -> String {
    let json = serde_json::to_value(block).expect("a block is JSON");
    format!("block {} {{", json["kind"].as_str().unwrap_or_default())
}

/// What is expected of a block.
pub fn expected(block: &Block) -> Expected {
    match block {
        Block::Abandon => of("Abandoned triggers", "dropping|dropped", "dropping|got Abandoned|dropped"),
        Block::AbandonInside => {
            of("When a dropped trigger tells", "callback ends|after", "callback ends|got Abandoned|after")
        }
        Block::CancelInCanceller => of(
            "A canceller that cancels its own Deferred",
            "canceller|raised RecursionError",
            "canceller|got Cancelled",
        ),
        Block::RaisingCanceller => {
            of("A canceller that panics", "canceller|raised raised-1", "canceller|unhandled raised-1|got Cancelled")
        }
        Block::RaisingCancellerAtTimeout => of(
            "A canceller that panics at a timeout",
            "canceller|raised raised-1",
            "canceller|unhandled raised-1|got TimedOut",
        ),
        Block::RaisingCancellerInBody => of(
            "A canceller that panics",
            "canceller|got raised-1|cancelled|body got 5|body got 0",
            "canceller|unhandled raised-1|body got Cancelled|body got 0|got 0|cancelled",
        ),
        Block::CancelItself => of(
            "A body that cancels itself",
            "cancelling|goes on|fired|body got 2|got 2|fired again",
            "cancelling|goes on|canceller of the second|body got Cancelled|got Cancelled|fired|fired again",
        ),
        Block::CancelGather { parts } => cancelled_gather(parts),
        Block::CancelList { parts } => cancelled_list(parts),
        Block::CancelRace { parts } => cancelled_race(parts),
        Block::OfNothing => of("Races", "race|list|end", "race|got AllFailed[]|list|got AllFailed[]|end"),
        Block::LockedJobs { jobs } => locked_jobs(jobs),
        Block::ReleaseInside => {
            of("Hand-over", "releasing|second has it|released|after", "releasing|released|second has it|after")
        }
        Block::PutInside => of("Hand-over", "putting|got 1|put|after", "putting|put|got 1|after"),
        Block::PauseInside => {
            of("A pause inside a callback", "first|second|fired|unpaused", "first|fired|second|unpaused")
        }
        Block::PausedResult => of("A paused result", "fired: true", "fired: false"),
        Block::TimeoutOfBody => of(
            "Timeouts of bodies",
            "body got Cancelled|advanced|body got 7|got 7|fired",
            "body got Cancelled|got TimedOut|advanced|body got 7|fired",
        ),
        Block::CancelLoop => of(
            "Cancelling a looping call",
            "tick|got Cancelled|cancelled|tick|advanced",
            "tick|got Cancelled|cancelled|advanced",
        ),
        Block::DropInLine => of("Waiting in line, and dropped", "put|second has it: false", "put|second has it: true"),
        Block::CancelPausedBody => of(
            "Cancelling a paused body",
            "cancelled|body got Cancelled|body got 0|got 0|unpaused",
            "body got Cancelled|body got 0|cancelled|got 0|unpaused",
        ),
        Block::PauseMerged => {
            of("Pausing two as one", "inner got 1|fired|got 1|unpaused", "fired|inner got 1|got 1|unpaused")
        }
        Block::CancelFiredList => {
            of("Cancelling a fired list", "cancelled", "canceller of the inner|got Cancelled|cancelled")
        }
        Block::ReturnRunning => of(
            "Returning a Deferred whose callback runs",
            "callback got 91|got 91|fired",
            "callback got 91|got 18|fired",
        ),
        Block::SameTime => of("Calls that were moved", "moved|other|advanced", "other|moved|advanced"),
        Block::DropGather => of(
            "Unhandled failures",
            "failed|unhandled FirstError#1(boom-1)|fired",
            "unhandled FirstError#1(boom-1)|failed|fired",
        ),
        Block::TimeoutOfPaused => of(
            "Timeouts and pauses",
            "advanced|body got Cancelled|body got 0|got 0|unpaused",
            "got TimedOut|advanced|body got Cancelled|body got 0|unpaused",
        ),
        Block::CancelFed => of("", "got Cancelled|cancelled|fired", "got Cancelled|cancelled|fired"),
    }
}

fn of(entry: &'static str, twisted: &str, ours: &str) -> Expected {
    let lines = |text: &str| text.split('|').map(str::to_owned).collect();
    Expected { entry, twisted: lines(twisted), ours: lines(ours) }
}

/// How a cancelled part fires.
fn answer(canceller: Canceller) -> Result<i64, String> {
    match canceller {
        Canceller::None | Canceller::Nothing => Err("Cancelled".to_owned()),
        Canceller::Value(value) => Ok(value),
        Canceller::Fail(number) => Err(format!("boom-{number}")),
    }
}

fn shown(answer: &Result<i64, String>) -> String {
    answer.as_ref().map_or_else(Clone::clone, ToString::to_string)
}

/// The lines of one part that is cancelled.
fn part(position: usize, canceller: Canceller) -> Vec<String> {
    let mut lines = Vec::new();
    if canceller != Canceller::None {
        lines.push(format!("canceller of part {position}"));
    }
    lines.push(format!("part {position}: {}", shown(&answer(canceller))));
    lines
}

fn all_parts(parts: &[Canceller]) -> Vec<String> {
    parts.iter().enumerate().flat_map(|(position, canceller)| part(position, *canceller)).collect()
}

fn show_list(answers: &[Result<i64, String>]) -> String {
    answers.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Failures that nobody is given.
fn reports(answers: &[Result<i64, String>]) -> impl Iterator<Item = String> {
    answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .filter(|why| *why != "Cancelled")
        .map(|why| format!("unhandled {why}"))
}

fn cancelled_gather(parts: &[Canceller]) -> Expected {
    let answers: Vec<_> = parts.iter().map(|canceller| answer(*canceller)).collect();
    let (mut twisted, mut ours) = (Vec::new(), all_parts(parts));
    let mut first = answers.iter().position(Result::is_err);
    for (position, canceller) in parts.iter().enumerate() {
        twisted.extend(part(position, *canceller));
        if first == Some(position) {
            twisted.push(format!("got FirstError#{position}({})", shown(&answers[position])));
        }
    }
    if first.take().is_none() {
        twisted.push(format!("got [{}]", show_list(&answers)));
        ours.push(format!("got [{}]", show_list(&answers)));
    } else {
        ours.extend(reports(&answers));
        ours.push("got Cancelled".to_owned());
    }
    Expected { entry: "Lists and gathering", twisted, ours }
}

fn cancelled_list(parts: &[Canceller]) -> Expected {
    let answers: Vec<_> = parts.iter().map(|canceller| answer(*canceller)).collect();
    let (mut twisted, mut ours) = (all_parts(parts), all_parts(parts));
    twisted.push(format!("got [{}]", show_list(&answers)));
    ours.push(if answers.iter().all(Result::is_ok) {
        format!("got [{}]", show_list(&answers))
    } else {
        "got Cancelled".to_owned()
    });
    Expected { entry: "Lists and gathering", twisted, ours }
}

fn cancelled_race(parts: &[Canceller]) -> Expected {
    let answers: Vec<_> = parts.iter().map(|canceller| answer(*canceller)).collect();
    let (mut twisted, mut ours) = (all_parts(parts), all_parts(parts));
    ours.extend(reports(&answers));
    if let Some(position) = answers.iter().position(Result::is_ok) {
        let won = format!("got {} from {position}", shown(&answers[position]));
        twisted.push(won.clone());
        ours.push(won);
    } else {
        twisted.push(format!("got AllFailed[{}]", show_list(&answers)));
        ours.push("got Cancelled".to_owned());
    }
    Expected { entry: "Races", twisted, ours }
}

fn locked_jobs(jobs: &[bool]) -> Expected {
    let job = |number: usize| format!("job {number}");
    let result = |number: usize| format!("result {number}: {}", if jobs[number] { "1" } else { "boom-1" });
    let numbers = 0..jobs.len();
    let mut twisted: Vec<_> = numbers.clone().map(job).chain(numbers.clone().rev().map(result)).collect();
    let mut ours: Vec<_> = numbers.flat_map(|number| [job(number), result(number)]).collect();
    twisted.push("released".to_owned());
    ours.push("released".to_owned());
    Expected { entry: "Order of results", twisted, ours }
}
