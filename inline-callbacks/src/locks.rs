//! Tools without time: a lock, a semaphore, a queue. All of them keep a [`Line`] of those who wait.
//!
//! Something is handed over when a guard is dropped or an item is put. Outside user code (a body, a callback, a canceller,
//! a call that the reactor makes) that happens at once, before the drop or the `put` returns. Inside, it happens when the
//! outermost user code has returned, in the order of dropping and putting: one who is handed a lock usually drops it again,
//! which would hand it to the next one, inside the first; a long line would overflow the stack, and the results would come
//! last one first, as they do in Twisted. Until then those in line are still pending: they can be cancelled, and nobody
//! overtakes them.

mod holding;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};

use crate::chain::Outcome;
use crate::deferred::{Cancelling, Core, Deferred, Head, Others, Source, Step, Waitable};
#[cfg(feature = "inspect")]
use crate::describing::{About, Holder, Resource, Tool, What};
use crate::driver;
use crate::failure::Failure;
use crate::observe::Origin;
use crate::turn;
use holding::{Hold, Holders};

// ----- Those who wait ---------------------------------------------------------------------------------------------

/// Those who wait for a `T`, in the order of asking.
struct Line<T: 'static> {
    /// Weak, so that a Deferred that is dropped leaves the line: what comes then is not lost on it.
    waiters: RefCell<VecDeque<Weak<Waiter<T>>>>,
    /// How many of them still wait. They keep it right themselves.
    waiting: Rc<Cell<usize>>,
}

/// A Deferred of one who waits in line.
struct Waiter<T: 'static> {
    core: Core<T>,
    /// The count of its line, which includes it while it is [pending](Self::is_pending).
    waiting: Rc<Cell<usize>>,
    #[cfg(feature = "inspect")]
    line_for: Cell<Option<Weak<dyn Resource>>>,
}

impl<T: 'static> Line<T> {
    fn new() -> Self {
        Line { waiters: RefCell::default(), waiting: Rc::default() }
    }

    /// How many wait.
    fn len(&self) -> usize {
        self.waiting.get()
    }

    /// A new one at the end of the line, who asked at `asked_at`.
    fn join(&self, asked_at: &'static Location<'static>) -> Rc<Waiter<T>> {
        let waiter = Rc::new(Waiter {
            core: Core::default(),
            waiting: Rc::clone(&self.waiting),
            #[cfg(feature = "inspect")]
            line_for: Cell::new(None),
        });
        waiter.core.origin.made_at(asked_at);
        self.waiting.set(self.waiting.get() + 1);
        let mut waiters = self.waiters.borrow_mut();
        self.make_room(&mut waiters);
        waiters.push_back(Rc::downgrade(&waiter));
        drop(waiters);
        waiter
    }

    /// Forgets those who have gone when they are the greater part of a list that is about to grow: it stays as long as the
    /// line, and each costs its share only once. (Looking at them all each time would fetch them from memory for nothing.)
    fn make_room(&self, waiters: &mut VecDeque<Weak<Waiter<T>>>) {
        let is_full = waiters.len() == waiters.capacity();
        if is_full && self.len() <= waiters.len() / 2 {
            waiters.retain(|waiter| pending(waiter).is_some());
        }
    }

    /// The first one, who leaves the line and has to be given something.
    fn next(&self) -> Option<Rc<Waiter<T>>> {
        let mut waiters = self.waiters.borrow_mut();
        while let Some(waiter) = waiters.pop_front() {
            if let Some(waiter) = pending(&waiter) {
                waiter.leave();
                return Some(waiter);
            }
        }
        None
    }

    /// Fails everybody: nothing will come any more.
    fn abandon(&self) {
        while let Some(waiter) = self.next() {
            if let Some(step) = waiter.core.complete(Err(Failure::abandoned())) {
                turn::resume_later(step);
            }
        }
    }
}

/// The waiter, unless it was cancelled or its Deferred is gone.
fn pending<T>(waiter: &Weak<Waiter<T>>) -> Option<Rc<Waiter<T>>> {
    waiter.upgrade().filter(|waiter| waiter.is_pending())
}

impl<T: 'static> Drop for Line<T> {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl<T: 'static> Waiter<T> {
    /// Whether it counts: neither fired nor without a Deferred.
    fn is_pending(&self) -> bool {
        !self.core.head.is(Head::FIRED | Head::DETACHED)
    }

    /// Counts no more. Whoever calls this fires it or has just found its Deferred gone.
    fn leave(&self) {
        self.waiting.set(self.waiting.get() - 1);
    }
}

impl<T: 'static> Waitable for Waiter<T> {
    fn head(&self) -> &Head {
        &self.core.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        if !self.is_pending() {
            return Cancelling::Ended;
        }
        self.core.head.set(Head::CANCELLED);
        self.leave();
        Cancelling::Fired(self.core.complete(Err(Failure::cancelled())))
    }

    fn detached(&self) {
        if !self.core.head.is_fired() {
            self.leave();
        }
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> About {
        let line_for = self.stands_in_line_for();
        let what = line_for
            .map_or(What::Deferred, |line_for| What::InLine { tool: line_for.tool(), waiting: line_for.in_line() });
        About::made(what, self.core.origin.made.get())
    }

    #[cfg(feature = "inspect")]
    fn stands_in_line_for(&self) -> Option<Rc<dyn Resource>> {
        let line_for = self.line_for.take();
        let alive = line_for.as_ref().and_then(Weak::upgrade);
        self.line_for.set(line_for);
        alive
    }
}

impl<T: 'static> Source<T> for Waiter<T> {
    fn core(&self) -> &Core<T> {
        &self.core
    }
}

impl<T: 'static> Drop for Waiter<T> {
    fn drop(&mut self) {
        if self.is_pending() {
            self.leave();
        }
    }
}

// ----- Lock and semaphore -----------------------------------------------------------------------------------------

/// What a lock and a semaphore are made of: a lock has one token.
struct Tokens {
    limit: usize,
    /// Those that no guard has. While somebody waits, each is promised, and a hand-over of it is under way.
    free: Cell<usize>,
    line: Line<LockGuard>,
    holders: Holders,
}

impl Tokens {
    fn new(limit: usize) -> Rc<Self> {
        Rc::new(Tokens { limit, free: Cell::new(limit), line: Line::new(), holders: Holders::default() })
    }

    /// How many can be had at once.
    fn available(&self) -> usize {
        self.free.get().saturating_sub(self.line.len())
    }

    fn acquire(self: &Rc<Self>, asked_at: &'static Location<'static>) -> Deferred<LockGuard> {
        if self.available() == 0 {
            let waiter = self.line.join(asked_at);
            #[cfg(feature = "inspect")]
            waiter.line_for.set(Some(Rc::downgrade(self) as Weak<dyn Resource>));
            return Deferred::from_source(waiter);
        }
        let asked = Origin::default();
        asked.made_at(asked_at);
        Deferred::from_result(Ok(self.take(&asked)))
    }

    fn take(self: &Rc<Self>, asked: &Origin) -> LockGuard {
        self.free.set(self.free.get() - 1);
        LockGuard(Rc::clone(self), self.holders.begin(asked))
    }

    fn give_back(self: &Rc<Self>) {
        self.free.set(self.free.get() + 1);
        if turn::is_ending() {
            // Nobody is resumed any more, so nobody would ever drop what those in line hold.
            self.line.abandon();
        } else if self.line.len() > 0 {
            turn::resume_later(Rc::clone(self) as Rc<dyn Step>);
        }
    }

    #[track_caller]
    fn run<T: 'static, R: Outcome<T>>(
        self: &Rc<Self>,
        function: impl FnOnce() -> R + 'static,
        called_at: &'static Location<'static>,
    ) -> Deferred<T> {
        self.acquire(called_at).add_callback(move |guard| {
            driver::call_for_deferred(function, called_at).add_both(move |result| {
                drop(guard);
                result
            })
        })
    }
}

#[cfg(feature = "inspect")]
impl Resource for Tokens {
    fn tool(&self) -> Tool {
        if self.limit == 1 { Tool::Lock } else { Tool::Semaphore { tokens: self.limit } }
    }

    fn in_line(&self) -> usize {
        self.line.len()
    }

    fn holders(&self) -> Vec<Holder> {
        self.holders.present()
    }
}

/// A hand-over of one token.
impl Step for Tokens {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        if self.free.get() == 0 {
            return None;
        }
        let waiter = self.line.next()?;
        let guard = self.take(&waiter.core.origin);
        waiter.core.complete(Ok(guard))
    }

    fn next_head(&self) -> Option<&Head> {
        None
    }
}

/// What [`DeferredLock::acquire`] and [`DeferredSemaphore::acquire`] give: it is released when the guard is dropped.
///
/// Whoever waits is handed it at once when the guard is dropped outside user code. Dropped in a body, in a callback or in
/// anything else that this crate calls, the next one is resumed when the outermost of these has returned, in the order of
/// dropping; until then the lock stays locked. A guard can be dropped anywhere, also by a panic, which does not poison the
/// lock.
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::DeferredLock;
///
/// #[inline_callbacks]
/// fn update(lock: DeferredLock, work: Deferred<u32>) -> Deferred<u32> {
///     let _guard = yield_!(lock.acquire())?; // not `let _ =`, which drops it here
///     let n = yield_!(work)?;
///     return_value!(n + 1)
/// }
/// # let lock = DeferredLock::new();
/// # let done = update(lock.clone(), inline_callbacks::succeed(1));
/// # assert_eq!(inline_callbacks::testing::success_result_of(done), 2);
/// # assert!(!lock.is_locked());
/// ```
#[must_use = "a `LockGuard` that is dropped releases what it guards at once: give it a name that starts with a letter or `_guard`"]
pub struct LockGuard(Rc<Tokens>, Hold);

impl LockGuard {
    /// Releases what it guards, as dropping it does. Twisted: `release`.
    ///
    /// ```
    /// let lock = inline_callbacks::DeferredLock::new();
    /// let guard = inline_callbacks::testing::success_result_of(lock.acquire());
    /// guard.release();
    /// assert!(!lock.is_locked());
    /// ```
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        self.0.holders.end(&self.1);
        self.0.give_back();
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockGuard")
    }
}

/// A lock for code that waits while it holds it. Twisted: `DeferredLock`.
///
/// Those who wait get it in the order of asking. A clone is the same lock. It is not re-entrant: who asks again while
/// holding the guard waits for ever.
///
/// # Examples
///
/// ```
/// use inline_callbacks::{DeferredLock, testing};
///
/// let lock = DeferredLock::new();
/// let guard = testing::success_result_of(lock.acquire());
/// let second = lock.acquire();
/// assert!(!second.is_fired());
/// drop(guard);
/// assert!(second.is_fired() && lock.is_locked());
/// drop(second);
/// assert!(!lock.is_locked());
/// ```
#[derive(Clone)]
pub struct DeferredLock(Rc<Tokens>);

impl DeferredLock {
    /// A lock that nobody has.
    pub fn new() -> Self {
        DeferredLock(Tokens::new(1))
    }

    /// A Deferred of the lock's guard: fired already when nobody has the lock. Twisted: `acquire`.
    ///
    /// Dropping the Deferred leaves the line, or releases the lock if it has come to it.
    ///
    /// # Cancellation
    ///
    /// One who waits leaves the line and gets [`Cancelled`](crate::Cancelled). Once the lock was handed over, nothing happens.
    ///
    /// ```
    /// use inline_callbacks::{DeferredLock, testing};
    ///
    /// let lock = DeferredLock::new();
    /// let guard = testing::success_result_of(lock.acquire());
    /// let second = lock.acquire();
    /// assert!(lock.is_locked() && !second.is_fired() && lock.waiting() == 1);
    /// drop(guard);
    /// assert!(second.is_fired() && lock.waiting() == 0);
    /// ```
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn acquire(&self) -> Deferred<LockGuard> {
        self.0.acquire(Location::caller())
    }

    /// A Deferred of what `function` gives, which is called with the lock held. Twisted: `run`.
    ///
    /// The lock is released when the Deferred that `function` returns has fired, however it ended. The result is delivered
    /// before the next one in line is resumed.
    ///
    /// # Cancellation
    ///
    /// While it waits for the lock, `function` is not called. Afterwards, what `function` has returned is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use inline_callbacks::{DeferredLock, succeed, testing};
    ///
    /// let lock = DeferredLock::new();
    /// assert_eq!(testing::success_result_of(lock.run(|| succeed(1))), 1);
    /// assert!(!lock.is_locked());
    /// ```
    #[track_caller]
    pub fn run<T: 'static, R: Outcome<T>>(&self, function: impl FnOnce() -> R + 'static) -> Deferred<T> {
        self.0.run(function, Location::caller())
    }

    /// Whether an [`acquire`](Self::acquire) now would have to wait. Twisted: `locked`.
    pub fn is_locked(&self) -> bool {
        self.0.available() == 0
    }

    /// How many wait for it. Twisted: the length of `waiting`.
    pub fn waiting(&self) -> usize {
        self.0.line.len()
    }
}

impl Default for DeferredLock {
    fn default() -> Self {
        DeferredLock::new()
    }
}

impl fmt::Debug for DeferredLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_locked() { "locked" } else { "free" };
        write!(f, "DeferredLock({state}, {} waiting)", self.waiting())
    }
}

/// A lock that a limited number can hold at the same time. Twisted: `DeferredSemaphore`.
///
/// Those who wait get a token in the order of asking. A clone is the same semaphore.
///
/// # Examples
///
/// ```
/// use inline_callbacks::{Deferred, DeferredSemaphore};
///
/// let semaphore = DeferredSemaphore::new(2);
/// let (triggers, downloads): (Vec<_>, Vec<_>) = (0..3).map(|_| Deferred::<()>::new()).unzip();
/// let running: Vec<_> = downloads.into_iter().map(|download| semaphore.run(move || download)).collect();
/// assert_eq!((semaphore.tokens(), semaphore.waiting()), (0, 1));
/// triggers.into_iter().for_each(|trigger| trigger.callback(()));
/// assert!(running.iter().all(Deferred::is_fired));
/// assert_eq!(semaphore.tokens(), 2);
/// ```
#[derive(Clone)]
pub struct DeferredSemaphore(Rc<Tokens>);

impl DeferredSemaphore {
    /// A semaphore that this many can hold at the same time.
    ///
    /// # Panics
    ///
    /// When `tokens` is 0: nobody could ever acquire it.
    #[track_caller]
    pub fn new(tokens: usize) -> Self {
        assert!(tokens > 0, "a `DeferredSemaphore` needs at least one token");
        DeferredSemaphore(Tokens::new(tokens))
    }

    /// A Deferred of one token's guard: fired already when a token is free. Twisted: `acquire`.
    ///
    /// Dropping the Deferred leaves the line, or releases the token if it has come to it.
    ///
    /// # Cancellation
    ///
    /// One who waits leaves the line and gets [`Cancelled`](crate::Cancelled). Once a token was handed over, nothing happens.
    ///
    /// ```
    /// use inline_callbacks::{DeferredSemaphore, testing};
    ///
    /// let semaphore = DeferredSemaphore::new(2);
    /// let guard = testing::success_result_of(semaphore.acquire());
    /// assert_eq!((semaphore.tokens(), semaphore.limit(), semaphore.waiting()), (1, 2, 0));
    /// guard.release();
    /// assert_eq!(semaphore.tokens(), 2);
    /// ```
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn acquire(&self) -> Deferred<LockGuard> {
        self.0.acquire(Location::caller())
    }

    /// A Deferred of what `function` gives, which is called with a token held. Twisted: `run`.
    ///
    /// The token is released when the Deferred that `function` returns has fired, however it ended. The result is delivered
    /// before the next one in line is resumed.
    ///
    /// # Cancellation
    ///
    /// While it waits for a token, `function` is not called. Afterwards, what `function` has returned is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use inline_callbacks::{DeferredSemaphore, testing};
    ///
    /// let semaphore = DeferredSemaphore::new(2);
    /// assert_eq!(testing::success_result_of(semaphore.run(|| Ok(1))), 1);
    /// ```
    #[track_caller]
    pub fn run<T: 'static, R: Outcome<T>>(&self, function: impl FnOnce() -> R + 'static) -> Deferred<T> {
        self.0.run(function, Location::caller())
    }

    /// How many can acquire it now without waiting. Twisted: `tokens`.
    pub fn tokens(&self) -> usize {
        self.0.available()
    }

    /// How many can hold it at the same time. Twisted: `limit`.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// How many wait for it. Twisted: the length of `waiting`.
    pub fn waiting(&self) -> usize {
        self.0.line.len()
    }
}

impl fmt::Debug for DeferredSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tokens, limit, waiting) = (self.tokens(), self.limit(), self.waiting());
        write!(f, "DeferredSemaphore({tokens} of {limit} tokens, {waiting} waiting)")
    }
}

// ----- Queue ------------------------------------------------------------------------------------------------------

/// The queue holds as many items as it may. Twisted: `QueueOverflow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueOverflow;

impl fmt::Display for QueueOverflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is full")
    }
}

impl Error for QueueOverflow {}

/// As many wait for the queue's items as may. Twisted: `QueueUnderflow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueUnderflow;

impl fmt::Display for QueueUnderflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is empty, and no more may wait for its items")
    }
}

impl Error for QueueUnderflow {}

/// Items for those who ask, both in the order of coming. Twisted: `DeferredQueue`.
///
/// A clone is the same queue. When the last one is dropped, those who still wait get [`Abandoned`](crate::Abandoned).
///
/// # Examples
///
/// ```
/// use inline_callbacks::{DeferredQueue, QueueOverflow, testing};
///
/// let queue = DeferredQueue::bounded(Some(1), None);
/// let waiting = queue.get();
/// assert_eq!(queue.put("for the one who waits"), Ok(()));
/// assert_eq!(queue.put("kept"), Ok(()));
/// assert_eq!(queue.put("too much"), Err(QueueOverflow));
/// assert_eq!(testing::success_result_of(waiting), "for the one who waits");
/// assert_eq!(testing::success_result_of(queue.get()), "kept");
/// ```
pub struct DeferredQueue<T: 'static>(Rc<Queue<T>>);

struct Queue<T: 'static> {
    size: Option<usize>,
    backlog: Option<usize>,
    /// Items for the first in line, on their way; each has a hand-over under way. When more than wait are left, the last
    /// ones go back to `items`.
    promised: RefCell<VecDeque<T>>,
    /// Empty while somebody waits to whom nothing is promised.
    items: RefCell<VecDeque<T>>,
    line: Line<T>,
}

impl<T: 'static> Queue<T> {
    /// Takes back what was promised to those who have left the line since.
    fn settle(&self) {
        let (mut promised, mut items) = (self.promised.borrow_mut(), self.items.borrow_mut());
        while promised.len() > self.line.len() {
            if let Some(item) = promised.pop_back() {
                items.push_front(item);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.size.is_some_and(|size| self.items.borrow().len() >= size)
    }

    /// Whether nobody more may wait; those to whom something is promised hardly do.
    fn is_crowded(&self) -> bool {
        let waiting = self.line.len() - self.promised.borrow().len();
        self.backlog.is_some_and(|backlog| waiting >= backlog)
    }
}

#[cfg(feature = "inspect")]
impl<T: 'static> Resource for Queue<T> {
    fn tool(&self) -> Tool {
        Tool::Queue
    }

    fn in_line(&self) -> usize {
        self.line.len()
    }

    fn holders(&self) -> Vec<Holder> {
        Vec::new()
    }
}

/// A hand-over of one item.
impl<T: 'static> Step for Queue<T> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        self.settle();
        let item = self.promised.borrow_mut().pop_front()?;
        let Some(waiter) = self.line.next() else {
            self.items.borrow_mut().push_front(item);
            return None;
        };
        waiter.core.complete(Ok(item))
    }

    fn next_head(&self) -> Option<&Head> {
        None
    }
}

impl<T: 'static> DeferredQueue<T> {
    /// A queue without limits.
    pub fn new() -> Self {
        DeferredQueue::bounded(None, None)
    }

    /// A queue that keeps at most `size` items and lets at most `backlog` wait for one; `None` is no limit.
    ///
    /// With a size of 0 an item is taken only when somebody waits for it; with a backlog of 0 nobody may wait.
    ///
    /// ```
    /// use inline_callbacks::{DeferredQueue, QueueOverflow, QueueUnderflow, testing};
    ///
    /// let queue = DeferredQueue::bounded(Some(1), Some(0));
    /// assert!(testing::failure_result_of(queue.get()).check::<QueueUnderflow>().is_some());
    /// assert_eq!(queue.put("kept"), Ok(()));
    /// assert_eq!(queue.put("too much"), Err(QueueOverflow));
    /// ```
    pub fn bounded(size: Option<usize>, backlog: Option<usize>) -> Self {
        DeferredQueue(Rc::new(Queue {
            size,
            backlog,
            promised: RefCell::default(),
            items: RefCell::default(),
            line: Line::new(),
        }))
    }

    /// Gives an item to the one who waits longest, or keeps it. Twisted: `put`.
    ///
    /// The one who waits is resumed before this returns; in a body, a callback or anything else that this crate calls, when
    /// the outermost of these has returned, in the order of putting.
    ///
    /// # Errors
    ///
    /// [`QueueOverflow`] when nobody waits and the queue is full. The item is dropped then; [`try_put`](Self::try_put)
    /// gives it back.
    ///
    /// ```
    /// let queue = inline_callbacks::DeferredQueue::new();
    /// queue.put("a poem").unwrap();
    /// assert_eq!((queue.len(), queue.is_empty(), queue.waiting()), (1, false, 0));
    /// ```
    pub fn put(&self, item: T) -> Result<(), QueueOverflow> {
        self.try_put(item).map_err(|_refused| QueueOverflow)
    }

    /// Does what [`put`](Self::put) does, but keeps hold of what there is no room for.
    ///
    /// # Errors
    ///
    /// The item, when nobody waits and the queue is full.
    ///
    /// ```
    /// let queue = inline_callbacks::DeferredQueue::bounded(Some(1), None);
    /// assert_eq!(queue.try_put("kept"), Ok(()));
    /// assert_eq!(queue.try_put("too much"), Err("too much"));
    /// ```
    pub fn try_put(&self, item: T) -> Result<(), T> {
        let queue = &self.0;
        queue.settle();
        if queue.promised.borrow().len() < queue.line.len() {
            queue.promised.borrow_mut().push_back(item);
            turn::resume_later(Rc::clone(queue) as Rc<dyn Step>);
        } else if queue.is_full() {
            return Err(item);
        } else {
            queue.items.borrow_mut().push_back(item);
        }
        Ok(())
    }

    /// A Deferred of the next item: fired already when the queue has one. Twisted: `get`.
    ///
    /// Dropping the Deferred of one who waits leaves the line, and no item is lost.
    ///
    /// # Cancellation
    ///
    /// One who waits leaves the line and gets [`Cancelled`](crate::Cancelled). Once the item was handed over, nothing happens.
    ///
    /// # Errors
    ///
    /// The Deferred fails with [`QueueUnderflow`] when there is no item and no more may wait. (Twisted raises it instead.)
    ///
    /// ```
    /// use inline_callbacks::{DeferredQueue, testing};
    ///
    /// let queue = DeferredQueue::new();
    /// let item = queue.get();
    /// assert!(!item.is_fired() && queue.waiting() == 1);
    /// queue.put("a poem").unwrap();
    /// assert_eq!(testing::success_result_of(item), "a poem");
    /// ```
    #[track_caller]
    pub fn get(&self) -> Deferred<T> {
        let queue = &self.0;
        queue.settle();
        let item = queue.items.borrow_mut().pop_front();
        if let Some(item) = item {
            return Deferred::from_result(Ok(item));
        }
        if queue.is_crowded() {
            return Deferred::from_result(Err(Failure::new(QueueUnderflow)));
        }
        let waiter = queue.line.join(Location::caller());
        #[cfg(feature = "inspect")]
        waiter.line_for.set(Some(Rc::downgrade(queue) as Weak<dyn Resource>));
        Deferred::from_source(waiter)
    }

    /// How many items can be had without waiting. Twisted: the length of `pending`.
    pub fn len(&self) -> usize {
        self.0.settle();
        self.0.items.borrow().len()
    }

    /// Whether the next [`get`](Self::get) would have to wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many wait for an item. Twisted: the length of `waiting`.
    pub fn waiting(&self) -> usize {
        self.0.line.len()
    }
}

impl<T: 'static> Clone for DeferredQueue<T> {
    fn clone(&self) -> Self {
        DeferredQueue(Rc::clone(&self.0))
    }
}

impl<T: 'static> Default for DeferredQueue<T> {
    fn default() -> Self {
        DeferredQueue::new()
    }
}

impl<T: 'static> fmt::Debug for DeferredQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeferredQueue({} items, {} waiting)", self.len(), self.waiting())
    }
}
