//! Runs a scenario with this crate: the tables of a run, and its trace.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Once;

use inline_callbacks::task::LoopingCall;
use inline_callbacks::{
    Abandoned, AllFailed, CancelHandle, Clock, Deferred, DeferredLock, DeferredQueue, DeferredSemaphore, DelayedCall,
    Failure, FirstError, LockGuard, Panicked, Pause, QueueUnderflow, TimedOut, Trigger, unhandled,
};

use super::books::{Books, Node};
use super::language::{Name, Scenario};

pub(super) enum Lock {
    Lock(DeferredLock),
    Semaphore(DeferredSemaphore),
}

pub(super) struct Locked {
    pub(super) lock: Lock,
    pub(super) guards: VecDeque<LockGuard>,
    /// Calls that run with it or wait to.
    pub(super) runs: usize,
}

#[derive(Default)]
pub(super) struct World {
    lines: RefCell<Vec<String>>,
    closed: Cell<bool>,
    depth: Cell<usize>,
    pub(super) clock: Clock,
    pub(super) books: RefCell<Books>,
    bound: RefCell<HashSet<(&'static str, Name)>>,
    pub(super) deferreds: RefCell<BTreeMap<Name, Deferred<i64>>>,
    pub(super) triggers: RefCell<BTreeMap<Name, Trigger<i64>>>,
    pub(super) handles: RefCell<HashMap<Name, CancelHandle>>,
    pub(super) pauses: RefCell<BTreeMap<Name, Vec<Pause>>>,
    pub(super) calls: RefCell<HashMap<Name, DelayedCall>>,
    pub(super) locks: RefCell<BTreeMap<Name, Locked>>,
    pub(super) queues: RefCell<BTreeMap<Name, DeferredQueue<i64>>>,
    pub(super) loops: RefCell<BTreeMap<Name, LoopingCall>>,
}

/// The trace of a scenario.
pub fn run(scenario: &Scenario) -> Vec<String> {
    be_quiet();
    let world = Rc::new(World::default());
    let log = Rc::downgrade(&world);
    unhandled::set_hook(move |failure| {
        if let Some(world) = log.upgrade() {
            world.line(format!("unhandled {}", show_failure(failure)));
        }
    });
    world.run_ops(&scenario.ops);
    world.show_the_rest();
    world.close();
    let _ = inline_callbacks::testing::unhandled_failures();
    world.lines.take()
}

/// Panics of the scenarios' own are not printed.
fn be_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
            if !text.is_some_and(|text| text.starts_with("raised-")) {
                usual(info);
            }
        }));
    });
}

impl World {
    pub(super) fn line(&self, line: impl Into<String>) {
        if !self.is_closed() {
            self.lines.borrow_mut().push(line.into());
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Binds a number for the first time; otherwise says so.
    pub(super) fn bind(&self, kind: &'static str, name: Name) -> bool {
        let new = self.bound.borrow_mut().insert((kind, name));
        if !new {
            self.line(format!("{kind} {name} is taken"));
        }
        new
    }

    pub(super) fn hold(&self, name: Name, deferred: Deferred<i64>) {
        let nothing = self.deferreds.borrow_mut().insert(name, deferred);
        drop(nothing);
    }

    /// Takes a Deferred; otherwise says so.
    pub(super) fn take(&self, name: Name) -> Option<Deferred<i64>> {
        let taken = self.deferreds.borrow_mut().remove(&name);
        if taken.is_none() {
            self.line(format!("{name} is not held"));
        }
        taken
    }

    pub(super) fn is_held(&self, name: Name) -> bool {
        let held = self.deferreds.borrow().contains_key(&name);
        if !held {
            self.line(format!("{name} is not held"));
        }
        held
    }

    pub(super) fn take_trigger(&self, name: Name) -> Option<Trigger<i64>> {
        let taken = self.triggers.borrow_mut().remove(&name);
        if taken.is_none() {
            self.line(format!("{name} has no trigger"));
        }
        taken
    }

    /// Whether nothing of the program's is on the stack; otherwise says so.
    pub(super) fn is_top(&self, what: &str) -> bool {
        let top = self.depth.get() == 0;
        if !top {
            self.line(format!("{what}: not in here"));
        }
        top
    }

    pub(super) fn is_inside(&self) -> bool {
        self.depth.get() > 0
    }

    pub(super) fn inside<R>(&self, work: impl FnOnce() -> R) -> R {
        struct Back<'a>(&'a Cell<usize>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        self.depth.set(self.depth.get() + 1);
        let _back = Back(&self.depth);
        work()
    }

    /// A callback of `node` is on the stack until what this gives is dropped.
    pub(super) fn calling(&self, node: Node) -> impl Drop {
        struct Calling<'a>(&'a RefCell<Books>);
        impl Drop for Calling<'_> {
            fn drop(&mut self) {
                self.0.borrow_mut().end_call();
            }
        }
        self.books.borrow_mut().begin_call(node);
        Calling(&self.books)
    }

    pub(super) fn enter(&self, node: Node) {
        self.depth.set(self.depth.get() + 1);
        self.books.borrow_mut().enter(node);
    }

    pub(super) fn leave(&self, node: Node) {
        self.depth.set(self.depth.get() - 1);
        self.books.borrow_mut().leave(node);
    }

    fn show_the_rest(&self) {
        let names: Vec<Name> = self.deferreds.borrow().keys().copied().collect();
        for name in names {
            let Some(deferred) = self.take(name) else { continue };
            let shown = Rc::new(RefCell::new("pending".to_owned()));
            let slot = Rc::clone(&shown);
            let rest = deferred.add_both(move |result| *slot.borrow_mut() = show(&result));
            let shown = shown.borrow().clone();
            self.line(format!("end {name}: {shown}"));
            rest.detach();
        }
    }

    /// Takes everything apart; nothing of it is in the trace.
    fn close(&self) {
        self.closed.set(true);
        drop(self.triggers.take());
        drop(self.pauses.take());
        drop(self.locks.take());
        drop(self.queues.take());
        for looping in self.loops.take().into_values() {
            looping.stop();
        }
        for call in self.calls.take().into_values() {
            call.cancel();
        }
        drop(self.handles.take());
        drop(self.deferreds.take());
    }
}

pub(super) fn show(result: &Result<i64, Failure>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(failure) => show_failure(failure),
    }
}

pub(super) fn show_failure(failure: &Failure) -> String {
    if failure.is_cancelled() {
        "Cancelled".to_owned()
    } else if failure.check::<TimedOut>().is_some() {
        "TimedOut".to_owned()
    } else if let Some(panicked) = failure.check::<Panicked>() {
        panicked.message().to_owned()
    } else if let Some(first) = failure.check::<FirstError>() {
        format!("FirstError#{}({})", first.index(), show_failure(first.failure()))
    } else if let Some(all) = failure.check::<AllFailed>() {
        show_all_failed(all.failures())
    } else if failure.check::<Abandoned>().is_some() {
        "Abandoned".to_owned()
    } else if failure.check::<QueueUnderflow>().is_some() {
        "QueueUnderflow".to_owned()
    } else {
        failure.to_string()
    }
}

fn show_all_failed(failures: &[Failure]) -> String {
    let failures: Vec<_> = failures.iter().map(show_failure).collect();
    format!("AllFailed[{}]", failures.join(", "))
}
