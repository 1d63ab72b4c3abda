//! A foreign future that says where it is waited for and what it is, for `inspect`. It lives on the heap, since it is pinned
//! there without unsafe code: what `inspect` costs.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::calls::{self, Foreign};
use crate::frame;
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

#[cfg(feature = "reactor")]
mod timers {
    use std::future::Future;
    use std::ops::Deref;
    use std::panic::Location;
    use std::pin::Pin;

    use tokio::time::{Instant, Sleep};

    use super::super::{Operand, ViaMistake};
    use super::{DueIn, Noted};
    use crate::observe;

    fn until(deadline: Instant) -> DueIn {
        Box::new(move || deadline.saturating_duration_since(Instant::now()))
    }

    /// Waits for a timer of tokio's.
    pub struct TimerKind;

    impl TimerKind {
        /// As that of the other kinds.
        #[track_caller]
        pub fn go<F: Future + Timer>(self, operand: F) -> Noted<F> {
            observe::comes_to_wait(Location::caller());
            Noted { due_in: Some(|timer| until(timer.deadline())), ..Noted::new(Box::pin(operand)) }
        }
    }

    /// A timer of tokio's.
    pub trait Timer {
        /// When it is due.
        fn deadline(&self) -> Instant;
    }

    impl Timer for Sleep {
        fn deadline(&self) -> Instant {
            Sleep::deadline(self)
        }
    }

    impl<P: Deref<Target = Sleep>> Timer for Pin<P> {
        fn deadline(&self) -> Instant {
            Sleep::deadline(self)
        }
    }

    macro_rules! timers {
        ($([$($generics:tt)*] $timer:ty;)*) => {$(
            impl<$($generics)*> ViaMistake for &&&Operand<$timer> {
                type Kind = TimerKind;
                fn __kind(&self) -> TimerKind {
                    TimerKind
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
