//! The looping call: a function that is called again and again, on a grid of times.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::chain::{CancelHandle, Outcome};
use crate::clock::{AnyTimers, DelayedCall, Timers, WeakCall, lent};
use crate::deferred::{Deferred, Trigger, discard};
use crate::failure::Failure;
use crate::site::{self, Function};
use crate::turn::guarded;

/// Calls a function again and again. Twisted: `task.LoopingCall`.
///
/// The calls lie on the grid `start + n * interval`. The next call is made after the function, with the Deferred that it
/// may return, is done; the points of the grid that have passed by then are skipped, not made up for.
/// [`with_count`](Self::with_count) tells the function how many points have passed.
///
/// A clone is another handle for the same loop. Dropping the handles does not stop it.
///
/// # Cancellation
///
/// Cancelling the Deferred that [`start`](Self::start) returns stops the loop, and cancels the Deferred of a call that is
/// still going on.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use std::time::Duration;
/// use inline_callbacks::{Clock, task::LoopingCall, testing};
///
/// let (clock, ticks) = (Clock::new(), Rc::new(Cell::new(0)));
/// let count = Rc::clone(&ticks);
/// let looping = LoopingCall::new(move || count.set(count.get() + 1));
/// let ended = looping.start(&clock, Duration::from_secs(1));
/// clock.pump([Duration::from_secs(1); 2]);
/// assert_eq!(ticks.get(), 3);
/// looping.stop();
/// testing::success_result_of(ended);
/// ```
#[derive(Clone)]
pub struct LoopingCall(Rc<Looping>);

type Repeated = Box<dyn FnMut(u64) -> Deferred<()>>;

struct Looping {
    /// Out while it runs.
    function: Cell<Option<Repeated>>,
    name: Function,
    made_at: &'static Location<'static>,
    /// Whether the function wants to be called only when an interval has passed since it was called last.
    counts: bool,
    now: Cell<bool>,
    /// The run that is going on. Only the timers and the function's Deferred keep it alive: when they are gone, so is the loop.
    run: RefCell<Weak<Run>>,
}

/// From one `start` to the end.
struct Run {
    looping: Rc<Looping>,
    timers: Rc<dyn AnyTimers>,
    interval: Cell<Duration>,
    /// Where the grid begins.
    start: Cell<Duration>,
    /// When the function was called last with a count.
    counted: Cell<Option<Duration>>,
    /// The next call, while one is scheduled.
    next: Cell<WeakCall>,
    /// The call that is going on.
    working: Cell<Option<CancelHandle>>,
    stopped: Cell<bool>,
    ended: Cell<Option<Trigger<()>>>,
}

impl Looping {
    fn is_calling(&self) -> bool {
        let function = self.function.take();
        let is_calling = function.is_none();
        self.function.set(function);
        is_calling
    }
}

impl LoopingCall {
    /// A loop of `function`, which returns `()`, `Ok(())` or a Deferred that is waited for. Twisted: `LoopingCall(f)`.
    ///
    /// A failure or panic of the function ends the loop.
    #[track_caller]
    pub fn new<R: Outcome<()>, F: FnMut() -> R + 'static>(mut function: F) -> Self {
        let called: Repeated = Box::new(move |_| function().into_outcome());
        LoopingCall::made(called, site::function_of::<F>(), false, Location::caller())
    }

    /// A loop of a function that is told how many points of the grid have passed since it was called last: 1, or more when
    /// some were skipped. Twisted: `LoopingCall.withCount`.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, task::LoopingCall};
    ///
    /// let (clock, points) = (Clock::new(), Rc::new(Cell::new(0)));
    /// let sum = Rc::clone(&points);
    /// let looping = LoopingCall::with_count(move |count| sum.set(sum.get() + count));
    /// let ended = looping.start(&clock, Duration::from_secs(1));
    /// clock.advance(Duration::from_secs(5)); // one call for all five
    /// assert_eq!(points.get(), 1 + 5);
    /// ```
    #[track_caller]
    pub fn with_count<R: Outcome<()>, F: FnMut(u64) -> R + 'static>(mut function: F) -> Self {
        let called: Repeated = Box::new(move |count| function(count).into_outcome());
        LoopingCall::made(called, site::function_of::<F>(), true, Location::caller())
    }

    fn made(function: Repeated, name: Function, counts: bool, made_at: &'static Location<'static>) -> Self {
        LoopingCall(Rc::new(Looping {
            function: Cell::new(Some(function)),
            name,
            made_at,
            counts,
            now: Cell::new(true),
            run: RefCell::default(),
        }))
    }

    /// Whether [`start`](Self::start) makes the first call itself, which is what it does otherwise, or after the first
    /// interval. Twisted: `start(interval, now=...)`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, task::LoopingCall};
    ///
    /// let clock = Clock::new();
    /// let looping = LoopingCall::new(|| println!("tick")).now(false);
    /// let _ended = looping.start(&clock, Duration::from_secs(1));
    /// assert_eq!(clock.next_due(), Some(Duration::from_secs(1)), "nothing was printed so far");
    /// looping.set_interval(Duration::from_secs(2));
    /// looping.reset();
    /// assert_eq!(clock.next_due(), Some(Duration::from_secs(2)));
    /// ```
    #[must_use = "this returns the same `LoopingCall`"]
    pub fn now(self, now: bool) -> Self {
        self.0.now.set(now);
        self
    }

    /// Starts the loop; the Deferred fires when the loop ends: with the failure of the function, or by
    /// [`stop`](Self::stop). Twisted: `start`.
    ///
    /// With an interval of zero the function is called on every turn.
    ///
    /// # Panics
    ///
    /// When the loop is running, or is still waiting for its last call.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, Failure, task::LoopingCall, testing};
    ///
    /// let clock = Clock::new();
    /// let mut left = 3;
    /// let looping = LoopingCall::new(move || {
    ///     left -= 1;
    ///     if left > 0 { Ok(()) } else { Err(Failure::msg("no more")) }
    /// });
    /// let ended = looping.start(&clock, Duration::from_secs(1));
    /// clock.pump([Duration::from_secs(1); 2]);
    /// assert_eq!(testing::failure_result_of(ended).to_string(), "no more");
    /// assert!(!looping.is_running());
    /// ```
    #[track_caller]
    pub fn start(&self, timers: &(impl Timers + Clone + 'static), interval: Duration) -> Deferred<()> {
        assert!(
            self.current().is_none() && !self.0.is_calling(),
            "this `LoopingCall` has been started already and has not ended"
        );
        let (ended, deferred) = self.canceller();
        let run = Rc::new(Run {
            looping: Rc::clone(&self.0),
            timers: lent(timers),
            interval: Cell::new(interval),
            start: Cell::new(timers.now()),
            counted: Cell::default(),
            next: Cell::default(),
            working: Cell::default(),
            stopped: Cell::default(),
            ended: Cell::new(Some(ended)),
        });
        *self.0.run.borrow_mut() = Rc::downgrade(&run);
        if self.0.now.get() {
            run.call();
        } else {
            run.schedule();
        }
        deferred
    }

    #[cfg_attr(feature = "inspect", track_caller)]
    fn canceller(&self) -> (Trigger<()>, Deferred<()>) {
        let looping = Rc::downgrade(&self.0);
        Deferred::with_canceller(move |_| {
            let looping = looping.upgrade().map(LoopingCall);
            if let Some(run) = looping.and_then(|looping| looping.current()) {
                run.cancel();
            }
        })
    }

    /// Stops the loop. Its Deferred fires before this returns, or, while a call is going on, when that is done. Does
    /// nothing when the loop is not running. Twisted: `stop`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, task::LoopingCall, testing};
    ///
    /// let clock = Clock::new();
    /// let looping = LoopingCall::new(|| println!("tick"));
    /// let ended = looping.start(&clock, Duration::from_secs(1));
    /// looping.stop();
    /// assert_eq!((looping.is_running(), clock.next_due()), (false, None));
    /// testing::success_result_of(ended);
    /// ```
    pub fn stop(&self) {
        if let Some(run) = self.current() {
            run.stopped.set(true);
            if run.next.take().upgrade().is_some_and(|call| call.cancel()) {
                run.end(Ok(()));
            }
        }
    }

    /// Begins a new grid now: the next call comes after a full interval. Does nothing unless a call is scheduled.
    /// Twisted: `reset`.
    pub fn reset(&self) {
        if let Some(run) = self.current().filter(|run| !run.stopped.get()) {
            if let Some(call) = run.next.take().upgrade().filter(DelayedCall::is_active) {
                call.cancel();
                run.start.set(run.timers.time());
                run.schedule();
            }
        }
    }

    /// Changes the interval; it counts from the next time that a call is scheduled. Twisted: the attribute `interval`.
    pub fn set_interval(&self, interval: Duration) {
        if let Some(run) = self.current() {
            run.interval.set(interval);
        }
    }

    /// Whether the loop has been started and has neither ended nor been stopped. Twisted: the attribute `running`.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.current().is_some_and(|run| !run.stopped.get())
    }

    /// The run that has not ended.
    fn current(&self) -> Option<Rc<Run>> {
        self.0.run.borrow().upgrade()
    }
}

impl fmt::Debug for LoopingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_running() { "LoopingCall(running)" } else { "LoopingCall(not running)" })
    }
}

impl Run {
    /// Schedules the next call: at the next point of the grid.
    fn schedule(self: &Rc<Self>) {
        let run = Rc::clone(self);
        if let Some(call) = self.timers.later(self.until_next(), Box::new(move || run.call())) {
            self.next.set(call.downgrade());
        }
    }

    fn until_next(&self) -> Duration {
        let interval = self.interval.get();
        if interval.is_zero() {
            return interval;
        }
        let running_for = self.timers.time().saturating_sub(self.start.get());
        interval.saturating_sub(remainder(running_for, interval))
    }

    fn call(self: &Rc<Self>) {
        self.next.take();
        let Some(count) = self.count() else { return self.schedule() };
        let Some(mut function) = self.looping.function.take() else { return };
        let looping = &self.looping;
        let outcome = guarded(looping.name, looping.made_at, || function(count));
        looping.function.set(Some(function));
        match outcome {
            Ok(deferred) => self.wait_for(deferred),
            Err(panic) => self.end(Err(panic)),
        }
    }

    fn wait_for(self: &Rc<Self>, deferred: Deferred<()>) {
        if !deferred.is_fired() {
            self.working.set(Some(deferred.cancel_handle()));
        }
        let run = Rc::clone(self);
        deferred.add_both(move |result| run.go_on(result)).detach();
    }

    fn go_on(self: &Rc<Self>, result: Result<(), Failure>) {
        self.working.take();
        if result.is_err() || self.stopped.get() { self.end(result) } else { self.schedule() }
    }

    /// How many points of the grid to tell the function of; `None` when none has passed and it wants to know.
    fn count(&self) -> Option<u64> {
        let now = self.timers.time();
        let last = self.counted.replace(Some(now));
        if !self.looping.counts || self.interval.get().is_zero() {
            return Some(1);
        }
        // The first call, when it is made at the start, is for the point at which the grid begins.
        let first = if self.looping.now.get() { -1 } else { 0 };
        let passed = self.points_until(now) - last.map_or(first, |last| self.points_until(last));
        if passed <= 0 {
            self.counted.set(last);
            return None;
        }
        Some(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// How many points of the grid lie between its beginning and `time`; negative for a time before it.
    fn points_until(&self, time: Duration) -> i128 {
        (signed_nanos(time) - signed_nanos(self.start.get())) / signed_nanos(self.interval.get())
    }

    /// The run is over. After a cancel nobody is there to be told.
    fn end(&self, result: Result<(), Failure>) {
        self.leave();
        match self.ended.take() {
            Some(trigger) => trigger.fire(result),
            None => discard(result),
        }
    }

    /// Makes room for the next start; after a cancel that may have come already.
    fn leave(&self) {
        let mut current = self.looping.run.borrow_mut();
        if std::ptr::eq(current.as_ptr(), self) {
            *current = Weak::new();
        }
    }

    fn cancel(&self) {
        self.stopped.set(true);
        self.next.take().cancel();
        self.leave();
        // Inert by now: what the call that is going on ends with, other than `Cancelled`, is reported.
        drop(self.ended.take());
        if let Some(working) = self.working.take() {
            working.cancel();
        }
    }
}

fn signed_nanos(time: Duration) -> i128 {
    // A `Duration` has at most 94 bits of nanoseconds.
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX)
}

/// `time` modulo `interval`, exactly.
fn remainder(time: Duration, interval: Duration) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    let nanos = time.as_nanos() % interval.as_nanos();
    let (seconds, rest) = (nanos / SECOND, nanos % SECOND);
    Duration::new(u64::try_from(seconds).unwrap_or(u64::MAX), u32::try_from(rest).unwrap_or(0))
}
