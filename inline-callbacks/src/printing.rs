//! What a Failure says: the error, its causes, where it was made and the way it has come.
//!
//! An error of the user's that cannot be printed must not spoil the report of where it came from.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};

use crate::backtrace;
use crate::failure::{Failed, Failure, message_of};
use crate::site::Site;
use crate::trace::{Kind, LeftOut, Step};

/// How many causes are printed: nothing keeps an error from being its own source.
const MOST_CAUSES: usize = 64;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = text_of(self.error());
        f.write_str(&text)?;
        if f.alternate() {
            for cause in causes(self.error(), text).iter().filter(|cause| !cause.is_said) {
                write!(f, ": {}", cause.text)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = text_of(self.error());
        f.write_str(&text)?;
        for Cause { text, way, is_said } in causes(self.error(), text) {
            if is_said && way.is_empty() {
                continue;
            }
            write!(f, "\n    caused by: {text}")?;
            for line in way {
                write!(f, "\n        {line}")?;
            }
        }
        for line in way_of(self) {
            write!(f, "\n    {line}")?;
        }
        if let Some(backtrace) = self.backtrace() {
            f.write_str("\n    the stack where it was made:")?;
            for line in backtrace::lines_of(backtrace) {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

/// Where the failure was made and what it has gone through, a line each.
pub(crate) fn way_of(failure: &Failure) -> Vec<String> {
    let trace = failure.trace();
    let (first, last) = trace.ends();
    let mut lines = vec![format!("made {}", within(failure.origin()))];
    lines.extend(folded(&first.map(said_of).collect::<Vec<_>>()));
    lines.extend(gap(trace.gap()));
    lines.extend(folded(&last.map(said_of).collect::<Vec<_>>()));
    lines
}

fn within(site: &Site) -> String {
    if site.is_nowhere() { site.to_string() } else { format!("in {site}") }
}

fn said_of(step: &Step) -> String {
    let site = &step.site;
    match step.kind {
        Kind::Wait => format!("waited for {}", within(site)),
        Kind::Callback if site.is_around() => format!("went through the callback in {site}"),
        Kind::Callback => format!("went through the callback {site}"),
        Kind::Dropped => format!("dropped {}, and nobody had looked at it", within(site)),
        Kind::Late => "nobody waited for it any more".to_owned(),
    }
}

fn gap(LeftOut { waits, callbacks }: LeftOut) -> Option<String> {
    match (waits, callbacks) {
        (0, 0) => None,
        (waits, 0) => Some(format!("... {waits} more waits ...")),
        (0, callbacks) => Some(format!("... {callbacks} more callbacks ...")),
        (waits, callbacks) => Some(format!("... {waits} more waits and {callbacks} more callbacks ...")),
    }
}

/// The longest run of lines that is looked for again right after itself.
const LONGEST_ROUND: usize = 8;

/// The lines, with those that come again and again, as in a loop that retries, only once.
fn folded(lines: &[String]) -> Vec<String> {
    let (mut rest, mut folded) = (lines, Vec::new());
    while !rest.is_empty() {
        let (length, times) = rounds_at_start_of(rest);
        match (length, times) {
            (1, 2..) => folded.push(format!("{} ({times} times)", rest[0])),
            (length, times) => {
                folded.extend_from_slice(&rest[..length]);
                folded.extend((times > 1).then(|| format!("... the last {length} lines {times} times in all ...")));
            }
        }
        rest = &rest[length * times..];
    }
    folded
}

/// How long the run of lines is that saves most when it is printed once, and how often it comes: one line once, if none does.
fn rounds_at_start_of(lines: &[String]) -> (usize, usize) {
    let count = |length: usize| lines.chunks_exact(length).take_while(|round| *round == &lines[..length]).count();
    let saved = |length: usize, times: usize| length * times.saturating_sub(1);
    let mut best = (1, count(1));
    for length in 2..=LONGEST_ROUND.min(lines.len()) {
        let times = count(length);
        // Its count takes a line of its own.
        if saved(length, times) > saved(best.0, best.1) + 1 {
            best = (length, times);
        }
    }
    best
}

/// The error in its own words, and a word of ours where those fail.
fn text_of(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    match panic::catch_unwind(AssertUnwindSafe(|| write!(text, "{error}"))) {
        Ok(Ok(())) => text,
        Ok(Err(fmt::Error)) => text + "<its Display failed>",
        Err(payload) => format!("{text}<its Display panicked: {}>", message_of(payload)),
    }
}

/// One cause of an error.
struct Cause {
    text: String,
    /// The way that it has come, when it is a failure itself.
    way: Vec<String>,
    /// Whether what was printed before it has its text already.
    is_said: bool,
}

impl Cause {
    fn new(text: String) -> Self {
        Cause { text, way: Vec::new(), is_said: false }
    }
}

/// The causes in their own words, outermost first; `text` is what has been printed of the error.
///
/// Many errors print their cause as part of themselves, most of them after a colon or in brackets. Those causes are marked,
/// so that nothing is said twice. It is a guess: an error that prints its cause in any other way is said twice.
fn causes(error: &(dyn Error + 'static), text: String) -> Vec<Cause> {
    let (mut error, mut said, mut causes) = (error, text, Vec::new());
    for count in 0.. {
        error = match panic::catch_unwind(AssertUnwindSafe(|| error.source())) {
            Ok(Some(cause)) if count < MOST_CAUSES => cause,
            Ok(Some(_)) => {
                causes.push(Cause::new("... and so on".to_owned()));
                break;
            }
            Ok(None) => break,
            Err(payload) => {
                causes.push(Cause::new(format!("<its source panicked: {}>", message_of(payload))));
                break;
            }
        };
        let text = text_of(error);
        let is_said = ends_with_cause(&said, &text);
        if !is_said {
            said.clone_from(&text);
        }
        let way = error.downcast_ref().map_or_else(Vec::new, |Failed(failure)| way_of(failure));
        causes.push(Cause { text, way, is_said });
    }
    causes
}

fn ends_with_cause(text: &str, cause: &str) -> bool {
    let in_brackets = text.strip_suffix(')').and_then(|text| text.strip_suffix(cause));
    text == cause
        || text.strip_suffix(cause).is_some_and(|before| before.ends_with(": "))
        || in_brackets.is_some_and(|before| before.ends_with('('))
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
