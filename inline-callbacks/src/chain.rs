//! The chain: adding callbacks, firing, cancelling. One kind of node, the [`Link`], serves every callback.

use std::cell::Cell;
use std::panic::Location;
use std::rc::Rc;

#[cfg(feature = "inspect")]
use crate::deferred::seen;
use crate::deferred::{
    Cancelling, Core, Deferred, Gated, Handle, Handled, Head, Held, Others, Release, Several, Source, State, Step,
    Trigger, Waitable, already_taken, discard, put,
};
#[cfg(feature = "inspect")]
use crate::describing::{About, What, is_ours};
use crate::failure::Failure;
use crate::observe::{Abandoning, Callback, CancelRequest, Firing, Reason, Recovery};
use crate::panics;
use crate::pause::Gate;
use crate::site::{self, Function};
use crate::turn::{self, guarded, guarded_inside, resume, resume_later};
use crate::unhandled;

/// What a callback may return: the next result, or a Deferred of it.
///
/// `Ok(value)` and `Err(failure)`; another [`Deferred`], which the chain then waits for; `()`, for `Ok(())`; or nothing at
/// all, when it never returns.
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{Outcome, maybe_deferred, succeed, testing};
///
/// /// Takes what callbacks may return.
/// fn length<R: Outcome<String>>(poem: impl FnOnce() -> R) -> Deferred<usize> {
///     maybe_deferred(poem).map(|poem| poem.len())
/// }
/// assert_eq!(testing::success_result_of(length(|| Ok("at once".to_owned()))), 7);
/// assert_eq!(testing::success_result_of(length(|| succeed("later".to_owned()))), 5);
/// assert!(testing::failure_result_of(length(|| Err(Failure::msg("never")))).to_string() == "never");
/// ```
#[diagnostic::on_unimplemented(
    message = "a callback cannot return `{Self}`",
    label = "this callback has to return `Ok(value)`, `Err(failure)` or a `Deferred`",
    note = "write `Ok(..)` around a plain value, or use `map` for a function that cannot fail; write `Ok(..?)` around \
            a `Result` with another error"
)]
pub trait Outcome<U: 'static> {
    #[doc(hidden)]
    fn into_outcome(self) -> Deferred<U>;
}

#[diagnostic::do_not_recommend]
impl<U: 'static> Outcome<U> for Result<U, Failure> {
    #[inline]
    fn into_outcome(self) -> Deferred<U> {
        Deferred::from_result(self)
    }
}

#[diagnostic::do_not_recommend]
impl<U: 'static> Outcome<U> for Deferred<U> {
    #[inline]
    fn into_outcome(self) -> Deferred<U> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl Outcome<()> for () {
    fn into_outcome(self) -> Deferred<()> {
        Deferred::from_result(Ok(()))
    }
}

/// The type `!`, which has no name on stable Rust, as the return type of a function pointer.
#[doc(hidden)]
pub trait Returns {
    type Type;
}

impl<R> Returns for fn() -> R {
    type Type = R;
}

pub(crate) type Never = <fn() -> ! as Returns>::Type;

#[diagnostic::do_not_recommend]
impl<U: 'static> Outcome<U> for Never {
    fn into_outcome(self) -> Deferred<U> {
        self
    }
}

impl<T: 'static> Trigger<T> {
    /// Fires the Deferred with a value, and so resumes whoever waits for it before returning. Twisted: `callback`.
    ///
    /// Failures and panics of what is resumed do not come back here. Does nothing when the Deferred has been cancelled.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use inline_callbacks::Deferred;
    ///
    /// let (trigger, deferred) = Deferred::<u32>::new();
    /// let seen = Rc::new(Cell::new(0));
    /// let saved = Rc::clone(&seen);
    /// deferred.map(move |n| saved.set(n)).detach();
    /// trigger.callback(42);
    /// assert_eq!(seen.get(), 42, "the callback has run before `callback` returned");
    /// ```
    #[inline]
    #[track_caller]
    pub fn callback(self, value: T) {
        let place = Location::caller();
        let core = &self.0;
        if core.head.is(Head::FIRED | Head::NOT_JUST_KEPT) {
            return self.callback_unusual(value, place);
        }
        let _firing = Firing::begin(&core.origin, Ok(()), place);
        let waiter = core.keep_value(value);
        // Only the waiter knows the core from now on: it must not outlive its own consumption.
        drop(self);
        if let Some(waiter) = waiter {
            resume(waiter);
        }
    }

    #[inline(never)]
    fn callback_unusual(self, value: T, place: &'static Location<'static>) {
        let core = &self.0;
        if core.head.is_fired() {
            return;
        }
        let _firing = Firing::begin(&core.origin, Ok(()), place);
        let waiter = core.complete_in_any_case(Ok(value));
        self.resume(waiter);
    }

    /// Fires the Deferred with a failure, and so resumes whoever waits for it before returning. Twisted: `errback`.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, testing};
    ///
    /// let (trigger, poem) = Deferred::<String>::new();
    /// trigger.errback(std::io::Error::other("no poem"));
    /// assert!(testing::failure_result_of(poem).check::<std::io::Error>().is_some());
    /// ```
    #[track_caller]
    pub fn errback(self, failure: impl Into<Failure>) {
        self.fail(failure.into(), Location::caller());
    }

    /// Fires the Deferred with a result that is already at hand.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, Failure, testing};
    ///
    /// fn parse(text: &str) -> Result<u32, Failure> {
    ///     Ok(text.parse()?)
    /// }
    /// let (trigger, number) = Deferred::new();
    /// trigger.fire(parse("42"));
    /// assert_eq!(testing::success_result_of(number), 42);
    /// ```
    #[inline]
    #[track_caller]
    pub fn fire(self, result: Result<T, Failure>) {
        match result {
            Ok(value) => self.callback(value),
            Err(failure) => self.fail(failure, Location::caller()),
        }
    }

    fn fail(self, mut failure: Failure, place: &'static Location<'static>) {
        let core = &self.0;
        if core.head.is_fired() {
            return;
        }
        mark_if_expected(&core.head, &mut failure);
        let _firing = Firing::begin(&core.origin, Err(&failure), place);
        let waiter = core.complete(Err(failure));
        self.resume(waiter);
    }

    fn resume(self, waiter: Option<Rc<dyn Step>>) {
        // Only the waiter knows the core from now on: it must not outlive its own consumption.
        drop(self);
        if let Some(waiter) = waiter {
            resume(waiter);
        }
    }

    /// Whether the Deferred has been cancelled, for a producer that looks from time to time.
    ///
    /// ```
    /// let (trigger, deferred) = inline_callbacks::Deferred::<u32>::new();
    /// assert!(!trigger.is_cancelled());
    /// deferred.cancel();
    /// assert!(trigger.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.head.is(Head::CANCELLED)
    }
}

/// A canceller may fire `Cancelled` itself: the program asked for that one just as well.
fn mark_if_expected(head: &Head, failure: &mut Failure) {
    if head.is(Head::CANCELLED) && failure.is_cancelled() {
        failure.mark_expected();
    }
}

impl<T: 'static> Drop for Trigger<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.0.head.is(Head::FIRED | Head::IN_CANCELLER) {
            abandon(&self.0);
        }
    }
}

#[cold]
fn abandon<T: 'static>(core: &Rc<Core<T>>) {
    let mut failure = Failure::abandoned();
    if turn::is_ending() {
        failure.mark_expected();
    }
    let _abandoning = Abandoning::begin(&core.origin);
    if let Some(waiter) = core.complete(Err(failure)) {
        resume_later(waiter);
    }
}

impl<T: 'static> Waitable for Core<T> {
    fn head(&self) -> &Head {
        &self.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        if self.head.is_fired() {
            return Cancelling::Ended;
        }
        self.head.set(Head::CANCELLED);
        Cancelling::Fired(self.complete(Err(Failure::cancelled())))
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> About {
        self.about_itself()
    }

    #[cfg(feature = "inspect")]
    fn waits_for(&self) -> Vec<seen::Below> {
        Core::waits_for(self)
    }
}

impl<T: 'static> Source<T> for Core<T> {
    fn core(&self) -> &Core<T> {
        self
    }
}

/// A core with a canceller: a node of its own, so that plain Deferreds do not pay for one.
struct WithCanceller<T, C> {
    core: Rc<Core<T>>,
    canceller: Cell<Option<C>>,
    made_at: &'static Location<'static>,
}

impl<T: 'static, C: FnOnce(Trigger<T>)> Waitable for WithCanceller<T, C> {
    fn head(&self) -> &Head {
        &self.core.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        let head = &self.core.head;
        if head.is(Head::FIRED | Head::IN_CANCELLER) {
            return Cancelling::Ended;
        }
        head.set(Head::CANCELLED | Head::IN_CANCELLER);
        if let Some(canceller) = self.canceller.take() {
            let trigger = Trigger(Rc::clone(&self.core));
            let called = guarded(site::function_of::<C>(), self.made_at, || canceller(trigger));
            if let Err(panic) = called {
                unhandled::report(panic);
            }
        }
        head.clear(Head::IN_CANCELLER);
        if head.is_fired() {
            return Cancelling::Ended;
        }
        Cancelling::Fired(self.core.complete(Err(Failure::cancelled())))
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> About {
        self.core.about_itself()
    }

    #[cfg(feature = "inspect")]
    fn waits_for(&self) -> Vec<seen::Below> {
        self.core.waits_for()
    }
}

/// Stands where the waiter will be until somebody waits, so that firing lets go of the canceller, which may own the Deferred
/// itself. From then on the node goes when the waiter is resumed.
impl<T: 'static, C: FnOnce(Trigger<T>)> Step for WithCanceller<T, C> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        panics::drop_contained(self.canceller.take());
        None
    }

    fn next_head(&self) -> Option<&Head> {
        None
    }
}

impl<T: 'static, C: FnOnce(Trigger<T>)> Source<T> for WithCanceller<T, C> {
    fn core(&self) -> &Core<T> {
        &self.core
    }
}

/// One callback of a chain that is not there yet: takes the result of what is below it, runs, and gives its own result to
/// what is above it. While the callback's Deferred is pending, it waits for that.
struct Link<T: 'static, U: 'static, F> {
    core: Core<U>,
    callback: Cell<Option<F>>,
    below: Cell<Below<T, U>>,
    handled: Handled,
    added_at: Cell<&'static Location<'static>>,
    function: Cell<Function>,
}

impl<T, U, F> Default for Link<T, U, F> {
    /// Only constants, so that the link is written where it is allocated, and not copied there.
    #[inline]
    fn default() -> Self {
        const NOWHERE: &Location<'static> = Location::caller();
        Link {
            core: Core::default(),
            callback: Cell::new(None),
            below: Cell::new(Below::Nothing),
            handled: Handled::default(),
            added_at: Cell::new(NOWHERE),
            function: Cell::new(site::outside),
        }
    }
}

enum Below<T: 'static, U: 'static> {
    /// Its callback has not run yet.
    Source(Rc<dyn Source<T>>),
    /// The Deferred that the callback returned.
    Inner(Rc<dyn Source<U>>),
    /// The callback runs now, or the link has fired.
    Nothing,
}

impl<T: 'static, U: 'static, F> Link<T, U, F>
where
    F: FnOnce(Result<T, Failure>) -> Deferred<U> + 'static,
{
    #[inline]
    fn new(function: Function, added_at: &'static Location<'static>, callback: F) -> Rc<Self> {
        let link = Rc::<Self>::default();
        put(&link.callback, callback);
        link.added_at.set(added_at);
        link.function.set(function);
        link
    }

    /// Takes the result of what is below, and goes on with it; gives it back while there is none.
    #[inline]
    fn take_from(self: &Rc<Self>, source: Rc<dyn Source<T>>) -> Result<Option<Rc<dyn Step>>, Rc<dyn Source<T>>> {
        let core = source.core();
        let Some(result) = core.take() else { return Err(source) };
        if core.head.is(Head::HANDLED) {
            self.adopt(&*source);
        }
        // What is below may be freed before the callback runs: the callback must not keep it alive.
        drop(source);
        Ok(self.call(result))
    }

    /// Runs the callback on the result and sees to what it returns; says who has to be resumed.
    fn call(self: &Rc<Self>, result: Result<T, Failure>) -> Option<Rc<dyn Step>> {
        let callback = self.callback.take().expect("a link is called once");
        let (function, added_at) = (self.function.get(), self.added_at.get());
        let _callback = Callback::begin(function, added_at);
        let recovery = Recovery::watch(&result);
        match guarded_inside(function, added_at, || callback(result)) {
            Ok(outcome) => self.follow(outcome, &recovery),
            Err(panic) => self.fail(panic),
        }
    }

    /// Goes on with the outcome of the callback.
    fn follow(self: &Rc<Self>, outcome: Deferred<U>, recovery: &Recovery) -> Option<Rc<dyn Step>> {
        match outcome.into_state() {
            State::Value(Some(value)) => {
                recovery.succeeded(self.function.get(), self.added_at.get());
                self.core.succeed(value)
            }
            State::Value(None) => self.core.complete(Err(already_taken(self.added_at.get()))),
            State::Failed(unseen) => self.fail(unseen.take()),
            State::Plain(plain) => self.wait_for_inner(plain.widen().take()),
            State::Node(held) => self.wait_for_inner(held.take()),
        }
    }

    /// A failure comes out of the callback, whether that got it, made it or let it pass.
    #[cold]
    fn fail(&self, mut failure: Failure) -> Option<Rc<dyn Step>> {
        failure.go_through(self.function.get(), self.added_at.get());
        self.core.complete(Err(failure))
    }

    fn wait_for_inner(self: &Rc<Self>, inner: Rc<dyn Source<U>>) -> Option<Rc<dyn Step>> {
        if let Some(result) = inner.core().take() {
            return self.core.complete(went_through(result, self.function.get(), self.added_at.get()));
        }
        inner.head().set_waiter(Rc::clone(self) as Rc<dyn Step>);
        self.below.set(Below::Inner(inner));
        None
    }

    /// Takes over the handle that stood for what was below.
    fn adopt(self: &Rc<Self>, below: &dyn Waitable) {
        self.handled.adopt(self, below);
    }
}

impl<T: 'static, U: 'static, F> Step for Link<T, U, F>
where
    F: FnOnce(Result<T, Failure>) -> Deferred<U> + 'static,
{
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        match self.below.replace(Below::Nothing) {
            Below::Source(source) => {
                self.take_from(source).unwrap_or_else(|source| {
                    // A pause has come between when this was already about to be resumed.
                    self.below.set(Below::Source(source));
                    None
                })
            }
            Below::Inner(inner) => {
                let Some(result) = inner.core().take() else {
                    self.below.set(Below::Inner(inner));
                    return None;
                };
                self.core.complete(went_through(result, self.function.get(), self.added_at.get()))
            }
            Below::Nothing => None,
        }
    }

    fn next_head(&self) -> Option<&Head> {
        Some(&self.core.head)
    }
}

impl<T: 'static, U: 'static, F> Waitable for Link<T, U, F>
where
    F: FnOnce(Result<T, Failure>) -> Deferred<U> + 'static,
{
    fn head(&self) -> &Head {
        &self.core.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        let below = self.below.replace(Below::Nothing);
        let target = match &below {
            Below::Source(source) => Cancelling::Into(Rc::clone(source) as Rc<dyn Waitable>),
            Below::Inner(inner) => Cancelling::Into(Rc::clone(inner) as Rc<dyn Waitable>),
            Below::Nothing => Cancelling::Ended,
        };
        self.below.set(below);
        target
    }

    fn take_handle(&self) -> Option<Rc<Handle>> {
        self.handled.take()
    }

    fn next_below(&self) -> Option<Rc<dyn Waitable>> {
        let below = self.below.replace(Below::Nothing);
        let next = match &below {
            Below::Source(source) => Some(Rc::clone(source) as Rc<dyn Waitable>),
            // The inner Deferred is not of this chain.
            Below::Inner(_) | Below::Nothing => None,
        };
        self.below.set(below);
        next
    }

    fn waits_at(&self) -> Option<&'static Location<'static>> {
        let below = self.below.replace(Below::Nothing);
        let waits = matches!(below, Below::Inner(_));
        self.below.set(below);
        waits.then_some(self.added_at.get())
    }

    fn put_gate_below(self: Rc<Self>) -> Option<Rc<dyn Gated>> {
        match self.below.replace(Below::Nothing) {
            Below::Source(source) => {
                let gate = Gate::between(source, Rc::clone(&self) as Rc<dyn Step>);
                self.below.set(Below::Source(Rc::clone(&gate) as Rc<dyn Source<T>>));
                Some(gate)
            }
            other => {
                self.below.set(other);
                None
            }
        }
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> About {
        // Only a link that holds a handle has a function pointer for a callback: the others are closures of ours.
        let is_handle = site::function_of::<F>()().starts_with("fn(");
        let what =
            if is_handle || is_ours(self.function.get(), self.added_at.get()) { What::Passing } else { What::Callback };
        About { function: Some(self.function.get()), ..About::at(what, self.added_at.get()) }
    }

    #[cfg(feature = "inspect")]
    fn waits_for(&self) -> Vec<seen::Below> {
        let below = self.below.replace(Below::Nothing);
        let next = match &below {
            Below::Source(source) => Some(Rc::clone(source) as Rc<dyn Waitable>),
            Below::Inner(inner) => Some(Rc::clone(inner) as Rc<dyn Waitable>),
            Below::Nothing => None,
        };
        self.below.set(below);
        next.map(|next| (None, next)).into_iter().collect()
    }
}

impl<T: 'static, U: 'static, F> Source<U> for Link<T, U, F>
where
    F: FnOnce(Result<T, Failure>) -> Deferred<U> + 'static,
{
    fn core(&self) -> &Core<U> {
        &self.core
    }
}

/// Tells a walk from node to node when it goes round in a circle: it compares with a node that moves on ever more rarely.
struct Walk {
    mark: *const (),
    steps_to_next_mark: usize,
    last_stretch: usize,
}

impl Walk {
    fn new() -> Self {
        Walk { mark: std::ptr::null(), steps_to_next_mark: 1, last_stretch: 1 }
    }

    /// Notes a step to `node`; says whether the walk was there before.
    fn goes_in_a_circle(&mut self, node: &Rc<dyn Waitable>) -> bool {
        let here = Rc::as_ptr(node).cast::<()>();
        if here == self.mark {
            return true;
        }
        self.steps_to_next_mark -= 1;
        if self.steps_to_next_mark == 0 {
            self.last_stretch *= 2;
            *self = Walk { mark: here, steps_to_next_mark: self.last_stretch, last_stretch: self.last_stretch };
        }
        false
    }
}

/// Cancels `first` and whatever it waits for, down to what is really pending, in one loop.
///
/// What waits for itself, as a chain does whose callback returned it (out of a cell, since the types forbid the plain way),
/// cannot be cancelled.
pub(crate) fn cancel(first: Rc<dyn Waitable>) {
    if let Some(several) = cancel_down(first) {
        cancel_each(several);
    }
}

/// The same, down to where it is waited for several.
fn cancel_down(first: Rc<dyn Waitable>) -> Option<Several> {
    let mut walk = Walk::new();
    let mut next = first;
    loop {
        let _reason = Reason::now().holds();
        match next.cancel() {
            Cancelling::Into(below) if !walk.goes_in_a_circle(&below) => next = below,
            Cancelling::Each(several) => return Some(several),
            Cancelling::Fired(Some(waiter)) => {
                resume(waiter);
                return None;
            }
            Cancelling::Into(_) | Cancelling::Fired(None) | Cancelling::Ended => return None,
        }
    }
}

#[cold]
fn cancel_each(several: Several) {
    enum Todo {
        Cancel(Rc<dyn Waitable>),
        Release(Rc<dyn Release>),
    }
    let mut todo = Vec::new();
    let add = |todo: &mut Vec<Todo>, several: Several| {
        todo.push(Todo::Release(several.held));
        todo.extend(several.parts.into_iter().rev().map(Todo::Cancel));
    };
    add(&mut todo, several);
    while let Some(next) = todo.pop() {
        match next {
            Todo::Release(held) => {
                let _reason = Reason::now().holds();
                if let Some(waiter) = held.release() {
                    resume(waiter);
                }
            }
            Todo::Cancel(part) => {
                if let Some(several) = cancel_down(part) {
                    add(&mut todo, several);
                }
            }
        }
    }
}

/// Cancels on behalf of the place `asked_at`.
fn cancel_for(first: Rc<dyn Waitable>, asked_at: &'static Location<'static>) {
    let _request = CancelRequest::begin(|| first.head().is_fired(), asked_at);
    site::cancelling(asked_at, || cancel(first));
}

/// Cancels a chain, whatever it waits for at that moment; made by [`Deferred::cancel_handle`].
///
/// It stands for the whole chain, also for callbacks added after it was taken, and does not keep the chain alive.
///
/// ```
/// use inline_callbacks::{Deferred, testing};
///
/// let (_trigger, connection) = Deferred::<String>::new();
/// let handle = connection.cancel_handle();
/// let stop_button = handle.clone();
/// let lines = connection.map(|text| text.lines().count());
/// stop_button.cancel();
/// assert!(testing::failure_result_of(lines).is_cancelled());
/// handle.cancel(); // does nothing
/// ```
#[derive(Clone)]
pub struct CancelHandle(Rc<Handle>);

impl CancelHandle {
    /// Cancels the chain as [`Deferred::cancel`] does; does nothing once its last result has been taken.
    #[track_caller]
    pub fn cancel(&self) {
        if let Some(node) = self.0.node() {
            cancel_for(node, Location::caller());
        }
    }
}

impl std::fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CancelHandle")
    }
}

impl<T: 'static> Deferred<T> {
    /// A pending Deferred whose `canceller` is asked first when it is cancelled. Twisted: `Deferred(canceller)`.
    ///
    /// # Cancellation
    ///
    /// The canceller gets a trigger of its own. If it fires it (or the original one), that is the result; otherwise the
    /// Deferred fails with [`Cancelled`](crate::Cancelled) as soon as the canceller has returned. A canceller that panics
    /// does not lose the cancellation; its panic is reported through [`unhandled`]. When the Deferred fires, the canceller and
    /// what it owns are dropped.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// let (_trigger, deferred) = Deferred::with_canceller(|trigger: Trigger<&str>| trigger.callback("half a poem"));
    /// deferred.cancel();
    /// assert_eq!(inline_callbacks::testing::success_result_of(deferred), "half a poem");
    /// ```
    #[track_caller]
    pub fn with_canceller(canceller: impl FnOnce(Trigger<T>) + 'static) -> (Trigger<T>, Deferred<T>) {
        let core = Rc::<Core<T>>::default();
        core.origin.made_at(Location::caller());
        let source = Rc::new(WithCanceller {
            core: Rc::clone(&core),
            canceller: Cell::new(Some(canceller)),
            made_at: Location::caller(),
        });
        core.head.set_waiter(Rc::clone(&source) as Rc<dyn Step>);
        (Trigger(core), Deferred::from_source(source))
    }

    /// The one way in which callbacks are added: `callback` gets whatever the result is.
    ///
    /// On a fired Deferred it runs now, and nothing is allocated.
    #[inline]
    fn then<U: 'static, F>(self, function: Function, added_at: &'static Location<'static>, callback: F) -> Deferred<U>
    where
        F: FnOnce(Result<T, Failure>) -> Deferred<U> + 'static,
    {
        let result = match self.into_state() {
            State::Value(Some(value)) => Ok(value),
            State::Value(None) => Err(already_taken(added_at)),
            State::Failed(unseen) => Err(unseen.take()),
            State::Plain(plain) => return link(plain.widen(), function, added_at, callback),
            State::Node(held) => return link(held, function, added_at, callback),
        };
        call(callback, result, function, added_at)
    }

    /// Calls `callback` with the value; failures pass it by. Twisted: `addCallback`.
    ///
    /// The callback returns the next result, or a Deferred of it, for which the chain then waits. If the Deferred has
    /// fired, it is called before this returns; otherwise inside the call that fires it. A panic in it becomes a failure.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// let (trigger, poem) = Deferred::<String>::new();
    /// let lines = poem.add_callback(|text| Ok(text.lines().count()));
    /// trigger.callback("one\ntwo".to_owned());
    /// assert_eq!(inline_callbacks::testing::success_result_of(lines), 2);
    /// ```
    #[track_caller]
    pub fn add_callback<U: 'static, R: Outcome<U>>(self, callback: impl FnOnce(T) -> R + 'static) -> Deferred<U> {
        self.then(name_of(&callback), Location::caller(), move |result| match result {
            Ok(value) => callback(value).into_outcome(),
            Err(failure) => Deferred::from_result(Err(failure)),
        })
    }

    /// Calls `errback` with the failure; values pass it by. Twisted: `addErrback`.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// let poem = fail::<String>(Failure::msg("no poem")).add_errback(|why| Ok(format!("({why})")));
    /// assert_eq!(inline_callbacks::testing::success_result_of(poem), "(no poem)");
    /// # use inline_callbacks::fail;
    /// ```
    #[track_caller]
    pub fn add_errback<R: Outcome<T>>(self, errback: impl FnOnce(Failure) -> R + 'static) -> Deferred<T> {
        self.then(name_of(&errback), Location::caller(), move |result| match result {
            Ok(value) => Deferred::from_result(Ok(value)),
            Err(failure) => errback(failure).into_outcome(),
        })
    }

    /// Calls `callback` with the value or `errback` with the failure, never both. Twisted: `addCallbacks`.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, Failure, fail, succeed, testing};
    ///
    /// fn lines(poem: Deferred<&'static str>) -> Deferred<usize> {
    ///     poem.add_callbacks(|poem| Ok(poem.lines().count()), |_why| Ok(0))
    /// }
    /// assert_eq!(testing::success_result_of(lines(succeed("one\ntwo"))), 2);
    /// assert_eq!(testing::success_result_of(lines(fail(Failure::msg("no poem")))), 0);
    /// ```
    #[track_caller]
    pub fn add_callbacks<U: 'static, R: Outcome<U>, S: Outcome<U>>(
        self,
        callback: impl FnOnce(T) -> R + 'static,
        errback: impl FnOnce(Failure) -> S + 'static,
    ) -> Deferred<U> {
        self.then(name_of(&callback), Location::caller(), move |result| match result {
            Ok(value) => callback(value).into_outcome(),
            Err(failure) => errback(failure).into_outcome(),
        })
    }

    /// Calls `callback` with the result, whatever it is. Twisted: `addBoth`.
    ///
    /// ```
    /// use inline_callbacks::{Failure, fail, testing};
    ///
    /// let done = fail::<u32>(Failure::msg("no poem")).add_both(|result| match result {
    ///     Ok(n) => Ok(format!("{n} lines")),
    ///     Err(why) => Ok(why.to_string()),
    /// });
    /// assert_eq!(testing::success_result_of(done), "no poem");
    /// ```
    #[track_caller]
    pub fn add_both<U: 'static, R: Outcome<U>>(
        self,
        callback: impl FnOnce(Result<T, Failure>) -> R + 'static,
    ) -> Deferred<U> {
        self.then(name_of(&callback), Location::caller(), move |result| callback(result).into_outcome())
    }

    /// The Deferred of what `function`, which cannot fail, makes of the value.
    ///
    /// ```
    /// use inline_callbacks::{succeed, testing};
    ///
    /// assert_eq!(testing::success_result_of(succeed("poem").map(str::len)), 4);
    /// ```
    #[track_caller]
    pub fn map<U: 'static>(self, function: impl FnOnce(T) -> U + 'static) -> Deferred<U> {
        self.then(name_of(&function), Location::caller(), move |result| Deferred::from_result(result.map(function)))
    }

    /// Shows a failure to `inspect` and passes it on. Twisted: an errback that logs and returns its argument.
    ///
    /// ```
    /// use inline_callbacks::{Cancelled, fail, testing};
    ///
    /// let poem = fail::<String>(Cancelled).inspect_failure(|why| eprintln!("no poem: {why}"));
    /// assert!(testing::failure_result_of(poem).is_cancelled());
    /// ```
    #[track_caller]
    pub fn inspect_failure(self, inspect: impl FnOnce(&Failure) + 'static) -> Deferred<T> {
        self.then(name_of(&inspect), Location::caller(), move |result| {
            if let Err(failure) = &result {
                inspect(failure);
            }
            Deferred::from_result(result)
        })
    }

    /// Fires `other` with the result. Twisted: `chainDeferred`.
    ///
    /// # Cancellation
    ///
    /// Cancelling the Deferred of `other` does not reach this one.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, succeed, testing};
    ///
    /// let (trigger, promised) = Deferred::new();
    /// succeed("a poem").chain_into(trigger);
    /// assert_eq!(testing::success_result_of(promised), "a poem");
    /// ```
    pub fn chain_into(self, other: Trigger<T>) {
        match self.into_result() {
            Ok(result) => other.fire(result),
            Err(source) => forward(&source, other),
        }
    }

    /// Stops the work behind this Deferred, as far as it can be stopped. Twisted: `cancel`.
    ///
    /// Pending: its canceller is asked, then it fails with [`Cancelled`](crate::Cancelled) unless the canceller fired
    /// something else. Waiting for another Deferred: that one is cancelled. An inline callback: what it waits for is
    /// cancelled, and its body sees the outcome and may clean up. Fired: nothing happens.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, testing};
    ///
    /// let (trigger, poem) = Deferred::<String>::new();
    /// poem.cancel();
    /// assert!(trigger.is_cancelled());
    /// assert!(testing::failure_result_of(poem).is_cancelled());
    /// ```
    #[track_caller]
    pub fn cancel(&self) {
        if let Some(node) = self.node() {
            cancel_for(node, Location::caller());
        }
    }

    /// A handle that cancels this chain after the Deferred itself has been given away.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// let (_trigger, deferred) = Deferred::<u32>::new();
    /// let handle = deferred.cancel_handle();
    /// let waited_for = deferred.map(|n| n + 1);
    /// handle.cancel();
    /// assert!(inline_callbacks::testing::failure_result_of(waited_for).is_cancelled());
    /// ```
    #[track_caller]
    pub fn cancel_handle(&self) -> CancelHandle {
        let added_at = Location::caller();
        self.with_state(|state| {
            let top = match std::mem::replace(state, State::Value(None)) {
                // Nothing is left to cancel.
                State::Value(None) => return CancelHandle(Handle::new()),
                State::Value(Some(value)) => PassThrough::fired(Ok(value), added_at),
                State::Failed(unseen) => PassThrough::fired(Err(unseen.take()), added_at),
                State::Plain(plain) => PassThrough::over(plain.widen(), added_at),
                State::Node(held) => PassThrough::over(held, added_at),
            };
            let handle = top.take_handle().unwrap_or_else(Handle::new);
            top.handled.hold(&top, Rc::clone(&handle));
            *state = State::Node(Held::new(top));
            CancelHandle(handle)
        })
    }
}

fn name_of<F>(_: &F) -> Function {
    site::function_of::<F>()
}

/// Calls the callback of a Deferred that has fired.
#[inline]
fn call<T, U: 'static>(
    callback: impl FnOnce(Result<T, Failure>) -> Deferred<U>,
    result: Result<T, Failure>,
    function: Function,
    added_at: &'static Location<'static>,
) -> Deferred<U> {
    let _callback = Callback::begin(function, added_at);
    let recovery = Recovery::watch(&result);
    came_out(guarded(function, added_at, || callback(result)), &recovery, function, added_at)
}

/// What a callback has made. A failure has gone through it, whether the callback got it, made it or let it pass. Not a part of
/// [`call`], its one caller: adding callbacks would take a third longer then, by what the compiler puts where.
#[inline]
fn came_out<U: 'static>(
    outcome: Result<Deferred<U>, Failure>,
    recovery: &Recovery,
    function: Function,
    added_at: &'static Location<'static>,
) -> Deferred<U> {
    let mut outcome = outcome.unwrap_or_else(|panic| Deferred::from_result(Err(panic)));
    match outcome.state_mut() {
        State::Failed(unseen) => unseen.failure_mut().go_through(function, added_at),
        State::Value(_) => recovery.succeeded(function, added_at),
        State::Plain(_) | State::Node(_) => {}
    }
    outcome
}

/// The result of the Deferred that a callback returned.
#[inline]
fn went_through<U>(
    mut result: Result<U, Failure>,
    function: Function,
    added_at: &'static Location<'static>,
) -> Result<U, Failure> {
    if let Err(failure) = &mut result {
        failure.go_through(function, added_at);
    }
    result
}

/// The callback as a node above `held`, or run at once if that has fired since it was made.
fn link<T: 'static, U: 'static, F>(
    held: Held<T>,
    function: Function,
    added_at: &'static Location<'static>,
    callback: F,
) -> Deferred<U>
where
    F: FnOnce(Result<T, Failure>) -> Deferred<U> + 'static,
{
    let source = held.take();
    let core = source.core();
    let fired = match core.take() {
        Some(result) if !core.head.is(Head::HANDLED) => {
            return call(callback, result, function, added_at);
        }
        fired => fired,
    };
    let link = Link::new(function, added_at, callback);
    if let Some(result) = fired {
        // Somebody holds a handle for this chain: it has to find what the callback will wait for.
        link.adopt(&*source);
        // Whoever was postponed meanwhile is resumed after that, and may use the handle.
        let nobody = turn::inside(|| link.call(result));
        debug_assert!(nobody.is_none());
    } else {
        core.head.set_waiter(Rc::clone(&link) as Rc<dyn Step>);
        std::mem::forget(link.below.replace(Below::Source(source)));
    }
    Deferred::from_source(link)
}

/// A link whose callback hands the result on as it is, to hold a handle.
type PassThrough<T> = Link<T, T, fn(Result<T, Failure>) -> Deferred<T>>;

impl<T: 'static> PassThrough<T> {
    fn passing(added_at: &'static Location<'static>) -> Rc<Self> {
        // It is nobody's callback.
        Self::new(site::outside, added_at, Deferred::from_result)
    }

    /// A link that has its result already.
    fn fired(result: Result<T, Failure>, added_at: &'static Location<'static>) -> Rc<Self> {
        let link = Self::passing(added_at);
        let nobody = link.core.complete(result);
        debug_assert!(nobody.is_none());
        link
    }

    /// A link above `below` that hands its result on.
    fn over(below: Held<T>, added_at: &'static Location<'static>) -> Rc<Self> {
        let source = below.take();
        if let Some(result) = source.core().take() {
            let link = Self::fired(result, added_at);
            link.adopt(&*source);
            return link;
        }
        let link = Self::passing(added_at);
        // Now, and not only when the result comes: the new handle is to be the same as one taken just before.
        link.adopt(&*source);
        source.head().set_waiter(Rc::clone(&link) as Rc<dyn Step>);
        link.below.set(Below::Source(source));
        link
    }
}

/// Fires a trigger with the result of a source.
struct Forward<T: 'static> {
    source: Rc<dyn Source<T>>,
    other: Cell<Option<Trigger<T>>>,
}

fn forward<T: 'static>(source: &Rc<dyn Source<T>>, other: Trigger<T>) {
    #[cfg(feature = "inspect")]
    other.0.follows(&(Rc::clone(source) as Rc<dyn Waitable>));
    let forward = Rc::new(Forward { source: Rc::clone(source), other: Cell::new(Some(other)) });
    source.head().set_waiter(forward);
}

impl<T: 'static> Step for Forward<T> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        let (result, other) = (self.source.core().take()?, self.other.take()?);
        if other.0.head.is_fired() {
            discard(result);
            return None;
        }
        // Not `fire`, which would resume the waiter in a loop of its own: a chain of these costs no stack.
        other.0.complete(result)
    }

    fn next_head(&self) -> Option<&Head> {
        // The trigger's core is told by the trigger when it is dropped.
        None
    }
}
