//! What `inspect` sees of a Deferred: who will fire it, where that is known, and what it waits for.

use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use super::{Core, Head, Step, Trigger, Waitable};
use crate::calls::Made;
use crate::describing::{About, Standing, State, What};
use crate::observe::Origin;

/// Something that is waited for, with its number in a list.
pub(crate) type Below = (Option<usize>, Rc<dyn Waitable>);

/// Who fires a plain Deferred.
pub(crate) trait Feed {
    fn what(&self) -> What;

    /// What is waited for in order to fire it.
    fn below(&self) -> Option<Rc<dyn Waitable>> {
        None
    }
}

/// The place for it in a core.
#[derive(Default)]
pub(crate) struct Feeding(RefCell<Option<Rc<dyn Feed>>>);

/// Fires it with the result of another one.
struct FedBy(Weak<dyn Waitable>);

impl Feed for FedBy {
    fn what(&self) -> What {
        What::Deferred
    }

    fn below(&self) -> Option<Rc<dyn Waitable>> {
        self.0.upgrade()
    }
}

/// There is nothing to be asked.
impl Feed for What {
    fn what(&self) -> What {
        self.clone()
    }
}

impl<T> Core<T> {
    /// Makes known who will fire this one.
    pub(crate) fn is_fed_by(&self, feed: impl Feed + 'static) {
        *self.feeding.0.borrow_mut() = Some(Rc::new(feed));
    }

    /// Makes known that this one gets the result of `source`.
    pub(crate) fn follows(&self, source: &Rc<dyn Waitable>) {
        self.is_fed_by(FedBy(Rc::downgrade(source)));
    }

    fn feed(&self) -> Option<Rc<dyn Feed>> {
        self.feeding.0.borrow().clone()
    }

    pub(crate) fn about_itself(&self) -> About {
        About::made(self.feed().map_or(What::Deferred, |feed| feed.what()), self.origin.made())
    }

    pub(crate) fn waits_for(&self) -> Vec<Below> {
        self.feed().and_then(|feed| feed.below()).map(|below| (None, below)).into_iter().collect()
    }
}

impl<T> Trigger<T> {
    pub(crate) fn is_fired_by(&self, feed: impl Feed + 'static) {
        self.0.is_fed_by(feed);
    }
}

impl Origin {
    fn made(&self) -> Option<Made> {
        self.made.get()
    }
}

/// What a body is doing.
pub(crate) struct Present {
    pub(crate) state: State,
    /// The Deferreds that it polled itself, or had polled, and that are pending.
    pub(crate) waits: Vec<Rc<dyn Waitable>>,
    /// Those of them that something inside it polled with wakers of its own.
    pub(crate) behind: Vec<Rc<dyn Waitable>>,
    /// Whether something foreign has its waker.
    pub(crate) has_waker_out: bool,
}

impl Head {
    fn waiter(&self) -> Option<Rc<dyn Step>> {
        let waiter = self.waiter.take();
        let seen = waiter.clone();
        self.waiter.set(waiter);
        seen
    }

    /// Goes up from here to whoever has the result in the end.
    pub(crate) fn standing(&self) -> Standing {
        if self.is(Head::DETACHED) {
            return Standing::Detached;
        }
        let mut next = self.waiter();
        while let Some(step) = next {
            let Some(head) = step.next_head() else { return Standing::Outside };
            if head.is(Head::DETACHED) {
                return Standing::Detached;
            }
            next = head.waiter();
        }
        Standing::Held
    }
}

/// Goes past nodes that only hand a result on.
pub(crate) fn past_passing(mut node: Rc<dyn Waitable>) -> Rc<dyn Waitable> {
    // It has an end: each of them has one consumer, so nothing leads into a circle of them.
    while matches!(node.about().what, What::Passing) {
        let mut below = node.waits_for();
        let (Some((_, only)), None) = (below.pop(), below.pop()) else { break };
        node = only;
    }
    node
}

/// What keeps a Deferred from firing: `Deferred(waiting at <place> for <what>)`, `Deferred(pending, made at <place>)`.
pub(super) fn describe_unfired(top: Rc<dyn Waitable>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut node = top;
    loop {
        if let Some(place) = node.waits_at() {
            return match node.waits_for().into_iter().next() {
                Some((_, other)) => write!(f, "Deferred(waiting at {place} for {})", past_passing(other).about()),
                None => write!(f, "Deferred(waiting at {place})"),
            };
        }
        let below = node.next_below();
        let about = node.about();
        if node.as_gate().is_some_and(|gate| gate.is_closed()) {
            return f.write_str("Deferred(paused)");
        }
        match (below, about.what, about.place) {
            (Some(below), ..) => node = below,
            (None, What::Deferred | What::Passing | What::Callback, None) => return f.write_str("Deferred(pending)"),
            (None, What::Deferred, Some(place)) => return write!(f, "Deferred(pending, made at {place})"),
            (None, what, place) => {
                let about = About { what, place, function: about.function, made_by: None };
                return write!(f, "Deferred(pending: {about})");
            }
        }
    }
}
