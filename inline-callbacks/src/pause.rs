//! Holding a chain: nodes that hand a result on when their rule lets it pass, and the gates that pauses close.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use crate::deferred::{
    Cancelling, Core, Deferred, Gated, Handle, Handled, Head, Held, Others, Source, State, Step, Waitable, discard,
};
use crate::failure::Failure;
use crate::turn::{resume, resume_later};

// ----- A node without a callback ----------------------------------------------------------------------------------

/// A node that hands on the result of what is below it in its chain, when and as its `rule` says.
pub(crate) struct Relay<T: 'static, R> {
    core: Core<T>,
    /// What it waits for; nothing once the result has arrived.
    below: Cell<Option<Rc<dyn Source<T>>>>,
    handled: Handled,
    pub(crate) rule: R,
}

/// What a [`Relay`] does with the result that arrives.
pub(crate) trait Rule<T: 'static>: Sized + 'static {
    /// The result to hand on; `None` when it is kept back.
    fn pass(&self, result: Result<T, Failure>) -> Option<Result<T, Failure>>;

    /// The result that was kept back, when it may pass now; who else is to be told goes on the stack `others`.
    fn let_go(&self, _others: &mut Others) -> Option<Result<T, Failure>> {
        None
    }

    /// See [`Waitable::as_gate`].
    fn as_gate(_relay: Rc<Relay<T, Self>>) -> Option<Rc<dyn Gated>> {
        None
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About;
}

impl<T: 'static, R: Rule<T>> Relay<T, R> {
    fn new(rule: R) -> Rc<Self> {
        Rc::new(Relay { core: Core::default(), below: Cell::new(None), handled: Handled::default(), rule })
    }

    /// A relay above `below`, which may have fired.
    pub(crate) fn over(below: Rc<dyn Source<T>>, rule: R) -> Rc<Self> {
        let relay = Relay::new(rule);
        relay.handled.adopt(&relay, &*below);
        if let Some(result) = below.core().take() {
            relay.arrive_early(result);
        } else {
            below.head().set_waiter(Rc::clone(&relay) as Rc<dyn Step>);
            relay.below.set(Some(below));
        }
        relay
    }

    /// The result was there before anybody could wait for it.
    fn arrive_early(&self, result: Result<T, Failure>) {
        if let Some(result) = self.rule.pass(result) {
            let nobody = self.core.complete(result);
            debug_assert!(nobody.is_none());
        }
    }

    /// Fires now, with what is there or else with `instead`; what comes from below later is discarded.
    pub(crate) fn wait_no_longer(self: &Rc<Self>, instead: Failure) {
        let Some(below) = self.below.take() else { return };
        self.handled.adopt(self, &*below);
        let result = below.core().take();
        drop(Held::new(below));
        let result = match result {
            Some(result) => self.rule.pass(result),
            None => Some(Err(instead)),
        };
        if let Some(waiter) = result.and_then(|result| self.core.complete(result)) {
            resume(waiter);
        }
    }
}

impl<T: 'static, R: Rule<T>> Step for Relay<T, R> {
    fn step(self: Rc<Self>, others: &mut Others) -> Option<Rc<dyn Step>> {
        let let_go = self.rule.let_go(others);
        let Some(below) = self.below.take() else {
            return self.core.complete(let_go?);
        };
        let Some(result) = below.core().take() else {
            // A pause has come between when this was already about to be resumed, or this was a gate's opening.
            self.below.set(Some(below));
            return None;
        };
        self.handled.adopt(&self, &*below);
        // What is below may be freed before anybody above runs.
        drop(below);
        self.core.complete(self.rule.pass(result)?)
    }

    fn next_head(&self) -> Option<&Head> {
        Some(&self.core.head)
    }
}

impl<T: 'static, R: Rule<T>> Waitable for Relay<T, R> {
    fn head(&self) -> &Head {
        &self.core.head
    }

    fn cancel(self: Rc<Self>) -> Cancelling {
        self.next_below().map_or(Cancelling::Ended, Cancelling::Into)
    }

    fn take_handle(&self) -> Option<Rc<Handle>> {
        self.handled.take()
    }

    fn next_below(&self) -> Option<Rc<dyn Waitable>> {
        let below = self.below.take();
        let next = below.clone();
        self.below.set(below);
        next.map(|source| source as Rc<dyn Waitable>)
    }

    fn as_gate(self: Rc<Self>) -> Option<Rc<dyn Gated>> {
        R::as_gate(self)
    }

    fn put_gate_below(self: Rc<Self>) -> Option<Rc<dyn Gated>> {
        let gate = Gate::between(self.below.take()?, Rc::clone(&self) as Rc<dyn Step>);
        self.below.set(Some(Rc::clone(&gate) as Rc<dyn Source<T>>));
        Some(gate)
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        self.rule.about()
    }
}

impl<T: 'static, R: Rule<T>> Source<T> for Relay<T, R> {
    fn core(&self) -> &Core<T> {
        &self.core
    }
}

// ----- Gates ------------------------------------------------------------------------------------------------------

/// A relay that keeps the result back while it is closed. It sits in the chain itself, so only a chain that was paused
/// pays for pausing.
pub(crate) type Gate<T> = Relay<T, Pauses<T>>;

/// The pauses that hold at a gate.
pub(crate) struct Pauses<T> {
    count: Cell<usize>,
    /// The result that arrived while it was closed.
    kept: Cell<Option<Result<T, Failure>>>,
    /// Those who are stepped when it opens.
    when_open: RefCell<Vec<Rc<dyn Step>>>,
}

impl<T> Pauses<T> {
    /// One pause. A gate is made closed: a result that is there already must not slip through.
    fn one() -> Self {
        Pauses { count: Cell::new(1), kept: Cell::new(None), when_open: RefCell::default() }
    }
}

impl<T: 'static> Rule<T> for Pauses<T> {
    fn pass(&self, result: Result<T, Failure>) -> Option<Result<T, Failure>> {
        if self.count.get() == 0 {
            return Some(result);
        }
        self.kept.set(Some(result));
        None
    }

    fn let_go(&self, others: &mut Others) -> Option<Result<T, Failure>> {
        if self.count.get() > 0 {
            return None;
        }
        others.extend(self.when_open.take().into_iter().rev());
        self.kept.take()
    }

    fn as_gate(gate: Rc<Gate<T>>) -> Option<Rc<dyn Gated>> {
        if gate.core.head.is_fired() { None } else { Some(gate) }
    }

    #[cfg(feature = "inspect")]
    fn about(&self) -> crate::describing::About {
        use crate::describing::{About, What};
        About::new(if self.count.get() > 0 { What::Pause } else { What::Passing })
    }
}

impl<T: 'static> Gate<T> {
    /// A closed gate between `source` and the `waiter` that it had.
    pub(crate) fn between(source: Rc<dyn Source<T>>, waiter: Rc<dyn Step>) -> Rc<Self> {
        let gate = Relay::over(source, Pauses::one());
        gate.core.head.set_waiter(waiter);
        gate
    }

    /// A closed gate for a result that is there.
    fn before(result: Result<T, Failure>) -> Rc<Self> {
        let gate = Relay::new(Pauses::one());
        gate.arrive_early(result);
        gate
    }
}

impl<T: 'static> Gated for Gate<T> {
    fn close(&self) {
        self.rule.count.set(self.rule.count.get() + 1);
    }

    fn open(&self) -> bool {
        self.rule.count.set(self.rule.count.get() - 1);
        !self.is_closed()
    }

    fn is_closed(&self) -> bool {
        self.rule.count.get() > 0
    }

    fn when_open(&self, step: Rc<dyn Step>) {
        self.rule.when_open.borrow_mut().push(step);
    }
}

impl<T> Drop for Pauses<T> {
    /// Its chain is gone with everybody who could have opened it: the thread ends.
    fn drop(&mut self) {
        if let Some(result) = self.kept.take() {
            discard(result);
        }
    }
}

/// The node of the chain below `top` that fires next, and the one that waits for it.
fn lowest_of(top: Rc<dyn Waitable>) -> (Rc<dyn Waitable>, Option<Rc<dyn Waitable>>) {
    let (mut lowest, mut waiting) = (top, None);
    while let Some(below) = lowest.next_below() {
        waiting = Some(std::mem::replace(&mut lowest, below));
    }
    (lowest, waiting)
}

/// The gate of a chain, if it ever was paused and its result has not passed. Whatever is below the gate has run, so it is
/// the lowest node or the one above that.
pub(crate) fn gate_of(top: Rc<dyn Waitable>) -> Option<Rc<dyn Gated>> {
    let (lowest, waiting) = lowest_of(top);
    lowest.as_gate().or_else(|| waiting?.as_gate())
}

/// Closes the chain that ends in `top` before its next callback; `None` when it has no callback left.
fn close_below(top: Rc<dyn Waitable>) -> Option<Rc<dyn Gated>> {
    if let Some(gate) = gate_of(Rc::clone(&top)) {
        gate.close();
        return Some(gate);
    }
    lowest_of(top).1?.put_gate_below()
}

// ----- Pausing ----------------------------------------------------------------------------------------------------

/// Keeps a chain from going on; made by [`Deferred::pause`].
///
/// It ends by [`unpause`](Self::unpause) or when it is dropped, whatever has become of the Deferred. While a body or
/// callback runs, the drop lets the chain go on when the outermost of them has returned.
///
/// ```
/// let deferred = inline_callbacks::succeed(1);
/// let pause = deferred.pause();
/// assert!(!deferred.is_fired());
/// drop(pause);
/// assert!(deferred.is_fired());
/// ```
#[must_use = "a `Pause` that is dropped ends the pause"]
pub struct Pause(
    /// The gate that it holds closed; gone once it has ended.
    Option<Rc<dyn Gated>>,
);

impl Pause {
    /// Ends this pause; the last one to end lets the chain go on before this returns. Twisted: `unpause`.
    pub fn unpause(mut self) {
        if let Some(gate) = self.0.take().filter(|gate| gate.open()) {
            resume(gate);
        }
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take().filter(|gate| gate.open()) {
            resume_later(gate);
        }
    }
}

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pause")
    }
}

impl<T: 'static> Deferred<T> {
    /// Keeps the whole chain, up to here and from here on, from calling any further callback until the guard that it
    /// returns is given up. Twisted: `pause`.
    ///
    /// A result that comes meanwhile is kept; it is not there for anybody ([`is_fired`](Self::is_fired), waits, a chain
    /// that was returned this Deferred) until the pause ends. Several pauses hold until the last of them ends. A callback that
    /// runs now runs on, those after it wait; (in Twisted they do not). What the chain waits for, another Deferred or the
    /// body of an inline callback, is not held. (A Deferred returned by a callback that ran as it was added has become the
    /// chain itself.)
    ///
    /// # Cancellation
    ///
    /// A paused Deferred that has not fired is cancelled at once; its callbacks see that after the pause.
    ///
    /// # Examples
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// let (trigger, deferred) = Deferred::<u32>::new();
    /// let doubled = deferred.map(|n| n * 2);
    /// let pause = doubled.pause();
    /// trigger.callback(21);
    /// assert!(!doubled.is_fired());
    /// pause.unpause();
    /// assert_eq!(inline_callbacks::testing::success_result_of(doubled), 42);
    /// ```
    pub fn pause(&self) -> Pause {
        let gate = self.node().and_then(|node| close_below(node)).unwrap_or_else(|| self.put_gate_on_top());
        Pause(Some(gate))
    }

    fn put_gate_on_top(&self) -> Rc<dyn Gated> {
        self.with_state(|state| {
            let gate = match std::mem::replace(state, State::Value(None)) {
                // Nothing is left to hold.
                State::Value(None) => return Relay::<T, _>::new(Pauses::one()) as Rc<dyn Gated>,
                State::Value(Some(value)) => Gate::before(Ok(value)),
                State::Failed(unseen) => Gate::before(Err(unseen.take())),
                State::Plain(plain) => Relay::over(plain.widen().take(), Pauses::one()),
                State::Node(held) => Relay::over(held.take(), Pauses::one()),
            };
            *state = State::Node(Held::new(Rc::clone(&gate) as Rc<dyn Source<T>>));
            gate
        })
    }
}
