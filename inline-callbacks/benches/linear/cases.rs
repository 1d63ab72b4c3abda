//! A great many of a kind at once. Every case checks that all of them were handled, and in order where there is one.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;
use inline_callbacks::{DeferredLock, DeferredQueue, DeferredSemaphore, gather_results, succeed};

/// Counts those that were handled, and that they were in order.
#[derive(Clone, Default)]
struct Turns(Rc<Cell<usize>>);

impl Turns {
    fn take(&self, number: usize) {
        assert_eq!(self.0.replace(number + 1), number);
    }

    fn check(&self, count: usize) {
        assert_eq!(self.0.get(), count);
    }
}

pub(crate) fn callbacks_then_fired(count: usize) {
    let (trigger, mut deferred) = Deferred::new();
    for number in 0..count {
        deferred = deferred.add_callback(move |n: usize| {
            assert_eq!(n, number);
            Ok(n + 1)
        });
    }
    trigger.callback(0);
    assert_eq!(success_result_of(deferred), count);
}

pub(crate) fn callbacks_on_fired(count: usize) {
    let mut deferred = succeed(black_box(0));
    for _ in 0..count {
        deferred = deferred.add_callback(|n: usize| Ok(n + 1));
    }
    assert_eq!(success_result_of(deferred), count);
}

pub(crate) fn lock_jobs(count: usize) {
    let (lock, turns) = (DeferredLock::new(), Turns::default());
    let held = success_result_of(lock.acquire());
    for number in 0..count {
        let turns = turns.clone();
        lock.run(move || turns.take(number)).detach();
    }
    drop(held);
    turns.check(count);
}

pub(crate) fn lock_bodies(count: usize) {
    #[inline_callbacks]
    fn body(lock: DeferredLock, turns: Turns, number: usize) -> Deferred<()> {
        let _guard = yield_!(lock.acquire())?;
        turns.take(number);
    }
    let (lock, turns) = (DeferredLock::new(), Turns::default());
    let held = success_result_of(lock.acquire());
    for number in 0..count {
        body(lock.clone(), turns.clone(), number).detach();
    }
    drop(held);
    turns.check(count);
}

pub(crate) fn semaphore_jobs(count: usize) {
    let (semaphore, turns) = (DeferredSemaphore::new(1), Turns::default());
    let held = success_result_of(semaphore.acquire());
    for number in 0..count {
        let turns = turns.clone();
        semaphore.run(move || turns.take(number)).detach();
    }
    drop(held);
    turns.check(count);
}

pub(crate) fn queue_getters(count: usize) {
    let (queue, turns) = (DeferredQueue::new(), Turns::default());
    for _ in 0..count {
        let turns = turns.clone();
        queue.get().add_callback(move |number| turns.take(number)).detach();
    }
    (0..count).for_each(|number| queue.put(number).expect("somebody waits for it"));
    turns.check(count);
}

pub(crate) fn gathered(count: usize) {
    let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..count).map(|_| Deferred::<usize>::new()).unzip();
    let all = gather_results(deferreds);
    for (number, trigger) in triggers.into_iter().enumerate() {
        trigger.callback(number);
    }
    assert_eq!(success_result_of(all).len(), count);
}
