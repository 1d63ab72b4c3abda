//! Time: the [`Timers`] trait, the calls that are scheduled with it, and a [`Clock`] whose time moves only when told to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::deferred::{Deferred, Trigger};
use crate::site::{self, Function};
use crate::turn::guarded;
use crate::{observe, unhandled};

/// How far off the next turn is, for what takes one after the other. The value of Twisted's cooperator: on a [`Clock`] a turn
/// must not follow at the same time, since all that is due at one time runs in one `advance`.
pub(crate) const NEXT_TURN: Duration = Duration::from_nanos(10);

/// Something that calls functions later: the reactor, or a [`Clock`]. Twisted: `IReactorTime`.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{Clock, DelayedCall, Timers};
///
/// /// Works on the reactor's timers and, in its test, on a clock.
/// fn remind(timers: &impl Timers, what: &'static str) -> DelayedCall {
///     timers.call_later(Duration::from_secs(60), move || println!("{what}"))
/// }
/// let clock = Clock::new();
/// let call = remind(&clock, "the kettle");
/// clock.advance(Duration::from_secs(60));
/// assert!(!call.is_active());
/// assert_eq!(Timers::now(&clock), Duration::from_secs(60));
/// ```
pub trait Timers {
    /// Calls `function` once, `delay` from now, unless the returned handle cancels it. Twisted: `callLater`.
    ///
    /// Calls that are due at the same time run in the order in which they were scheduled. A panic in one is reported
    /// through [`unhandled`] and stops nothing else.
    fn call_later(&self, delay: Duration, function: impl FnOnce() + 'static) -> DelayedCall
    where
        Self: Sized;

    /// The time since some fixed moment. Twisted: `seconds`.
    fn now(&self) -> Duration;

    /// Gives these timers for as long as they live. What does not care, as it is not kept alive by what it has scheduled,
    /// need not override this.
    #[doc(hidden)]
    fn lend(&self) -> Box<dyn Fn() -> Option<Self>>
    where
        Self: Clone + Sized + 'static,
    {
        let timers = self.clone();
        Box::new(move || Some(timers.clone()))
    }
}

/// [`Timers`] whose type is forgotten, for what is kept alive by its own next call: holding the timers themselves would close
/// a circle.
pub(crate) trait AnyTimers {
    /// `None` when the timers are gone.
    fn later(&self, delay: Duration, function: Box<dyn FnOnce()>) -> Option<DelayedCall>;

    fn time(&self) -> Duration;
}

struct Lent<T>(Box<dyn Fn() -> Option<T>>);

impl<T: Timers> AnyTimers for Lent<T> {
    fn later(&self, delay: Duration, function: Box<dyn FnOnce()>) -> Option<DelayedCall> {
        (self.0)().map(|timers| timers.call_later(delay, function))
    }

    fn time(&self) -> Duration {
        (self.0)().map_or(Duration::ZERO, |timers| timers.now())
    }
}

pub(crate) fn lent(timers: &(impl Timers + Clone + 'static)) -> Rc<dyn AnyTimers> {
    Rc::new(Lent(timers.lend()))
}

/// A call that was scheduled. Twisted: `IDelayedCall`.
///
/// Dropping it does not cancel the call.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::Clock;
///
/// let clock = Clock::new();
/// let call = clock.call_later(Duration::from_secs(1), || println!("now"));
/// assert!(call.reset(Duration::from_secs(5)), "in five seconds from now instead");
/// assert!(call.delay(Duration::from_secs(5)), "and in five more");
/// assert_eq!(clock.next_due(), Some(Duration::from_secs(10)));
/// assert!(call.cancel() && !call.is_active());
/// assert!(!call.cancel(), "it was not to come any more");
/// ```
#[derive(Clone)]
pub struct DelayedCall {
    schedule: Weak<Schedule>,
    call: Rc<Call>,
}

struct Call {
    /// When it is due, and its place among those due then; `None` once it was called or cancelled.
    due: Cell<Option<(Duration, u64)>>,
    function: Cell<Option<Box<dyn FnOnce()>>>,
    name: Function,
    scheduled_at: &'static Location<'static>,
}

impl DelayedCall {
    /// A call that will never be made: its thread ends.
    #[cfg(feature = "reactor")]
    #[track_caller]
    pub(crate) fn over<F: FnOnce() + 'static>(function: F) -> Self {
        drop(function);
        let (name, scheduled_at) = (site::function_of::<F>(), Location::caller());
        let call = Call { due: Cell::new(None), function: Cell::new(None), name, scheduled_at };
        DelayedCall { schedule: Weak::new(), call: Rc::new(call) }
    }

    /// Cancels the call; says whether it was still to come. Twisted: `cancel` (which raises when it was not).
    pub fn cancel(&self) -> bool {
        let cancelled = self.unschedule().is_some();
        // The function's captures are the user's: nothing of ours is borrowed while they are dropped.
        crate::panics::drop_contained(self.call.function.take());
        cancelled
    }

    /// Makes the call due `delay` from now; says whether it was still to come. Twisted: `reset`.
    pub fn reset(&self, delay: Duration) -> bool {
        let Some(schedule) = self.schedule.upgrade() else { return false };
        self.reschedule(&schedule, |_| schedule.now().saturating_add(delay))
    }

    /// Makes the call due `delay` later than it is; says whether it was still to come. Twisted: `delay`.
    pub fn delay(&self, delay: Duration) -> bool {
        let Some(schedule) = self.schedule.upgrade() else { return false };
        self.reschedule(&schedule, |due| due.saturating_add(delay))
    }

    /// Whether the call is still to come. Twisted: `active`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.call.due.get().is_some()
    }

    /// How long it is until it is due, by its own time; `None` when it is over.
    #[cfg(feature = "inspect")]
    pub(crate) fn due_in(&self) -> Option<Duration> {
        let (due, _) = self.call.due.get()?;
        Some(due.saturating_sub(self.schedule.upgrade()?.now()))
    }

    pub(crate) fn downgrade(&self) -> WeakCall {
        WeakCall { schedule: Weak::clone(&self.schedule), call: Rc::downgrade(&self.call) }
    }

    fn unschedule(&self) -> Option<Duration> {
        let key = self.call.due.take()?;
        self.schedule.upgrade()?.calls.borrow_mut().remove(&key);
        Some(key.0)
    }

    fn reschedule(&self, schedule: &Rc<Schedule>, new_due: impl FnOnce(Duration) -> Duration) -> bool {
        let Some(due) = self.unschedule() else { return false };
        schedule.insert(&self.call, new_due(due));
        true
    }
}

/// Cancels a scheduled call without keeping alive what it captured.
///
/// What a call will fire must not keep the call alive: the two would outlive a schedule that is dropped with the call in it.
#[derive(Default)]
pub(crate) struct WeakCall {
    schedule: Weak<Schedule>,
    call: Weak<Call>,
}

impl WeakCall {
    pub(crate) fn upgrade(&self) -> Option<DelayedCall> {
        let call = self.call.upgrade()?;
        Some(DelayedCall { schedule: Weak::clone(&self.schedule), call })
    }

    pub(crate) fn cancel(&self) {
        if let Some(call) = self.upgrade() {
            call.cancel();
        }
    }
}

impl fmt::Debug for DelayedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.call.due.get() {
            Some((due, _)) => write!(f, "DelayedCall(due at {due:?})"),
            None => f.write_str("DelayedCall(over)"),
        }
    }
}

/// A Deferred for which `schedule` has a call made that fires it. Cancelling it cancels the call.
#[track_caller]
pub(crate) fn fired_by_call(schedule: impl FnOnce(Trigger<()>) -> Option<DelayedCall>) -> Deferred<()> {
    let call = Rc::new(Cell::new(WeakCall::default()));
    let scheduled = Rc::clone(&call);
    let (trigger, deferred) = Deferred::with_canceller(move |_| scheduled.take().cancel());
    #[cfg(feature = "inspect")]
    trigger.is_fired_by(ByCall(Rc::clone(&call)));
    if let Some(later) = schedule(trigger) {
        call.set(later.downgrade());
    }
    deferred
}

/// The calls that are still to come, by time.
/// What [`fired_by_call`] makes is fired by the call in there.
#[cfg(feature = "inspect")]
struct ByCall(Rc<Cell<WeakCall>>);

#[cfg(feature = "inspect")]
impl crate::deferred::seen::Feed for ByCall {
    fn what(&self) -> crate::describing::What {
        let call = self.0.take();
        let due_in = call.upgrade().and_then(|call| call.due_in());
        self.0.set(call);
        crate::describing::What::DelayedCall { due_in }
    }
}

pub(crate) struct Schedule {
    calls: RefCell<BTreeMap<(Duration, u64), Rc<Call>>>,
    /// How many were ever scheduled: the order among those due at the same time.
    scheduled: Cell<u64>,
    time: Box<dyn Fn() -> Duration>,
    /// Told, before a call is scheduled, when the next one will be due; if it panics, the call is not scheduled.
    scheduling: Box<dyn Fn(Duration)>,
}

impl Schedule {
    pub(crate) fn new(time: impl Fn() -> Duration + 'static, scheduling: impl Fn(Duration) + 'static) -> Rc<Self> {
        Rc::new(Schedule {
            calls: RefCell::default(),
            scheduled: Cell::new(0),
            time: Box::new(time),
            scheduling: Box::new(scheduling),
        })
    }

    pub(crate) fn now(&self) -> Duration {
        (self.time)()
    }

    #[track_caller]
    pub(crate) fn call_later<F: FnOnce() + 'static>(self: &Rc<Self>, delay: Duration, function: F) -> DelayedCall {
        let call = Rc::new(Call {
            due: Cell::new(None),
            function: Cell::new(Some(Box::new(function))),
            name: site::function_of::<F>(),
            scheduled_at: Location::caller(),
        });
        self.insert(&call, self.now().saturating_add(delay));
        DelayedCall { schedule: Rc::downgrade(self), call }
    }

    fn insert(&self, call: &Rc<Call>, due: Duration) {
        (self.scheduling)(self.next_due().map_or(due, |next| next.min(due)));
        let key = (due, self.scheduled.replace(self.scheduled.get() + 1));
        call.due.set(Some(key));
        self.calls.borrow_mut().insert(key, Rc::clone(call));
    }

    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.calls.borrow().first_key_value().map(|((due, _), _)| *due)
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.borrow().len()
    }

    /// Drops every call that is still to come.
    pub(crate) fn clear(&self) {
        loop {
            // The borrow ends before the call's captures are dropped, which are the user's.
            let Some((_, call)) = self.calls.borrow_mut().pop_first() else { return };
            call.due.set(None);
            crate::panics::drop_contained(call.function.take());
        }
    }

    /// Runs every call that is due now, as the reactor does; a call scheduled by one of them waits for the next turn.
    #[cfg(feature = "reactor")]
    pub(crate) fn run_turn(&self) {
        let (now, newest) = (self.now(), self.scheduled.get());
        let mut after = (Duration::ZERO, 0);
        loop {
            let next = self.calls.borrow().range(after..).map(|(key, _)| *key).find(|(_, order)| *order < newest);
            match next {
                Some(key) if key.0 <= now => {
                    // Those that a call has scheduled meanwhile are passed over for good.
                    after = key;
                    self.run(key);
                }
                _ => return,
            }
        }
    }

    /// Runs every call that is due by now, also those that become so on the way.
    fn run_due(&self) {
        loop {
            // The borrow ends before the call runs.
            let next = self.calls.borrow().first_key_value().map(|(key, _)| *key);
            match next {
                Some(key) if key.0 <= self.now() => self.run(key),
                _ => return,
            }
        }
    }

    fn run(&self, key: (Duration, u64)) {
        let Some(call) = self.calls.borrow_mut().remove(&key) else { return };
        call.due.set(None);
        let Some(function) = call.function.take() else { return };
        let _call = observe::DelayedCall::begin(call.name, call.scheduled_at);
        if let Err(panic) = guarded(call.name, call.scheduled_at, function) {
            unhandled::report(panic);
        }
    }
}

impl Drop for Schedule {
    /// Nobody will make these calls: what they captured is dropped now, even if somebody keeps their handles.
    fn drop(&mut self) {
        self.clear();
    }
}

/// A clock for tests and simulations: its time moves only by [`advance`](Self::advance). Twisted: `task.Clock`.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{Clock, Timers};
///
/// let clock = Clock::new();
/// let call = clock.call_later(Duration::from_secs(5), || println!("five"));
/// clock.advance(Duration::from_secs(4));
/// assert!(call.is_active());
/// clock.advance(Duration::from_secs(1));
/// assert!(!call.is_active());
/// ```
#[derive(Clone)]
pub struct Clock {
    time: Rc<Cell<Duration>>,
    schedule: Rc<Schedule>,
}

impl Clock {
    /// A clock at time zero, with nothing scheduled.
    #[must_use]
    pub fn new() -> Self {
        let time = Rc::new(Cell::new(Duration::ZERO));
        let shown = Rc::clone(&time);
        Clock { time, schedule: Schedule::new(move || shown.get(), |_| ()) }
    }

    /// Moves the time on, then runs every call that is due, in order of time. Twisted: `advance`.
    ///
    /// A call that one of them schedules is relative to the new time and runs as well if it is due.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, testing, task};
    ///
    /// let clock = Clock::new();
    /// let later = task::defer_later(&clock, Duration::from_secs(2), || Ok("done"));
    /// clock.advance(Duration::from_secs(1));
    /// assert!(!later.is_fired());
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(testing::success_result_of(later), "done");
    /// ```
    pub fn advance(&self, by: Duration) {
        self.time.set(self.time.get().saturating_add(by));
        self.schedule.run_due();
    }

    /// Advances by each of the steps in turn. Twisted: `pump`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let clock = inline_callbacks::Clock::new();
    /// clock.pump([Duration::from_secs(1); 3]);
    /// assert_eq!(clock.now(), Duration::from_secs(3));
    /// ```
    pub fn pump(&self, steps: impl IntoIterator<Item = Duration>) {
        steps.into_iter().for_each(|step| self.advance(step));
    }

    /// The time at which the next call is due.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let clock = inline_callbacks::Clock::new();
    /// assert_eq!(clock.next_due(), None);
    /// clock.call_later(Duration::from_secs(3), || println!("later"));
    /// assert_eq!((clock.next_due(), clock.pending()), (Some(Duration::from_secs(3)), 1));
    /// ```
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.schedule.next_due()
    }

    /// How many calls are still to come. Twisted: `len(getDelayedCalls())`.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.schedule.len()
    }

    /// Drops every call that is still to come.
    pub(crate) fn clear(&self) {
        self.schedule.clear();
    }

    /// The time since the clock was made. Twisted: `seconds`.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.schedule.now()
    }

    /// Calls `function` once, `delay` from now. Twisted: `callLater`.
    #[track_caller]
    pub fn call_later(&self, delay: Duration, function: impl FnOnce() + 'static) -> DelayedCall {
        self.schedule.call_later(delay, function)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new()
    }
}

impl Timers for Clock {
    fn call_later(&self, delay: Duration, function: impl FnOnce() + 'static) -> DelayedCall {
        Clock::call_later(self, delay, function)
    }

    fn now(&self) -> Duration {
        Clock::now(self)
    }

    fn lend(&self) -> Box<dyn Fn() -> Option<Self>> {
        let (time, schedule) = (Rc::clone(&self.time), Rc::downgrade(&self.schedule));
        Box::new(move || schedule.upgrade().map(|schedule| Clock { time: Rc::clone(&time), schedule }))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock(at {:?}, {} pending)", self.now(), self.pending())
    }
}
