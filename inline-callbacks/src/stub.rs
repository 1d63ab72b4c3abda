//! TEMPORARY: the smallest runtime that the macro can be tested against. Thrown away when the real one is merged.
#![allow(dead_code, missing_docs)]

pub(crate) mod failure {
    use std::error::Error;
    use std::fmt;
    use std::sync::Arc;

    #[derive(Clone)]
    pub struct Failure(Arc<dyn Error + Send + Sync + 'static>);

    impl Failure {
        pub fn msg(text: &str) -> Self {
            Self(Box::<dyn Error + Send + Sync>::from(text).into())
        }
    }

    impl fmt::Debug for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(&self.0, f)
        }
    }

    impl fmt::Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(&self.0, f)
        }
    }

    impl<E: Error + Send + Sync + 'static> From<E> for Failure {
        fn from(error: E) -> Self {
            Self(Arc::new(error))
        }
    }
}

pub(crate) mod deferred {
    use std::cell::{Cell, RefCell};
    use std::future::{Future, IntoFuture};
    use std::panic::Location;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll};

    use super::failure::Failure;

    thread_local! {
        /// Where the last Deferred was waited for, for the tests of spans.
        pub static WAITED_AT: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
    }

    type Slot<T> = Rc<RefCell<Option<Result<T, Failure>>>>;
    type Body<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

    pub(crate) enum State<T: 'static> {
        Fired(Result<T, Failure>),
        Triggered(Slot<T>),
        Body(Body<T>),
        Taken,
    }

    #[must_use = "a dropped `Deferred` goes on working, but nobody sees its result: wait for it, add a callback, or call `detach`"]
    pub struct Deferred<T: 'static = ()>(pub(crate) State<T>);

    pub struct Trigger<T: 'static>(Slot<T>);

    impl<T> Trigger<T> {
        pub fn callback(self, value: T) {
            *self.0.borrow_mut() = Some(Ok(value));
        }
    }

    impl<T> Deferred<T> {
        pub fn new() -> (Trigger<T>, Self) {
            let slot = Slot::default();
            (Trigger(slot.clone()), Self(State::Triggered(slot)))
        }

        pub fn detach(self) {}

        pub fn is_fired(&self) -> bool {
            matches!(self.0, State::Fired(_))
        }
    }

    pub fn succeed<T>(value: T) -> Deferred<T> {
        Deferred(State::Fired(Ok(value)))
    }

    pub fn fail<T>(failure: impl Into<Failure>) -> Deferred<T> {
        Deferred(State::Fired(Err(failure.into())))
    }

    pub trait IntoDeferred {
        type Value;
        fn into_deferred(self) -> Deferred<Self::Value>;
    }

    impl<T> IntoDeferred for Deferred<T> {
        type Value = T;
        fn into_deferred(self) -> Self {
            self
        }
    }

    pub struct Wait<D>(D);

    impl<D> Unpin for Wait<D> {}

    impl<T> State<T> {
        fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Failure>> {
            match std::mem::replace(self, State::Taken) {
                State::Fired(result) => return Poll::Ready(result),
                State::Triggered(slot) => {
                    let result = slot.borrow_mut().take();
                    if let Some(result) = result {
                        return Poll::Ready(result);
                    }
                    *self = State::Triggered(slot);
                }
                State::Body(mut body) => {
                    if let Poll::Ready(result) = body.as_mut().poll(cx) {
                        return Poll::Ready(result);
                    }
                    *self = State::Body(body);
                }
                State::Taken => return Poll::Ready(Err(Failure::msg("taken"))),
            }
            Poll::Pending
        }
    }

    impl<T> Future for Wait<Deferred<T>> {
        type Output = Result<T, Failure>;
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            self.0.0.poll(cx)
        }
    }

    impl<T> Future for Wait<&mut Deferred<T>> {
        type Output = Result<T, Failure>;
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            self.0.0.poll(cx)
        }
    }

    impl<T> IntoFuture for Deferred<T> {
        type Output = Result<T, Failure>;
        type IntoFuture = Wait<Self>;
        #[track_caller]
        fn into_future(self) -> Self::IntoFuture {
            WAITED_AT.set(Some(Location::caller()));
            Wait(self)
        }
    }

    impl<T> IntoFuture for &mut Deferred<T> {
        type Output = Result<T, Failure>;
        type IntoFuture = Wait<Self>;
        #[track_caller]
        fn into_future(self) -> Self::IntoFuture {
            WAITED_AT.set(Some(Location::caller()));
            Wait(self)
        }
    }
}

pub(crate) mod driver {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};

    use super::deferred::{Deferred, State};
    use super::failure::Failure;

    pub(crate) fn start<T, F: Future<Output = Result<T, Failure>> + 'static>(body: F) -> Deferred<T> {
        let mut body = Box::pin(body);
        match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Deferred(State::Fired(result)),
            Poll::Pending => Deferred(State::Body(body)),
        }
    }
}

/// Stands in for `crate::testing`.
pub mod testing {
    use std::task::{Context, Poll, Waker};

    use super::deferred::{Deferred, WAITED_AT};
    use super::failure::Failure;

    pub fn result_of<T>(deferred: Deferred<T>) -> Result<T, Failure> {
        let mut wait = std::pin::pin!(std::future::IntoFuture::into_future(deferred));
        match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it has not fired"),
        }
    }

    #[track_caller]
    pub fn success_result_of<T>(deferred: Deferred<T>) -> T {
        result_of(deferred).unwrap()
    }

    #[track_caller]
    pub fn failure_result_of<T>(deferred: Deferred<T>) -> Failure {
        result_of(deferred).err().unwrap()
    }

    pub fn waited_at_line() -> u32 {
        WAITED_AT.get().unwrap().line()
    }
}

impl<T: std::process::Termination> std::process::Termination for deferred::Deferred<T> {
    fn report(self) -> std::process::ExitCode {
        testing::success_result_of(self).report()
    }
}
