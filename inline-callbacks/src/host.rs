//! Who resumes bodies that something foreign has woken, and work that comes from other threads.
//!
//! What only Deferreds of one thread wait for needs nobody: the call that fires resumes. But a body that waits for a
//! foreign future (a socket, a channel, a thread's answer) is *woken*, perhaps from another thread, and somebody on its own
//! thread then has to resume it:
//!
//! - under the `reactor`, the reactor;
//! - inside any other executor (tokio's, smol's, a test's `block_on`), any Deferred of the thread that is being awaited;
//! - in a loop without an executor, the loop itself, by [`run_woken`]; [`on_wake`] tells it when.
//!
//! A body should not block on another executor (`futures::executor::block_on`): while it does, nobody delivers what other
//! threads send to this one.
//!
//! ```
//! use inline_callbacks::{Deferred, host};
//!
//! let (sender, receiver) = futures::channel::oneshot::channel::<u32>();
//! let answer = Deferred::from_future(receiver);
//! sender.send(42).unwrap();
//! assert!(!answer.is_fired(), "a foreign future only wakes");
//! assert_eq!(host::run_woken(), 1);
//! assert!(answer.is_fired());
//! ```

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::num::NonZeroU32;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use crate::deferred::{Others, Step, Trigger};
use crate::failure::Failure;
use crate::site::{self, Site};
use crate::turn::{self, guarded, resume_inline};
use crate::{panics, unhandled};

// ----- This thread's side -----------------------------------------------------------------------------------------

thread_local! {
    /// Never destroyed: usable at any time, also while the thread ends. What has to be dropped then is [`Janitor`]'s.
    static HOST: ManuallyDrop<Host> = const { ManuallyDrop::new(Host::new()) };
    /// Empties the host when the thread ends. Touched when there is first something to empty.
    static JANITOR: Janitor = const { Janitor };
}

struct Host {
    /// Where other threads leave things for this one.
    home: RefCell<Option<Arc<Home>>>,
    /// What waits to be delivered by the next pump.
    due: RefCell<Due>,
    /// Those who are being awaited by an executor; the last one to be polled turns the wheel.
    awaiting: RefCell<Vec<(u64, Rc<Waker>)>>,
    next_seat: Cell<u64>,
    /// A pump is running: it looks again at its end, so nobody has to be told.
    pumping: Cell<usize>,
    /// The host was told of what is due and has not pumped yet.
    told: Cell<bool>,
    /// While a Deferred wakes a foreign waker: whom this reached on the way; they are resumed by the same firing.
    reached: RefCell<Option<Vec<Rc<dyn Step>>>>,
    bodies: RefCell<Bodies>,
    remotes: RefCell<Option<HashMap<u64, Box<dyn Any>>>>,
    next_remote: Cell<u64>,
}

/// What is due, in order. Bodies are woken far more often than anything else comes, and their names fit into a word: what is
/// wider would be written in pieces and moved as a whole, which stalls.
struct Due {
    /// This body was woken; or the next of `mail`. If the body has ended by then and another has its number, that one is polled
    /// once for nothing.
    order: VecDeque<Option<BodyKey>>,
    mail: VecDeque<Mail>,
}

impl Due {
    const fn new() -> Self {
        Due { order: VecDeque::new(), mail: VecDeque::new() }
    }

    fn extend(&mut self, mail: VecDeque<Mail>) {
        self.order.extend(std::iter::repeat_n(None, mail.len()));
        self.mail.extend(mail);
    }
}

impl Host {
    const fn new() -> Self {
        Host {
            home: RefCell::new(None),
            due: RefCell::new(Due::new()),
            awaiting: RefCell::new(Vec::new()),
            next_seat: Cell::new(0),
            pumping: Cell::new(0),
            told: Cell::new(false),
            reached: RefCell::new(None),
            bodies: RefCell::new(Bodies::new()),
            remotes: RefCell::new(None),
            next_remote: Cell::new(0),
        }
    }

    fn home(&self) -> Arc<Home> {
        if let Some(home) = &*self.home.borrow() {
            return Arc::clone(home);
        }
        let home = Arc::new(Home::default());
        // While the thread ends nobody empties it any more.
        home.post().closed = !call_janitor();
        *self.home.borrow_mut() = Some(Arc::clone(&home));
        home
    }

    /// Something became due on this thread: tells whoever turns the wheel.
    #[expect(clippy::inline_always, reason = "a fifteenth of what a wake costs")]
    #[inline(always)]
    fn tell(&self) {
        if self.pumping.get() > 0 || self.told.get() {
            return;
        }
        let driver = self.awaiting.borrow().last().map(|(_, waker)| Rc::clone(waker));
        if let Some(waker) = driver {
            self.told.set(true);
            waker.wake_by_ref();
            return;
        }
        self.tell_loop();
    }

    /// The same where no executor awaits anything.
    #[cold]
    fn tell_loop(&self) {
        let on_wake = self.home().post().on_wake.clone();
        if let Some(on_wake) = on_wake {
            self.told.set(true);
            on_wake();
        }
    }

    #[inline]
    fn has_mail(&self) -> bool {
        self.home.borrow().as_ref().is_some_and(|home| home.has_mail.load(Ordering::Acquire))
    }

    /// Whether something is due, or has come from another thread.
    #[inline]
    fn has_work(&self) -> bool {
        !self.due.borrow().order.is_empty() || self.has_mail()
    }

    #[inline]
    fn collect_mail(&self) {
        if self.has_mail() {
            self.collect_now();
        }
    }

    #[cold]
    fn collect_now(&self) {
        let home = self.home();
        let mail = {
            let mut post = home.post();
            home.has_mail.store(false, Ordering::Release);
            post.told = false;
            std::mem::take(&mut post.mail)
        };
        self.due.borrow_mut().extend(mail);
    }
}

/// Resumes what has been woken on this thread and runs what other threads sent; returns how many those were.
///
/// What becomes due meanwhile is left for the next call, so a body that wakes itself does not starve the loop.
///
/// ```
/// use inline_callbacks::{Deferred, host};
///
/// let (trigger, answer) = Deferred::<u32>::new();
/// let remote = trigger.remote();
/// let worker = std::thread::spawn(move || remote.callback(42));
/// // A loop of one's own: its work, then what was woken.
/// while !answer.is_fired() {
///     std::thread::yield_now();
///     host::run_woken();
/// }
/// # worker.join().unwrap();
/// ```
pub fn run_woken() -> usize {
    run_woken_while(|| true)
}

/// As [`run_woken`], but leaves the rest for the next time when `has_time` says no. One is always delivered.
pub(crate) fn run_woken_while(has_time: impl Fn() -> bool) -> usize {
    HOST.with(|host| {
        host.told.set(false);
        host.collect_mail();
        let due = host.due.borrow().order.len();
        if due == 0 {
            return 0;
        }
        host.pumping.set(host.pumping.get() + 1);
        let mut delivered = 0;
        for number in 0..due {
            if number > 0 && !has_time() {
                break;
            }
            // One at a time: whoever is resumed may call this function as well.
            let Some(next) = host.due.borrow_mut().order.pop_front() else { break };
            delivered += usize::from(match next {
                Some(woken) => resume_body(host.body(woken)),
                None => deliver_mail(host),
            });
        }
        host.pumping.set(host.pumping.get() - 1);
        if host.has_work() {
            host.tell();
        }
        delivered
    })
}

/// Calls `notify` whenever something becomes due on this thread, so that a loop without an executor knows that it has to
/// call [`run_woken`].
///
/// It is called from the thread that wakes, which may be another one, at most once between two calls of [`run_woken`], and
/// not while an executor awaits a Deferred of this thread. It must not call [`run_woken`] itself.
///
/// ```
/// use std::sync::mpsc;
/// use inline_callbacks::{Deferred, host};
///
/// let (sender, events) = mpsc::channel();
/// host::on_wake(move || sender.send("woken").unwrap());
///
/// let (trigger, answer) = Deferred::<u32>::new();
/// let remote = trigger.remote();
/// std::thread::spawn(move || remote.callback(42));
/// // The loop sleeps until something comes.
/// assert_eq!(events.recv(), Ok("woken"));
/// host::run_woken();
/// assert!(answer.is_fired());
/// ```
pub fn on_wake(notify: impl Fn() + Send + Sync + 'static) {
    HOST.with(|host| {
        let home = host.home();
        let previous = home.post().on_wake.replace(Arc::new(notify));
        drop(previous);
        host.told.set(false);
        if host.has_work() {
            host.tell();
        }
    });
}

fn deliver_mail(host: &Host) -> bool {
    let Some(mail) = host.due.borrow_mut().mail.pop_front() else { return false };
    match mail {
        Mail::Woken(slot) => {
            // A wake that comes from now on counts anew.
            slot.queued.store(false, Ordering::Release);
            let Some(key) = slot.body() else {
                slot.missed.store(true, Ordering::Release);
                return false;
            };
            resume_body(host.body(key))
        }
        Mail::Job(job) => {
            do_job(job);
            true
        }
    }
}

#[cold]
fn do_job(job: Job) {
    if let Err(panic) = guarded(site::function_of::<Job>(), Location::caller(), job) {
        unhandled::report(panic);
    }
}

/// Resumes a body that was woken, if it still waits.
fn resume_body(body: Option<Rc<dyn Pending>>) -> bool {
    body.map(|body| resume_inline(body)).is_some()
}

impl Host {
    /// The body, if it still waits.
    fn body(&self, key: BodyKey) -> Option<Rc<dyn Pending>> {
        self.bodies.borrow().entries.get(key.index())?.body()
    }
}

/// The place of one that is awaited by an executor, in the line of those who may turn the wheel.
pub(crate) struct Seat(u64);

impl Seat {
    /// A place that nobody has, and that is not in the line yet.
    pub(crate) fn new() -> Seat {
        HOST.with(|host| Seat(host.next_seat.replace(host.next_seat.get() + 1)))
    }

    /// Whether it is the one that turns the wheel now.
    #[cfg(feature = "reactor")]
    #[inline]
    pub(crate) fn is_first(&self) -> bool {
        HOST.with(|host| host.awaiting.borrow().last().is_some_and(|(last, _)| *last == self.0))
    }

    /// Makes `waker` the one that is woken when something is due on this thread.
    pub(crate) fn take(&self, waker: &Waker) {
        HOST.with(|host| {
            let id = self.0;
            let mut awaiting = host.awaiting.borrow_mut();
            if awaiting.last().is_some_and(|(last, old)| *last == id && old.will_wake(waker)) {
                return;
            }
            awaiting.retain(|(other, _)| *other != id);
            awaiting.push((id, Rc::new(waker.clone())));
            drop(awaiting);
            host.home().post().driver = Some(waker.clone());
        });
    }
}

impl Drop for Seat {
    /// Whoever was polled before takes over; if something is due, it is woken for that.
    fn drop(&mut self) {
        HOST.with(|host| {
            let mut awaiting = host.awaiting.borrow_mut();
            let was_last = awaiting.last().is_some_and(|(last, _)| *last == self.0);
            awaiting.retain(|(other, _)| *other != self.0);
            let next = awaiting.last().map(|(_, waker)| Waker::clone(waker));
            drop(awaiting);
            if !was_last {
                return;
            }
            let home = host.home();
            let mut post = home.post();
            post.driver = next;
            post.told = false;
            drop(post);
            host.told.set(false);
            if host.has_work() {
                host.tell();
            }
        });
    }
}

// ----- What other threads see of it -------------------------------------------------------------------------------

/// Where other threads leave what is to be done on this one.
#[derive(Default)]
pub(crate) struct Home {
    post: Mutex<Post>,
    /// Whether `post.mail` holds anything: looked at without taking the lock.
    has_mail: AtomicBool,
}

#[derive(Default)]
struct Post {
    mail: VecDeque<Mail>,
    /// The waker of whoever turns the wheel now.
    driver: Option<Waker>,
    on_wake: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Somebody was told of the mail and has not collected it yet.
    told: bool,
    /// The thread has ended.
    closed: bool,
}

enum Mail {
    /// A body was woken that is not known yet, or by another thread.
    Woken(Arc<WakeSlot>),
    Job(Job),
}

pub(crate) type Job = Box<dyn FnOnce() + Send>;

impl Home {
    fn post(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a job for the thread; gives it back when the thread has ended.
    pub(crate) fn send(&self, job: Job) -> Result<(), Job> {
        match self.leave(Mail::Job(job)) {
            Err(Mail::Job(job)) => Err(job),
            _ => Ok(()),
        }
    }

    fn leave(&self, mail: Mail) -> Result<(), Mail> {
        let mut post = self.post();
        if post.closed {
            return Err(mail);
        }
        post.mail.push_back(mail);
        self.has_mail.store(true, Ordering::Release);
        if post.told {
            return Ok(());
        }
        let driver = post.driver.clone();
        let on_wake = if driver.is_none() { post.on_wake.clone() } else { None };
        post.told = driver.is_some() || on_wake.is_some();
        // Both may be anybody's code: the lock is free when they run.
        drop(post);
        if let Some(waker) = driver {
            waker.wake();
        }
        if let Some(on_wake) = on_wake {
            on_wake();
        }
        Ok(())
    }

    pub(crate) fn is_this_thread(self: &Arc<Self>) -> bool {
        HOST.with(|host| host.home.borrow().as_ref().is_some_and(|home| Arc::ptr_eq(home, self)))
    }
}

/// This thread's mailbox.
pub(crate) fn home() -> Arc<Home> {
    HOST.with(|host| host.home())
}

// ----- Wakers -----------------------------------------------------------------------------------------------------

/// A waker that is lent to whichever body is polled; a body keeps it when something foreign kept a clone of it.
pub(crate) struct Lent {
    pub(crate) waker: Waker,
    slot: Arc<WakeSlot>,
}

/// What stands behind a lent waker.
struct WakeSlot {
    home: Arc<Home>,
    /// The key of the body it was lent to, or [`NO_BODY`].
    body: AtomicU32,
    /// It was woken and that has not been delivered yet.
    queued: AtomicBool,
    /// That was delivered while it was nobody's: [`Lent::bind`] makes up for it.
    missed: AtomicBool,
}

const NO_BODY: u32 = 0;

impl WakeSlot {
    /// The body that it was lent to.
    fn body(&self) -> Option<BodyKey> {
        NonZeroU32::new(self.body.load(Ordering::Acquire)).map(BodyKey)
    }
}

impl Lent {
    /// In a box: one word is passed from body to body.
    #[allow(clippy::unnecessary_box_returns)]
    pub(crate) fn new() -> Box<Self> {
        let slot = Arc::new(WakeSlot {
            home: home(),
            body: AtomicU32::new(NO_BODY),
            queued: AtomicBool::new(false),
            missed: AtomicBool::new(false),
        });
        Box::new(Lent { waker: Waker::from(Arc::clone(&slot)), slot })
    }

    /// Whether something foreign keeps a clone, or has woken it already (which needs no clone).
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        // One count for the slot itself, one for the waker. Only wakers can hold further ones.
        Arc::strong_count(&self.slot) != 2
            || self.slot.queued.load(Ordering::Acquire)
            || self.slot.missed.load(Ordering::Acquire)
    }

    /// Whether it was woken and nobody has delivered that yet.
    #[cfg(feature = "inspect")]
    pub(crate) fn is_woken(&self) -> bool {
        self.slot.queued.load(Ordering::Acquire)
    }

    /// Its body is about to be polled: a wake that comes from now on counts anew.
    #[inline]
    pub(crate) fn renew(&self) {
        self.slot.queued.store(false, Ordering::Release);
    }

    pub(crate) fn bind(&self, body: BodyKey) {
        self.slot.body.store(body.0.get(), Ordering::Release);
        // A wake that is still queued will find the body.
        if self.slot.missed.load(Ordering::Acquire) && self.slot.missed.swap(false, Ordering::AcqRel) {
            self.waker.wake_by_ref();
        }
    }

    /// Makes it nobody's again; late wakes then find nobody. Says whether it can be lent on.
    #[inline]
    pub(crate) fn unbind(&self) -> bool {
        self.slot.body.store(NO_BODY, Ordering::Release);
        !self.is_wanted()
    }
}

impl Wake for WakeSlot {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.home.is_this_thread() {
            if !self.queued.swap(true, Ordering::AcqRel) {
                // An ended thread has no bodies left.
                let _ = self.home.leave(Mail::Woken(Arc::clone(self)));
            }
            return;
        }
        HOST.with(|host| {
            // Before the queue: a body that asked to be polled again (`FuturesUnordered` does) is in it already.
            if host.reach(self) || self.queued.load(Ordering::Acquire) {
                return;
            }
            // Not at once with the look at it: if another thread wakes it between the two, it is resumed twice, which does
            // no harm, and an exchange would cost as much as all the rest in here.
            self.queued.store(true, Ordering::Release);
            host.queue(self);
        });
    }
}

impl Host {
    fn queue(&self, slot: &Arc<WakeSlot>) {
        let mut due = self.due.borrow_mut();
        // The name of the body will do, and costs no count.
        let woken = slot.body();
        due.order.push_back(woken);
        if woken.is_none() {
            due.mail.push_back(Mail::Woken(Arc::clone(slot)));
        }
        drop(due);
        self.tell();
    }
}

impl Host {
    /// While a Deferred fires into a foreign waker: takes note of the body that this reached.
    fn reach(&self, slot: &WakeSlot) -> bool {
        let mut reached = self.reached.borrow_mut();
        let Some(steps) = reached.as_mut() else { return false };
        let body = slot.body().and_then(|key| self.body(key));
        steps.extend(body.map(|body| body as Rc<dyn Step>));
        true
    }
}

/// A foreign waker, told when a Deferred fires; the waiter of that Deferred until then.
pub(crate) struct Parked {
    waker: Waker,
    /// Its turn at the wheel, when an executor awaits the Deferred.
    _seat: Option<Seat>,
}

impl Parked {
    pub(crate) fn waiter(waker: &Waker, seat: Option<Seat>) -> Rc<dyn Step> {
        Rc::new(Parked { waker: waker.clone(), _seat: seat })
    }
}

impl Step for Parked {
    /// A waker that leads back to a body of this thread (through `FuturesUnordered`, say) resumes it in the same firing:
    /// nobody has to turn a wheel for what only Deferreds are waited for.
    fn step(self: Rc<Self>, others: &mut Others) -> Option<Rc<dyn Step>> {
        let outer = HOST.with(|host| host.reached.replace(Some(Vec::new())));
        let woken = panics::contain(|| self.waker.wake_by_ref());
        let reached = HOST.with(|host| host.reached.replace(outer)).unwrap_or_default();
        if let Err(payload) = woken {
            unhandled::report(panics::failure_of(payload, Location::caller()));
        }
        others.extend(reached.into_iter().rev());
        None
    }

    fn next_head(&self) -> Option<&crate::deferred::Head> {
        None
    }
}

// ----- The bodies of this thread ----------------------------------------------------------------------------------

/// A body that waits.
pub(crate) trait Pending: Step {
    /// Its function, and the place of its present wait as far as that is known.
    fn site(&self) -> Site;

    /// Whether it waits for something that only has a waker.
    fn keeps_itself(&self) -> bool;

    /// Drops the body where it waits and gives its place among the bodies up; nobody is resumed.
    fn drop_body(&self);

    #[cfg(feature = "inspect")]
    fn note(&self) -> &crate::calls::Note;

    #[cfg(feature = "inspect")]
    fn present(&self) -> crate::deferred::seen::Present;
}

/// All bodies of this thread that have waited at least once and have not ended. They are kept alive by what they wait for, or,
/// when that has only a waker, by themselves.
struct Bodies {
    entries: Vec<Entry>,
    /// The first of the free entries, which lead to one another.
    free: Option<BodyKey>,
}

enum Entry {
    Body(Weak<dyn Pending>),
    Free { next: Option<BodyKey> },
}

impl Entry {
    fn body(&self) -> Option<Rc<dyn Pending>> {
        match self {
            Entry::Body(body) => body.upgrade(),
            Entry::Free { .. } => None,
        }
    }
}

/// The number of a body among the waiting bodies of its thread, from 1.
#[derive(Clone, Copy)]
pub(crate) struct BodyKey(pub(crate) NonZeroU32);

impl BodyKey {
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Takes a thin pointer: a fat one would be spilled in halves over the calls in here and read whole, which stalls.
pub(crate) fn register<B: Pending + 'static>(body: &Rc<B>) -> BodyKey {
    HOST.with(|host| {
        let body: Weak<B> = Rc::downgrade(body);
        host.bodies.borrow_mut().add(body)
    })
}

impl Bodies {
    const fn new() -> Self {
        Bodies { entries: Vec::new(), free: None }
    }

    #[inline]
    fn add(&mut self, body: Weak<dyn Pending>) -> BodyKey {
        let Some(key) = self.free else { return self.add_entry(body) };
        let entry = &mut self.entries[key.index()];
        match std::mem::replace(entry, Entry::Body(body)) {
            Entry::Free { next } => self.free = next,
            Entry::Body(_) => unreachable!("a free entry holds no body"),
        }
        key
    }

    #[cold]
    fn add_entry(&mut self, body: Weak<dyn Pending>) -> BodyKey {
        if self.entries.len() == self.entries.capacity() {
            call_janitor();
        }
        self.entries.push(Entry::Body(body));
        let number = u32::try_from(self.entries.len()).ok().and_then(NonZeroU32::new);
        BodyKey(number.expect("fewer than 2^32 bodies wait on one thread"))
    }
}

#[inline]
pub(crate) fn unregister(key: BodyKey) {
    HOST.with(|host| {
        let mut bodies = host.bodies.borrow_mut();
        let next = bodies.free.replace(key);
        // Only lets go of memory, so it may happen here; and in place, which is cheaper than moving it out.
        bodies.entries[key.index()] = Entry::Free { next };
    });
}

/// Every body of this thread that waits now.
pub(crate) fn waiting() -> Vec<Rc<dyn Pending>> {
    HOST.with(|host| {
        let bodies = host.bodies.borrow();
        let alive = bodies.entries.iter().filter_map(Entry::body);
        alive.collect()
    })
}

/// Reports every body that still waits, as `what` ends.
#[cfg(feature = "reactor")]
pub(crate) fn report_waiting(what: &str) {
    for body in waiting() {
        let site = body.site();
        let text = format!("`{}` was still waiting when {what} ended", site.function());
        unhandled::report(Failure::msg_at(text, site));
    }
}

/// The bodies of this thread that wait at some moment.
pub(crate) struct Bystanders(Vec<Weak<dyn Pending>>);

/// Those who wait now, to tell them from those who come.
pub(crate) fn bystanders() -> Bystanders {
    Bystanders(waiting().iter().map(Rc::downgrade).collect())
}

impl Bystanders {
    /// Every body that waits now and is not one of these.
    fn others(&self) -> Vec<Rc<dyn Pending>> {
        let mut waiting = waiting();
        waiting.retain(|body| !self.0.iter().any(|old| std::ptr::addr_eq(old.as_ptr(), Rc::as_ptr(body))));
        waiting
    }

    /// Where every body waits that is not one of these.
    pub(crate) fn sites_of_others(&self) -> Vec<Site> {
        self.others().iter().map(|body| body.site()).collect()
    }

    /// Drops every body that is not one of these where it waits, as the end of the thread would; nobody is resumed.
    pub(crate) fn drop_others(&self) {
        turn::unresumed(|| {
            let others = self.others();
            for body in &others {
                body.drop_body();
            }
            // A body and who waits for it hold each other.
            for body in others {
                turn::take_apart(body);
            }
        });
    }
}

/// Makes sure that the host is emptied when the thread ends; says whether that is still to come.
fn call_janitor() -> bool {
    // The hook goes first, so that it is still there when the janitor reports.
    unhandled::outlive();
    JANITOR.try_with(|_| ()).is_ok()
}

/// Empties this thread's host when the thread ends: no user code is resumed any more.
struct Janitor;

impl Drop for Janitor {
    fn drop(&mut self) {
        turn::begin_ending();
        HOST.with(|host| {
            host.report_undelivered();
            if let Some(home) = host.home.take() {
                let mut post = home.post();
                post.closed = true;
                let left = (std::mem::take(&mut post.mail), post.driver.take(), post.on_wake.take());
                drop(post);
                // One by one: of two destructors that panic in one go, the second would abort the process.
                left.0.into_iter().for_each(panics::drop_contained);
                panics::drop_contained(left.1);
                panics::drop_contained(left.2);
            }
            for body in waiting() {
                body.drop_body();
            }
            host.due.replace(Due::new()).mail.into_iter().for_each(panics::drop_contained);
            host.remotes.take().into_iter().flatten().for_each(panics::drop_contained);
            *host.bodies.borrow_mut() = Bodies::new();
        });
    }
}

impl Host {
    /// Names the bodies that were woken and that nobody resumed before the thread ended.
    fn report_undelivered(&self) {
        self.collect_mail();
        let Due { order, mail } = self.due.replace(Due::new());
        let mut slots = mail.iter().map(|mail| match mail {
            Mail::Woken(slot) => slot.body(),
            Mail::Job(_) => None,
        });
        for woken in order {
            let key = woken.or_else(|| slots.next().flatten());
            // Of the others, somebody else may know more.
            let Some(body) = key.and_then(|key| self.body(key)).filter(|body| body.keeps_itself()) else { continue };
            let site = body.site();
            let text = format!(
                "`{}` was woken, but nothing on its thread resumed it before the thread ended: await one of the thread's \
                 Deferreds, run the reactor, or call `host::run_woken`",
                site.function()
            );
            unhandled::report(Failure::msg_at(text, site));
        }
        drop(slots);
        mail.into_iter().for_each(panics::drop_contained);
    }
}

// ----- Remote triggers --------------------------------------------------------------------------------------------

/// A trigger for other threads: `Send`; it delivers on the Deferred's own thread. Made by [`Trigger::remote`].
///
/// It fires once. Dropped unfired, it fails the Deferred with [`Abandoned`](crate::Abandoned). What it delivers is resumed by
/// whoever turns the wheel on the Deferred's thread: see [`host`](crate::host).
///
/// ```
/// use inline_callbacks::prelude::*;
///
/// let (trigger, answer) = Deferred::<u32>::new();
/// let remote = trigger.remote();
/// std::thread::spawn(move || remote.callback(42)).join().unwrap();
/// assert_eq!(inline_callbacks::host::run_woken(), 1);
/// assert_eq!(inline_callbacks::testing::success_result_of(answer), 42);
/// ```
pub struct RemoteTrigger<T: Send + 'static> {
    home: Arc<Home>,
    key: u64,
    sent: bool,
    fires: PhantomData<fn(T)>,
}

impl<T: Send + 'static> Trigger<T> {
    /// The same trigger for another thread.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, host, testing};
    ///
    /// let (trigger, answer) = Deferred::new();
    /// let remote = trigger.remote();
    /// std::thread::spawn(move || remote.callback("from another thread")).join().unwrap();
    /// host::run_woken();
    /// assert_eq!(testing::success_result_of(answer), "from another thread");
    /// ```
    #[must_use = "a `RemoteTrigger` that is dropped fails its Deferred with `Abandoned`"]
    pub fn remote(self) -> RemoteTrigger<T> {
        #[cfg(feature = "inspect")]
        self.is_fired_by(crate::describing::What::RemoteTrigger);
        HOST.with(|host| {
            let key = host.keep(Box::new(self));
            RemoteTrigger { home: host.home(), key, sent: false, fires: PhantomData }
        })
    }
}

impl<T: Send + 'static> RemoteTrigger<T> {
    /// Fires the Deferred with a value, on its own thread.
    pub fn callback(self, value: T) {
        self.fire(Ok(value));
    }

    /// Fires the Deferred with a failure, on its own thread.
    #[track_caller]
    pub fn errback(self, failure: impl Into<Failure>) {
        self.fire(Err(failure.into()));
    }

    /// Fires the Deferred with a result, on its own thread. When that thread has ended, the result is dropped.
    pub fn fire(mut self, result: Result<T, Failure>) {
        self.sent = true;
        let key = self.key;
        let _ = self.home.send(Box::new(move || {
            if let Some(trigger) = take_remote::<T>(key) {
                trigger.fire(result);
            }
        }));
    }
}

impl<T: Send + 'static> Drop for RemoteTrigger<T> {
    fn drop(&mut self) {
        if !self.sent {
            let key = self.key;
            let _ = self.home.send(Box::new(move || drop(take_remote::<T>(key))));
        }
    }
}

impl<T: Send + 'static> fmt::Debug for RemoteTrigger<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteTrigger")
    }
}

fn take_remote<T: 'static>(key: u64) -> Option<Trigger<T>> {
    take_kept(key)
}

impl Host {
    fn keep(&self, kept: Box<dyn Any>) -> u64 {
        let key = self.next_remote.replace(self.next_remote.get() + 1);
        self.remotes.borrow_mut().get_or_insert_default().insert(key, kept);
        key
    }
}

fn take_kept<V: 'static>(key: u64) -> Option<V> {
    let kept = HOST.with(|host| host.remotes.borrow_mut().as_mut()?.remove(&key));
    kept?.downcast::<V>().ok().map(|kept| *kept)
}

/// Something that the host of this thread keeps until it is withdrawn, or the thread ends: then it is dropped, which a
/// capture of some callback that never runs would not be.
#[cfg(feature = "reactor")]
pub(crate) struct Deposited<V>(u64, PhantomData<V>);

#[cfg(feature = "reactor")]
pub(crate) fn deposit<V: 'static>(value: V) -> Deposited<V> {
    Deposited(HOST.with(|host| host.keep(Box::new(value))), PhantomData)
}

#[cfg(feature = "reactor")]
impl<V: 'static> Deposited<V> {
    pub(crate) fn withdraw(self) -> Option<V> {
        take_kept(self.0)
    }
}
