//! The driver: resumes the state machine of one body until it waits or ends, and passes cancellation inward.
//!
//! A call polls the body at once. Only a body that waits gets a node, a [`Body`]: it is at the same time the source that its
//! callers wait for and the step that is resumed by what it waits for itself. Three moves make the cycle:
//!
//! - the body polls a pending Deferred, which makes the body its waiter; in the body's first poll, when there is no node yet,
//!   it only leaves its name in the [`Frame`](crate::frame::Frame) of the poll, and [`Body::park_first`] does the rest;
//! - [`Body::park`] puts the future to rest, unless something has happened meanwhile;
//! - whoever fires one of them steps the body, which is polled again in the same loop.

#[cfg(feature = "inspect")]
mod present;

use std::cell::Cell;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::chain::{self, Outcome};
use crate::deferred::{Cancelling, Core, Deferred, Head, Others, Release, Several, Source, Step, Waitable, put};
use crate::failure::Failure;
use crate::frame::{self, Frame, Waiting};
use crate::host::{self, BodyKey, Lent, Pending};
use crate::observe::{Call, Reason};
use crate::panics;
use crate::site::{self, Function, Site};
use crate::turn;

/// A body's future, its type forgotten but not its name.
trait Resume<T> {
    /// Polls it; says whether it has ended, with what is then in `result`. (A result that is handed back as a whole, through
    /// the panic guard, is copied as one, while it was written in pieces: that stalls.)
    fn resume(self: Pin<&mut Self>, context: &mut Context<'_>, result: &mut Option<Result<T, Failure>>) -> bool;

    fn function(&self) -> Function;
}

impl<T, F: Future<Output = Result<T, Failure>>> Resume<T> for F {
    #[inline]
    fn resume(self: Pin<&mut Self>, context: &mut Context<'_>, result: &mut Option<Result<T, Failure>>) -> bool {
        // The driver restores the previous one, also after a panic.
        site::enter(site::function_of::<F>());
        match self.poll(context) {
            Poll::Ready(ended) => {
                std::mem::forget(result.replace(ended));
                true
            }
            Poll::Pending => false,
        }
    }

    fn function(&self) -> Function {
        site::function_of::<F>()
    }
}

type BoxedBody<T> = Pin<Box<dyn Resume<T>>>;

/// A body that has waited at least once.
struct Body<T: 'static> {
    core: Core<T>,
    /// Out while the body runs, gone once it has ended.
    future: Cell<Option<BoxedBody<T>>>,
    /// The pending Deferred that it polled last.
    wait: Cell<Option<Rc<dyn Waitable>>>,
    /// What few bodies need.
    rest: Cell<Option<Box<Rest>>>,
    /// The place of its present or last wait; before the first, of the call.
    place: Cell<&'static Location<'static>>,
    call: Call,
}

/// Only constants, so that the node is written where it is allocated, and not copied there.
#[cfg(not(any(feature = "inspect", feature = "timeline", feature = "tracing")))]
impl<T> Default for Body<T> {
    #[inline]
    fn default() -> Self {
        const NOWHERE: &Location<'static> = Location::caller();
        Body {
            core: Core::default(),
            future: Cell::new(None),
            wait: Cell::new(None),
            rest: Cell::new(None),
            place: Cell::new(NOWHERE),
            call: Call::default(),
        }
    }
}

#[cfg(not(any(feature = "inspect", feature = "timeline", feature = "tracing")))]
fn new_node<T>(_: Call, called_at: &'static Location<'static>) -> Rc<Body<T>> {
    let body = Rc::<Body<T>>::default();
    body.place.set(called_at);
    body
}

/// The same when calls are watched, and are more than nothing.
#[cfg(any(feature = "inspect", feature = "timeline", feature = "tracing"))]
fn new_node<T>(call: Call, called_at: &'static Location<'static>) -> Rc<Body<T>> {
    Rc::new(Body {
        core: Core::default(),
        future: Cell::new(None),
        wait: Cell::new(None),
        rest: Cell::new(None),
        place: Cell::new(called_at),
        call,
    })
}

/// What a body notes in its head while it runs or holds still.
struct Note;

impl Note {
    /// It was to be resumed meanwhile, so it looks once more afterwards.
    const AGAIN: u8 = 1;
    /// It was cancelled meanwhile: it is cancelled at its next wait.
    const CANCEL_LATER: u8 = 1 << 1;
    /// There is something in its `rest`.
    const HAS_REST: u8 = 1 << 2;
    /// Something that it waited for will not tell it.
    const LET_GO: u8 = 1 << 3;
    /// It was told of the one Deferred that its present poll has polled.
    const WAITS: u8 = 1 << 4;
}

#[derive(Default)]
struct Rest {
    /// Further Deferreds that its present poll polled.
    more: Vec<Rc<dyn Waitable>>,
    /// Deferreds that something inside the body polled with wakers of its own.
    behind: Vec<Rc<dyn Waitable>>,
    /// The waker, bound to this body because something foreign has a clone of it.
    lent: Option<Box<Lent>>,
    /// The body itself, while what it waits for only has a waker: nobody else keeps it alive then.
    itself: Option<Rc<dyn Pending>>,
}

impl Rest {
    /// Whether it was bound to its waker before its present poll, and nothing else has to be looked through.
    fn is_bound_and_empty(&self) -> bool {
        self.itself.is_some() && self.more.is_empty() && self.behind.is_empty()
    }
}

/// Calls a body with arguments of these names: runs it up to its first wait that is not ready.
#[track_caller]
pub(crate) fn start<T: 'static, F>(names: &'static str, body: F) -> Deferred<T>
where
    F: Future<Output = Result<T, Failure>> + 'static,
{
    let called_at = Location::caller();
    start_boxed(Box::pin(body), Call::new(site::function_of::<F>(), names, called_at), called_at)
}

fn start_boxed<T: 'static>(mut future: BoxedBody<T>, call: Call, called_at: &'static Location<'static>) -> Deferred<T> {
    #[cfg(feature = "reactor")]
    crate::ambient::prepare();
    panics::prepare();
    turn::inside(|| {
        frame::with_new(|frame| {
            let lent = frame.lend();
            // Empty until the body has ended, so there is nothing to drop before.
            let mut result = ManuallyDrop::new(None);
            if !poll_body(&mut future, &lent.waker, frame, &call, || called_at, &mut result) {
                return first_wait(future, frame, lent, call, called_at);
            }
            let result = ended_with(result);
            call.ended(result.as_ref().map(|_| ()));
            clear(frame);
            // Nobody has bound it.
            if !lent.is_wanted() {
                frame.put_spare(lent);
            }
            panics::drop_contained(future);
            Deferred::from_result(result)
        })
    })
}

/// Makes the node of a body that waits for the first time.
#[inline(never)]
fn first_wait<T: 'static>(
    future: BoxedBody<T>,
    frame: &Frame,
    lent: Box<Lent>,
    call: Call,
    called_at: &'static Location<'static>,
) -> Deferred<T> {
    let body = new_node(call, called_at);
    body.core.head.number.set(Some(host::register(&body).0));
    if let Some(future) = body.park_first(future, frame, lent) {
        let _reason = Reason::now().holds();
        body.call.goes_on();
        put(&body.future, future);
        let nobody = Rc::clone(&body).go_on();
        debug_assert!(nobody.is_none());
    }
    Deferred::from_source(body)
}

/// Polls the body once; says whether it has ended, with what is then in `result`. A panic is its end.
#[inline]
fn poll_body<T: 'static>(
    future: &mut BoxedBody<T>,
    waker: &Waker,
    frame: &Frame,
    call: &Call,
    last_wait: impl FnOnce() -> &'static Location<'static>,
    result: &mut Option<Result<T, Failure>>,
) -> bool {
    frame.set_waker(Some(waker));
    let previous = site::running();
    let mut context = Context::from_waker(waker);
    let segment = call.enter();
    let has_ended = panics::contain_again(|| future.as_mut().resume(&mut context, result)).unwrap_or_else(|payload| {
        *result = Some(Err(panics::failure_of(payload, frame.site().unwrap_or_else(last_wait))));
        true
    });
    segment.ends(result.as_ref());
    site::restore(previous);
    has_ended
}

#[inline]
fn ended_with<T>(result: ManuallyDrop<Option<Result<T, Failure>>>) -> Result<T, Failure> {
    ManuallyDrop::into_inner(result).expect("a body that has ended has a result")
}

/// Empties the frame after a body has ended: a `select!` may have left names behind, each with the place of its wait.
#[inline]
fn clear(frame: &Frame) {
    if frame.site().is_some() {
        drop_names(frame);
    }
}

#[cold]
fn drop_names(frame: &Frame) {
    frame.take_site();
    if let Some(wait) = frame.take_wait() {
        drop(wait);
    }
    if let Some(extra) = frame.take_extra() {
        drop(extra);
    }
}

/// Puts a waker back for the next body, unless something foreign still has a clone of it.
#[inline]
fn give_back(frame: &Frame, lent: Box<Lent>) {
    if lent.unbind() {
        frame.put_spare(lent);
    }
}

impl<T: 'static> Body<T> {
    /// Polls the body, again and again while what it waits for is there; returns who waits for it once it has ended.
    fn go_on(self: Rc<Self>) -> Option<Rc<dyn Step>> {
        frame::with_new(|frame| {
            // In here: a fat pointer that is carried in by the closure is written and read in different widths, which stalls.
            let Some(mut future) = self.future.take() else {
                // It runs now, further down the stack, or has ended.
                self.core.head.noted.set(Note::AGAIN);
                self.call.told_meanwhile();
                return None;
            };
            // Empty until the body has ended, so there is nothing to drop before.
            let mut result = ManuallyDrop::new(None);
            loop {
                // What it waited for is freed inside the poll, where a panic of its destructor is contained.
                if let Some(old) = self.wait.take() {
                    drop(old);
                }
                let lent = self.take_lent().unwrap_or_else(|| frame.lend());
                self.core.head.noted.clear(Note::WAITS);
                frame.set_body(Rc::clone(&self) as Rc<dyn Waiting>);
                if poll_body(&mut future, &lent.waker, frame, &self.call, || self.place.get(), &mut result) {
                    drop(frame.take_body());
                    clear(frame);
                    give_back(frame, lent);
                    return self.end(future, ended_with(result));
                }
                future = self.park(future, frame, lent)?;
                self.call.goes_on();
            }
        })
    }

    /// Puts the body to rest, which waits already for the one Deferred that it polled. Gives the future back when it has to be
    /// polled again at once.
    #[inline]
    fn park(self: &Rc<Self>, future: BoxedBody<T>, frame: &Frame, lent: Box<Lent>) -> Option<BoxedBody<T>> {
        let is_usual = self.core.head.noted.are(Note::WAITS) && frame.site().is_none() && !lent.is_wanted();
        if !is_usual {
            return self.park_again(future, frame, lent);
        }
        self.call.waits(self.place.get(), true);
        frame.put_spare(lent);
        put(&self.future, future);
        None
    }

    /// Makes the body, which was not there yet when it was polled, wait for what it polled.
    #[inline]
    fn park_first(self: &Rc<Self>, future: BoxedBody<T>, frame: &Frame, lent: Box<Lent>) -> Option<BoxedBody<T>> {
        let mut has_fired = false;
        if let Some(wait) = frame.take_wait() {
            // A clone: kept over the call of `head`, the original would be spilled in halves and read whole, which stalls.
            let source = Rc::clone(&wait);
            put(&self.wait, wait);
            let head = source.head();
            has_fired = head.is_fired();
            if head.is(Head::POLLED) {
                head.set_waiter(Rc::clone(self) as Rc<dyn Step>);
            } else {
                // That wait has let go since, or somebody else has taken it over.
                self.wait.set(None);
            }
        }
        let extra = frame.take_extra();
        if has_fired || extra.is_some() || lent.is_wanted() || !self.core.head.noted.are(0) {
            frame.put_extra(extra);
            return self.park_unusual(future, frame, lent);
        }
        let place = frame.take_site();
        if let Some(place) = place {
            self.place.set(place);
        }
        self.call.waits(self.place.get(), place.is_some());
        frame.put_spare(lent);
        put(&self.future, future);
        None
    }

    /// The same for a body that goes on waiting for foreign things only: it is bound to its waker already.
    fn park_again(self: &Rc<Self>, future: BoxedBody<T>, frame: &Frame, lent: Box<Lent>) -> Option<BoxedBody<T>> {
        if self.core.head.noted.are(Note::HAS_REST) && frame.site().is_none() && lent.is_wanted() {
            let rest = self.rest.take();
            if let Some(mut rest) = rest {
                if rest.is_bound_and_empty() {
                    drop(frame.take_body());
                    self.call.waits(self.place.get(), false);
                    lent.bind(self.key());
                    rest.lent = Some(lent);
                    put(&self.rest, rest);
                    put(&self.future, future);
                    return None;
                }
                put(&self.rest, rest);
            }
        }
        self.park_unusual(future, frame, lent)
    }

    /// The same for a body that waits for several things or for foreign ones, or to which something happened as it ran.
    #[cold]
    fn park_unusual(self: &Rc<Self>, future: BoxedBody<T>, frame: &Frame, lent: Box<Lent>) -> Option<BoxedBody<T>> {
        drop(frame.take_body());
        let place = frame.take_site();
        if let Some(place) = place {
            self.place.set(place);
        }
        self.call.waits(self.place.get(), place.is_some() || self.core.head.noted.is(Note::WAITS));
        if self.core.head.noted.clear(Note::LET_GO) {
            let me: *const Self = Rc::as_ptr(self);
            self.wait.set(self.wait.take().filter(|wait| wait.head().is_waited_for_by(me.cast())));
        }
        let mut more: Vec<_> = frame.take_wait().into_iter().collect();
        let mut behind = Vec::new();
        if let Some(extra) = frame.take_extra() {
            more.extend(extra.more);
            behind = extra.behind;
        }
        self.park_rest(frame, more, behind, lent);
        self.stay(future)
    }

    /// Becomes the waiter of what it polled, unless that wait has let go or somebody else has taken it over since.
    #[inline]
    fn stands(self: &Rc<Self>, wait: &dyn Waitable) -> bool {
        let head = wait.head();
        let stands = head.is(Head::POLLED);
        if stands {
            head.set_waiter(Rc::clone(self) as Rc<dyn Step>);
        }
        stands
    }

    /// Puts the future to rest, unless something has happened while the body ran.
    fn stay(self: &Rc<Self>, future: BoxedBody<T>) -> Option<BoxedBody<T>> {
        let head = &self.core.head;
        // A wait that is over already is not the one at which a body that cancelled itself is cancelled.
        if head.noted.clear(Note::AGAIN) || self.has_fired_wait() {
            return Some(future);
        }
        if head.noted.clear(Note::CANCEL_LATER) {
            return self.cancel_now(future);
        }
        put(&self.future, future);
        None
    }

    /// Whether one of the Deferreds fired between the moment when it was polled and the end of that poll.
    #[inline]
    fn has_fired_wait(&self) -> bool {
        let wait = self.wait.take();
        let mut fired = wait.as_ref().is_some_and(|wait| wait.head().is_fired());
        let _nothing = self.wait.replace(wait);
        self.with_rest(|rest| fired = fired || rest.more.iter().any(|wait| wait.head().is_fired()));
        fired
    }

    /// The body cancelled itself while it ran: this is its next wait.
    fn cancel_now(self: &Rc<Self>, future: BoxedBody<T>) -> Option<BoxedBody<T>> {
        let waits = self.waits();
        if waits.is_empty() {
            let waiter = Rc::clone(self).end(future, Err(Failure::cancelled()));
            if let Some(waiter) = waiter {
                turn::resume(waiter);
            }
            return None;
        }
        // The future is out, so whoever fires now only leaves a note for `stay`.
        waits.into_iter().for_each(chain::cancel);
        self.stay(future)
    }

    fn key(&self) -> BodyKey {
        BodyKey(self.core.head.number.get().expect("a body that waits is registered"))
    }

    fn unregister(&self) {
        if let Some(number) = self.core.head.number.take() {
            host::unregister(BodyKey(number));
        }
    }

    fn end(self: Rc<Self>, future: BoxedBody<T>, result: Result<T, Failure>) -> Option<Rc<dyn Step>> {
        if let Some(wait) = self.wait.take() {
            drop(wait);
        }
        if let Some(rest) = self.rest.take() {
            release(*rest);
        }
        self.unregister();
        self.call.ended(result.as_ref().map(|_| ()));
        panics::drop_contained(future);
        self.core.complete(result)
    }
}

/// What only bodies need that wait for several things, or for foreign ones.
impl<T: 'static> Body<T> {
    fn with_rest(&self, look: impl FnOnce(&mut Rest)) {
        if let Some(mut rest) = self.rest.take() {
            look(&mut rest);
            self.rest.set(Some(rest));
        }
    }

    #[inline]
    fn take_lent(&self) -> Option<Box<Lent>> {
        if !self.core.head.noted.is(Note::HAS_REST) {
            return None;
        }
        let mut rest = self.rest.take()?;
        let lent = rest.lent.take();
        put(&self.rest, rest);
        if let Some(lent) = &lent {
            lent.renew();
        }
        lent
    }

    fn park_rest(
        self: &Rc<Self>,
        frame: &Frame,
        more: Vec<Rc<dyn Waitable>>,
        behind: Vec<Rc<dyn Waitable>>,
        lent: Box<Lent>,
    ) {
        let mut rest = self.rest.take().unwrap_or_default();
        rest.more = more;
        rest.more.retain(|wait| self.stands(&**wait));
        // Its waker led nowhere if this is the body's first run: nobody has resumed the body for it.
        if behind.iter().any(|wait| wait.head().is_fired()) {
            self.core.head.noted.set(Note::AGAIN);
        }
        rest.behind.retain(|wait| is_polled_behind(&**wait));
        for wait in behind {
            if is_polled_behind(&*wait) && !rest.behind.iter().any(|known| Rc::ptr_eq(known, &wait)) {
                rest.behind.push(wait);
            }
        }
        if lent.is_wanted() {
            if rest.itself.is_none() {
                rest.itself = Some(Rc::clone(self) as Rc<dyn Pending>);
            }
            lent.bind(self.key());
            rest.lent = Some(lent);
        } else {
            rest.itself = None;
            give_back(frame, lent);
        }
        self.rest.set(Some(rest));
        self.core.head.noted.set(Note::HAS_REST);
    }

    /// What a body without a rest waits for, if that is pending.
    fn only_wait(&self) -> Option<Rc<dyn Waitable>> {
        let wait = self.wait.take();
        let pending = wait.clone().filter(|wait| is_pending(&**wait));
        std::mem::forget(self.wait.replace(wait));
        pending
    }

    /// Every Deferred that the present wait has polled and that is still pending.
    fn waits(&self) -> Vec<Rc<dyn Waitable>> {
        let wait = self.wait.take();
        let mut waits: Vec<_> = wait.iter().cloned().collect();
        self.wait.set(wait);
        self.with_rest(|rest| {
            waits.extend(rest.more.iter().cloned());
            waits.extend(rest.behind.iter().filter(|wait| is_polled_behind(&***wait)).cloned());
        });
        waits.retain(|wait| is_pending(&**wait));
        waits
    }
}

/// Lets go of what an ended body waited for. Late wakes find nobody.
fn release(rest: Rest) {
    if let Some(lent) = &rest.lent {
        lent.unbind();
    }
    panics::drop_contained(rest);
}

fn is_pending(wait: &dyn Waitable) -> bool {
    !wait.head().is(Head::FIRED | Head::DETACHED)
}

/// Whether the wait that polled it with a waker of its own still stands.
fn is_polled_behind(wait: &dyn Waitable) -> bool {
    wait.head().is(Head::POLLED) && is_pending(wait)
}

impl<T: 'static> Step for Body<T> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        let head = &self.core.head;
        if head.is(Head::HOLDING) {
            head.noted.set(Note::AGAIN);
            return None;
        }
        self.go_on()
    }

    fn next_head(&self) -> Option<&Head> {
        Some(&self.core.head)
    }

    fn let_go(&self) {
        self.core.head.noted.set(Note::LET_GO);
    }
}

impl<T: 'static> Waiting for Body<T> {
    #[inline]
    fn wait_for(self: Rc<Self>, source: Rc<dyn Waitable>, head: &Head, site: &'static Location<'static>) -> bool {
        put(&self.wait, source);
        self.place.set(site);
        self.core.head.noted.set(Note::WAITS);
        head.set_waiter(self);
        false
    }
}

impl<T: 'static> Waitable for Body<T> {
    fn head(&self) -> &Head {
        &self.core.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        let head = &self.core.head;
        if head.is(Head::FIRED | Head::HOLDING) {
            return Cancelling::Ended;
        }
        let Some(future) = self.future.take() else {
            head.noted.set(Note::CANCEL_LATER);
            return Cancelling::Ended;
        };
        if !head.noted.is(Note::HAS_REST) {
            if let Some(wait) = self.only_wait() {
                put(&self.future, future);
                return Cancelling::Into(wait);
            }
        }
        let mut waits = self.waits();
        if waits.is_empty() && !self.has_fired_wait() {
            // It waits for foreign futures only. Nothing here has room for a failure: the body ends where it waits.
            return Cancelling::Fired(self.end(future, Err(Failure::cancelled())));
        }
        self.future.set(Some(future));
        match waits.len() {
            // What it waited for has just fired: it is about to be resumed.
            0 => Cancelling::Ended,
            1 => Cancelling::Into(waits.remove(0)),
            _ => {
                head.set(Head::HOLDING);
                Cancelling::Each(Several { parts: waits, held: self })
            }
        }
    }

    fn waits_at(&self) -> Option<&'static Location<'static>> {
        (!self.core.head.is_fired()).then(|| self.place.get())
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        self.about_itself()
    }

    #[cfg(feature = "inspect")]
    fn waits_for(&self) -> Vec<crate::deferred::seen::Below> {
        self.waits().into_iter().map(|wait| (None, wait)).collect()
    }
}

impl<T: 'static> Release for Body<T> {
    fn release(self: Rc<Self>) -> Option<Rc<dyn Step>> {
        self.core.head.clear(Head::HOLDING);
        if self.core.head.noted.clear(Note::AGAIN) { Some(self) } else { None }
    }
}

impl<T: 'static> Source<T> for Body<T> {
    fn core(&self) -> &Core<T> {
        &self.core
    }
}

impl<T: 'static> Pending for Body<T> {
    fn site(&self) -> Site {
        let future = self.future.take();
        let function = future.as_ref().map_or_else(site::running, |future| future.function());
        self.future.set(future);
        Site::new(function, self.place.get())
    }

    fn keeps_itself(&self) -> bool {
        let mut keeps = false;
        self.with_rest(|rest| keeps = rest.itself.is_some());
        keeps
    }

    #[cfg(feature = "inspect")]
    fn note(&self) -> &crate::calls::Note {
        &self.call.note
    }

    #[cfg(feature = "inspect")]
    fn present(&self) -> crate::deferred::seen::Present {
        self.present_state()
    }

    fn drop_body(&self) {
        self.unregister();
        if let Some(rest) = self.rest.take() {
            release(*rest);
        }
        panics::drop_contained((self.future.take(), self.wait.take()));
    }
}

impl<T: 'static> Drop for Body<T> {
    fn drop(&mut self) {
        self.unregister();
        if let Some(future) = self.future.take() {
            panics::drop_contained(future);
        }
    }
}

impl<T: 'static> Deferred<T> {
    /// A Deferred of a future's output. Twisted: `Deferred.fromFuture`.
    ///
    /// The future is polled at once, and later by whoever turns the wheel of this thread: see [`host`](crate::host).
    ///
    /// # Cancellation
    ///
    /// Reaches the Deferreds that the future waits for; if it waits for none, it is dropped, and the Deferred fails with
    /// [`Cancelled`](crate::Cancelled).
    #[track_caller]
    pub fn from_future(future: impl Future<Output = T> + 'static) -> Deferred<T> {
        start("", async move { Ok(future.await) })
    }
}

/// A Deferred of an `async` block's or function's result. Twisted: `ensureDeferred`.
///
/// It runs at once, up to its first wait that is not ready, exactly as an inline callback does.
///
/// ```
/// use inline_callbacks::{Failure, ensure_deferred, succeed, testing};
///
/// let sum = ensure_deferred(async {
///     let n: u32 = succeed(20).await?;
///     Ok::<u32, Failure>(n + 1)
/// });
/// assert_eq!(testing::success_result_of(sum), 21);
/// ```
#[track_caller]
pub fn ensure_deferred<T: 'static>(body: impl Future<Output = Result<T, Failure>> + 'static) -> Deferred<T> {
    start("", body)
}

/// Calls `function` and makes a Deferred of whatever comes out. Twisted: `maybeDeferred`.
///
/// `Ok`, `Err`, another Deferred, `()`, and a panic, which becomes a failure. In generic code, where `yield_!` takes what an
/// unknown function returns for a value, this is the way to wait for it: `yield_!(maybe_deferred(function))`.
///
/// ```
/// use inline_callbacks::{maybe_deferred, succeed, testing};
///
/// assert_eq!(testing::success_result_of(maybe_deferred(|| Ok(1))), 1);
/// assert_eq!(testing::success_result_of(maybe_deferred(|| succeed(2))), 2);
/// ```
#[track_caller]
pub fn maybe_deferred<T: 'static, R: Outcome<T>>(function: impl FnOnce() -> R) -> Deferred<T> {
    call_for_deferred(function, Location::caller())
}

/// Calls `function` as if from `called_at`.
pub(crate) fn call_for_deferred<T: 'static, R: Outcome<T>, F: FnOnce() -> R>(
    function: F,
    called_at: &'static Location<'static>,
) -> Deferred<T> {
    turn::guarded(site::function_of::<F>(), called_at, || function().into_outcome())
        .unwrap_or_else(|panic| Deferred::from_result(Err(panic)))
}
