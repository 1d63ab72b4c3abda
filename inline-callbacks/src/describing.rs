//! What something is that is waited for, in data and in words.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::calls::{Made, Number};
use crate::site::{self, Function};

/// What is known of something that is waited for, besides what it waits for itself.
#[derive(Clone, Default)]
pub(crate) struct About {
    pub(crate) what: What,
    pub(crate) place: Option<&'static Location<'static>>,
    pub(crate) function: Option<Function>,
    pub(crate) made_by: Option<Number>,
}

#[derive(Clone, Default)]
pub(crate) enum What {
    #[default]
    Deferred,
    Body,
    Callback,
    Timeout {
        after: Duration,
        due_in: Option<Duration>,
    },
    Pause,
    List {
        parts: usize,
        fired: usize,
    },
    InLine {
        tool: Tool,
        /// How many are in that line.
        waiting: usize,
    },
    Holder {
        since: Instant,
    },
    DelayedCall {
        due_in: Option<Duration>,
    },
    RemoteTrigger,
    Event(Arc<str>),
    Foreign {
        due_in: Option<Duration>,
    },
    /// Nothing that could resume who waits for it.
    Nothing,
    /// Only hands on what is below it.
    Passing,
}

/// What an inline callback is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It waits for something that is not there yet.
    Waiting,
    /// What it waited for is there: it is about to go on.
    Due,
    /// What it waited for has woken it, but nobody on its thread has resumed it: see [`host`](crate::host).
    Woken,
    /// It runs now: it is further down the stack.
    Running,
}

/// Who has the Deferred of an inline callback that no other inline callback waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// Nobody: it was dropped, or the chain that it is in.
    Detached,
    /// The program, which does not wait for it.
    Held,
    /// Something else waits for it: a task of some executor, the trigger of another Deferred, a shared result.
    Outside,
}

/// What there is a line for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tool {
    Lock,
    Semaphore { tokens: usize },
    Queue,
}

impl About {
    pub(crate) fn new(what: What) -> Self {
        About { what, ..About::default() }
    }

    pub(crate) fn at(what: What, place: &'static Location<'static>) -> Self {
        About { place: Some(place), ..About::new(what) }
    }

    pub(crate) fn made(what: What, made: Option<Made>) -> Self {
        let about = About::new(what);
        match made {
            Some(Made { place, function, by }) => {
                About { place: Some(place), function: Some(function), made_by: by, ..about }
            }
            None => about,
        }
    }

    fn is_closure(&self) -> bool {
        self.function.is_some_and(|function| function().ends_with("{{closure}}"))
    }

    /// The function's name as its author knows it.
    pub(crate) fn name(&self) -> &'static str {
        self.function.map_or("", |function| name_of(function))
    }
}

/// The name without what the compiler appends for a body or a closure.
pub(crate) fn name_of(function: Function) -> &'static str {
    let mut name = function();
    while let Some(shorter) = name.strip_suffix("::{{closure}}") {
        name = shorter;
    }
    name
}

/// Whether a callback is one of this crate's own, which nobody wants to see.
pub(crate) fn is_ours(function: Function, added_at: &Location<'_>) -> bool {
    site::is_ours(added_at) || function().starts_with(concat!(env!("CARGO_CRATE_NAME"), "::"))
}

/// What those in a line wait for: a lock, a semaphore, a queue.
pub(crate) trait Resource {
    fn tool(&self) -> Tool;

    /// How many are in line.
    fn in_line(&self) -> usize;

    /// Who has it now.
    fn holders(&self) -> Vec<Holder>;
}

/// Somebody who holds a lock, or a token of a semaphore.
#[derive(Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) made: Made,
    pub(crate) since: Instant,
}

/// Names the thing, as in `a Deferred made at src/main.rs:3:5`.
impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_what(f)?;
        if let Some(place) = self.place {
            write!(f, "{}{place}", self.before_place())?;
        }
        Ok(())
    }
}

impl About {
    fn write_what(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Deferred | What::Passing => f.write_str("a Deferred"),
            What::Body => write!(f, "`{}`", self.name()),
            What::Callback if self.is_closure() => write!(f, "a callback in `{}`", self.name()),
            What::Callback => write!(f, "the callback `{}`", self.name()),
            What::Timeout { after, due_in } => {
                write!(f, "what has a timeout of {after:?}")?;
                write_due(f, *due_in, " (due ", ")")
            }
            What::Pause => f.write_str("the end of a pause"),
            What::List { parts, fired } => write!(f, "a list of {parts}, {fired} of them there"),
            What::InLine { tool, waiting } => write_line(f, *tool, *waiting),
            What::Holder { since } => write!(f, "held for {:.1?}", since.elapsed()),
            What::DelayedCall { due_in: None } => f.write_str("a delayed call that was cancelled"),
            What::DelayedCall { due_in } => {
                f.write_str("a delayed call")?;
                write_due(f, *due_in, " due ", "")
            }
            What::RemoteTrigger => f.write_str("another thread's answer"),
            What::Event(name) => write!(f, "the event {name:?}"),
            What::Foreign { due_in } => {
                match self.function {
                    Some(type_name) => write!(f, "a foreign future, `{}`", type_name())?,
                    None => f.write_str("a foreign future")?,
                }
                write_due(f, *due_in, ", due ", "")
            }
            What::Nothing => {
                f.write_str("something that keeps no waker, so that nothing can resume it")?;
                self.function.map_or(Ok(()), |type_name| write!(f, ": `{}`", type_name()))
            }
        }
    }

    /// What the place is the place of.
    fn before_place(&self) -> &'static str {
        match self.what {
            What::Callback | What::Timeout { .. } => ", added at ",
            What::List { .. } => ", gathered at ",
            What::InLine { .. } => ", asked for at ",
            What::Holder { .. } => ", acquired at ",
            What::DelayedCall { .. } => ", scheduled at ",
            What::RemoteTrigger => ", promised at ",
            What::Body | What::Foreign { .. } | What::Nothing => " at ",
            _ => " made at ",
        }
    }
}

fn write_due(f: &mut fmt::Formatter<'_>, due_in: Option<Duration>, before: &str, after: &str) -> fmt::Result {
    match due_in {
        None => Ok(()),
        Some(Duration::ZERO) => write!(f, "{before}now{after}"),
        Some(due_in) => write!(f, "{before}in {due_in:.1?}{after}"),
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, tool: Tool, waiting: usize) -> fmt::Result {
    match tool {
        Tool::Lock => f.write_str("a lock")?,
        Tool::Semaphore { tokens } => write!(f, "a semaphore of {tokens}")?,
        Tool::Queue => f.write_str("an item of a queue")?,
    }
    if waiting > 1 { write!(f, " with {waiting} in line") } else { Ok(()) }
}
