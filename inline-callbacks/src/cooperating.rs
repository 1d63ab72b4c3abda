//! Long work in small steps: iterators that take turns.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::chain::Outcome;
use crate::clock::{AnyTimers, NEXT_TURN, Timers, WeakCall, lent};
use crate::deferred::{Deferred, Trigger, discard};
use crate::failure::Failure;
use crate::panics;
use crate::site::{self, Function, Site};
use crate::turn::guarded;
use crate::unhandled;

/// How long the steps of one turn may take together, unless something else was said. Twisted's value.
const SLICE: Duration = Duration::from_millis(10);

/// Why nothing more can be done with a [`CooperativeTask`]. Twisted: the subclasses of `TaskFinished`, and `SchedulerStopped`.
///
/// ```
/// use inline_callbacks::task::{Cooperator, TaskFinished};
/// use inline_callbacks::{Clock, testing};
///
/// let cooperator = Cooperator::new(&Clock::new());
/// let task = cooperator.cooperate(std::iter::repeat(()));
/// assert_eq!(task.stop(), Ok(()));
/// assert_eq!(task.stop(), Err(TaskFinished::Stopped));
/// let failure = testing::failure_result_of(task.when_done());
/// assert_eq!(failure.check(), Some(&TaskFinished::Stopped));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskFinished {
    /// Its iterator has come to an end. Twisted: `TaskDone`.
    Done,
    /// Its iterator, or something that this yielded, has failed. Twisted: `TaskFailed`.
    Failed,
    /// It was stopped. Twisted: `TaskStopped`.
    Stopped,
    /// Its [`Cooperator`] was stopped. Twisted: `SchedulerStopped`.
    SchedulerStopped,
}

impl fmt::Display for TaskFinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TaskFinished::Done => "the task is done",
            TaskFinished::Failed => "the task has failed",
            TaskFinished::Stopped => "the task was stopped",
            TaskFinished::SchedulerStopped => "the task's cooperator was stopped",
        })
    }
}

impl Error for TaskFinished {}

/// A [`CooperativeTask`] was to be resumed that was not paused. Twisted: `NotPaused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotPaused;

impl fmt::Display for NotPaused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task is not paused")
    }
}

impl Error for NotPaused {}

/// Lets iterators take turns, so that long work in small steps leaves time for everything else. Twisted: `task.Cooperator`.
///
/// On each turn of the timers the tasks make steps, one each in a circle, until the time for one turn (10 ms) is over. A
/// step is one `next()`: it gives `()` or `Ok(())` to go on, a failure to end the task, or a Deferred, without whose result
/// the task makes no further step.
///
/// A clone is another handle for the same cooperator. Dropping the handles stops nothing.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{Clock, task::Cooperator, testing};
///
/// let clock = Clock::new();
/// let cooperator = Cooperator::new(&clock);
/// let both_done = inline_callbacks::gather_results([
///     cooperator.coiterate((1..=2).map(|step| println!("first: {step}"))),
///     cooperator.coiterate((1..=2).map(|step| println!("second: {step}"))),
/// ]);
/// clock.advance(Duration::from_millis(1));
/// testing::success_result_of(both_done);
/// ```
#[derive(Clone)]
pub struct Cooperator(Rc<Cooperation>);

/// Says after a step whether the turn is over.
type IsOver = Box<dyn FnMut() -> bool>;

/// Owned by the scheduled turn and by every handle. Tasks do not own it: with the timers it has to go away.
pub(crate) struct Cooperation {
    timers: Rc<dyn AnyTimers>,
    /// Makes the judge of one turn; out while it does.
    begin_turn: Cell<Option<Box<dyn FnMut() -> IsOver>>>,
    /// Those who still make a step in this round. Also some who were paused since they came in: they are passed over.
    round: RefCell<VecDeque<Rc<Task>>>,
    /// Those who have made theirs.
    stepped: RefCell<VecDeque<Rc<Task>>>,
    /// How many tasks are ready to make a step.
    ready: Cell<usize>,
    /// Every task that may not have finished, for stopping them all.
    tasks: RefCell<Vec<Weak<Task>>>,
    next_turn: Cell<WeakCall>,
    started: Cell<bool>,
    stopped: Cell<bool>,
}

/// The next step of an iterator, its type forgotten.
type Steps = Box<dyn FnMut() -> Option<Deferred<()>>>;

struct Task {
    /// Out while it makes a step; gone when the task has finished.
    steps: Cell<Option<Steps>>,
    name: Function,
    made_at: &'static Location<'static>,
    pauses: Cell<usize>,
    /// It waits for a Deferred that it yielded.
    waits: Cell<bool>,
    /// It is in one of the queues.
    queued: Cell<bool>,
    finished: RefCell<Option<(TaskFinished, Result<(), Failure>)>>,
    observers: RefCell<Vec<Trigger<()>>>,
    /// Somebody has asked for its result: a failure is theirs to handle.
    observed: Cell<bool>,
}

impl Cooperator {
    /// A running cooperator that takes its turns from `timers`.
    pub fn new(timers: &(impl Timers + Clone + 'static)) -> Self {
        let timers = lent(timers);
        let cooperator = Cooperator(Rc::new(Cooperation {
            timers: Rc::clone(&timers),
            begin_turn: Cell::default(),
            round: RefCell::default(),
            stepped: RefCell::default(),
            ready: Cell::default(),
            tasks: RefCell::default(),
            next_turn: Cell::default(),
            started: Cell::new(true),
            stopped: Cell::default(),
        }));
        cooperator.termination_predicate(move || {
            let (timers, end) = (Rc::clone(&timers), timers.time().saturating_add(SLICE));
            move || timers.time() >= end
        })
    }

    /// Asks, at the beginning of every turn, `factory` for a function that says after each step whether the turn is over.
    /// Twisted: `terminationPredicateFactory`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, task::Cooperator};
    ///
    /// let clock = Clock::new();
    /// let one_step_per_turn = Cooperator::new(&clock).termination_predicate(|| || true);
    /// let done = one_step_per_turn.coiterate((1..=2).map(drop));
    /// for _ in 0..2 {
    ///     assert!(!done.is_fired());
    ///     clock.advance(Duration::from_millis(1));
    /// }
    /// clock.advance(Duration::from_millis(1)); // the one that finds the end
    /// assert!(done.is_fired());
    /// ```
    #[must_use = "this returns the same `Cooperator`"]
    pub fn termination_predicate<P: FnMut() -> bool + 'static>(self, mut factory: impl FnMut() -> P + 'static) -> Self {
        let old = self.0.begin_turn.replace(Some(Box::new(move || Box::new(factory()))));
        drop(old);
        self
    }

    /// Whether it runs from the beginning (it does otherwise), or only from [`start`](Self::start) on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, task::Cooperator};
    ///
    /// let clock = Clock::new();
    /// let cooperator = Cooperator::new(&clock).started(false);
    /// let done = cooperator.coiterate((1..=2).map(drop));
    /// clock.advance(Duration::from_secs(1));
    /// assert!(!done.is_fired() && !cooperator.is_running());
    /// cooperator.start();
    /// clock.advance(Duration::from_secs(1));
    /// assert!(done.is_fired());
    /// ```
    #[must_use = "this returns the same `Cooperator`"]
    pub fn started(self, started: bool) -> Self {
        self.0.started.set(started);
        self
    }

    /// Has the iterator make its steps in turn with the others. Twisted: `cooperate`.
    ///
    /// After [`stop`](Self::stop), the task has finished as it is returned.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inline_callbacks::{Clock, task::Cooperator, testing};
    ///
    /// let clock = Clock::new();
    /// let task = Cooperator::new(&clock).cooperate((1..=3).map(|step| println!("step {step}")));
    /// clock.advance(Duration::from_millis(1));
    /// testing::success_result_of(task.when_done());
    /// ```
    #[track_caller]
    pub fn cooperate<I>(&self, steps: I) -> CooperativeTask
    where
        I: IntoIterator<IntoIter: 'static, Item: Outcome<()>>,
    {
        let mut steps = steps.into_iter();
        let task = Rc::new(Task {
            steps: Cell::new(Some(Box::new(move || steps.next().map(Outcome::into_outcome)))),
            name: site::function_of::<I::IntoIter>(),
            made_at: Location::caller(),
            pauses: Cell::default(),
            waits: Cell::default(),
            queued: Cell::default(),
            finished: RefCell::default(),
            observers: RefCell::default(),
            observed: Cell::default(),
        });
        self.0.add(&task);
        CooperativeTask { task, cooperation: Rc::clone(&self.0) }
    }

    /// A Deferred that fires when the iterator has made all its steps. Twisted: `coiterate`.
    ///
    /// # Cancellation
    ///
    /// Stops the task.
    #[track_caller]
    pub fn coiterate<I>(&self, steps: I) -> Deferred<()>
    where
        I: IntoIterator<IntoIter: 'static, Item: Outcome<()>>,
    {
        let task = self.cooperate(steps);
        let (cooperation, stopped) = (Rc::downgrade(&self.0), Rc::downgrade(&task.task));
        let canceller = move |_| {
            if let (Some(cooperation), Some(task)) = (cooperation.upgrade(), stopped.upgrade()) {
                // Nobody else observes it. Its own Deferred gets `Cancelled`, as any that is cancelled.
                drop(task.observers.take());
                cooperation.finish_as(&task, TaskFinished::Stopped);
            }
        };
        task.observe(Deferred::with_canceller(canceller))
    }

    /// Starts it, or starts it again after [`stop`](Self::stop). Twisted: `start`.
    pub fn start(&self) {
        self.0.started.set(true);
        self.0.stopped.set(false);
        self.0.schedule();
    }

    /// Ends every task with [`TaskFinished::SchedulerStopped`], those that are paused or wait as well, and every one that is
    /// added later. Twisted: `stop`.
    ///
    /// ```
    /// use inline_callbacks::task::{Cooperator, TaskFinished};
    /// use inline_callbacks::{Clock, testing};
    ///
    /// let cooperator = Cooperator::new(&Clock::new());
    /// let done = cooperator.coiterate(std::iter::repeat(()));
    /// cooperator.stop();
    /// let failure = testing::failure_result_of(done);
    /// assert_eq!(failure.check(), Some(&TaskFinished::SchedulerStopped));
    /// ```
    pub fn stop(&self) {
        self.0.stopped.set(true);
        let tasks = self.0.tasks.take();
        for task in tasks.iter().filter_map(Weak::upgrade) {
            self.0.finish_as(&task, TaskFinished::SchedulerStopped);
        }
    }

    /// Whether it has been started and not stopped. Twisted: `running`.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.0.started.get() && !self.0.stopped.get()
    }

    #[cfg(feature = "reactor")]
    pub(crate) fn downgrade(&self) -> Weak<Cooperation> {
        Rc::downgrade(&self.0)
    }

    #[cfg(feature = "reactor")]
    pub(crate) fn upgrade(cooperation: &Weak<Cooperation>) -> Option<Self> {
        cooperation.upgrade().map(Cooperator)
    }
}

impl fmt::Debug for Cooperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cooperator({} tasks ready)", self.0.ready.get())
    }
}

impl Cooperation {
    fn add(self: &Rc<Self>, task: &Rc<Task>) {
        self.remember(task);
        self.become_ready(task);
        if self.stopped.get() {
            self.finish_as(task, TaskFinished::SchedulerStopped);
        }
    }

    /// Notes the task for [`Cooperator::stop`]; forgets those that are gone, at a cost that stays the same per task.
    fn remember(&self, task: &Rc<Task>) {
        let mut tasks = self.tasks.borrow_mut();
        if tasks.len() == tasks.capacity() {
            tasks.retain(|task| task.upgrade().is_some_and(|task| !task.is_finished()));
            let room = tasks.len().max(4);
            tasks.reserve(room);
        }
        tasks.push(Rc::downgrade(task));
    }

    fn become_ready(self: &Rc<Self>, task: &Rc<Task>) {
        self.ready.set(self.ready.get() + 1);
        if !task.queued.replace(true) {
            self.round.borrow_mut().push_back(Rc::clone(task));
        }
        self.schedule();
    }

    /// A task that was ready is so no more. Without any, no turn is needed.
    fn become_unready(&self) {
        self.ready.set(self.ready.get() - 1);
        if self.ready.get() > 0 {
            return;
        }
        self.next_turn.take().cancel();
        let passed_over = (self.round.take(), self.stepped.take());
        for task in passed_over.0.iter().chain(&passed_over.1) {
            task.queued.set(false);
        }
    }

    fn schedule(self: &Rc<Self>) {
        let next = self.next_turn.take();
        let is_scheduled = next.upgrade().is_some_and(|call| call.is_active());
        self.next_turn.set(next);
        if is_scheduled || self.ready.get() == 0 || !self.started.get() || self.stopped.get() {
            return;
        }
        let cooperation = Rc::clone(self);
        if let Some(call) = self.timers.later(NEXT_TURN, Box::new(move || cooperation.turn())) {
            self.next_turn.set(call.downgrade());
        }
    }

    fn turn(self: &Rc<Self>) {
        let Some(mut begin_turn) = self.begin_turn.take() else { return };
        // The factory and its predicates are the user's; their panics end this turn and are reported by the timers.
        let outcome = panics::contain(|| {
            let mut is_over = begin_turn();
            while let Some(task) = self.next_task() {
                self.step(&task);
                if is_over() {
                    break;
                }
            }
        });
        self.begin_turn.set(Some(begin_turn));
        self.schedule();
        if let Err(payload) = outcome {
            std::panic::resume_unwind(payload);
        }
    }

    fn next_task(&self) -> Option<Rc<Task>> {
        while self.ready.get() > 0 {
            let next = self.round.borrow_mut().pop_front();
            match next {
                Some(task) if task.is_ready() => {
                    self.stepped.borrow_mut().push_back(Rc::clone(&task));
                    return Some(task);
                }
                Some(passed_over) => passed_over.queued.set(false),
                None => self.round.swap(&self.stepped),
            }
        }
        None
    }

    fn step(self: &Rc<Self>, task: &Rc<Task>) {
        let Some(mut steps) = task.steps.take() else { return };
        let outcome = guarded(task.name, task.made_at, &mut steps);
        if task.is_finished() {
            // It was stopped from within: what it yielded nevertheless goes on alone.
            panics::drop_contained(steps);
            drop(outcome);
            return;
        }
        task.steps.set(Some(steps));
        match outcome {
            Ok(Some(deferred)) => self.follow(task, deferred),
            Ok(None) => self.finish(task, TaskFinished::Done, &Ok(())),
            Err(panic) => self.finish(task, TaskFinished::Failed, &Err(panic)),
        }
    }

    /// Goes on with what a step has yielded.
    fn follow(self: &Rc<Self>, task: &Rc<Task>, deferred: Deferred<()>) {
        if deferred.peek(|result| result.is_ok()) == Some(true) {
            return;
        }
        let was_ready = task.is_ready();
        task.waits.set(true);
        if was_ready {
            self.become_unready();
        }
        let (cooperation, task) = (Rc::clone(self), Rc::clone(task));
        deferred.add_both(move |result| cooperation.go_on(&task, result)).detach();
    }

    fn go_on(self: &Rc<Self>, task: &Rc<Task>, result: Result<(), Failure>) {
        if task.is_finished() {
            discard(result);
            return;
        }
        if result.is_err() {
            return self.finish(task, TaskFinished::Failed, &result);
        }
        task.waits.set(false);
        if task.is_ready() {
            self.become_ready(task);
        }
    }

    /// Ends a task that has not gone to its own end.
    fn finish_as(&self, task: &Rc<Task>, why: TaskFinished) {
        let site = Site::new(task.name, task.made_at);
        self.finish(task, why, &Err(Failure::new_at(why, site)));
    }

    fn finish(&self, task: &Rc<Task>, how: TaskFinished, result: &Result<(), Failure>) {
        if task.is_finished() {
            return;
        }
        let was_ready = task.is_ready();
        *task.finished.borrow_mut() = Some((how, result.clone()));
        if was_ready {
            self.become_unready();
        }
        panics::drop_contained(task.steps.take());
        let observers = task.observers.take();
        for observer in observers {
            observer.fire(result.clone());
        }
    }
}

impl Task {
    fn is_finished(&self) -> bool {
        self.finished.borrow().is_some()
    }

    /// Whether it may make a step.
    fn is_ready(&self) -> bool {
        self.pauses.get() == 0 && !self.waits.get() && !self.is_finished()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        panics::drop_contained(self.steps.take());
        if let (Some((TaskFinished::Failed, Err(failure))), false) = (self.finished.take(), self.observed.get()) {
            unhandled::report(failure);
        }
    }
}

/// An iterator that makes its steps in turn with others; made by [`Cooperator::cooperate`]. Twisted: `CooperativeTask`.
///
/// A clone is another handle for the same task. Dropping the handles does not stop it.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::task::{Cooperator, NotPaused};
/// use inline_callbacks::{Clock, testing};
///
/// let clock = Clock::new();
/// let task = Cooperator::new(&clock).cooperate((1..=3).map(|step| println!("step {step}")));
/// let done = task.when_done();
/// task.pause().unwrap();
/// clock.advance(Duration::from_secs(1));
/// assert!(!done.is_fired());
/// task.resume().unwrap();
/// assert_eq!(task.resume(), Err(NotPaused));
/// clock.advance(Duration::from_secs(1));
/// testing::success_result_of(done);
/// ```
#[derive(Clone)]
pub struct CooperativeTask {
    task: Rc<Task>,
    cooperation: Rc<Cooperation>,
}

impl CooperativeTask {
    /// A Deferred that fires when the task has finished; a new one for each call. Twisted: `whenDone`.
    ///
    /// It fails with the failure of the iterator, or with [`TaskFinished`] when the task was stopped.
    ///
    /// # Cancellation
    ///
    /// Cancels this Deferred only; the task goes on.
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn when_done(&self) -> Deferred<()> {
        self.observe(Deferred::new())
    }

    fn observe(&self, (trigger, deferred): (Trigger<()>, Deferred<()>)) -> Deferred<()> {
        self.task.observed.set(true);
        let result = self.task.finished.borrow().as_ref().map(|(_, result)| result.clone());
        match result {
            Some(result) => trigger.fire(result),
            None => self.task.observers.borrow_mut().push(trigger),
        }
        deferred
    }

    /// Keeps the task from making steps until [`resume`](Self::resume) has been called as often as this. Twisted: `pause`.
    ///
    /// # Errors
    ///
    /// When it has finished.
    pub fn pause(&self) -> Result<(), TaskFinished> {
        self.check_unfinished()?;
        let was_ready = self.task.is_ready();
        self.task.pauses.set(self.task.pauses.get() + 1);
        if was_ready {
            self.cooperation.become_unready();
        }
        Ok(())
    }

    /// Takes one pause back; with the last one the task goes on, unless it has finished meanwhile. Twisted: `resume`.
    ///
    /// # Errors
    ///
    /// When it is not paused.
    pub fn resume(&self) -> Result<(), NotPaused> {
        let pauses = self.task.pauses.get().checked_sub(1).ok_or(NotPaused)?;
        self.task.pauses.set(pauses);
        if self.task.is_ready() {
            self.cooperation.become_ready(&self.task);
        }
        Ok(())
    }

    /// Ends the task: it makes no further step, and [`when_done`](Self::when_done) fails with [`TaskFinished::Stopped`].
    /// Twisted: `stop`.
    ///
    /// # Errors
    ///
    /// When it has finished before.
    pub fn stop(&self) -> Result<(), TaskFinished> {
        self.check_unfinished()?;
        self.cooperation.finish_as(&self.task, TaskFinished::Stopped);
        Ok(())
    }

    fn check_unfinished(&self) -> Result<(), TaskFinished> {
        self.task.finished.borrow().as_ref().map_or(Ok(()), |(how, _)| Err(*how))
    }
}

impl fmt::Debug for CooperativeTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.check_unfinished() {
            Ok(()) => f.write_str("CooperativeTask(going on)"),
            Err(how) => write!(f, "CooperativeTask({how})"),
        }
    }
}
