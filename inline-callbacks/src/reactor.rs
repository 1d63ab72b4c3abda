//! The reactor: turns the wheel of one thread, on tokio's `LocalRuntime`. Twisted: `twisted.internet.reactor`.
//!
//! Every thread has a reactor of its own, made when it is first needed. It runs inside [`run`] or [`block_on`], any number
//! of times, one after the other; what is pending when it ends stays for the next time. Before it runs, everything may be
//! prepared: calls of inline callbacks, I/O in them, [`call_later`], [`call_when_running`], even [`stop`].
//!
//! When the thread ends, what is still to come is dropped, and nothing of it is called; what is scheduled from then on, by
//! destructors, is dropped at once.
//!
//! Inside somebody else's tokio runtime the reactor need not run: timers use that runtime, and bodies are resumed by any
//! Deferred of the thread that is being awaited (see [`host`]).
//!
//! ```
//! use std::time::Duration;
//! use inline_callbacks::reactor;
//!
//! reactor::call_later(Duration::from_millis(5), reactor::stop);
//! reactor::run();
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Id, LocalRuntime};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, coop};
use tokio::time::{Instant, Sleep};

use crate::chain::Outcome;
use crate::clock::{DelayedCall, Schedule, Timers};
use crate::deferred::Deferred;
use crate::driver::call_for_deferred;
use crate::failure::Failure;
use crate::host::{self, Home, Seat};
use crate::site::{self, Site};
use crate::turn::{self, guarded};
use crate::{ambient, frame, interrupt, panics, unhandled};

thread_local! {
    static REACTOR: Owned = Owned(Rc::new(Reactor::new()));
}

/// The reactor as its thread owns it. When the thread ends, what is still to come is dropped, and nothing of it called.
struct Owned(Rc<Reactor>);

impl Drop for Owned {
    fn drop(&mut self) {
        turn::begin_ending();
        let Owned(reactor) = self;
        reactor.schedule.clear();
        reactor.starters.take().into_iter().for_each(panics::drop_contained);
        reactor.closers.take().into_iter().for_each(panics::drop_contained);
        if let Some(alarm) = reactor.alarm_elsewhere.take() {
            alarm.abort();
        }
    }
}

type Starter = Box<dyn FnOnce()>;
type Closer = Box<dyn FnOnce() -> Deferred<()>>;

struct Reactor {
    schedule: Rc<Schedule>,
    /// What is to be called when it runs.
    starters: RefCell<VecDeque<Starter>>,
    /// What is to be called, and waited for, before it ends.
    closers: RefCell<VecDeque<Closer>>,
    running: Cell<bool>,
    stopping: Cell<bool>,
    /// Wakes the future that [`run`] or [`block_on`] waits for.
    main: RefCell<Option<Waker>>,
    /// Wakes the task that turns the wheel; kept between runs.
    wheel: RefCell<Option<Waker>>,
    /// When the wheel, while the reactor runs, will look at the schedule by itself.
    alarm: Cell<Option<Duration>>,
    /// When somebody else's runtime will have us look at it.
    alarm_elsewhere: Cell<Option<AlarmElsewhere>>,
    /// The wheel's place among those who are awaited, while the reactor runs.
    seat: RefCell<Option<Seat>>,
}

impl Reactor {
    fn new() -> Self {
        let origin = Instant::now();
        Reactor {
            schedule: Schedule::new(move || origin.elapsed(), arm),
            starters: RefCell::default(),
            closers: RefCell::default(),
            running: Cell::new(false),
            stopping: Cell::new(false),
            main: RefCell::default(),
            wheel: RefCell::default(),
            alarm: Cell::new(None),
            alarm_elsewhere: Cell::new(None),
            seat: RefCell::default(),
        }
    }

    fn wake_main(&self) {
        let main = self.main.borrow().clone();
        if let Some(waker) = main {
            waker.wake();
        }
    }

    fn wake_wheel(&self) {
        let wheel = self.wheel.borrow().clone();
        if let Some(waker) = wheel {
            waker.wake();
        }
    }
}

/// This thread's reactor; `None` while the thread ends.
fn reactor() -> Option<Rc<Reactor>> {
    REACTOR.try_with(|owned| Rc::clone(&owned.0)).ok()
}

/// The reactor of a thread that is alive, for those who cannot do without.
#[track_caller]
fn living_reactor() -> Rc<Reactor> {
    reactor().expect("the reactor cannot run while its thread ends")
}

// ----- Running ----------------------------------------------------------------------------------------------------

/// Runs this thread's reactor until [`stop`] is called or the process gets SIGINT. Twisted: `reactor.run`.
///
/// Bodies that still wait when it ends are named through [`unhandled`]; they stay, for the next time.
///
/// # Panics
///
/// When this thread's reactor is running already, and inside another tokio runtime: there, await the Deferred instead.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{reactor, task};
///
/// task::defer_later(&reactor::timers(), Duration::from_millis(1), || Ok(reactor::stop())).detach();
/// reactor::run();
/// ```
#[track_caller]
pub fn run() {
    let reactor = living_reactor();
    let _running = Running::begin(&reactor, "run");
    let interrupted = interrupt::watch(stop);
    drive(&reactor, |_| Poll::<()>::Pending);
    drop(interrupted);
}

/// Runs this thread's reactor until the Deferred that `main` returns has fired, and returns its result. Twisted:
/// `task.react`, any number of times.
///
/// Called inside the first run of a body, before any reactor runs, it works as well; but what that body has postponed, by
/// dropping a trigger or a guard, goes on only after the body has returned: do not block on that.
///
/// # Errors
///
/// The failure of the Deferred; or one that says so when the reactor was stopped, and what [`before_shutdown`] asked for was
/// done, before it had fired.
///
/// # Panics
///
/// When this thread's reactor is running already, and inside another tokio runtime: there, await the Deferred instead.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::reactor;
///
/// let result = reactor::block_on(|| {
///     let (trigger, deferred) = Deferred::new();
///     reactor::call_later(Duration::from_millis(1), move || trigger.callback("a poem"));
///     deferred
/// });
/// assert_eq!(result.unwrap(), "a poem");
/// ```
#[track_caller]
pub fn block_on<T: 'static, R: Outcome<T>>(main: impl FnOnce() -> R) -> Result<T, Failure> {
    let called_at = Location::caller();
    let reactor = living_reactor();
    let _running = Running::begin(&reactor, "block_on");
    let outcome: Rc<Cell<Option<Result<T, Failure>>>> = Rc::default();
    let mut main = Some(main);
    let mut deferred = None;
    drive(&reactor, |reactor| {
        if let Some(main) = main.take() {
            let (fired, wake) = (Rc::downgrade(&outcome), Rc::clone(reactor));
            deferred = Some(call_for_deferred(main, called_at).add_both(move |result| {
                // Too late when the reactor was stopped first: then a failure has nobody to go to.
                let Some(fired) = fired.upgrade() else { return result.map(drop) };
                fired.set(Some(result));
                wake.wake_main();
                Ok(())
            }));
        }
        match outcome.take() {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        }
    })
    // It may have fired while the stopped reactor waited for its closers.
    .or_else(|| outcome.take())
    .unwrap_or_else(|| {
        let text = "the reactor was stopped before the Deferred had fired".to_owned();
        Err(Failure::msg_at(text, Site::new(site::running(), called_at)))
    })
}

/// Runs the reactor until `is_done` gives something, or until it is stopped: then `None`.
fn drive<T>(reactor: &Rc<Reactor>, mut is_done: impl FnMut(&Rc<Reactor>) -> Poll<T>) -> Option<T> {
    let runtime = ambient::own().expect("a running thread has a runtime");
    start_wheel(reactor, &runtime);
    let mut started = false;
    let mut done = None;
    let mut closing: Option<Closing> = None;
    let main = poll_fn(|context| {
        *reactor.main.borrow_mut() = Some(context.waker().clone());
        if !started {
            started = true;
            run_starters(reactor);
        }
        if done.is_none() && closing.is_none() {
            if let Poll::Ready(result) = is_done(reactor) {
                done = Some(result);
            }
        }
        if done.is_none() && !reactor.stopping.get() {
            return Poll::Pending;
        }
        closing.get_or_insert_with(|| Closing::begin(reactor)).poll()
    });
    // Not part of the body that may be calling us.
    turn::outside(|| frame::outside(|| runtime.block_on(main)));
    done
}

/// Marks the reactor as running; also in a panic of ours it is marked as ended.
struct Running<'a>(&'a Reactor, &'static str);

impl<'a> Running<'a> {
    #[track_caller]
    fn begin(reactor: &'a Reactor, what: &'static str) -> Self {
        assert!(
            !reactor.running.get(),
            "`reactor::{what}` was called while this thread's reactor is running: return a Deferred, or wait for it"
        );
        assert!(
            ambient::another().is_none(),
            "`reactor::{what}` was called inside another tokio runtime: `.await` the Deferred there instead"
        );
        reactor.running.set(true);
        Running(reactor, what)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.set(false);
        self.0.stopping.set(false);
        self.0.alarm.set(None);
        drop(self.0.main.take());
        drop(self.0.seat.take());
        host::report_waiting(&format!("`reactor::{}`", self.1));
    }
}

/// Stops this thread's reactor: [`run`] returns when what was asked for by [`before_shutdown`] is done. Twisted:
/// `reactor.stop`.
///
/// Called before the reactor runs, it stops the next run at its first turn.
///
/// ```
/// use inline_callbacks::reactor;
///
/// reactor::stop();
/// reactor::run(); // ends at its first turn
/// ```
pub fn stop() {
    if let Some(reactor) = reactor() {
        reactor.stopping.set(true);
        reactor.wake_main();
    }
}

/// Calls `function` when the reactor has started; at once if it is running. Twisted: `callWhenRunning`.
///
/// ```
/// use inline_callbacks::reactor;
///
/// reactor::call_when_running(|| {
///     println!("it runs");
///     reactor::stop();
/// });
/// reactor::run();
/// ```
pub fn call_when_running(function: impl FnOnce() + 'static) {
    let Some(reactor) = reactor() else { return };
    if reactor.running.get() {
        run_starter(Box::new(function));
    } else {
        reactor.starters.borrow_mut().push_back(Box::new(function));
    }
}

/// Calls `function` when the reactor is about to end, and waits for its Deferred. Twisted:
/// `addSystemEventTrigger("before", "shutdown", f)`.
///
/// All such functions are called, in order of registration, each for one end of the reactor; then all their Deferreds
/// are waited for. A failure of one is reported through [`unhandled`].
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{reactor, task};
///
/// reactor::before_shutdown(|| {
///     task::defer_later(&reactor::timers(), Duration::from_millis(1), || Ok(println!("all is put away")))
/// });
/// reactor::stop();
/// reactor::run(); // returns when the Deferred has fired
/// ```
pub fn before_shutdown<R: Outcome<()>>(function: impl FnOnce() -> R + 'static) {
    let called_at = Location::caller();
    let Some(reactor) = reactor() else { return };
    reactor.closers.borrow_mut().push_back(Box::new(move || call_for_deferred(function, called_at)));
}

fn run_starters(reactor: &Reactor) {
    loop {
        let Some(starter) = reactor.starters.borrow_mut().pop_front() else { return };
        run_starter(starter);
    }
}

fn run_starter(starter: Starter) {
    if let Err(panic) = guarded(site::running(), Location::caller(), starter) {
        unhandled::report(panic);
    }
}

/// The end of a run: what was asked for by [`before_shutdown`] is under way.
struct Closing {
    pending: Rc<Cell<usize>>,
}

impl Closing {
    fn begin(reactor: &Rc<Reactor>) -> Self {
        let closers = reactor.closers.take();
        let pending = Rc::new(Cell::new(closers.len()));
        for close in closers {
            let (left, wake) = (Rc::clone(&pending), Rc::clone(reactor));
            close()
                .add_both(move |result| {
                    left.set(left.get() - 1);
                    wake.wake_main();
                    result
                })
                .detach();
        }
        Closing { pending }
    }

    fn poll(&self) -> Poll<()> {
        if self.pending.get() == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

// ----- The wheel --------------------------------------------------------------------------------------------------

/// Sets the task going that resumes woken bodies and makes delayed calls. A task of its own, and not the future of
/// `block_on`: tokio wakes that one through the operating system, which costs more than resuming a body.
fn start_wheel(reactor: &Rc<Reactor>, runtime: &LocalRuntime) {
    if reactor.wheel.borrow().is_some() {
        reactor.wake_wheel();
        return;
    }
    let weak = Rc::downgrade(reactor);
    let mut alarm = Alarm::default();
    runtime.spawn_local(poll_fn(move |context| {
        let Some(reactor) = weak.upgrade() else { return Poll::Ready(()) };
        turn_wheel(&reactor, &mut alarm, context);
        Poll::Pending
    }));
}

fn turn_wheel(reactor: &Rc<Reactor>, alarm: &mut Alarm, context: &mut Context<'_>) {
    let has_this_waker = reactor.wheel.borrow().as_ref().is_some_and(|wheel| wheel.will_wake(context.waker()));
    if !has_this_waker {
        let old = reactor.wheel.borrow_mut().replace(context.waker().clone());
        drop(old);
    }
    if !reactor.running.get() {
        return;
    }
    if !has_this_waker || !reactor.seat.borrow().as_ref().is_some_and(Seat::is_first) {
        reactor.seat.borrow_mut().get_or_insert_with(Seat::new).take(context.waker());
    }
    // Whatever is scheduled in this turn, its end looks at.
    reactor.alarm.set(Some(Duration::ZERO));
    // All bodies share what tokio allows a task to do in one go. When that is used up, every socket says that it is not ready:
    // resuming the others would be in vain.
    host::run_woken_while(coop::has_budget_remaining);
    if reactor.schedule.len() == 0 {
        reactor.alarm.set(None);
        return;
    }
    reactor.schedule.run_turn();
    let next = reactor.schedule.next_due();
    reactor.alarm.set(next);
    if let Some(due) = next {
        alarm.set(reactor.instant(due), context);
    }
}

/// Wakes the wheel when the next delayed call is due.
#[derive(Default)]
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    fn set(&mut self, due: Instant, context: &mut Context<'_>) {
        if due <= Instant::now() {
            // Due on the next turn. tokio's timer would take a millisecond for that.
            context.waker().wake_by_ref();
            return;
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        if sleep.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
    }
}

/// A call is being scheduled: makes sure that somebody looks at the schedule when the next one is due.
fn arm(due: Duration) {
    let Some(reactor) = reactor() else { return };
    if reactor.running.get() {
        if reactor.alarm.get().is_none_or(|alarm| due < alarm) {
            reactor.wake_wheel();
        }
    } else if let Some(runtime) = ambient::another() {
        reactor.arm_elsewhere(runtime, due);
    }
    // Otherwise the next run looks for itself.
}

/// A task of somebody else's runtime that waits for the next delayed call to be due.
struct AlarmElsewhere {
    runtime: Id,
    due: Duration,
    /// None when it is due at once.
    task: Option<AbortHandle>,
}

impl Reactor {
    /// When a call that is due `due` after the schedule's beginning is due on tokio's clock.
    fn instant(&self, due: Duration) -> Instant {
        Instant::now() + due.saturating_sub(self.schedule.now())
    }

    /// Inside somebody else's runtime, that runtime's timer sends us a job when the call is due; any Deferred that is
    /// awaited on this thread then delivers it.
    fn arm_elsewhere(&self, runtime: Id, due: Duration) {
        // One of another runtime, or of one that has ended, is no help here: whoever awaits does so in this one.
        let known = self.alarm_elsewhere.take().filter(|alarm| alarm.runtime == runtime);
        if let Some(known) = known {
            if known.due <= due {
                self.alarm_elsewhere.set(Some(known));
                return;
            }
            known.abort();
        }
        if due <= self.schedule.now() {
            self.alarm_elsewhere.set(Some(AlarmElsewhere { runtime, due, task: None }));
            let _ = host::home().send(Box::new(turn_elsewhere));
            return;
        }
        // Made here, so that a runtime without timers says so to whoever schedules the call.
        let sleep = tokio::time::sleep_until(self.instant(due));
        let home = host::home();
        let task = tokio::spawn(async move {
            sleep.await;
            // A thread that has ended has no calls left.
            let _ = home.send(Box::new(turn_elsewhere));
        });
        self.alarm_elsewhere.set(Some(AlarmElsewhere { runtime, due, task: Some(task.abort_handle()) }));
    }
}

impl AlarmElsewhere {
    fn abort(self) {
        if let Some(task) = self.task {
            task.abort();
        }
    }
}

fn turn_elsewhere() {
    let Some(reactor) = reactor() else { return };
    drop(reactor.alarm_elsewhere.take());
    reactor.schedule.run_turn();
    if let Some(due) = reactor.schedule.next_due() {
        arm(due);
    }
}

// ----- Timers -----------------------------------------------------------------------------------------------------

/// Calls `function` once, `delay` from now, on this thread. Twisted: `reactor.callLater`.
///
/// With a delay of zero it is called on the next turn, without waiting for a tick of the timer.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::reactor;
///
/// let too_late = reactor::call_later(Duration::from_secs(3600), || unreachable!());
/// reactor::call_later(Duration::from_millis(1), reactor::stop);
/// reactor::run();
/// assert!(too_late.cancel());
/// ```
#[track_caller]
pub fn call_later(delay: Duration, function: impl FnOnce() + 'static) -> DelayedCall {
    match reactor() {
        Some(reactor) => reactor.schedule.call_later(delay, function),
        None => DelayedCall::over(function),
    }
}

/// This thread's reactor as [`Timers`], for what can run on a [`Clock`](crate::Clock) as well.
///
/// ```
/// use std::time::Duration;
/// use inline_callbacks::{reactor, task};
///
/// let done = reactor::block_on(|| task::defer_later(&reactor::timers(), Duration::from_millis(1), || Ok("done")));
/// assert_eq!(done.unwrap(), "done");
/// ```
#[must_use]
pub fn timers() -> ReactorTimers {
    ReactorTimers { _private: () }
}

/// The timers of the calling thread's reactor; made by [`timers`].
#[derive(Clone, Copy, Debug)]
pub struct ReactorTimers {
    _private: (),
}

impl Timers for ReactorTimers {
    fn call_later(&self, delay: Duration, function: impl FnOnce() + 'static) -> DelayedCall {
        call_later(delay, function)
    }

    fn now(&self) -> Duration {
        reactor().map_or(Duration::ZERO, |reactor| reactor.schedule.now())
    }
}

// ----- Other threads ----------------------------------------------------------------------------------------------

/// A handle for this thread's reactor, for other threads.
///
/// ```
/// use inline_callbacks::reactor;
///
/// let handle = reactor::handle();
/// std::thread::spawn(move || handle.call_from_thread(reactor::stop));
/// reactor::run();
/// ```
#[must_use]
pub fn handle() -> Handle {
    Handle { home: host::home() }
}

/// Calls `function` on a later turn of this thread's reactor: the same as `handle().call_from_thread(function)`.
///
/// ```
/// use inline_callbacks::reactor;
///
/// reactor::call_from_thread(reactor::stop);
/// reactor::run();
/// ```
pub fn call_from_thread(function: impl FnOnce() + Send + 'static) {
    handle().call_from_thread(function);
}

/// Reaches one thread's reactor from any other: `Clone + Send + Sync`.
///
/// What it sends is done by whoever turns the wheel on that thread: its reactor, or see [`host`].
///
/// ```
/// use inline_callbacks::{reactor, succeed, threads};
///
/// let handle = reactor::handle();
/// let answer = reactor::block_on(|| {
///     // Another thread asks this one, and is answered.
///     threads::defer_to_thread(move || futures::executor::block_on(handle.call(|| succeed(42))))
/// });
/// assert_eq!(answer.unwrap().unwrap(), 42);
/// ```
#[derive(Clone)]
pub struct Handle {
    home: Arc<Home>,
}

impl Handle {
    /// Calls `function` on the reactor's thread, in the order of sending. Twisted: `reactor.callFromThread`.
    ///
    /// When that thread has ended, the function is dropped, and that is reported through [`unhandled`] of the calling
    /// thread.
    ///
    /// ```
    /// use inline_callbacks::reactor;
    ///
    /// let handle = reactor::handle();
    /// std::thread::spawn(move || {
    ///     handle.call_from_thread(|| println!("first"));
    ///     handle.call_from_thread(reactor::stop);
    /// });
    /// reactor::run();
    /// ```
    #[track_caller]
    pub fn call_from_thread(&self, function: impl FnOnce() + Send + 'static) {
        if self.home.send(Box::new(function)).is_err() {
            unhandled::report(Handle::gone());
        }
    }

    /// Calls `function` on the reactor's thread and gives the result of its Deferred as a `Send` future.
    ///
    /// The call is sent at once, whether or not the future is polled. Dropping the future leaves it running.
    ///
    /// # Errors
    ///
    /// The failure of the Deferred, a panic of `function`, or a sentence that the reactor's thread has ended.
    ///
    /// ```
    /// use inline_callbacks::{reactor, succeed};
    ///
    /// let handle = reactor::handle();
    /// let other = std::thread::spawn(move || futures::executor::block_on(handle.call(|| succeed(42))));
    /// # let stopper = reactor::handle();
    /// # std::thread::spawn(move || { let r = other.join().unwrap(); assert_eq!(r.unwrap(), 42);
    /// #     stopper.call_from_thread(reactor::stop) });
    /// reactor::run();
    /// ```
    #[track_caller]
    pub fn call<T: Send + 'static, R: Outcome<T>>(&self, function: impl FnOnce() -> R + Send + 'static) -> Call<T> {
        let (sender, receiver) = oneshot::channel();
        let sent = self.send_call(function, move |result| sender.send(result));
        Call { receiver, gone: sent.err() }
    }

    /// Calls `function` on the reactor's thread and hands the result of its Deferred to `deliver`, which gives it back when
    /// nobody waits for it any more.
    #[track_caller]
    pub(crate) fn send_call<T: Send + 'static, R: Outcome<T>>(
        &self,
        function: impl FnOnce() -> R + Send + 'static,
        deliver: impl FnOnce(Result<T, Failure>) -> Result<(), Result<T, Failure>> + Send + 'static,
    ) -> Result<(), Failure> {
        let called_at = Location::caller();
        let sent = self.home.send(Box::new(move || {
            // With the host, who drops it when the thread ends: whoever waits is told, even if the Deferred never goes away.
            let deliver = host::deposit(deliver);
            call_for_deferred(function, called_at).add_both(move |result| deliver_home(deliver, result)).detach();
        }));
        sent.map_err(|_| Handle::gone())
    }

    /// Whether the calling thread is the reactor's own.
    pub(crate) fn is_of_this_thread(&self) -> bool {
        self.home.is_this_thread()
    }

    #[track_caller]
    fn gone() -> Failure {
        Failure::msg("the thread of this reactor has ended: the call was not made")
    }

    /// The call may have been made, but its result went down with the thread.
    #[track_caller]
    pub(crate) fn cut_off() -> Failure {
        Failure::msg("the thread of this reactor has ended before the call had a result")
    }
}

/// Nobody may be waiting for the result any more: then a failure is this thread's to report.
fn deliver_home<T: 'static, D>(deliver: host::Deposited<D>, result: Result<T, Failure>) -> Result<(), Failure>
where
    D: FnOnce(Result<T, Failure>) -> Result<(), Result<T, Failure>> + 'static,
{
    let undelivered = match deliver.withdraw() {
        Some(deliver) => deliver(result),
        None => Err(result),
    };
    undelivered.or_else(|result| result.map(drop))
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reactor::Handle")
    }
}

/// The result of [`Handle::call`], to be awaited on any thread.
#[must_use = "the call is made either way, but its result is only here"]
pub struct Call<T> {
    receiver: oneshot::Receiver<Result<T, Failure>>,
    gone: Option<Failure>,
}

impl<T> Future for Call<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        if let Some(failure) = self.gone.take() {
            return Poll::Ready(Err(failure));
        }
        Pin::new(&mut self.receiver).poll(context).map(|received| received.unwrap_or_else(|_| Err(Handle::cut_off())))
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reactor::Call")
    }
}
