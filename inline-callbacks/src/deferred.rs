//! Deferred: the promise of one result, and the cell that the result will be put into. No behaviour yet.

#[cfg(feature = "inspect")]
pub(crate) mod seen;
pub(crate) mod spare;

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::num::NonZeroU32;
use std::panic::Location;
use std::rc::Rc;

use crate::errors::AlreadyTaken;
use crate::failure::Failure;
use crate::observe::Origin;
use crate::site::{self, Site};
use crate::{panics, unhandled};

/// The promise of one result: a `T` or a [`Failure`], now or later. Twisted: `twisted.internet.defer.Deferred`.
///
/// [`Deferred::new`] makes one together with the [`Trigger`] that fires it. What happens with the result is said by
/// callbacks ([`add_callback`](Self::add_callback) and its relatives), or by straight-line code that waits for it:
/// `yield_!(deferred)` or `deferred.await` in a function marked [`#[inline_callbacks]`](crate::inline_callbacks).
///
/// A Deferred belongs to the thread that made it. Dropping it does not stop the work behind it: nobody is told the result
/// then, and a failure is reported through [`unhandled`].
///
/// # Cancellation
///
/// [`cancel`](Self::cancel) asks whoever is working on the result to stop.
///
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
///
/// let (trigger, deferred) = Deferred::<u32>::new();
/// let doubled = deferred.add_callback(|n| Ok(n * 2));
/// trigger.callback(21);
/// assert!(doubled.is_fired());
/// assert_eq!(inline_callbacks::testing::success_result_of(doubled), 42);
/// ```
#[must_use = "a dropped `Deferred` goes on working, but nobody sees its result: wait for it, add a callback, or call `detach`"]
pub struct Deferred<T: 'static>(
    /// A cell, so that `cancel`, `pause` and `peek` work through a shared reference.
    Cell<State<T>>,
);

/// Where the result is. Only the small parts have destructors, so that a Deferred can be taken apart by `match`.
pub(crate) enum State<T: 'static> {
    /// Of a trigger and nothing else: pending, or fired since it was made. Only here the compiler knows what it is.
    ///
    /// The first, so that its number is zero and that of a value is not: two zeros side by side (a value that has been taken)
    /// would be written as one, which is dear where it crosses a cache line and is looked at in halves.
    Plain(Plain<T>),
    /// Succeeded; `None` once the value has been taken through `&mut`.
    Value(Option<T>),
    Failed(Unseen),
    /// In some other node on the heap: pending, or fired since the node was made.
    Node(Held<T>),
}

/// A failure that nobody has looked at: dropping it reports it.
pub(crate) struct Unseen(Option<Failure>);

/// The one Deferred of a node: dropping it detaches the node.
pub(crate) struct Held<T: 'static>(Option<Rc<dyn Source<T>>>);

/// The same, of a node that is nothing but a core.
pub(crate) struct Plain<T: 'static>(Option<Rc<Core<T>>>);

/// The firing end of a Deferred. Twisted: the same object's `callback` and `errback`.
///
/// Firing takes the trigger by value, so a Deferred fires once. A trigger that is dropped unfired fails its Deferred with
/// [`Abandoned`](crate::Abandoned).
///
/// # Cancellation
///
/// Once its Deferred has been cancelled, a trigger is inert: firing it and dropping it do nothing.
///
/// ```
/// use inline_callbacks::{Abandoned, Deferred, Trigger, testing};
///
/// fn ask(name: &str, answer: Trigger<usize>) {
///     if !name.is_empty() {
///         answer.callback(name.len());
///     } // otherwise the trigger is dropped here
/// }
///
/// let (trigger, length) = Deferred::new();
/// ask("kettle", trigger);
/// assert_eq!(testing::success_result_of(length), 6);
/// let (trigger, length) = Deferred::new();
/// ask("", trigger);
/// assert!(testing::failure_result_of(length).check::<Abandoned>().is_some());
/// ```
pub struct Trigger<T: 'static>(pub(crate) Rc<Core<T>>);

/// Someone who waits for a result and goes on when told to.
pub(crate) trait Step {
    /// Takes the result it waited for and goes as far as it can; returns who waits for its own result, or nobody. Whoever
    /// else has to be told goes on the stack `others`, the first of them on top.
    fn step(self: Rc<Self>, others: &mut Others) -> Option<Rc<dyn Step>>;

    /// The head of what this one's own result goes into: the way up, for taking chains apart without recursion.
    fn next_head(&self) -> Option<&Head>;

    /// The part `number` of several has fired, of which this is the waiter: gives who has to be stepped for that.
    fn part_fired(self: Rc<Self>, _number: NonZeroU32, _has_succeeded: bool) -> Option<Rc<dyn Step>> {
        unreachable!("only what waits for numbered parts is told so")
    }

    /// What it waited for will not tell it: the wait has let go, or somebody else waits for that now.
    fn let_go(&self) {}
}

/// Those who are still to be told: a stack. Nearly always nobody is, so it is one word until somebody comes.
#[derive(Default)]
#[allow(clippy::box_collection)]
pub(crate) struct Others(Option<Box<Vec<Rc<dyn Step>>>>);

impl Others {
    /// The last of `steps` will be on top.
    pub(crate) fn extend(&mut self, steps: impl IntoIterator<Item = Rc<dyn Step>>) {
        self.0.get_or_insert_default().extend(steps);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |steps| steps.len())
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Rc<dyn Step>> {
        self.0.as_mut()?.pop()
    }
}

/// Something that will have a result, its type forgotten.
pub(crate) trait Waitable {
    fn head(&self) -> &Head;

    /// Does one step of cancelling and says how to go on.
    fn cancel(self: Rc<Self>) -> Cancelling;

    /// Its Deferred has been dropped, perhaps long before the last name of it in a poll is: called after
    /// [`Head::DETACHED`] is set.
    fn detached(&self) {}

    /// The handle that stands for the chain which ends here, when [`Head::HANDLED`] is set.
    fn take_handle(&self) -> Option<Rc<Handle>> {
        None
    }

    /// What comes before this one in the same chain, if it still waits for that.
    fn next_below(&self) -> Option<Rc<dyn Waitable>> {
        None
    }

    /// Where it waits for something that is not of its own chain: the callback that returned it, or the wait in a body.
    fn waits_at(&self) -> Option<&'static Location<'static>> {
        None
    }

    /// This one, if it is a gate at which a pause can hold its chain.
    fn as_gate(self: Rc<Self>) -> Option<Rc<dyn Gated>> {
        None
    }

    /// Puts an open gate between this one and what it waits for in its chain.
    fn put_gate_below(self: Rc<Self>) -> Option<Rc<dyn Gated>> {
        None
    }

    /// What it is.
    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        crate::describing::About::default()
    }

    /// Everything it waits for, of its chain or not.
    #[cfg(feature = "inspect")]
    fn waits_for(&self) -> Vec<seen::Below> {
        self.next_below().map(|below| (None, below)).into_iter().collect()
    }

    /// What the line that it stands in is for.
    #[cfg(feature = "inspect")]
    fn stands_in_line_for(&self) -> Option<Rc<dyn crate::describing::Resource>> {
        None
    }
}

/// A place in a chain at which pauses hold the result back. Stepping it lets go of the result once it is open.
pub(crate) trait Gated: Step {
    /// Adds a pause.
    fn close(&self);

    /// Takes a pause away; says whether that was the last one.
    fn open(&self) -> bool;

    /// Whether a pause holds here.
    fn is_closed(&self) -> bool;

    /// Has `step` stepped once the gate is open and what it kept back has passed.
    fn when_open(&self, step: Rc<dyn Step>);
}

/// Something that will have a `T` or a failure. The compiler shows its full name, and that of [`Core`], to those who send a
/// Deferred or a trigger to another thread.
pub(crate) trait OfOneThread<T>: Waitable {
    fn core(&self) -> &Core<T>;
}

pub(crate) use self::OfOneThread as Source;
pub(crate) use self::OneThread as Core;

/// How cancelling goes on.
pub(crate) enum Cancelling {
    /// It had fired before, or it was busy and will look at the request later.
    Ended,
    /// It fired: its waiter has to be resumed.
    Fired(Option<Rc<dyn Step>>),
    /// It waits for something itself: cancel that.
    Into(Rc<dyn Waitable>),
    /// It waits for several.
    Each(Several),
}

/// Those to be cancelled, in order; then their waiter is let go of.
pub(crate) struct Several {
    pub(crate) parts: Vec<Rc<dyn Waitable>>,
    pub(crate) held: Rc<dyn Release>,
}

/// Something that holds still while all it waits for is being cancelled.
pub(crate) trait Release {
    fn release(self: Rc<Self>) -> Option<Rc<dyn Step>>;
}

/// What a `CancelHandle` points at: it moves up the chain with the result.
pub(crate) struct Handle {
    pub(crate) target: Cell<Target>,
}

/// Where a [`Handle`] leads.
#[derive(Default)]
pub(crate) enum Target {
    /// Its chain has ended.
    #[default]
    Nothing,
    Node(std::rc::Weak<dyn Waitable>),
    /// It came up to a place where another handle of the same chain was taken: from there on they are one.
    Same(Rc<Handle>),
}

impl Handle {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Handle { target: Cell::new(Target::Nothing) })
    }

    /// The node to cancel.
    pub(crate) fn node(self: &Rc<Self>) -> Option<Rc<dyn Waitable>> {
        let mut handle = Rc::clone(self);
        loop {
            let target = handle.target.take();
            let (node, next) = match &target {
                Target::Nothing => (None, None),
                Target::Node(node) => (node.upgrade(), None),
                Target::Same(other) => (None, Some(Rc::clone(other))),
            };
            handle.target.set(target);
            match next {
                Some(next) => handle = next,
                None => return node,
            }
        }
    }
}

/// A node's place for the handle of its chain.
#[derive(Default)]
pub(crate) struct Handled(Cell<Option<Rc<Handle>>>);

impl Handled {
    /// Makes `handle` lead to `node`, whose place this is.
    pub(crate) fn hold(&self, node: &Rc<impl Waitable + 'static>, handle: Rc<Handle>) {
        let own = self.take().inspect(|own| handle.target.set(Target::Same(Rc::clone(own))));
        let handle = own.unwrap_or_else(|| {
            handle.target.set(Target::Node(Rc::downgrade(node) as std::rc::Weak<dyn Waitable>));
            handle
        });
        self.0.set(Some(handle));
        node.head().set(Head::HANDLED);
    }

    /// Takes over the handle that stood for what was below `node`.
    pub(crate) fn adopt(&self, node: &Rc<impl Waitable + 'static>, below: &dyn Waitable) {
        if below.head().clear(Head::HANDLED) {
            if let Some(handle) = below.take_handle() {
                self.hold(node, handle);
            }
        }
    }

    pub(crate) fn take(&self) -> Option<Rc<Handle>> {
        self.0.take()
    }
}

impl Drop for Handle {
    /// In a loop: a chain may have had any number of handles.
    fn drop(&mut self) {
        let mut target = self.target.take();
        while let Target::Same(other) = target {
            target = Rc::into_inner(other).map_or(Target::Nothing, |other| other.target.take());
        }
    }
}

/// The part of a node that does not depend on its type.
#[derive(Default)]
pub(crate) struct Head {
    /// Who is told when this fires. At most one: a Deferred has one consumer.
    waiter: Cell<Option<Rc<dyn Step>>>,
    flags: Flags,
    /// What only bodies need to note. It is here, like their number, because there is room for it.
    pub(crate) noted: Flags,
    /// The number of a body among the waiting ones of its thread, or of a plain Deferred among the parts of several.
    pub(crate) number: Cell<Option<NonZeroU32>>,
}

/// Flags in one byte: of a wider set the compiler would write single bytes and read them together, which stalls.
#[derive(Default)]
pub(crate) struct Flags(Cell<u8>);

impl Flags {
    /// Whether any of the flags is set.
    #[inline]
    pub(crate) fn is(&self, flag: u8) -> bool {
        self.0.get() & flag != 0
    }

    /// Whether exactly these flags are set.
    #[inline]
    pub(crate) fn are(&self, flags: u8) -> bool {
        self.0.get() == flags
    }

    #[inline]
    pub(crate) fn set(&self, flag: u8) {
        self.0.set(self.0.get() | flag);
    }

    /// Clears the flag and says whether it was set.
    #[inline]
    pub(crate) fn clear(&self, flag: u8) -> bool {
        let flags = self.0.get();
        self.0.set(flags & !flag);
        flags & flag != 0
    }
}

impl Head {
    /// The result is, or was, in the core. Nothing fires it again.
    pub(crate) const FIRED: u8 = 1;
    /// The Deferred is gone: a failure is reported, a value dropped.
    pub(crate) const DETACHED: u8 = 1 << 1;
    /// `cancel()` was called before it fired.
    pub(crate) const CANCELLED: u8 = 1 << 2;
    /// Its canceller runs now; dropping a trigger does nothing.
    pub(crate) const IN_CANCELLER: u8 = 1 << 3;
    /// A handle stands for the chain that ends here; see [`Waitable::take_handle`].
    pub(crate) const HANDLED: u8 = 1 << 4;
    /// Everything it waits for is being cancelled: it is not resumed until that is done.
    pub(crate) const HOLDING: u8 = 1 << 5;
    /// The wait that polled it last still stands. Set by that poll; cleared by whoever becomes the waiter and by a wait that
    /// lets go. A body that finds it cleared when its poll ends is no longer concerned.
    pub(crate) const POLLED: u8 = 1 << 6;
    /// It is a part of several, of its `number` among them; see [`Step::part_fired`].
    pub(crate) const PART: u8 = 1 << 7;
    /// The result is not just kept for the waiter.
    pub(crate) const NOT_JUST_KEPT: u8 = Self::DETACHED | Self::PART;

    /// Whether any of the flags is set.
    #[inline]
    pub(crate) fn is(&self, flag: u8) -> bool {
        self.flags.is(flag)
    }

    #[inline]
    pub(crate) fn set(&self, flag: u8) {
        self.flags.set(flag);
    }

    /// Clears the flag and says whether it was set.
    #[inline]
    pub(crate) fn clear(&self, flag: u8) -> bool {
        self.flags.clear(flag)
    }

    #[inline]
    pub(crate) fn is_fired(&self) -> bool {
        self.is(Self::FIRED)
    }

    #[inline]
    pub(crate) fn set_waiter(&self, waiter: Rc<dyn Step>) {
        self.clear(Self::POLLED);
        // `Cell::set` would drop the old value through memory, also when there is none: measurably slower.
        if let Some(old) = self.waiter.replace(Some(waiter)) {
            dismiss(old);
        }
    }

    /// Makes it the part `number` of several that `waiter` waits for; gives who waited before.
    #[inline]
    pub(crate) fn become_part(&self, number: NonZeroU32, waiter: Rc<dyn Step>) -> Option<Rc<dyn Step>> {
        self.number.set(Some(number));
        self.clear(Self::POLLED);
        self.set(Self::PART);
        self.waiter.replace(Some(waiter))
    }

    /// Whether this is who will be told.
    pub(crate) fn is_waited_for_by(&self, step: *const ()) -> bool {
        let waiter = self.waiter.take();
        let is = waiter.as_ref().is_some_and(|waiter| std::ptr::addr_eq(Rc::as_ptr(waiter), step));
        std::mem::forget(self.waiter.replace(waiter));
        is
    }

    #[inline]
    pub(crate) fn take_waiter(&self) -> Option<Rc<dyn Step>> {
        self.waiter.take()
    }
}

/// Tells one who waited that it does not any more.
#[cold]
pub(crate) fn dismiss(waiter: Rc<dyn Step>) {
    waiter.let_go();
    drop(waiter);
}

/// Fills an empty cell. (`Cell::set` would look for an old value, and drop it through memory.)
#[inline]
pub(crate) fn put<V>(cell: &Cell<Option<V>>, value: V) {
    let nothing = cell.replace(Some(value));
    debug_assert!(nothing.is_none(), "only what is empty is filled");
    std::mem::forget(nothing);
}

/// Where a result is put, with the head: all that a plain pending Deferred is.
pub(crate) struct OneThread<T> {
    pub(crate) head: Head,
    result: Cell<Option<Result<T, Failure>>>,
    pub(crate) origin: Origin,
    #[cfg(feature = "inspect")]
    feeding: seen::Feeding,
}

impl<T> Default for Core<T> {
    #[inline]
    fn default() -> Self {
        Core {
            head: Head::default(),
            result: Cell::new(None),
            origin: Origin::default(),
            #[cfg(feature = "inspect")]
            feeding: seen::Feeding::default(),
        }
    }
}

impl<T: 'static> Core<T> {
    /// Puts the result in; returns the waiter, who has to be resumed.
    #[inline]
    pub(crate) fn complete(&self, result: Result<T, Failure>) -> Option<Rc<dyn Step>> {
        match result {
            Ok(value) => self.succeed(value),
            Err(failure) => self.fail(failure),
        }
    }

    /// The same for a value. By itself: a small one is handed over in a register, while a whole result would be copied.
    #[inline]
    pub(crate) fn succeed(&self, value: T) -> Option<Rc<dyn Step>> {
        if self.head.is(Head::NOT_JUST_KEPT) {
            return self.complete_unusual(Ok(value));
        }
        self.keep_value(value)
    }

    /// The same where nothing has to be done with the value but to keep it.
    #[inline]
    pub(crate) fn keep_value(&self, value: T) -> Option<Rc<dyn Step>> {
        debug_assert!(!self.head.is_fired(), "a Deferred fires once");
        self.head.set(Head::FIRED);
        put(&self.result, Ok(value));
        self.head.take_waiter()
    }

    #[inline(never)]
    fn fail(&self, failure: Failure) -> Option<Rc<dyn Step>> {
        if self.head.is(Head::NOT_JUST_KEPT) {
            return self.complete_unusual(Err(failure));
        }
        debug_assert!(!self.head.is_fired(), "a Deferred fires once");
        self.head.set(Head::FIRED);
        put(&self.result, Err(failure));
        self.head.take_waiter()
    }

    #[cold]
    #[inline(never)]
    fn complete_unusual(&self, result: Result<T, Failure>) -> Option<Rc<dyn Step>> {
        self.complete_in_any_case(result)
    }

    /// Where more may have to be done than to keep the result.
    #[inline]
    pub(crate) fn complete_in_any_case(&self, result: Result<T, Failure>) -> Option<Rc<dyn Step>> {
        debug_assert!(!self.head.is_fired(), "a Deferred fires once");
        self.head.set(Head::FIRED);
        if self.head.is(Head::DETACHED) {
            come_late(result);
            return None;
        }
        let has_succeeded = result.is_ok();
        put(&self.result, result);
        self.head.take_waiter()?.part_fired(self.head.number.get()?, has_succeeded)
    }

    /// Makes it as good as new, if it is over: its result was taken, and nobody is told of it any more.
    #[inline]
    fn renew(&mut self) -> bool {
        // A body that fires what its own present poll has polled is still there.
        let is_over = self.result.get_mut().is_none() && self.head.waiter.get_mut().is_none();
        if is_over {
            self.head.flags = Flags::default();
            self.head.number = Cell::new(None);
        }
        is_over
    }

    /// The result, once it is there.
    pub(crate) fn take(&self) -> Option<Result<T, Failure>> {
        self.result.take()
    }

    /// The value, once it is there; a failure stays.
    pub(crate) fn take_value(&self) -> Option<T> {
        match self.result.take()? {
            Ok(value) => Some(value),
            Err(failure) => {
                put(&self.result, Err(failure));
                None
            }
        }
    }

    /// Shows the result without taking it.
    fn look<R>(&self, look: impl FnOnce(Result<&T, &Failure>) -> R) -> Option<R> {
        let mut back = PutBack { cell: &self.result, value: self.result.take() };
        back.value.as_mut().map(|result| look(result.as_ref()))
    }
}

/// Puts a value that was lent out of its cell back, also when the borrower panics.
struct PutBack<'a, V> {
    cell: &'a Cell<V>,
    value: V,
}

impl<V> Drop for PutBack<'_, V>
where
    V: Sized,
{
    fn drop(&mut self) {
        self.cell.swap(Cell::from_mut(&mut self.value));
    }
}

/// Nobody has waited for this result: a failure is reported.
#[cold]
fn come_late<T>(mut result: Result<T, Failure>) {
    if let Err(failure) = &mut result {
        failure.come_late();
    }
    discard(result);
}

/// Nobody will see this result: a failure is reported.
pub(crate) fn discard<T>(result: Result<T, Failure>) {
    match result {
        Ok(value) => panics::drop_contained(value),
        Err(failure) => unhandled::report(failure),
    }
}

impl Unseen {
    #[inline]
    pub(crate) fn new(failure: Failure) -> Self {
        Unseen(Some(failure))
    }

    pub(crate) fn take(mut self) -> Failure {
        self.take_in_place()
    }

    #[inline]
    pub(crate) fn take_in_place(&mut self) -> Failure {
        self.0.take().expect("an unseen failure is taken once")
    }

    pub(crate) fn failure_mut(&mut self) -> &mut Failure {
        self.0.as_mut().expect("an unseen failure is taken once")
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Some(failure) = self.0.take() {
            unhandled::report_dropped(failure, None);
        }
    }
}

impl<T: 'static> Held<T> {
    pub(crate) fn new(source: Rc<dyn Source<T>>) -> Self {
        Held(Some(source))
    }

    pub(crate) fn source(&self) -> &Rc<dyn Source<T>> {
        self.0.as_ref().expect("held until taken")
    }

    /// The node, whose result somebody else will now see to.
    #[inline]
    pub(crate) fn take(mut self) -> Rc<dyn Source<T>> {
        self.take_in_place()
    }

    #[inline]
    pub(crate) fn take_in_place(&mut self) -> Rc<dyn Source<T>> {
        self.0.take().expect("held until taken")
    }
}

impl<T: 'static> Plain<T> {
    #[inline]
    pub(crate) fn core(&self) -> &Rc<Core<T>> {
        self.0.as_ref().expect("held until taken")
    }

    #[inline]
    pub(crate) fn take_in_place(&mut self) -> Rc<Core<T>> {
        self.0.take().expect("held until taken")
    }

    /// The same for those to whom all nodes are alike.
    #[inline]
    pub(crate) fn widen(mut self) -> Held<T> {
        Held(Some(self.take_in_place()))
    }
}

impl<T: 'static> Drop for Plain<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(core) = self.0.take() {
            detach(core);
        }
    }
}

impl<T: 'static> Drop for Held<T> {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            detach(source);
        }
    }
}

#[cold]
fn detach<T: 'static>(source: Rc<dyn Source<T>>) {
    let core = source.core();
    core.head.set(Head::DETACHED);
    core.head.clear(Head::POLLED);
    source.detached();
    let waiter = core.head.take_waiter();
    let result = core.take();
    drop(source);
    if let Some(waiter) = waiter {
        dismiss(waiter);
    }
    match result {
        Some(Ok(value)) => panics::drop_contained(value),
        Some(Err(failure)) => unhandled::report_dropped(failure, None),
        None => {}
    }
}

impl<T: 'static> Deferred<T> {
    /// A pending Deferred and the trigger that fires it. Twisted: `Deferred()`.
    ///
    /// # Cancellation
    ///
    /// Fires [`Cancelled`](crate::Cancelled) at once; the trigger is inert from then on.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, testing};
    ///
    /// let (trigger, poem) = Deferred::new();
    /// trigger.callback("the kettle sings");
    /// assert_eq!(testing::success_result_of(poem), "the kettle sings");
    /// ```
    #[inline]
    #[track_caller]
    pub fn new() -> (Trigger<T>, Deferred<T>) {
        let core = spare::new_core::<T>();
        core.origin.made_at(Location::caller());
        (Trigger(Rc::clone(&core)), Deferred(Cell::new(State::Plain(Plain(Some(core))))))
    }

    #[inline]
    pub(crate) fn from_source(source: Rc<dyn Source<T>>) -> Self {
        Deferred(Cell::new(State::Node(Held::new(source))))
    }

    /// A fired Deferred.
    #[inline]
    pub(crate) fn from_result(result: Result<T, Failure>) -> Self {
        Deferred(Cell::new(match result {
            Ok(value) => State::Value(Some(value)),
            Err(failure) => State::Failed(Unseen(Some(failure))),
        }))
    }

    pub(crate) fn from_state(state: State<T>) -> Self {
        Deferred(Cell::new(state))
    }

    #[inline]
    pub(crate) fn into_state(self) -> State<T> {
        self.0.into_inner()
    }

    /// The result, or else the node that will have it.
    pub(crate) fn into_result(self) -> Result<Result<T, Failure>, Rc<dyn Source<T>>> {
        match self.into_state() {
            State::Value(value) => Ok(value.ok_or_else(|| Failure::new(AlreadyTaken))),
            State::Failed(unseen) => Ok(Err(unseen.take())),
            State::Plain(plain) => result_in(plain.widen()),
            State::Node(held) => result_in(held),
        }
    }

    #[inline]
    pub(crate) fn state_mut(&mut self) -> &mut State<T> {
        self.0.get_mut()
    }

    /// Lends the state to `look` and puts it back.
    pub(crate) fn with_state<R>(&self, look: impl FnOnce(&mut State<T>) -> R) -> R {
        let mut back = PutBack { cell: &self.0, value: self.0.replace(State::Value(None)) };
        look(&mut back.value)
    }

    /// Whether a result is there now, so that a callback would run at once: it has fired, is neither paused nor waiting for
    /// another Deferred, and nobody took the result.
    ///
    /// ```
    /// let (trigger, deferred) = inline_callbacks::Deferred::new();
    /// assert!(!deferred.is_fired());
    /// trigger.callback(1);
    /// assert!(deferred.is_fired());
    /// ```
    pub fn is_fired(&self) -> bool {
        self.with_state(|state| match state {
            State::Value(value) => value.is_some(),
            State::Failed(_) => true,
            State::Plain(plain) => plain.core().look(|_| ()).is_some(),
            State::Node(held) => held.source().core().look(|_| ()).is_some(),
        })
    }

    /// What `look` makes of the result, which stays where it is; `None` while there is none, or a [`pause`](Self::pause)
    /// holds it back.
    ///
    /// A failure that was only peeked at is still reported when nobody handles it.
    ///
    /// ```
    /// let deferred = inline_callbacks::succeed("poem");
    /// assert_eq!(deferred.peek(|result| result.unwrap().len()), Some(4));
    /// assert_eq!(inline_callbacks::testing::success_result_of(deferred), "poem");
    /// ```
    pub fn peek<R>(&self, look: impl FnOnce(Result<&T, &Failure>) -> R) -> Option<R> {
        // The node is kept alive, and the handle whole, while `look` runs: it may do anything with this Deferred.
        if let Some(source) = self.node() {
            return source.core().look(look);
        }
        self.with_state(|state| match state {
            State::Value(value) => value.as_ref().map(|value| look(Ok(value))),
            State::Failed(unseen) => unseen.0.as_ref().map(|failure| look(Err(failure))),
            State::Plain(_) | State::Node(_) => None,
        })
    }

    /// The node, when the result is not in the handle itself.
    pub(crate) fn node(&self) -> Option<Rc<dyn Source<T>>> {
        // Nothing in here can panic, so the parts stay in registers. The whole would be read in other widths than it was written
        // in, which stalls.
        let state = ManuallyDrop::new(self.0.replace(State::Value(None)));
        let node = match &*state {
            State::Plain(plain) => plain.0.as_ref().map(|core| Rc::clone(core) as Rc<dyn Source<T>>),
            State::Node(held) => held.0.clone(),
            State::Value(_) | State::Failed(_) => None,
        };
        std::mem::forget(self.0.replace(ManuallyDrop::into_inner(state)));
        node
    }

    /// Drops the handle on purpose: the work goes on, a failure is reported through [`unhandled`].
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use inline_callbacks::Deferred;
    ///
    /// let (trigger, work) = Deferred::<u32>::new();
    /// let seen = Rc::new(Cell::new(0));
    /// let saved = Rc::clone(&seen);
    /// work.map(move |n| saved.set(n)).detach();
    /// trigger.callback(42);
    /// assert_eq!(seen.get(), 42);
    /// ```
    #[track_caller]
    pub fn detach(self) {
        if let State::Failed(unseen) = self.into_state() {
            unhandled::report_dropped(unseen.take(), Some(Location::caller()));
        }
    }
}

/// The result, or else the node, for which the caller now sees to it.
fn result_in<T: 'static>(held: Held<T>) -> Result<Result<T, Failure>, Rc<dyn Source<T>>> {
    let source = held.take();
    source.core().take().ok_or(source)
}

/// What can be turned into a Deferred: a Deferred itself, and what makes one.
///
/// In generic code this is the bound to write: `fn f<D: IntoDeferred<Value = u32>>(operation: D)`. An operand with this
/// bound is waited for by `yield_!`, while an unbounded `T` is a plain value, whatever it is called with.
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{DeferredList, IntoDeferred, succeed, testing};
///
/// #[inline_callbacks]
/// fn and_then_some<D: IntoDeferred<Value = Vec<Result<u32, Failure>>> + 'static>(list: D) -> Deferred<usize> {
///     let list = yield_!(list)?;
///     return_value!(list.len() + 1)
/// }
/// let list = DeferredList::new([succeed(1), succeed(2)]);
/// assert_eq!(testing::success_result_of(and_then_some(list)), 3);
/// ```
pub trait IntoDeferred {
    /// What the Deferred gives when it succeeds.
    type Value: 'static;

    /// The Deferred.
    fn into_deferred(self) -> Deferred<Self::Value>;
}

impl<T: 'static> IntoDeferred for Deferred<T> {
    type Value = T;

    #[inline]
    fn into_deferred(self) -> Deferred<T> {
        self
    }
}

/// A Deferred that has already succeeded with `value`. Twisted: `defer.succeed`.
///
/// ```
/// use inline_callbacks::{succeed, testing};
///
/// assert_eq!(testing::success_result_of(succeed(42)), 42);
/// ```
#[inline]
pub fn succeed<T>(value: T) -> Deferred<T> {
    Deferred::from_result(Ok(value))
}

/// A Deferred that has already failed. Twisted: `defer.fail`.
///
/// ```
/// use inline_callbacks::{Deferred, fail, testing};
///
/// let poem: Deferred<String> = fail(std::io::Error::other("no poem"));
/// assert_eq!(testing::failure_result_of(poem).to_string(), "no poem");
/// ```
#[track_caller]
pub fn fail<T>(failure: impl Into<Failure>) -> Deferred<T> {
    Deferred::from_result(Err(failure.into()))
}

/// Somebody asks at `place` for what was taken before.
#[cold]
pub(crate) fn already_taken(place: &'static Location<'static>) -> Failure {
    Failure::new_at(AlreadyTaken, Site::new(site::running(), place))
}

/// How things stand, as in `Deferred(succeeded)`, `Deferred(failed: no poem)`, `Deferred(pending)`, `Deferred(paused)`,
/// `Deferred(waiting at src/main.rs:7:13)`, `Deferred(taken)`. Values are not shown, since a `T` need not be `Debug`.
///
/// The place is that of the callback whose Deferred the chain waits for, or of the wait in a body. With feature `inspect` it also
/// says what is waited for, and where that was made: `Deferred(waiting at src/main.rs:7:13 for a Deferred made at
/// src/main.rs:3:5)`, `Deferred(pending, made at src/main.rs:3:5)`.
impl<T> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let described = self.peek(|result| match result {
            Ok(_) => "Deferred(succeeded)".to_owned(),
            Err(failure) => format!("Deferred(failed: {failure})"),
        });
        match (described, self.node()) {
            (Some(described), _) => f.write_str(&described),
            (None, Some(node)) => describe_unfired(node, f),
            (None, None) => f.write_str("Deferred(taken)"),
        }
    }
}

#[cfg(feature = "inspect")]
use seen::describe_unfired;

/// Goes down the chain to what keeps it from firing.
#[cfg(not(feature = "inspect"))]
fn describe_unfired(top: Rc<dyn Waitable>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut next = Some(top);
    while let Some(node) = next {
        if let Some(place) = node.waits_at() {
            return write!(f, "Deferred(waiting at {place})");
        }
        next = node.next_below();
        if node.as_gate().is_some_and(|gate| gate.is_closed()) {
            return f.write_str("Deferred(paused)");
        }
    }
    f.write_str("Deferred(pending)")
}

impl<T> fmt::Debug for Trigger<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.head.is_fired() { "Trigger(inert)" } else { "Trigger(pending)" })
    }
}
