//! The world of one schedule: the events that may happen in it, and its clock.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::schedule::{Schedule, Step, objection_to};
use crate::clock::Clock;
use crate::deferred::{Deferred, Head, Trigger};
use crate::failure::Failure;
use crate::turn;

/// What an explored program sees of the outside: events that happen when the explorer says so, and a clock.
///
/// Each schedule has a world of its own. A clone is the same world.
#[derive(Clone)]
pub struct World(Rc<Inner>);

#[derive(Default)]
struct Inner {
    clock: Clock,
    /// In the order of creation.
    pending: RefCell<Vec<Event>>,
    /// How often each name was given.
    names: RefCell<HashMap<Arc<str>, usize>>,
    created: Cell<usize>,
    happened: RefCell<Vec<Step>>,
    may_wait: Cell<bool>,
    /// The schedule is over: nothing happens any more.
    over: Cell<bool>,
}

struct Event {
    number: usize,
    name: Arc<str>,
    trigger: Trigger<()>,
    failure: Option<Failure>,
}

/// One thing that could happen next.
#[derive(Clone)]
pub(super) struct Choice {
    pub(super) step: Step,
    /// The event's number in the order of creation; of a tick, the number that the next event would get.
    pub(super) number: usize,
}

impl World {
    pub(super) fn new() -> Self {
        World(Rc::default())
    }

    /// A Deferred that succeeds when the explorer says so. Add a value by [`map`](Deferred::map), which runs at that time.
    ///
    /// The name stands for it in schedules. The second event with the same name becomes `name#2`, and so on.
    ///
    /// # Cancellation
    ///
    /// An event that was cancelled, or whose Deferred was dropped, does not happen.
    ///
    /// # Panics
    ///
    /// When the name cannot stand in a schedule: when it is empty or `tick`, has a comma, or begins with `!`.
    #[track_caller]
    pub fn event(&self, name: impl Into<String>) -> Deferred<()> {
        self.add(&name.into(), None)
    }

    /// A Deferred that succeeds, or fails with `failure`, when the explorer says so; both are tried.
    ///
    /// In schedules `!name` stands for the failure. Otherwise as [`event`](Self::event).
    ///
    /// # Panics
    ///
    /// When the name cannot stand in a schedule.
    #[track_caller]
    pub fn event_or_failure(&self, name: impl Into<String>, failure: impl Into<Failure>) -> Deferred<()> {
        self.add(&name.into(), Some(failure.into()))
    }

    #[track_caller]
    fn add(&self, name: &str, failure: Option<Failure>) -> Deferred<()> {
        if let Some(objection) = objection_to(name) {
            panic!("an event cannot be called {name:?}: {objection}");
        }
        let (trigger, deferred) = Deferred::new();
        if !self.0.over.get() {
            let (number, name) = (self.0.created.get(), self.name_apart(name));
            self.0.created.set(number + 1);
            #[cfg(feature = "inspect")]
            trigger.is_fired_by(crate::describing::What::Event(Arc::clone(&name)));
            self.0.pending.borrow_mut().push(Event { number, name, trigger, failure });
        }
        deferred
    }

    /// The name itself, or with a number when there was such a name before.
    fn name_apart(&self, wanted: &str) -> Arc<str> {
        let mut names = self.0.names.borrow_mut();
        let Some(count) = names.get_mut(wanted) else {
            let name: Arc<str> = wanted.into();
            names.insert(Arc::clone(&name), 1);
            return name;
        };
        let mut number = *count;
        loop {
            number += 1;
            let name: Arc<str> = format!("{wanted}#{number}").into();
            if !names.contains_key(&name) {
                names.insert(wanted.into(), number);
                names.insert(Arc::clone(&name), 1);
                return name;
            }
        }
    }

    /// The clock of this world. The explorer moves it to the next delayed call when it is that call's turn: a `tick`.
    ///
    /// So any event may come before or after a delayed call, but delayed calls keep the order of their times, and all that are
    /// due at one time run in one tick.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// What has happened so far.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule(self.0.happened.borrow().clone())
    }

    /// Says that bodies may still wait when nothing is left to happen: that the program has a service in it that never ends,
    /// say. Otherwise such a body fails the schedule.
    pub fn allow_waiting(&self) {
        self.0.may_wait.set(true);
    }

    pub(super) fn may_wait(&self) -> bool {
        self.0.may_wait.get()
    }

    /// All that could happen next: events in the order of creation, each with its failure after it, then the clock.
    pub(super) fn choices(&self) -> Vec<Choice> {
        self.let_go_of_unwanted();
        let pending = self.0.pending.borrow();
        let mut choices = Vec::with_capacity(pending.len() + 1);
        for event in &*pending {
            choices.push(Choice { step: Step::Fired(Arc::clone(&event.name)), number: event.number });
            if event.failure.is_some() {
                choices.push(Choice { step: Step::Failed(Arc::clone(&event.name)), number: event.number });
            }
        }
        if self.0.clock.next_due().is_some() {
            choices.push(Choice { step: Step::Tick, number: self.0.created.get() });
        }
        choices
    }

    fn let_go_of_unwanted(&self) {
        let mut pending = self.0.pending.borrow_mut();
        if !pending.iter().any(Event::is_unwanted) {
            return;
        }
        let (unwanted, wanted): (Vec<_>, Vec<_>) = pending.drain(..).partition(Event::is_unwanted);
        *pending = wanted;
        drop(pending);
        for event in unwanted {
            // Rather than dropping it: an abandoned one would be reported as a failure that nobody handles.
            event.trigger.callback(());
        }
    }

    /// Makes it happen.
    pub(super) fn happen(&self, choice: &Choice) {
        self.0.happened.borrow_mut().push(choice.step.clone());
        if choice.step == Step::Tick {
            let clock = &self.0.clock;
            let now = clock.now();
            return clock.advance(clock.next_due().map_or(Duration::ZERO, |due| due.saturating_sub(now)));
        }
        let event = {
            let mut pending = self.0.pending.borrow_mut();
            let place = pending.iter().position(|event| event.number == choice.number);
            pending.remove(place.expect("a choice is a pending event"))
        };
        match (&choice.step, event.failure) {
            (Step::Failed(_), Some(failure)) => event.trigger.errback(failure),
            _ => event.trigger.callback(()),
        }
    }

    /// Drops all that could still have happened; nobody is resumed.
    pub(super) fn end(&self) {
        self.0.over.set(true);
        turn::unresumed(|| {
            let pending = self.0.pending.take();
            drop(pending);
            self.0.clock.clear();
        });
    }
}

impl Event {
    /// Whether nobody would see it happen: it was cancelled, or its Deferred was dropped.
    fn is_unwanted(&self) -> bool {
        self.trigger.0.head.is(Head::FIRED | Head::DETACHED)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World({})", self.schedule())
    }
}
