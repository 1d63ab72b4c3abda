//! The same state machine, resumed by a caller instead of a Deferred: Python's generator.
//!
//! A body and its generator share an [`Exchange`], through which one thing at a time crosses: what the body hands out, what
//! the caller sends. Nothing else connects them, no thread-local and no waker; so generators that run inside one another, or
//! inside an inline callback, cannot mix.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::frame;
use crate::site::{self, Function};

/// Values that a body computes one at a time, when somebody asks: what a function marked
/// [`#[generator]`](crate::generator) returns.
///
/// `Y` is what the body hands out, `yield_!(y)`. `S` is what it gets for it: that `yield_!` evaluates to what the caller
/// [sends](Self::send). Without an `S`, nothing is sent; such a generator is an [`Iterator`].
///
/// As in Python, the body starts when the first value is asked for. It runs up to a `yield_!` each time, and keeps its
/// variables, also references among them, from one to the next. After its end everything gives `None`, for ever.
///
/// A generator that is dropped half-way drops its body where it stands: the destructors of its variables run.
///
/// # Panics
///
/// A panic in the body reaches whoever asked for the value, as from any function that one calls. The generator has then
/// ended. A body that waits for something with `.await` panics if it is not ready: there is nobody who would resume it.
///
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
///
/// #[generator]
/// fn countdown(from: u32) -> Generator<u32> {
///     for n in (1..=from).rev() {
///         yield_!(n);
///     }
/// }
/// assert_eq!(countdown(3).collect::<Vec<_>>(), [3, 2, 1]);
///
/// #[generator]
/// fn sums() -> Generator<u32, u32> {
///     let mut sum = 0;
///     loop {
///         sum += yield_!(sum);
///     }
/// }
/// let mut sums = sums();
/// assert_eq!(sums.next(), Some(0));
/// assert_eq!(sums.send(20), Some(20));
/// assert_eq!(sums.send(22), Some(42));
/// ```
#[must_use = "a generator does nothing until it is asked for a value: loop over it, or call `next`"]
pub struct Generator<Y: 'static, S: 'static = ()>(State<Y, S>);

enum State<Y: 'static, S: 'static> {
    Unstarted(Body<Y, S>),
    /// At a `yield_!`.
    Suspended(Body<Y, S>),
    /// Also while the body runs: if it panics, this is what stays.
    Ended,
}

struct Body<Y: 'static, S: 'static> {
    exchange: Rc<Exchange<Y, S>>,
    future: Pin<Box<dyn Future<Output = ()>>>,
    /// The body's name, for the failures that are made in it.
    function: Function,
}

/// Where the two sides meet.
struct Exchange<Y, S>(Cell<Crossing<Y, S>>);

/// What is on its way.
enum Crossing<Y, S> {
    /// The body does not run, so no `yield_!` of it may.
    Idle,
    /// The body runs, and nothing is.
    Nothing,
    /// From the body to its caller.
    Out(Y),
    /// From the caller to the `yield_!` at which the body stands.
    In(S),
}

impl<Y: 'static, S: 'static> Generator<Y, S> {
    /// The next value, or `None` once the body has ended. Python: `next(generator)`.
    ///
    /// Where something has to be sent (`S` other than `()`), this only starts the body; then [`send`](Self::send).
    ///
    /// # Panics
    ///
    /// If the body stands at a `yield_!` that something has to be sent to. And if the body panics.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// #[generator]
    /// fn echo() -> Generator<u32, u32> {
    ///     let mut next = 0;
    ///     loop {
    ///         next = yield_!(next) + 1;
    ///     }
    /// }
    /// let mut echo = echo();
    /// assert_eq!(echo.next(), Some(0), "runs up to the first `yield_!`");
    /// assert_eq!(echo.send(41), Some(42));
    /// ```
    // Where nothing is sent, it does what the trait's `next` does.
    #[allow(clippy::should_implement_trait)]
    #[track_caller]
    pub fn next(&mut self) -> Option<Y> {
        match self.0.take() {
            State::Unstarted(body) => self.resume(body, Crossing::Nothing),
            State::Suspended(body) => match unit() {
                Some(unit) => self.resume(body, Crossing::In(unit)),
                None => self.refuse(
                    State::Suspended(body),
                    "`next` only starts this generator, which has started: call `send`, its `yield_!` expects a value",
                ),
            },
            State::Ended => None,
        }
    }

    /// Sends what the `yield_!` at which the body stands evaluates to, and gives the next value, or `None` once the body
    /// has ended, or if it had. Python: `generator.send(value)`.
    ///
    /// # Panics
    ///
    /// If the body has not started: there is no `yield_!` yet that could take the value. (Where nothing is sent, `send(())` is
    /// `next()`, as `send(None)` is in Python.) And if the body panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// #[generator]
    /// fn greetings() -> Generator<String, &'static str> {
    ///     let mut name = yield_!("who is there?".to_owned());
    ///     loop {
    ///         name = yield_!(format!("hello, {name}"));
    ///     }
    /// }
    /// let mut greetings = greetings();
    /// assert_eq!(greetings.next().as_deref(), Some("who is there?"));
    /// assert_eq!(greetings.send("Ada").as_deref(), Some("hello, Ada"));
    /// ```
    #[track_caller]
    pub fn send(&mut self, value: S) -> Option<Y> {
        match self.0.take() {
            State::Suspended(body) => self.resume(body, Crossing::In(value)),
            State::Unstarted(body) if unit::<S>().is_some() => self.resume(body, Crossing::Nothing),
            unstarted @ State::Unstarted(_) => self.refuse(
                unstarted,
                "cannot send to a generator that has not started: call `next` first, up to its first `yield_!`",
            ),
            State::Ended => None,
        }
    }

    /// Runs the body as far as it goes.
    #[track_caller]
    fn resume(&mut self, mut body: Body<Y, S>, crossing: Crossing<Y, S>) -> Option<Y> {
        if body.run(crossing).is_ready() {
            return None;
        }
        let Crossing::Out(value) = body.exchange.0.replace(Crossing::Idle) else {
            drop(body);
            panic!("a generator cannot wait: its body polled something that is not ready, and nobody would resume it");
        };
        self.0 = State::Suspended(body);
        Some(value)
    }

    /// Panics about a call that the generator cannot answer now. It is left as it was.
    #[track_caller]
    fn refuse(&mut self, state: State<Y, S>, why: &str) -> ! {
        self.0 = state;
        panic!("{why}")
    }
}

impl<Y: 'static, V: 'static, E: 'static> Generator<Y, Result<V, E>> {
    /// Sends an error: the `yield_!` at which the body stands evaluates to `Err(error)`. Python: `generator.throw(error)`.
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send). A generator that has ended drops the error and gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// #[generator]
    /// fn patient() -> Generator<String, Result<(), &'static str>> {
    ///     if let Err(why) = yield_!("waiting".to_owned()) {
    ///         let _ = yield_!(format!("no more: {why}"));
    ///     }
    /// }
    /// let mut patient = patient();
    /// assert_eq!(patient.next().as_deref(), Some("waiting"));
    /// assert_eq!(patient.throw("too late").as_deref(), Some("no more: too late"));
    /// assert_eq!(patient.send(Ok(())), None);
    /// ```
    #[track_caller]
    pub fn throw(&mut self, error: E) -> Option<Y> {
        self.send(Err(error))
    }
}

// Whoever loops over a generator that has to be sent something learns nothing from an impl for another `S`.
#[diagnostic::do_not_recommend]
impl<Y: 'static> Iterator for Generator<Y> {
    type Item = Y;

    #[track_caller]
    fn next(&mut self) -> Option<Y> {
        Generator::next(self)
    }
}

impl<Y: 'static> FusedIterator for Generator<Y> {}

impl<Y, S> fmt::Debug for Generator<Y, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Unstarted(_) => "Generator(unstarted)",
            State::Suspended(_) => "Generator(suspended)",
            State::Ended => "Generator(ended)",
        })
    }
}

impl<Y, S> State<Y, S> {
    fn take(&mut self) -> Self {
        std::mem::replace(self, State::Ended)
    }
}

impl<Y, S> Body<Y, S> {
    /// Polls the body. It is no part of the body that runs now and asks it for a value, if there is one: a Deferred that it
    /// polls must not become something that the other waits for.
    fn run(&mut self, crossing: Crossing<Y, S>) -> Poll<()> {
        struct Restore(Function);
        impl Drop for Restore {
            fn drop(&mut self) {
                site::restore(self.0);
            }
        }
        self.exchange.0.set(crossing);
        let _restore = Restore(site::enter(self.function));
        frame::outside(|| self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())))
    }
}

/// `()` as an `S`, if it is one: what `next` sends.
fn unit<S: 'static>() -> Option<S> {
    let unit: &mut dyn Any = &mut Some(());
    unit.downcast_mut::<Option<S>>().and_then(Option::take)
}

/// The runtime half of `#[generator]`: a generator to be, from which its body takes a [`Hand`].
pub struct Maker<Y: 'static, S: 'static>(Rc<Exchange<Y, S>>);

impl<Y, S> Generator<Y, S> {
    /// The way from a written return type to its maker. Its name is what the compiler says about a type without it.
    #[doc(hidden)]
    #[allow(non_snake_case)]
    pub fn __generator_must_return_a_Generator() -> Maker<Y, S> {
        Maker(Rc::new(Exchange(Cell::new(Crossing::Idle))))
    }
}

impl<Y, S> Maker<Y, S> {
    /// What the body hands its values out with.
    pub fn __hand(&self) -> Hand<Y, S> {
        Hand(Rc::clone(&self.0))
    }

    /// The generator of this body, which does not start yet.
    pub fn make<F: Future<Output = ()> + 'static>(self, body: F) -> Generator<Y, S> {
        let function = site::function_of::<F>();
        Generator(State::Unstarted(Body { exchange: self.0, future: Box::pin(body), function }))
    }
}

/// What a body hands its values out with.
pub struct Hand<Y: 'static, S: 'static>(Rc<Exchange<Y, S>>);

impl<Y, S> Hand<Y, S> {
    /// Never called: see [`Driver::pin`](crate::expansion::Driver::pin).
    pub fn __pin(&self) {
        unreachable!("the body returns this only `if false`")
    }

    /// Becomes a future that hands the value out, and whose output is what is sent for it.
    #[inline]
    pub fn __hand_out(&self, value: Value<Y>) -> HandedOut<'_, Y, S> {
        HandedOut { exchange: &self.0, value: Some(value.0) }
    }
}

/// A value to hand out. Written `Value { 0: y }`, a wrong type is reported at `y` alone.
pub struct Value<Y>(pub Y);

/// Waits in a `yield_!`.
pub struct HandedOut<'a, Y, S> {
    exchange: &'a Exchange<Y, S>,
    /// Until it is handed out.
    value: Option<Y>,
}

// The value is moved out; nothing points into it.
impl<Y, S> Unpin for HandedOut<'_, Y, S> {}

impl<Y, S> Future for HandedOut<'_, Y, S> {
    type Output = S;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<S> {
        let crossing = self.exchange.0.replace(Crossing::Nothing);
        match (self.value.take(), crossing) {
            (Some(value), Crossing::Nothing) => {
                self.exchange.0.set(Crossing::Out(value));
                Poll::Pending
            }
            (None, Crossing::In(sent)) => Poll::Ready(sent),
            (_, crossing) => {
                self.exchange.0.set(crossing);
                panic!("a generator hands out one value at a time, from its own body: this `yield_!` came in between")
            }
        }
    }
}
