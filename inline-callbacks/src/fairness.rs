//! Letting others have a turn: a budget for bodies that have much to do and never wait.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use crate::clock::{AnyTimers, NEXT_TURN, Timers, fired_by_call, lent};
use crate::deferred::{Deferred, succeed};

/// Lets the reactor have a turn after so many waits that were ready at once. Nothing in Twisted.
///
/// A body whose waits are all ready goes on in a loop: that is what makes it fast, and why a million of them use no stack. It is
/// also why timers, connections and other bodies of the thread get no turn meanwhile. Nothing limits that unless the body
/// has a budget, since a body that lets go of the thread is no longer done when its call returns. With one, a body counts its
/// ready waits, and after every `yields` of them the next one takes a turn of the timers. A wait that was not ready has let the
/// others have their turn, and the count begins again.
///
/// Each body has a budget of its own, or several share one by reference.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{Clock, task::Budget, testing};
/// ///
/// #[inline_callbacks]
/// fn count(clock: Clock, up_to: u32) -> Deferred<u32> {
///     let budget = Budget::new(&clock, 100);
///     let mut counted = 0;
///     while counted < up_to {
///         counted += 1;
///         yield_!(budget.consume())?;
///     }
///     return_value!(counted)
/// }
///
/// let clock = Clock::new();
/// let counted = count(clock.clone(), 150);
/// testing::assert_no_result(&counted); // it has counted to 101, and lets the others have a turn
/// clock.advance(Duration::from_millis(1));
/// assert_eq!(testing::success_result_of(counted), 150);
/// ```
pub struct Budget {
    timers: Rc<dyn AnyTimers>,
    yields: u32,
    left: Cell<u32>,
}

impl Budget {
    /// A budget of `yields` ready waits between two turns of `timers`; with 0, every wait takes a turn.
    #[must_use]
    pub fn new(timers: &(impl Timers + Clone + 'static), yields: u32) -> Self {
        Budget { timers: lent(timers), yields, left: Cell::new(yields) }
    }

    /// A Deferred of what `deferred` fires, for a body to wait for: if that is there already, it counts, and takes a turn when
    /// the budget is used up.
    ///
    /// # Cancellation
    ///
    /// During the turn that it takes, it fails with [`Cancelled`](crate::Cancelled), and what `deferred` had is dropped.
    /// Otherwise, as without a budget.
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn wait_for<T: 'static>(&self, deferred: Deferred<T>) -> Deferred<T> {
        if !deferred.is_fired() {
            self.left.set(self.yields);
            return deferred;
        }
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                deferred
            }
            None => self.next_turn().add_callback(move |()| deferred),
        }
    }

    /// A Deferred that has fired, or, when the budget is used up, fires on the next turn: for loops that do not wait for
    /// Deferreds.
    ///
    /// # Cancellation
    ///
    /// During the turn that it takes, it fails with [`Cancelled`](crate::Cancelled).
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn consume(&self) -> Deferred<()> {
        self.wait_for(succeed(()))
    }

    #[cfg_attr(feature = "inspect", track_caller)]
    fn next_turn(&self) -> Deferred<()> {
        self.left.set(self.yields);
        fired_by_call(|trigger| self.timers.later(NEXT_TURN, Box::new(move || trigger.callback(()))))
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({} of {} left)", self.left.get(), self.yields)
    }
}
