//! A foreign future that says where it is waited for and what it is, for `inspect`. It lives on the heap, since it is pinned
//! there without unsafe code: what `inspect` costs.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::calls::{self, Foreign};
use crate::frame;
use crate::observe;
use crate::site;

/// How long a future still sleeps, as of whenever that is asked.
type DueIn = Box<dyn Fn() -> Duration>;

/// What `yield_!` makes of a future.
pub struct Noted<F: ?Sized> {
    future: Pin<Box<F>>,
    place: &'static Location<'static>,
    due_in: Option<fn(&F) -> DueIn>,
}

impl<F: ?Sized + Future> Noted<F> {
    #[track_caller]
    pub(super) fn new(future: Pin<Box<F>>) -> Self {
        Noted { future, place: Location::caller(), due_in: None }
    }
}

impl<F: ?Sized + Future> Future for Noted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let (polled, is_only_foreign) = frame::polls_only_foreign(this.place, || this.future.as_mut().poll(context));
        if is_only_foreign {
            let due_in = this.due_in.map(|due_in| due_in(&this.future));
            calls::polled(Foreign { type_name: site::function_of::<F>(), place: this.place, due_in });
        }
        polled
    }
}

/// Between an [`Operand`](super::Operand) and what it dereferences to otherwise: so the traits of an operand are asked before this,
/// and a timer is known to be one.
pub struct Waited<T>(PhantomData<T>);

impl<T> Clone for Waited<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Waited<T> {}

impl<T> Deref for super::Operand<T> {
    type Target = Waited<T>;
    fn deref(&self) -> &Waited<T> {
        &Waited(PhantomData)
    }
}

impl<T> Deref for Waited<T> {
    type Target = super::Bounded<T>;
    fn deref(&self) -> &super::Bounded<T> {
        &super::Bounded(PhantomData)
    }
}

impl<F: IntoFuture> Waited<F> {
    /// Gives the future to wait for, which says that it is waited for here.
    #[track_caller]
    pub fn __wait(self, operand: F) -> Noted<F::IntoFuture> {
        observe::comes_to_wait(Location::caller());
        Noted::new(Box::pin(operand.into_future()))
    }
}

#[cfg(feature = "reactor")]
pub(super) mod timers {
    use std::future::Future;
    use std::ops::Deref;
    use std::panic::Location;
    use std::pin::Pin;

    use tokio::time::{Instant, Sleep};

    use super::super::Operand;
    use super::{DueIn, Noted};
    use crate::observe;

    fn until(deadline: Instant) -> DueIn {
        Box::new(move || deadline.saturating_duration_since(Instant::now()))
    }

    /// A timer of tokio's.
    pub trait Timer: Future {
        /// When it is due.
        fn deadline(&self) -> Instant;
    }

    impl Timer for Sleep {
        fn deadline(&self) -> Instant {
            Sleep::deadline(self)
        }
    }

    impl<P: Deref<Target = Sleep>> Timer for Pin<P>
    where
        Pin<P>: Future,
    {
        fn deadline(&self) -> Instant {
            Sleep::deadline(self)
        }
    }

    /// A timer is waited for like any future, and says when it is due.
    pub trait TimerFuture {
        /// The timer.
        type Timer: Timer;
        /// As that of other futures.
        #[track_caller]
        fn __wait(self, operand: Self::Timer) -> Noted<Self::Timer>;
    }

    macro_rules! timers {
        ($([$($generics:tt)*] $timer:ty;)*) => {$(
            impl<$($generics)*> TimerFuture for Operand<$timer> {
                type Timer = $timer;
                #[track_caller]
                fn __wait(self, operand: $timer) -> Noted<$timer> {
                    observe::comes_to_wait(Location::caller());
                    Noted { due_in: Some(|timer| until(timer.deadline())), ..Noted::new(Box::pin(operand)) }
                }
            }
        )*};
    }

    timers! {
        [] Sleep;
        [] Pin<Box<Sleep>>;
        ['a] Pin<&'a mut Sleep>;
    }
}
