//! Timeouts: a limit to how long a result may take.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::chain;
use crate::clock::{DelayedCall, Timers};
use crate::deferred::{Deferred, Head, Others, Source, State, Step, Waitable};
use crate::failure::Failure;
use crate::pause::{Relay, Rule, gate_of};
use crate::site::{self, Function, Site};

/// The result did not come in the time that was given for it. Twisted: `TimeoutError`.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{Clock, Deferred, TimedOut, testing};
///
/// let clock = Clock::new();
/// let (_trigger, poem) = Deferred::<String>::new();
/// let poem = poem.add_timeout_on(&clock, Duration::from_secs(3));
/// clock.advance(Duration::from_secs(3));
/// let failure = testing::failure_result_of(poem);
/// assert_eq!(failure.check().map(TimedOut::after), Some(Duration::from_secs(3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimedOut {
    after: Duration,
}

impl TimedOut {
    /// The time that was given.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out after {:?}", self.after)
    }
}

impl Error for TimedOut {}

/// What a relay does that has a time limit.
struct Limit {
    after: Duration,
    timer: Cell<Option<DelayedCall>>,
    /// The time is up: `Cancelled` is now of our own making.
    expired: Cell<bool>,
    added_in: Function,
    added_at: &'static Location<'static>,
}

impl Limit {
    fn timed_out(&self) -> Failure {
        Failure::new_at(TimedOut { after: self.after }, Site::new(self.added_in, self.added_at))
    }
}

impl<T: 'static> Rule<T> for Limit {
    fn pass(&self, result: Result<T, Failure>) -> Option<Result<T, Failure>> {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
        Some(match result {
            Err(failure) if self.expired.get() && failure.is_cancelled() => Err(self.timed_out()),
            result => result,
        })
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        use crate::describing::{About, What};
        let timer = self.timer.take();
        let due_in = timer.as_ref().and_then(DelayedCall::due_in);
        self.timer.set(timer);
        About { function: Some(self.added_in), ..About::at(What::Timeout { after: self.after, due_in }, self.added_at) }
    }
}

type Limited<T> = Relay<T, Limit>;

/// The time is up: asks the work to stop, and waits no longer for what it does then.
fn expire<T: 'static>(limited: &Rc<Limited<T>>) {
    limited.rule.expired.set(true);
    chain::cancel(Rc::clone(limited) as Rc<dyn Waitable>);
    if limited.head().is_fired() {
        return;
    }
    let paused = gate_of(Rc::clone(limited) as Rc<dyn Waitable>).filter(|gate| gate.is_closed());
    match paused {
        // No callback may run now. What was fired in time still counts once it may pass.
        Some(gate) => gate.when_open(Rc::new(ExpireAgain(Rc::downgrade(limited)))),
        None => limited.wait_no_longer(limited.rule.timed_out()),
    }
}

/// Looks again when the pause, during which the time was up, has ended.
struct ExpireAgain<T: 'static>(Weak<Limited<T>>);

impl<T: 'static> Step for ExpireAgain<T> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        if let Some(limited) = self.0.upgrade() {
            expire(&limited);
        }
        None
    }

    fn next_head(&self) -> Option<&Head> {
        None
    }
}

impl<T: 'static> Deferred<T> {
    /// A Deferred of the same result that fails with [`TimedOut`] when this takes longer than `after`. Twisted:
    /// `addTimeout(timeout, clock)`.
    ///
    /// When the time is up this Deferred is cancelled. Whatever its work fires before the cancelling has returned, other than
    /// [`Cancelled`](crate::Cancelled), is the result all the same; otherwise it is `TimedOut`, at once, even if the work goes
    /// on (it cleans up, or ignores the cancelling). What comes of it later is discarded, a failure reported through
    /// [`unhandled`](crate::unhandled).
    ///
    /// The limit covers the callbacks that were added before it, not those added after. The timer is removed as soon as
    /// the result passes. A limit of zero is up on the next turn of the timers.
    ///
    /// # Cancellation
    ///
    /// Reaches this Deferred; its consumer gets what comes of that.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::prelude::*;
    /// use inline_callbacks::{Clock, TimedOut, testing};
    ///
    /// let clock = Clock::new();
    /// let (_trigger, answer) = Deferred::<u32>::new();
    /// let answer = answer.add_timeout_on(&clock, Duration::from_secs(3));
    /// clock.advance(Duration::from_secs(3));
    /// assert!(testing::failure_result_of(answer).check::<TimedOut>().is_some());
    /// ```
    #[track_caller]
    pub fn add_timeout_on(self, timers: &impl Timers, after: Duration) -> Deferred<T> {
        let added_at = Location::caller();
        let held = match self.into_state() {
            State::Plain(plain) if !plain.core().head.is_fired() => plain.widen(),
            State::Node(held) if !held.source().head().is_fired() => held,
            // The result has come: it cannot be late.
            fired => return Deferred::from_state(fired),
        };
        let limit =
            Limit { after, timer: Cell::default(), expired: Cell::default(), added_in: site::running(), added_at };
        let limited = Relay::over(held.take(), limit);
        let weak = Rc::downgrade(&limited);
        let timer = timers.call_later(after, move || {
            if let Some(limited) = weak.upgrade() {
                expire(&limited);
            }
        });
        limited.rule.timer.set(Some(timer));
        Deferred::from_source(limited as Rc<dyn Source<T>>)
    }
}
