//! A test that hangs fails, and says who waits for what.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Duration;

#[cfg(feature = "reactor")]
use super::turning::Turning;
use crate::chain;
use crate::clock::{DelayedCall, Timers};
use crate::deferred::{Deferred, State, Waitable, discard};
use crate::failure::Failure;
use crate::pause::{Relay, Rule};
use crate::site::{self, Function, Site};

/// The error of a Deferred that hung: see [`within`](super::within_on).
///
/// Printed, it says who waited for what.
#[derive(Clone, Debug)]
pub struct Hung {
    after: Duration,
    waiting: String,
}

impl Hung {
    /// The time that it had.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }

    /// Who waited when the time was up: with feature `inspect` the tree that `inspect::waiting` prints, with what was
    /// given to [`within`](super::within_on) at the top; otherwise a line for each waiting inline callback, with its function and
    /// the place of its wait.
    #[must_use]
    pub fn waiting(&self) -> &str {
        &self.waiting
    }
}

impl fmt::Display for Hung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "still pending after {:?}; {}", self.after, self.waiting)
    }
}

impl Error for Hung {}

/// What hung Deferreds are replaced by.
struct Deadline {
    after: Duration,
    timer: Cell<Option<DelayedCall>>,
    hung: Cell<Option<Hung>>,
    called_in: Function,
    called_at: &'static Location<'static>,
    /// As long as it is pending on the reactor's time.
    #[cfg(feature = "reactor")]
    turning: Cell<Option<Turning>>,
}

type Guarded<T> = Relay<T, Deadline>;

impl Deadline {
    fn failure(&self, hung: Hung) -> Failure {
        Failure::new_at(hung, Site::new(self.called_in, self.called_at))
    }
}

impl<T: 'static> Rule<T> for Deadline {
    fn pass(&self, result: Result<T, Failure>) -> Option<Result<T, Failure>> {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
        #[cfg(feature = "reactor")]
        drop(self.turning.take());
        let Some(hung) = self.hung.take() else { return Some(result) };
        if !result.as_ref().is_err_and(Failure::is_cancelled) {
            // What the cancellation made of it comes too late. A failure of it is reported.
            discard(result);
        }
        Some(Err(self.failure(hung)))
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        use crate::describing::{About, What};
        let timer = self.timer.take();
        let due_in = timer.as_ref().and_then(DelayedCall::due_in);
        self.timer.set(timer);
        let what = What::Timeout { after: self.after, due_in };
        About { function: Some(self.called_in), ..About::at(what, self.called_at) }
    }
}

fn expire<T: 'static>(guarded: &Rc<Guarded<T>>) {
    let Some(below) = guarded.next_below() else { return };
    let deadline = &guarded.rule;
    // Before anything is cancelled, which would change the picture.
    let hung = Hung { after: deadline.after, waiting: who_waits(below) };
    deadline.hung.set(Some(hung.clone()));
    chain::cancel(Rc::clone(guarded) as Rc<dyn Waitable>);
    if !guarded.head().is_fired() {
        guarded.wait_no_longer(deadline.failure(hung));
    }
}

fn guard<T: 'static>(
    timers: &impl Timers,
    after: Duration,
    deferred: Deferred<T>,
    called_at: &'static Location<'static>,
) -> Result<Rc<Guarded<T>>, Deferred<T>> {
    let held = match deferred.into_state() {
        State::Plain(plain) if !plain.core().head.is_fired() => plain.widen(),
        State::Node(held) if !held.source().head().is_fired() => held,
        // The result has come: it cannot be late.
        fired => return Err(Deferred::from_state(fired)),
    };
    let deadline = Deadline {
        after,
        timer: Cell::default(),
        hung: Cell::default(),
        called_in: site::running(),
        called_at,
        #[cfg(feature = "reactor")]
        turning: Cell::default(),
    };
    let guarded = Relay::over(held.take(), deadline);
    let weak: Weak<Guarded<T>> = Rc::downgrade(&guarded);
    let timer = timers.call_later(after, move || {
        if let Some(guarded) = weak.upgrade() {
            expire(&guarded);
        }
    });
    guarded.rule.timer.set(Some(timer));
    Ok(guarded)
}

pub(super) fn within_on<T: 'static>(
    timers: &impl Timers,
    after: Duration,
    deferred: Deferred<T>,
    called_at: &'static Location<'static>,
) -> Deferred<T> {
    guard(timers, after, deferred, called_at).map_or_else(|fired| fired, |guarded| Deferred::from_source(guarded))
}

#[cfg(feature = "reactor")]
pub(super) fn within<T: 'static>(
    after: Duration,
    deferred: Deferred<T>,
    called_at: &'static Location<'static>,
) -> Deferred<T> {
    match guard(&crate::reactor::timers(), after, deferred, called_at) {
        Err(fired) => fired,
        Ok(guarded) => {
            guarded.rule.turning.set(Some(Turning::begin()));
            Deferred::from_source(guarded)
        }
    }
}

#[cfg(feature = "inspect")]
fn who_waits(for_what: Rc<dyn Waitable>) -> String {
    crate::inspect::waiting_for_node(for_what).to_string()
}

#[cfg(not(feature = "inspect"))]
fn who_waits(_: Rc<dyn Waitable>) -> String {
    all_who_wait()
}

/// Every inline callback of this thread that waits, in words.
#[cfg(feature = "inspect")]
pub(crate) fn all_who_wait() -> String {
    crate::inspect::waiting().to_string()
}

/// Every inline callback of this thread that waits, in words.
#[cfg(not(feature = "inspect"))]
pub(crate) fn all_who_wait() -> String {
    let bodies = crate::host::waiting();
    let first_line = match bodies.len() {
        0 => "no inline callback waits".to_owned(),
        1 => "1 inline callback waits:".to_owned(),
        many => format!("{many} inline callbacks wait:"),
    };
    let shown = bodies.iter().take(MOST_SHOWN).map(|body| format!("\n{}", body.site()));
    let left_out = bodies.len().saturating_sub(MOST_SHOWN);
    let last_line = if left_out > 0 { format!("\n... and {left_out} more") } else { String::new() };
    let advice = "\n(with the feature `inspect`, this would be a tree of who waits for what)";
    first_line + &shown.collect::<String>() + &last_line + if bodies.is_empty() { "" } else { advice }
}

#[cfg(not(feature = "inspect"))]
const MOST_SHOWN: usize = 100;
