//! Tools over time. Twisted: `twisted.internet.task`.
//!
//! All of them work on any [`Timers`]: on the reactor's, or in tests on a [`Clock`](crate::Clock), whose time moves only when
//! told to. Timeouts are methods of [`Deferred`]: [`Deferred::add_timeout_on`], and on the reactor's timers `add_timeout`.
//!
//! ```
//! use std::time::Duration;
//! use inline_callbacks::prelude::*;
//! use inline_callbacks::{Clock, Timers, succeed, task, testing};
//!
//! #[inline_callbacks]
//! fn poll_twice<T: Timers + Clone + 'static>(timers: T) -> Deferred<u32> {
//!     let first = yield_!(succeed(20))?;
//!     yield_!(task::defer_later(&timers, Duration::from_secs(60), || Ok(())))?;
//!     return_value!(first + yield_!(succeed(22))?)
//! }
//! let clock = Clock::new();
//! let sum = poll_twice(clock.clone());
//! clock.advance(Duration::from_secs(60));
//! assert_eq!(testing::success_result_of(sum), 42);
//! ```

use std::time::Duration;

use crate::chain::Outcome;
use crate::clock::{Timers, fired_by_call};
pub use crate::cooperating::{CooperativeTask, Cooperator, NotPaused, TaskFinished};
use crate::deferred::Deferred;
pub use crate::fairness::Budget;
pub use crate::looping::LoopingCall;

/// A Deferred of what `function` returns, which is called `delay` from now. Twisted: `deferLater`.
///
/// With a delay of zero, the function is called on the next turn.
///
/// # Cancellation
///
/// Before the call: it is not made. Afterwards, the Deferred that the function returned is cancelled.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{Clock, task, testing};
///
/// let clock = Clock::new();
/// let later = task::defer_later(&clock, Duration::from_secs(1), || Ok(42));
/// assert!(!later.is_fired());
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(testing::success_result_of(later), 42);
/// ```
#[track_caller]
pub fn defer_later<T: 'static, R: Outcome<T>>(
    timers: &impl Timers,
    delay: Duration,
    function: impl FnOnce() -> R + 'static,
) -> Deferred<T> {
    fired_by_call(|trigger| Some(timers.call_later(delay, move || trigger.callback(()))))
        .add_callback(move |()| function())
}

#[cfg(feature = "reactor")]
pub use on_the_reactor::{coiterate, cooperate};

#[cfg(feature = "reactor")]
mod on_the_reactor {
    use std::cell::RefCell;
    use std::rc::Weak;
    use std::time::Duration;

    use crate::chain::Outcome;
    use crate::cooperating::{Cooperation, CooperativeTask, Cooperator};
    use crate::deferred::Deferred;
    use crate::reactor;

    thread_local! {
        /// The cooperator of this thread, while it has work: what the reactor's timers and tasks keep alive.
        static COOPERATOR: RefCell<Weak<Cooperation>> = const { RefCell::new(Weak::new()) };
    }

    fn cooperator() -> Cooperator {
        // While the thread ends there may be nobody to share one with any more.
        let alive = COOPERATOR.try_with(|kept| Cooperator::upgrade(&kept.borrow())).ok().flatten();
        alive.unwrap_or_else(|| {
            let cooperator = Cooperator::new(&reactor::timers());
            let _ = COOPERATOR.try_with(|kept| kept.replace(cooperator.downgrade()));
            cooperator
        })
    }

    /// Has the iterator make its steps in turn with all others of this thread, on the reactor. Twisted: `task.cooperate`.
    ///
    /// See [`Cooperator`].
    ///
    /// ```
    /// use inline_callbacks::{reactor, task};
    ///
    /// let done = reactor::block_on(|| task::cooperate((1..=3).map(|step| println!("step {step}"))).when_done());
    /// assert!(done.is_ok());
    /// ```
    #[track_caller]
    pub fn cooperate<I>(steps: I) -> CooperativeTask
    where
        I: IntoIterator<IntoIter: 'static, Item: Outcome<()>>,
    {
        cooperator().cooperate(steps)
    }

    /// A Deferred that fires when the iterator has made all its steps, in turn with all others of this thread, on the
    /// reactor. Twisted: `task.coiterate`.
    ///
    /// # Cancellation
    ///
    /// Stops the task.
    ///
    /// ```
    /// use inline_callbacks::{gather_results, reactor, task};
    ///
    /// let count = |name| task::coiterate((1..=2).map(move |step| println!("{name}: {step}")));
    /// let both = reactor::block_on(|| gather_results(["first", "second"].map(count)));
    /// assert!(both.is_ok());
    /// ```
    #[track_caller]
    pub fn coiterate<I>(steps: I) -> Deferred<()>
    where
        I: IntoIterator<IntoIter: 'static, Item: Outcome<()>>,
    {
        cooperator().coiterate(steps)
    }

    impl<T: 'static> Deferred<T> {
        /// A Deferred of the same result that fails with [`TimedOut`](crate::TimedOut) when this takes longer than `after`, on
        /// this thread's reactor. Twisted: `addTimeout(timeout, reactor)`.
        ///
        /// See [`add_timeout_on`](Self::add_timeout_on).
        ///
        /// ```
        /// use std::time::Duration;
        /// use inline_callbacks::{Deferred, TimedOut, reactor};
        ///
        /// let (_trigger, poem) = Deferred::<String>::new();
        /// let failure = reactor::block_on(|| poem.add_timeout(Duration::from_millis(1))).unwrap_err();
        /// assert!(failure.check::<TimedOut>().is_some());
        /// ```
        #[track_caller]
        pub fn add_timeout(self, after: Duration) -> Deferred<T> {
            self.add_timeout_on(&reactor::timers(), after)
        }
    }
}
