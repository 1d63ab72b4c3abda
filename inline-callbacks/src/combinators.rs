//! Many Deferreds into one: lists, gathering, races. One kind of node, [`Parts`], serves them all.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::panic::Location;
use std::rc::Rc;

use crate::chain;
use crate::deferred::{
    Cancelling, Core, Deferred, Head, IntoDeferred, Others, Release, Several, Source, State, Step, Waitable, discard,
    dismiss, fail,
};
use crate::failure::Failure;
use crate::{panics, unhandled};

/// The first of several Deferreds to fail. Twisted: `FirstError`.
///
/// ```
/// use inline_callbacks::{Failure, FirstError, fail, gather_results, succeed, testing};
///
/// let failure = testing::failure_result_of(gather_results([succeed(1), fail(Failure::msg("no poem"))]));
/// let first = failure.check::<FirstError>().unwrap();
/// assert_eq!((first.index(), first.failure().to_string().as_str()), (1, "no poem"));
/// ```
#[derive(Debug)]
pub struct FirstError {
    index: usize,
    failure: Failure,
}

impl FirstError {
    /// The position of the Deferred in what was gathered, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// What it failed with.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl fmt::Display for FirstError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Deferred at {} failed: {}", self.index, self.failure)
    }
}

impl Error for FirstError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.failure.error().source()
    }
}

/// Every one of several Deferreds failed where one success was asked for. Twisted: `FailureGroup`.
///
/// ```
/// use inline_callbacks::{AllFailed, Failure, fail, race, testing};
///
/// let failure = testing::failure_result_of(race([fail::<u32>(Failure::msg("one")), fail(Failure::msg("two"))]));
/// let texts: Vec<_> = failure.check::<AllFailed>().unwrap().failures().iter().map(ToString::to_string).collect();
/// assert_eq!(texts, ["one", "two"]);
/// ```
#[derive(Debug)]
pub struct AllFailed {
    failures: Vec<Failure>,
}

impl AllFailed {
    /// The failures, in the order of the Deferreds; none when there were no Deferreds.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Display for AllFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failures.as_slice() {
            [] => f.write_str("there was no Deferred that could succeed"),
            [first, ..] => write!(f, "all {} Deferreds failed, the first one: {first}", self.failures.len()),
        }
    }
}

impl Error for AllFailed {}

/// It comes from where the failure comes from, not from here.
fn first_error(index: usize, failure: Failure) -> Failure {
    Failure::because_of(&failure.clone(), FirstError { index, failure })
}

/// It comes from where the first failure comes from, which is the one that it prints.
fn all_failed(failures: Vec<Failure>) -> Failure {
    match failures.first().cloned() {
        Some(first) => Failure::because_of(&first, AllFailed { failures }),
        None => Failure::new(AllFailed { failures }),
    }
}

/// What makes several Deferreds fire as one.
enum Fired<T: 'static> {
    All(Vec<Slot<T>>),
    One(usize, T),
}

#[derive(Clone, Copy, PartialEq)]
enum Until {
    AllHaveFired,
    OneHasFailed,
    OneHasSucceeded,
}

/// Which failures of the parts count as handled; the others are reported.
#[derive(Clone, Copy, PartialEq)]
enum Handled {
    /// None: they are reported as they come, also those that are delivered.
    Nothing,
    /// Those that are delivered.
    Delivered,
    Everything,
}

/// What becomes of the parts that are still pending when the others have decided the result.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rest {
    GoesOn,
    /// They are cancelled, in order, before the result is delivered.
    IsCancelled,
}

struct Parts<T: 'static> {
    core: Core<Fired<T>>,
    until: Until,
    handled: Handled,
    rest: Rest,
    slots: RefCell<Vec<Slot<T>>>,
    pending: Cell<usize>,
}

/// What is known of one part.
enum Slot<T: 'static> {
    /// A plain Deferred: pending, about to tell that it has fired, or with a value that it keeps until all have fired.
    Plain(Rc<Core<T>>),
    /// Another one: pending, or about to tell that it has fired.
    Node(Rc<dyn Source<T>>),
    Fired(Result<T, Failure>),
    /// Its result is being looked at, or was not wanted.
    Nothing,
}

impl<T: 'static> Slot<T> {
    #[inline]
    fn into_result(self) -> Option<Result<T, Failure>> {
        match self {
            Slot::Plain(core) => core.take(),
            Slot::Fired(result) => Some(result),
            Slot::Node(_) | Slot::Nothing => None,
        }
    }

    /// The value of a part, when all have succeeded.
    #[inline]
    fn into_value(self) -> T {
        let Some(Ok(value)) = self.into_result() else { unreachable!("a failure fails it") };
        value
    }

    /// The part, if it is pending.
    fn pending(&self) -> Option<Rc<dyn Waitable>> {
        match self {
            Slot::Plain(core) if !core.head.is_fired() => Some(Rc::clone(core) as Rc<dyn Waitable>),
            Slot::Node(source) => Some(Rc::clone(source) as Rc<dyn Waitable>),
            Slot::Plain(_) | Slot::Fired(_) | Slot::Nothing => None,
        }
    }

    /// What has come in from the part; nothing while that is a failure of which it is about to tell.
    fn take_fired(&mut self) -> Option<Result<T, Failure>> {
        match self {
            Slot::Plain(core) => core.take_value().map(Ok),
            Slot::Fired(_) => std::mem::replace(self, Slot::Nothing).into_result(),
            Slot::Node(_) | Slot::Nothing => None,
        }
    }
}

/// What has come in, in order.
fn results_in<T: 'static>(slots: Vec<Slot<T>>) -> Vec<Result<T, Failure>> {
    slots.into_iter().filter_map(Slot::into_result).collect()
}

/// The waiter of one part. A part that is a plain Deferred has its [`Parts`] for a waiter, and gets one of these only when
/// its result is more than one value of many.
struct Part<T: 'static> {
    parts: Rc<Parts<T>>,
    index: usize,
}

/// The parts that are more than a plain pending Deferred, with their positions.
struct Unusual<T: 'static> {
    parts: Vec<(usize, Deferred<T>)>,
    /// Who waited for a part before.
    dismissed: Vec<Rc<dyn Step>>,
}

impl<T: 'static> Default for Unusual<T> {
    fn default() -> Self {
        Unusual { parts: Vec::new(), dismissed: Vec::new() }
    }
}

/// As it is noted in the part; `None` for one that has no room there.
#[inline]
fn number_of(index: usize) -> Option<NonZeroU32> {
    u32::try_from(index + 1).ok().and_then(NonZeroU32::new)
}

impl<T: 'static> Parts<T> {
    #[cfg_attr(feature = "inspect", track_caller)]
    fn gather(parts: Vec<Deferred<T>>, until: Until, handled: Handled, rest: Rest) -> Deferred<Fired<T>> {
        let count = parts.len();
        let this = Rc::new(Parts {
            core: Core::default(),
            until,
            handled,
            rest,
            slots: RefCell::new(Vec::new()),
            pending: Cell::new(count),
        });
        this.core.origin.made_at(Location::caller());
        if count == 0 {
            this.finish();
        }
        let mut unusual = Unusual::default();
        let parts = parts.into_iter().enumerate();
        // Nothing of the user's runs before the slots are in their place.
        let slots = parts.map(|(index, part)| this.slot_of(index, part, &mut unusual)).collect();
        *this.slots.borrow_mut() = slots;
        unusual.dismissed.into_iter().for_each(dismiss);
        // Those that are pending first: the results that are there already may cancel them.
        let parts = unusual.parts.into_iter();
        let mut there: Vec<_> = parts.filter_map(|(index, part)| Some((index, this.add(index, part)?))).collect();
        if until == Until::OneHasSucceeded {
            // What had failed before is not late, wherever it stands.
            there.sort_by_key(|(_, result)| result.is_ok());
        }
        for (index, result) in there {
            // Nobody can be waiting yet.
            let nobody = this.settle(index, result);
            debug_assert!(nobody.is_none());
        }
        Deferred::from_source(this)
    }

    /// The slot of a part that is a plain pending Deferred, whose waiter this is then. Any other is noted in `unusual`.
    #[inline]
    fn slot_of(self: &Rc<Self>, index: usize, part: Deferred<T>, unusual: &mut Unusual<T>) -> Slot<T> {
        match (part.into_state(), number_of(index)) {
            (State::Plain(mut plain), Some(number)) if !plain.core().head.is_fired() => {
                let core = plain.take_in_place();
                if let Some(old) = core.head.become_part(number, Rc::clone(self) as Rc<dyn Step>) {
                    unusual.dismissed.push(old);
                }
                Slot::Plain(core)
            }
            (state, _) => {
                unusual.parts.push((index, Deferred::from_state(state)));
                Slot::Nothing
            }
        }
    }

    /// Waits for a part, or gives the result that it has.
    fn add(self: &Rc<Self>, index: usize, part: Deferred<T>) -> Option<Result<T, Failure>> {
        match part.into_result() {
            Ok(result) => Some(result),
            Err(source) => {
                source.head().set_waiter(Rc::new(Part { parts: Rc::clone(self), index }));
                self.slots.borrow_mut()[index] = Slot::Node(source);
                None
            }
        }
    }

    /// Counts a part that has fired, if that is all there is to do: nothing of the user's runs, and nobody is told.
    #[inline]
    fn only_counts(&self) -> bool {
        let is_one_of_many = self.pending.get() > 1 && self.until != Until::OneHasSucceeded && !self.is_decided();
        if is_one_of_many {
            self.pending.set(self.pending.get() - 1);
        }
        is_one_of_many
    }

    /// The result of a part, once it has fired.
    fn take(&self, index: usize) -> Option<Result<T, Failure>> {
        let mut slots = self.slots.borrow_mut();
        let result = match &slots[index] {
            Slot::Plain(core) => core.take()?,
            Slot::Node(source) => source.core().take()?,
            Slot::Fired(_) | Slot::Nothing => return None,
        };
        let source = std::mem::replace(&mut slots[index], Slot::Nothing);
        // It may be the last that knows something of the user's.
        drop(slots);
        drop(source);
        Some(result)
    }

    /// Drops what has come in; the parts that are still pending keep their places.
    fn drop_values(&self) {
        let dropped: Vec<_> = self.slots.borrow_mut().iter_mut().filter_map(Slot::take_fired).collect();
        // Values are the user's: they are dropped after the borrow has ended.
        dropped.into_iter().for_each(panics::drop_contained);
    }

    /// Those which are still pending, for cancelling.
    fn still_pending(&self) -> Vec<Rc<dyn Waitable>> {
        self.slots.borrow().iter().filter_map(Slot::pending).collect()
    }

    /// Sees to the result of one part; says who has to be resumed.
    fn settle(&self, index: usize, result: Result<T, Failure>) -> Option<Rc<dyn Step>> {
        self.pending.set(self.pending.get() - 1);
        if let (Err(failure), Handled::Nothing) = (&result, self.handled) {
            unhandled::report(failure.clone());
        }
        let head = &self.core.head;
        match (result, self.until) {
            (result, _) if self.is_decided() => {
                self.discard(result);
                None
            }
            (Ok(value), Until::OneHasSucceeded) if !head.is(Head::CANCELLED) => {
                self.complete_early(Ok(Fired::One(index, value)))
            }
            (Err(failure), Until::OneHasFailed) if !head.is(Head::CANCELLED) => {
                self.complete_early(Err(first_error(index, failure)))
            }
            (result, _) => {
                self.slots.borrow_mut()[index] = Slot::Fired(result);
                self.finish_if_all_have_fired()
            }
        }
    }

    /// Whether the result is there, or is about to be: see [`complete_early`](Self::complete_early).
    fn is_decided(&self) -> bool {
        let head = &self.core.head;
        head.is_fired() || head.is(Head::HOLDING) && !head.is(Head::CANCELLED)
    }

    fn finish_if_all_have_fired(&self) -> Option<Rc<dyn Step>> {
        if self.pending.get() > 0 || self.core.head.is(Head::HOLDING) {
            return None;
        }
        self.finish()
    }

    /// Fires with what has come in; every part has fired.
    fn finish(&self) -> Option<Rc<dyn Step>> {
        let slots = self.slots.take();
        let result = match self.until {
            _ if self.core.head.is(Head::CANCELLED) => {
                // What is not wanted is dropped and reported on the way: that may cancel once more.
                self.core.head.set(Head::HOLDING);
                let result = self.after_cancel(results_in(slots));
                self.core.head.clear(Head::HOLDING);
                result
            }
            Until::OneHasSucceeded => Err(all_failed(results_in(slots).into_iter().filter_map(Result::err).collect())),
            Until::AllHaveFired | Until::OneHasFailed => Ok(Fired::All(slots)),
        };
        self.core.complete(result)
    }

    /// After a cancel: the values if every part succeeded all the same, otherwise the cancellation itself.
    fn after_cancel(&self, results: Vec<Result<T, Failure>>) -> Result<Fired<T>, Failure> {
        if self.until == Until::OneHasSucceeded {
            let mut first = None;
            for (index, result) in results.into_iter().enumerate() {
                match result {
                    Ok(value) if first.is_none() => first = Some(Fired::One(index, value)),
                    result => self.discard(result),
                }
            }
            return first.ok_or_else(Failure::cancelled);
        }
        if results.iter().all(Result::is_ok) {
            return Ok(Fired::All(results.into_iter().map(Slot::Fired).collect()));
        }
        for result in results {
            self.discard(result);
        }
        Err(Failure::cancelled())
    }

    /// Fires before all parts have; what came before is not wanted any more.
    fn complete_early(&self, result: Result<Fired<T>, Failure>) -> Option<Rc<dyn Step>> {
        self.core.head.set(Head::HOLDING);
        // Only failures come before the first success, which makes up for them, and only values before the first failure.
        self.drop_values();
        if self.rest == Rest::IsCancelled {
            self.still_pending().into_iter().for_each(chain::cancel);
        }
        self.core.head.clear(Head::HOLDING);
        self.core.complete(result)
    }

    /// A result that nobody will see.
    fn discard(&self, result: Result<T, Failure>) {
        if result.is_ok() || self.handled == Handled::Delivered {
            discard(result);
        }
    }
}

/// The waiter of every part that is a plain Deferred.
impl<T: 'static> Step for Parts<T> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        unreachable!("`part_fired` gives the one who is stepped")
    }

    fn next_head(&self) -> Option<&Head> {
        Some(&self.core.head)
    }

    fn part_fired(self: Rc<Self>, number: NonZeroU32, has_succeeded: bool) -> Option<Rc<dyn Step>> {
        if has_succeeded && self.only_counts() {
            return None;
        }
        Some(Rc::new(Part { parts: self, index: number.get() as usize - 1 }))
    }
}

impl<T: 'static> Step for Part<T> {
    fn step(self: Rc<Self>, _: &mut Others) -> Option<Rc<dyn Step>> {
        let result = self.parts.take(self.index)?;
        self.parts.settle(self.index, result)
    }

    fn next_head(&self) -> Option<&Head> {
        Some(&self.parts.core.head)
    }
}

impl<T: 'static> Waitable for Parts<T> {
    fn head(&self) -> &Head {
        &self.core.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        if self.core.head.is(Head::FIRED | Head::HOLDING) {
            return Cancelling::Ended;
        }
        self.core.head.set(Head::CANCELLED | Head::HOLDING);
        Cancelling::Each(Several { parts: self.still_pending(), held: self })
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        use crate::describing::{About, What};
        let parts = self.slots.borrow().len();
        About::made(What::List { parts, fired: parts - self.pending.get() }, self.core.origin.made.get())
    }

    #[cfg(feature = "inspect")]
    fn waits_for(&self) -> Vec<crate::deferred::seen::Below> {
        let slots = self.slots.borrow();
        slots.iter().enumerate().filter_map(|(index, slot)| Some((Some(index), slot.pending()?))).collect()
    }
}

impl<T: 'static> Release for Parts<T> {
    fn release(self: Rc<Self>) -> Option<Rc<dyn Step>> {
        self.core.head.clear(Head::HOLDING);
        self.finish_if_all_have_fired()
    }
}

impl<T: 'static> Source<Fired<T>> for Parts<T> {
    fn core(&self) -> &Core<Fired<T>> {
        &self.core
    }
}

/// Several Deferreds as one, with Twisted's flags. Twisted: `DeferredList`.
///
/// [`into_deferred`](IntoDeferred::into_deferred) (or `yield_!`, which does it by itself) gives a Deferred of all results in
/// the order of the list, once all have fired: it never fails, unless
/// [`fire_on_one_errback`](Self::fire_on_one_errback) says so. Of an empty list it fires at once.
///
/// A failure in the list is also reported as unhandled unless [`consume_errors`](Self::consume_errors) is set, as in Twisted.
///
/// # Cancellation
///
/// Every part is asked, in order. When they have all fired: their values if every one succeeded, else
/// [`Cancelled`](crate::Cancelled).
///
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::{DeferredList, IntoDeferred, fail, succeed, testing};
///
/// let list = DeferredList::new([succeed(1), fail(Failure::msg("no"))]).consume_errors(true);
/// let results = testing::success_result_of(list.into_deferred());
/// assert!(matches!(results.as_slice(), [Ok(1), Err(_)]));
/// ```
#[must_use = "a `DeferredList` does nothing until it is made into a Deferred: wait for it, or call `into_deferred`"]
pub struct DeferredList<T: 'static> {
    parts: Vec<Deferred<T>>,
    fire_on_one_errback: bool,
    consume_errors: bool,
}

impl<T: 'static> DeferredList<T> {
    /// The list of these Deferreds.
    ///
    /// ```
    /// use inline_callbacks::{Cancelled, DeferredList, IntoDeferred, fail, succeed, testing};
    ///
    /// let list = DeferredList::new([succeed(1), fail(Cancelled)]).consume_errors(true);
    /// let results = testing::success_result_of(list.into_deferred());
    /// assert!(matches!(results[..], [Ok(1), Err(_)]));
    /// ```
    pub fn new(deferreds: impl IntoIterator<Item = Deferred<T>>) -> Self {
        DeferredList { parts: deferreds.into_iter().collect(), fire_on_one_errback: false, consume_errors: false }
    }

    /// Whether the first failure fails the list at once, with [`FirstError`]. Twisted: `fireOnOneErrback`.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, DeferredList, Failure, FirstError, IntoDeferred, fail, testing};
    ///
    /// let (_trigger, pending) = Deferred::<u32>::new();
    /// let list = DeferredList::new([pending, fail(Failure::msg("no"))]).fire_on_one_errback(true).into_deferred();
    /// assert!(testing::failure_result_of(list).check::<FirstError>().is_some());
    /// ```
    pub fn fire_on_one_errback(mut self, fire: bool) -> Self {
        self.fire_on_one_errback = fire;
        self
    }

    /// Whether failures in the list count as handled. Twisted: `consumeErrors`.
    ///
    /// ```
    /// use inline_callbacks::testing::{self, UnhandledFailures};
    /// use inline_callbacks::{Abandoned, DeferredList, IntoDeferred, fail, succeed};
    ///
    /// let _watch = UnhandledFailures::watch();
    /// let list = DeferredList::new([succeed(1), fail(Abandoned)]).consume_errors(true).into_deferred();
    /// let results = testing::success_result_of(list);
    /// assert!(results[0].is_ok() && results[1].is_err());
    /// ```
    pub fn consume_errors(mut self, consume: bool) -> Self {
        self.consume_errors = consume;
        self
    }

    /// A Deferred of the first success, with its position. Twisted: `fireOnOneCallback`.
    ///
    /// It fails with [`AllFailed`] when all have failed, and so does the empty list. (In Twisted the first gives a list, and
    /// the second never fires.)
    ///
    /// ```
    /// use inline_callbacks::{Deferred, DeferredList, succeed, testing};
    ///
    /// let (_trigger, pending) = Deferred::new();
    /// let first = DeferredList::new([pending, succeed("a poem")]).fire_on_one_callback();
    /// assert_eq!(testing::success_result_of(first), (1, "a poem"));
    /// ```
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn fire_on_one_callback(self) -> Deferred<(usize, T)> {
        mapped(Parts::gather(self.parts, Until::OneHasSucceeded, handled(self.consume_errors), Rest::GoesOn), one)
    }
}

impl<T: 'static> IntoDeferred for DeferredList<T> {
    type Value = Vec<Result<T, Failure>>;

    #[cfg_attr(feature = "inspect", track_caller)]
    fn into_deferred(self) -> Deferred<Self::Value> {
        let until = if self.fire_on_one_errback { Until::OneHasFailed } else { Until::AllHaveFired };
        mapped(Parts::gather(self.parts, until, handled(self.consume_errors), Rest::GoesOn), |fired| {
            results_in(all(fired))
        })
    }
}

impl<T> fmt::Debug for DeferredList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeferredList({} parts)", self.parts.len())
    }
}

/// What `function`, which is one of ours, makes of the value: from here, so that no place of the caller's is the callback's.
fn mapped<T: 'static, U: 'static>(deferred: Deferred<T>, function: impl FnOnce(T) -> U + 'static) -> Deferred<U> {
    deferred.map(function)
}

fn handled(consume_errors: bool) -> Handled {
    if consume_errors { Handled::Everything } else { Handled::Nothing }
}

fn all<T>(fired: Fired<T>) -> Vec<Slot<T>> {
    match fired {
        Fired::All(slots) => slots,
        Fired::One(..) => unreachable!("fires with all or fails"),
    }
}

fn one<T>(fired: Fired<T>) -> (usize, T) {
    match fired {
        Fired::One(index, value) => (index, value),
        Fired::All(_) => unreachable!("fires with one success or fails"),
    }
}

/// The first success of several Deferreds, with its position; the others are cancelled. Twisted: `race`.
///
/// The others are cancelled, in order, before the race fires. It does not wait for what they do about it: a value that still
/// comes is dropped, and a failure that is not the cancellation is reported through [`unhandled`]. Failures before the first
/// success count as handled.
///
/// # Cancellation
///
/// Every part is asked, in order. When they have all fired: the first value in order, if one succeeded all the same, else
/// [`Cancelled`](crate::Cancelled).
///
/// # Errors
///
/// [`AllFailed`], when all have failed, and when there is no Deferred at all. (In Twisted that never fires.)
///
/// # Examples
///
/// ```
/// use inline_callbacks::{Deferred, race, testing};
///
/// let (slow, slow_mirror) = Deferred::<&str>::new();
/// let (fast, fast_mirror) = Deferred::new();
/// let poem = race([slow_mirror, fast_mirror]);
/// fast.callback("a poem");
/// assert!(slow.is_cancelled());
/// assert_eq!(testing::success_result_of(poem), (1, "a poem"));
/// ```
#[track_caller]
pub fn race<T: 'static>(deferreds: impl IntoIterator<Item = Deferred<T>>) -> Deferred<(usize, T)> {
    let parts: Vec<_> = deferreds.into_iter().collect();
    if parts.is_empty() {
        // Made here, and not where all have failed: that is no place of the caller's.
        return fail(AllFailed { failures: Vec::new() });
    }
    mapped(Parts::gather(parts, Until::OneHasSucceeded, Handled::Delivered, Rest::IsCancelled), one)
}

/// What [`gather_results`] takes: a list of Deferreds of one type, or a tuple of different ones.
///
/// ```
/// use inline_callbacks::{Gather, gather_results, succeed, testing};
///
/// fn both<G: Gather<Values = (u32, String)>>(parts: G) -> String {
///     let (number, text) = testing::success_result_of(gather_results(parts));
///     format!("{number} {text}")
/// }
/// assert_eq!(both((succeed(3), succeed("poems".to_owned()))), "3 poems");
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot gather the results of a `{Self}`",
    label = "this is no list and no tuple of `Deferred`s",
    note = "give it a `Vec`, an array or a tuple: `gather_results((a, b))`; collect an iterator first: `.collect::<Vec<_>>()`"
)]
pub trait Gather {
    /// The values together: a `Vec`, or a tuple.
    type Values: 'static;

    #[doc(hidden)]
    fn gather(self, rest: Rest) -> Deferred<Self::Values>;
}

/// A Deferred of all values, in order; the first failure fails it at once with [`FirstError`]. Twisted: `gatherResults`.
///
/// Takes a `Vec` or an array of Deferreds, or a tuple of Deferreds of different types. Nothing gathered fires at once. The
/// other Deferreds go on after a failure; what they fail with later is reported through [`unhandled`].
/// [`gather_results_or_cancel`] cancels them.
///
/// # Cancellation
///
/// Every part is asked, in order. When they have all fired: their values if every one succeeded, else
/// [`Cancelled`](crate::Cancelled).
///
/// ```
/// use inline_callbacks::{gather_results, succeed, testing};
///
/// assert_eq!(testing::success_result_of(gather_results([succeed(1), succeed(2)])), [1, 2]);
/// assert_eq!(testing::success_result_of(gather_results((succeed(1), succeed("two")))), (1, "two"));
/// ```
#[cfg_attr(feature = "inspect", track_caller)]
pub fn gather_results<G: Gather>(deferreds: G) -> Deferred<G::Values> {
    deferreds.gather(Rest::GoesOn)
}

/// Like [`gather_results`], but the first failure cancels the others, in order, before it is delivered.
///
/// It does not wait for what they do about it: a value that still comes is dropped, and a failure that is not the
/// cancellation is reported through [`unhandled`].
///
/// # Cancellation
///
/// As for [`gather_results`].
///
/// # Examples
///
/// ```
/// use inline_callbacks::{Deferred, Failure, FirstError, fail, gather_results_or_cancel, testing};
///
/// let (trigger, pending) = Deferred::<u32>::new();
/// let both = gather_results_or_cancel([pending, fail(Failure::msg("no"))]);
/// assert!(trigger.is_cancelled());
/// let failure = testing::failure_result_of(both);
/// assert_eq!(failure.check::<FirstError>().map(FirstError::index), Some(1));
/// ```
#[cfg_attr(feature = "inspect", track_caller)]
pub fn gather_results_or_cancel<G: Gather>(deferreds: G) -> Deferred<G::Values> {
    deferreds.gather(Rest::IsCancelled)
}

/// A Deferred of all values under their keys; the first failure fails it at once with [`FirstError`].
///
/// Takes anything that iterates over pairs, another map too. The index in [`FirstError`] is the position in that iteration.
/// Of values under the same key the last one is kept. Nothing gathered fires at once. The other Deferreds go on after a
/// failure; what they fail with later is reported through [`unhandled`].
///
/// # Cancellation
///
/// As for [`gather_results`].
///
/// # Examples
///
/// ```
/// use inline_callbacks::{gather_dict, succeed, testing};
///
/// let lengths = testing::success_result_of(gather_dict([("poem", succeed(14)), ("haiku", succeed(3))]));
/// assert_eq!(lengths["haiku"], 3);
/// ```
#[cfg_attr(feature = "inspect", track_caller)]
pub fn gather_dict<K, T>(deferreds: impl IntoIterator<Item = (K, Deferred<T>)>) -> Deferred<HashMap<K, T>>
where
    K: Eq + Hash + 'static,
    T: 'static,
{
    let (keys, parts): (Vec<K>, Vec<Deferred<T>>) = deferreds.into_iter().unzip();
    mapped(gather_results(parts), |values| keys.into_iter().zip(values).collect())
}

#[diagnostic::do_not_recommend]
impl<T: 'static> Gather for Vec<Deferred<T>> {
    type Values = Vec<T>;

    #[cfg_attr(feature = "inspect", track_caller)]
    fn gather(self, rest: Rest) -> Deferred<Vec<T>> {
        mapped(Parts::gather(self, Until::OneHasFailed, Handled::Delivered, rest), |fired| {
            all(fired).into_iter().map(Slot::into_value).collect()
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: 'static, const N: usize> Gather for [Deferred<T>; N] {
    type Values = Vec<T>;

    #[cfg_attr(feature = "inspect", track_caller)]
    fn gather(self, rest: Rest) -> Deferred<Vec<T>> {
        Vec::from(self).gather(rest)
    }
}

/// Gathers a tuple as a list of `()`, each part putting its value into a place of its own type.
macro_rules! gather_tuple {
    ($($part:ident $value:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($part: 'static),+> Gather for ($(Deferred<$part>,)+) {
            type Values = ($($part,)+);

            #[allow(non_snake_case)]
            #[cfg_attr(feature = "inspect", track_caller)]
            fn gather(self, rest: Rest) -> Deferred<Self::Values> {
                let ($($part,)+) = self;
                $(let $value = Rc::new(Cell::new(None));)+
                let parts = vec![$({
                    let place = Rc::clone(&$value);
                    mapped($part, move |value| place.set(Some(value)))
                }),+];
                mapped(parts.gather(rest), move |_| ($($value.take().expect("every part has succeeded"),)+))
            }
        }
    };
}

gather_tuple!(A a);
gather_tuple!(A a B b);
gather_tuple!(A a B b C c);
gather_tuple!(A a B b C c D d);
gather_tuple!(A a B b C c D d E e);
gather_tuple!(A a B b C c D d E e F f);
gather_tuple!(A a B b C c D d E e F f G g);
gather_tuple!(A a B b C c D d E e F f G g H h);
