//! Runs the operations on combinators, locks, queues and loops.

use std::collections::VecDeque;
use std::rc::Rc;

use inline_callbacks::task::LoopingCall;
use inline_callbacks::{
    AllFailed, Deferred, DeferredList, DeferredLock, DeferredQueue, DeferredSemaphore, Failure, IntoDeferred,
    LockGuard, gather_results, race,
};

use super::books::{node_of, traits_of_call};
use super::language::{Call, Name, On, Op, Until};
use super::run::seconds;
use super::world::{Lock, Locked, World, show, show_failure};

impl Lock {
    fn available(&self) -> usize {
        match self {
            Lock::Lock(lock) => usize::from(!lock.is_locked()),
            Lock::Semaphore(semaphore) => semaphore.tokens(),
        }
    }

    fn waiting(&self) -> usize {
        match self {
            Lock::Lock(lock) => lock.waiting(),
            Lock::Semaphore(semaphore) => semaphore.waiting(),
        }
    }

    fn acquire(&self) -> Deferred<LockGuard> {
        match self {
            Lock::Lock(lock) => lock.acquire(),
            Lock::Semaphore(semaphore) => semaphore.acquire(),
        }
    }

    fn run(&self, function: impl FnOnce() -> Deferred<i64> + 'static) -> Deferred<i64> {
        match self {
            Lock::Lock(lock) => lock.run(function),
            Lock::Semaphore(semaphore) => semaphore.run(function),
        }
    }
}

impl Clone for Lock {
    fn clone(&self) -> Self {
        match self {
            Lock::Lock(lock) => Lock::Lock(lock.clone()),
            Lock::Semaphore(semaphore) => Lock::Semaphore(semaphore.clone()),
        }
    }
}

fn show_results(results: &[Result<i64, Failure>]) -> String {
    results.iter().map(show).collect::<Vec<_>>().join(", ")
}

impl World {
    pub(super) fn run_tool(self: &Rc<Self>, op: &Op) {
        match op {
            Op::Gather { d, parts } => self.gather(*d, parts),
            Op::List { d, parts, until, consume } => self.list(*d, parts, *until, *consume),
            Op::Race { d, parts } => self.race(*d, parts),
            Op::NewLock { lock, tokens } => self.new_lock(*lock, *tokens),
            Op::Acquire { lock, d } => self.acquire(*lock, *d),
            Op::Release { lock } => self.release(*lock),
            Op::RunLocked { lock, d, call } => self.run_locked(*lock, *d, call),
            Op::NewQueue { queue, size, backlog } => {
                if self.bind("queue", *queue) {
                    self.line(format!("queue {queue}"));
                    self.queues.borrow_mut().insert(*queue, DeferredQueue::bounded(*size, *backlog));
                }
            }
            Op::Put { queue, value } => self.put(*queue, *value),
            Op::Get { queue, d } => self.get(*queue, *d),
            Op::Loop { looping, d, every, now, call } => self.start_loop(*looping, *d, *every, *now, call),
            Op::StopLoop { looping } => self.change_loop(*looping, "stop", LoopingCall::stop),
            Op::ResetLoop { looping } => self.change_loop(*looping, "reset", LoopingCall::reset),
            other => unreachable!("{other:?} is not a tool's"),
        }
    }

    // ----- Combinators --------------------------------------------------------------------------------------------

    /// The parts of a combinator, each with a callback that writes what it gives.
    fn parts(self: &Rc<Self>, name: Name, parts: &[Name]) -> Vec<Deferred<i64>> {
        let mut taken = Vec::new();
        for part in parts {
            let Some(deferred) = self.give_to(node_of(name), *part) else { continue };
            let (world, position) = (Rc::clone(self), taken.len());
            taken.push(deferred.add_both(move |result| {
                world.line(format!("part {position} of {name}: {}", show(&result)));
                result
            }));
        }
        taken
    }

    fn gather(self: &Rc<Self>, name: Name, parts: &[Name]) {
        if !self.bind("deferred", name) {
            return;
        }
        self.line(format!("gather {name}"));
        self.books.borrow_mut().open_list(node_of(name));
        let parts = self.parts(name, parts);
        self.line(format!("gathering {name}"));
        let gathered = gather_results(parts);
        let world = Rc::clone(self);
        let shown = gathered.add_both(move |result| {
            world.books.borrow_mut().close(node_of(name));
            match result {
                Ok(values) => {
                    world.line(format!("gathered {name}: {values:?}"));
                    Ok(values.iter().sum())
                }
                Err(failure) => {
                    world.line(format!("gathered {name}: {}", show_failure(&failure)));
                    Err(failure)
                }
            }
        });
        self.hold(name, shown);
        self.line(format!("/gather {name}"));
    }

    fn list(self: &Rc<Self>, name: Name, parts: &[Name], until: Until, consume: bool) {
        if !self.bind("deferred", name) {
            return;
        }
        self.line(format!("list {name}"));
        self.books.borrow_mut().open_list(node_of(name));
        let parts = self.parts(name, parts);
        if parts.is_empty() && until == Until::OneCallback {
            return self.line(format!("list {name} of nothing"));
        }
        self.line(format!("gathering {name}"));
        let list = DeferredList::new(parts).consume_errors(consume);
        let world = Rc::clone(self);
        let shown = if until == Until::OneCallback {
            list.fire_on_one_callback().add_both(move |result| world.show_one("list", name, result))
        } else {
            list.fire_on_one_errback(until == Until::OneErrback).into_deferred().add_both(move |result| {
                world.books.borrow_mut().close(node_of(name));
                match result {
                    Ok(results) => {
                        world.line(format!("list {name}: [{}]", show_results(&results)));
                        Ok(results.iter().flatten().sum())
                    }
                    Err(failure) => {
                        world.line(format!("list {name}: {}", show_failure(&failure)));
                        Err(failure)
                    }
                }
            })
        };
        self.hold(name, shown);
        self.line(format!("/list {name}"));
    }

    fn race(self: &Rc<Self>, name: Name, parts: &[Name]) {
        if !self.bind("deferred", name) {
            return;
        }
        self.line(format!("race {name}"));
        self.books.borrow_mut().open_race(node_of(name));
        let parts = self.parts(name, parts);
        if parts.is_empty() {
            return self.line(format!("race {name} of nothing"));
        }
        self.line(format!("gathering {name}"));
        let world = Rc::clone(self);
        let shown = race(parts).add_both(move |result| world.show_one("race", name, result));
        self.hold(name, shown);
        self.line(format!("/race {name}"));
    }

    fn show_one(&self, what: &str, name: Name, result: Result<(usize, i64), Failure>) -> Result<i64, Failure> {
        self.books.borrow_mut().close(node_of(name));
        match result {
            Ok((position, value)) => {
                self.line(format!("{what} {name}: {value} from {position}"));
                Ok(value)
            }
            Err(failure) => {
                self.line(format!("{what} {name}: {}", show_failure(&failure)));
                // What becomes of it is the same on both sides.
                Err(failure.check::<AllFailed>().map_or_else(|| failure.clone(), |_| Failure::msg("AllFailed")))
            }
        }
    }

    // ----- Locks --------------------------------------------------------------------------------------------------

    fn new_lock(&self, name: Name, tokens: usize) {
        if self.bind("lock", name) {
            self.line(format!("lock {name}"));
            let lock = match tokens {
                0 | 1 => Lock::Lock(DeferredLock::new()),
                tokens => Lock::Semaphore(DeferredSemaphore::new(tokens)),
            };
            self.locks.borrow_mut().insert(name, Locked { lock, guards: VecDeque::new(), runs: 0 });
        }
    }

    /// The lock, how many tokens are free, how many wait, and how many calls run with it.
    fn look_at_lock(&self, name: Name) -> Option<(Lock, usize, usize, usize)> {
        let locks = self.locks.borrow();
        let locked = locks.get(&name);
        if locked.is_none() {
            self.line(format!("there is no lock {name}"));
        }
        locked.map(|locked| (locked.lock.clone(), locked.lock.available(), locked.lock.waiting(), locked.runs))
    }

    fn acquire(self: &Rc<Self>, name: Name, d: Name) {
        let Some((lock, available, _, runs)) = self.look_at_lock(name) else { return };
        if available == 0 && runs > 0 {
            return self.line(format!("acquire {name}: a call has it"));
        }
        let world = Rc::clone(self);
        self.hold_new(d, format!("acquire {name} as {d}"), || {
            lock.acquire().add_both(move |result| match result {
                Ok(guard) => {
                    world.line(format!("{d} has lock {name}"));
                    if let Some(locked) = world.locks.borrow_mut().get_mut(&name) {
                        locked.guards.push_back(guard);
                    }
                    Ok(0)
                }
                Err(failure) => {
                    world.line(format!("{d} has no lock {name}: {}", show_failure(&failure)));
                    Err(failure)
                }
            })
        });
    }

    fn release(&self, name: Name) {
        if !self.is_top("release") {
            return;
        }
        let guard = self.locks.borrow_mut().get_mut(&name).and_then(|locked| locked.guards.pop_front());
        let Some(guard) = guard else { return self.line(format!("nothing of lock {name} to release")) };
        self.line(format!("release {name}"));
        guard.release();
        self.line(format!("/release {name}"));
    }

    fn run_locked(self: &Rc<Self>, name: Name, d: Name, call: &Call) {
        let Some((lock, available, waiting, runs)) = self.look_at_lock(name) else { return };
        if waiting > 0 || (available == 0 && runs > 0) {
            return self.line(format!("run with {name}: somebody waits"));
        }
        if !self.bind("deferred", d) {
            return;
        }
        self.line(format!("run with {name} as {d}"));
        self.change_runs(name, |runs| runs + 1);
        self.books.borrow_mut().merge_any(node_of(d));
        self.books.borrow_mut().admit(node_of(d), traits_of_call(call, On::Callback));
        let (world, own) = (Rc::clone(self), call.clone());
        let again = Rc::clone(self);
        let ran = lock.run(move || world.call(&own, node_of(d), Ok(0))).add_both(move |result| {
            again.line(format!("{d} ran with {name}: {}", show(&result)));
            again.change_runs(name, |runs| runs - 1);
            result
        });
        self.hold(d, ran);
        self.line(format!("/run with {name}"));
    }

    fn change_runs(&self, name: Name, change: impl FnOnce(usize) -> usize) {
        if let Some(locked) = self.locks.borrow_mut().get_mut(&name) {
            locked.runs = change(locked.runs);
        }
    }

    // ----- Queues -------------------------------------------------------------------------------------------------

    fn queue(&self, name: Name) -> Option<DeferredQueue<i64>> {
        let queue = self.queues.borrow().get(&name).cloned();
        if queue.is_none() {
            self.line(format!("there is no queue {name}"));
        }
        queue
    }

    fn put(&self, name: Name, value: i64) {
        let Some(queue) = self.queue(name) else { return };
        if queue.waiting() > 0 && self.is_inside() {
            return self.line(format!("put to {name}: somebody waits"));
        }
        self.line(format!("put {value} to {name}"));
        let put = queue.put(value);
        self.line(format!("/put to {name}{}", if put.is_err() { ": overflow" } else { "" }));
    }

    /// An item of the queue, or its failure, with a line.
    pub(super) fn get_item(self: &Rc<Self>, name: Name) -> Option<Deferred<i64>> {
        let queue = self.queue(name)?;
        let world = Rc::clone(self);
        Some(queue.get().add_both(move |result| {
            world.line(format!("item of {name}: {}", show(&result)));
            result
        }))
    }

    fn get(self: &Rc<Self>, name: Name, d: Name) {
        if self.queue(name).is_some() && self.bind("deferred", d) {
            self.line(format!("get from {name} as {d}"));
            if let Some(item) = self.get_item(name) {
                self.hold(d, item);
            }
        }
    }

    // ----- Loops --------------------------------------------------------------------------------------------------

    fn start_loop(self: &Rc<Self>, name: Name, d: Name, every: u64, now: bool, call: &Call) {
        if every == 0 || !self.bind("loop", name) || !self.bind("deferred", d) {
            return;
        }
        self.line(format!("loop {name} as {d}"));
        self.books.borrow_mut().open(node_of(d));
        let (world, own) = (Rc::clone(self), call.clone());
        let looping = LoopingCall::new(move || world.call(&own, node_of(d), Ok(0)).map(|_value| ())).now(now);
        self.loops.borrow_mut().insert(name, looping.clone());
        let world = Rc::clone(self);
        let ended = looping.start(&self.clock, seconds(every)).map(|()| 0).add_both(move |result| {
            world.books.borrow_mut().close(node_of(d));
            world.line(format!("loop {name} ended: {}", show(&result)));
            result
        });
        self.hold(d, ended);
        self.line(format!("/loop {name}"));
    }

    fn change_loop(&self, name: Name, what: &str, change: impl FnOnce(&LoopingCall)) {
        let looping = self.loops.borrow().get(&name).cloned();
        let Some(looping) = looping.filter(LoopingCall::is_running) else {
            return self.line(format!("loop {name} does not run"));
        };
        self.line(format!("{what} loop {name}"));
        change(&looping);
        self.line(format!("/{what} loop {name}"));
    }
}
