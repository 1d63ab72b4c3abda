//! Waiting for a Deferred: in a body of this crate, which the driver resumes, or in any other async code of its thread.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::deferred::{Deferred, Head, Held, Source, State, Step, Waitable, already_taken};
use crate::failure::Failure;
use crate::frame::{self, Polled};
use crate::host::{self, Parked, Seat};

/// Waits for a Deferred; made by `deferred.await` or `deferred.into_future()`.
///
/// # Cancellation
///
/// Dropping it drops the Deferred, which goes on working without anybody to tell.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Wait<T: 'static> {
    state: State<T>,
    site: &'static Location<'static>,
    foreign: Foreign,
}

/// Waits for a Deferred that stays where it is; made by `(&mut deferred).await`.
///
/// # Cancellation
///
/// Dropping it leaves the Deferred as it was: it can be waited for again.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WaitMut<'a, T: 'static> {
    deferred: &'a mut Deferred<T>,
    site: &'static Location<'static>,
    foreign: Foreign,
}

/// What waiting takes where it is not the driver who polls; empty in a body.
#[derive(Default)]
struct Foreign(Option<Box<Registered>>);

struct Registered {
    /// Told when the Deferred fires.
    parked: Rc<Parked>,
    /// Our turn at the wheel, when an executor polls us.
    seat: Option<Seat>,
}

#[diagnostic::do_not_recommend]
impl<T: 'static> IntoFuture for Deferred<T> {
    type Output = Result<T, Failure>;
    type IntoFuture = Wait<T>;

    #[inline]
    #[track_caller]
    fn into_future(self) -> Wait<T> {
        Wait { state: self.into_state(), site: Location::caller(), foreign: Foreign(None) }
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: 'static> IntoFuture for &'a mut Deferred<T> {
    type Output = Result<T, Failure>;
    type IntoFuture = WaitMut<'a, T>;

    #[inline]
    #[track_caller]
    fn into_future(self) -> WaitMut<'a, T> {
        WaitMut { deferred: self, site: Location::caller(), foreign: Foreign(None) }
    }
}

/// Nothing in it is ever pinned: the result is moved out.
impl<T: 'static> Unpin for Wait<T> {}

impl<T: 'static> Future for Wait<T> {
    type Output = Result<T, Failure>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        let this = &mut *self;
        poll_state(&mut this.state, this.site, &mut this.foreign, context)
    }
}

impl<T: 'static> Future for WaitMut<'_, T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        let this = &mut *self;
        let polled = poll_state(this.deferred.state_mut(), this.site, &mut this.foreign, context);
        if polled.is_ready() {
            *this.deferred.state_mut() = State::Value(None);
        }
        polled
    }
}

impl<T: 'static> Drop for WaitMut<'_, T> {
    fn drop(&mut self) {
        if let State::Node(held) = self.deferred.state_mut() {
            let head = &held.source().core().head;
            head.clear(Head::POLLED);
            drop(head.take_waiter());
        }
    }
}

#[inline]
fn poll_state<T: 'static>(
    state: &mut State<T>,
    site: &'static Location<'static>,
    foreign: &mut Foreign,
    context: &mut Context<'_>,
) -> Poll<Result<T, Failure>> {
    match state {
        // Taken in place: replacing the whole state is measurably slower.
        State::Value(value) => Poll::Ready(value.take().ok_or_else(already_taken)),
        State::Failed(unseen) => {
            let failure = unseen.take_in_place();
            *state = State::Value(None);
            Poll::Ready(Err(crossed(failure, site)))
        }
        State::Node(held) => match poll_node(held, site, foreign, context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(result) => {
                // The node has given what it had: there is nothing to detach.
                drop(held.take_in_place());
                *state = State::Value(None);
                Poll::Ready(result.map_err(|failure| crossed(failure, site)))
            }
        },
    }
}

#[cold]
fn crossed(mut failure: Failure, site: &'static Location<'static>) -> Failure {
    failure.cross(site);
    failure
}

#[inline]
fn poll_node<T: 'static>(
    held: &Held<T>,
    site: &'static Location<'static>,
    foreign: &mut Foreign,
    context: &mut Context<'_>,
) -> Poll<Result<T, Failure>> {
    let source = held.source();
    if let Some(result) = source.core().take() {
        return Poll::Ready(result);
    }
    match frame::register(context.waker(), site, || Rc::clone(source) as Rc<dyn Waitable>) {
        // The driver makes the body the waiter when the poll has ended.
        Polled::Directly => {
            source.core().head.set(Head::POLLED);
            Poll::Pending
        }
        Polled::Behind => {
            foreign.park(&**source, context);
            source.core().head.set(Head::POLLED);
            Poll::Pending
        }
        Polled::Outside => poll_outside(&**source, foreign, context),
    }
}

/// Polled by some executor: whatever is due on this thread is done now, since perhaps nobody else will.
#[cold]
fn poll_outside<T: 'static>(
    source: &dyn Source<T>,
    foreign: &mut Foreign,
    context: &mut Context<'_>,
) -> Poll<Result<T, Failure>> {
    // First of all: what fires during the pump must find us.
    let registered = foreign.park(source, context);
    Seat::take(&mut registered.seat, context.waker());
    host::run_woken();
    match source.core().take() {
        Some(result) => {
            foreign.0 = None;
            Poll::Ready(result)
        }
        None => Poll::Pending,
    }
}

impl Foreign {
    fn park<T: 'static>(&mut self, source: &dyn Source<T>, context: &Context<'_>) -> &mut Registered {
        let registered =
            self.0.get_or_insert_with(|| Box::new(Registered { parked: Parked::new(context.waker()), seat: None }));
        registered.parked.refresh(context.waker());
        source.core().head.set_waiter(Rc::clone(&registered.parked) as Rc<dyn Step>);
        registered
    }
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
