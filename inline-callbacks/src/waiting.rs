//! Waiting for a Deferred: in a body of this crate, which the driver resumes, or in any other async code of its thread.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::deferred::{Deferred, Head, Source, State, Unseen, Waitable, dismiss, spare};
use crate::errors::AlreadyTaken;
use crate::failure::Failure;
use crate::frame::{self, Polled};
use crate::host::{self, Parked, Seat};
use crate::observe;
use crate::site::{self, Site};

/// Waits for a Deferred; made by `deferred.await` or `deferred.into_future()`.
///
/// # Cancellation
///
/// Dropping it drops the Deferred, which goes on working without anybody to tell.
///
/// ```
/// use inline_callbacks::{Deferred, testing};
///
/// // In `futures::join!`, for one: it takes futures, and a Deferred becomes one by `into_future`.
/// let (trigger, first) = Deferred::new();
/// let both = Deferred::from_future(async move {
///     let (first, second) = futures::join!(first.into_future(), async { 2 });
///     first.map(|first: u32| first + second)
/// });
/// trigger.callback(1);
/// assert_eq!(testing::success_result_of(both).unwrap(), 3);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Wait<T: 'static> {
    /// Dropped by hand: after a wait there is nothing left in it, and asking is cheaper than the call that finds out.
    state: ManuallyDrop<State<T>>,
    site: &'static Location<'static>,
}

/// Waits for a Deferred that stays where it is; made by `(&mut deferred).await`.
///
/// # Cancellation
///
/// Dropping it leaves the Deferred as it was: it can be waited for again.
///
/// ```
/// use std::pin::pin;
/// use futures::future::{Either, select};
/// use inline_callbacks::{Deferred, testing};
///
/// let (trigger, mut slow) = Deferred::<u32>::new();
/// let either = Deferred::from_future(async move {
///     // The first to come; the other one is still there afterwards.
///     let quick = match select((&mut slow).into_future(), pin!(async { 1 })).await {
///         Either::Left((slow, _)) => return slow,
///         Either::Right((quick, _)) => quick,
///     };
///     slow.await.map(|slow| slow + quick)
/// });
/// trigger.callback(41);
/// assert_eq!(testing::success_result_of(either).unwrap(), 42);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WaitMut<'a, T: 'static> {
    deferred: &'a mut Deferred<T>,
    site: &'static Location<'static>,
}

#[diagnostic::do_not_recommend]
impl<T: 'static> IntoFuture for Deferred<T> {
    type Output = Result<T, Failure>;
    type IntoFuture = Wait<T>;

    #[inline]
    #[track_caller]
    fn into_future(self) -> Wait<T> {
        Wait { state: ManuallyDrop::new(self.into_state()), site: Location::caller() }
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: 'static> IntoFuture for &'a mut Deferred<T> {
    type Output = Result<T, Failure>;
    type IntoFuture = WaitMut<'a, T>;

    #[inline]
    #[track_caller]
    fn into_future(self) -> WaitMut<'a, T> {
        WaitMut { deferred: self, site: Location::caller() }
    }
}

/// Nothing in it is ever pinned: the result is moved out.
impl<T: 'static> Unpin for Wait<T> {}

impl<T: 'static> Future for Wait<T> {
    type Output = Result<T, Failure>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        let this = &mut *self;
        poll_state(&mut this.state, this.site, context)
    }
}

impl<T: 'static> Drop for Wait<T> {
    #[inline]
    fn drop(&mut self) {
        let is_empty = match &*self.state {
            State::Value(value) => !std::mem::needs_drop::<T>() || value.is_none(),
            _ => false,
        };
        if !is_empty {
            drop_state(std::mem::replace(&mut *self.state, State::Value(None)));
        }
    }
}

#[cold]
fn drop_state<T: 'static>(state: State<T>) {
    drop(state);
}

impl<T: 'static> Future for WaitMut<'_, T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        let this = &mut *self;
        let polled = poll_state(this.deferred.state_mut(), this.site, context);
        if polled.is_ready() {
            *this.deferred.state_mut() = State::Value(None);
        }
        polled
    }
}

impl<T: 'static> Drop for WaitMut<'_, T> {
    fn drop(&mut self) {
        match self.deferred.state_mut() {
            State::Plain(plain) => let_go(&plain.core().head),
            State::Node(held) => let_go(&held.source().core().head),
            State::Value(_) | State::Failed(_) => {}
        }
    }
}

fn let_go(head: &Head) {
    head.clear(Head::POLLED);
    if let Some(waiter) = head.take_waiter() {
        dismiss(waiter);
    }
}

#[inline]
fn poll_state<T: 'static>(
    state: &mut State<T>,
    site: &'static Location<'static>,
    context: &mut Context<'_>,
) -> Poll<Result<T, Failure>> {
    // Taken in place: replacing the whole state is measurably slower.
    if let State::Value(value) = state {
        return Poll::Ready(value.take().ok_or_else(|| taken_before(site)));
    }
    if !fetch(state, site, context) {
        return Poll::Pending;
    }
    match state {
        State::Value(value) => Poll::Ready(value.take().ok_or_else(|| taken_before(site))),
        _ => Poll::Ready(take_otherwise(state, site)),
    }
}

/// Whether the result is in the state now, or can be taken from there; if not, whoever polls has been made the waiter. All that
/// the compiler should put into each body is to hand a value over. The result goes the way through the state because it is
/// written and read there in the same pieces; handed back as a whole, it would be copied as one, which stalls.
#[inline(never)]
fn fetch<T: 'static>(state: &mut State<T>, site: &'static Location<'static>, context: &mut Context<'_>) -> bool {
    let State::Plain(plain) = state else { return fetch_otherwise(state, site, context) };
    let core = plain.core();
    let Some(result) = core.take() else {
        return wait(context.waker(), site, &core.head, Rc::clone(core) as Rc<dyn Waitable>);
    };
    // It has given what it had: there is nothing to detach.
    let node = plain.take_in_place();
    put_result(state, result);
    spare::let_go(node);
    true
}

#[inline(never)]
fn fetch_otherwise<T: 'static>(
    state: &mut State<T>,
    site: &'static Location<'static>,
    context: &mut Context<'_>,
) -> bool {
    let State::Node(held) = state else { return true };
    let source = held.source();
    let core = source.core();
    let Some(result) = core.take() else {
        return wait(context.waker(), site, &core.head, Rc::clone(source) as Rc<dyn Waitable>);
    };
    let node = held.take_in_place();
    put_result(state, result);
    drop(node);
    true
}

/// Nothing is left in the old state: its destructor would only find that out.
#[inline]
fn put_result<T: 'static>(state: &mut State<T>, result: Result<T, Failure>) {
    let old = match result {
        Ok(value) => std::mem::replace(state, State::Value(Some(value))),
        Err(failure) => std::mem::replace(state, State::Failed(Unseen::new(failure))),
    };
    std::mem::forget(old);
}

/// A result that is no value in the state.
#[cold]
fn take_otherwise<T: 'static>(state: &mut State<T>, site: &'static Location<'static>) -> Result<T, Failure> {
    // What has fired after `fetch` had looked is still in its node.
    let node = match state {
        State::Plain(plain) => Some(plain.take_in_place() as Rc<dyn Source<T>>),
        State::Node(held) => Some(held.take_in_place()),
        State::Value(_) | State::Failed(_) => None,
    };
    if let Some(node) = node {
        put_result(state, node.core().take().unwrap_or_else(|| Err(taken_before(site))));
    }
    let mut failure = match state {
        State::Failed(unseen) => unseen.take_in_place(),
        State::Value(value) => return value.take().ok_or_else(|| taken_before(site)),
        State::Plain(_) | State::Node(_) => unreachable!("what has come is a value or a failure"),
    };
    std::mem::forget(std::mem::replace(state, State::Value(None)));
    failure.cross(site);
    observe::given(&failure, site);
    Err(failure)
}

#[cold]
fn taken_before(wait: &'static Location<'static>) -> Failure {
    Failure::new_at(AlreadyTaken, Site::new(site::running(), wait))
}

/// Makes whoever polls the waiter of `source`, whose head that is. Says whether it has fired meanwhile.
///
/// Whatever else has to be called is called last, so that no registers are saved for it.
#[inline]
fn wait(waker: &Waker, site: &'static Location<'static>, head: &Head, source: Rc<dyn Waitable>) -> bool {
    go_on_from(frame::register(waker, site, head, source), waker, site, head)
}

/// The same where many bodies are being polled inside one another.
#[cold]
#[inline(never)]
fn wait_deeply(waker: &Waker, site: &'static Location<'static>, head: &Head, source: Rc<dyn Waitable>) -> bool {
    go_on_from(frame::register_deeply(waker, site, head, source), waker, site, head)
}

#[inline]
fn go_on_from(polled: Polled, waker: &Waker, site: &'static Location<'static>, head: &Head) -> bool {
    match polled {
        Polled::By(body, source) => body.wait_for(source, head, site),
        Polled::Noted => false,
        Polled::Deeply(source) => wait_deeply(waker, site, head, source),
        Polled::Behind(source) => park_behind(waker, site, head, source),
        Polled::Outside(source) => park_outside(waker, head, source),
    }
}

#[cold]
#[inline(never)]
fn park_behind(waker: &Waker, site: &'static Location<'static>, head: &Head, source: Rc<dyn Waitable>) -> bool {
    frame::register_behind(site, source);
    head.set_waiter(Parked::waiter(waker, None));
    head.set(Head::POLLED);
    false
}

/// Polled by some executor: whatever is due on this thread is done now, since perhaps nobody else will.
#[cold]
#[inline(never)]
fn park_outside(waker: &Waker, head: &Head, source: Rc<dyn Waitable>) -> bool {
    drop(source);
    // First of all: what fires during the pump must find us. The seat is ours until it fires or the wait is dropped.
    let seat = Seat::new();
    seat.take(waker);
    head.set_waiter(Parked::waiter(waker, Some(seat)));
    host::run_woken();
    head.is_fired()
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wait({}:{})", self.site.file(), self.site.line())
    }
}

impl<T> fmt::Debug for WaitMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WaitMut({}:{})", self.site.file(), self.site.line())
    }
}
