//! Those who wait for one another in a circle, and the tree that shows it.

use std::cell::RefCell;
use std::rc::Rc;

use inline_callbacks::inspect::{Body, Circle, waiting};
use inline_callbacks::prelude::*;
use inline_callbacks::{DeferredLock, DeferredSemaphore};

use crate::read::without_times;

#[inline_callbacks]
fn take_both(first: DeferredLock, second: DeferredLock, go: Deferred<()>) -> Deferred<()> {
    let _first = yield_!(first.acquire())?;
    yield_!(go)?;
    let _second = yield_!(second.acquire())?;
}

fn numbers(circle: &Circle<'_>) -> Vec<u64> {
    circle.bodies().iter().map(Body::number).collect()
}

/// Two that each hold the lock which the other one wants.
#[test]
fn two_who_hold_what_the_other_wants_are_a_circle() {
    let (a, b) = (DeferredLock::new(), DeferredLock::new());
    let (go, started) = Deferred::new();
    let started = started.share();
    let line = line!() - 17;
    let bodies = [take_both(a.clone(), b.clone(), started.observe()), take_both(b, a, started.observe())];
    go.callback(());
    let all = waiting();
    let circles = all.circles();
    assert_eq!(circles.len(), 1, "{circles:?}");
    assert!(circles[0].is_certain());
    assert_eq!(numbers(&circles[0]), [1, 2]);
    let file = file!();
    let (held, wanted) = (line + 2, line + 4);
    let expected = format!(
        "\
2 inline callbacks wait:
#1 inspect::circles::take_both at {file}:{wanted}:19, for T
└─ a lock, asked for at {file}:{wanted}:34
   └─ held for T, acquired at {file}:{held}:32 by #2
      └─ #2 inspect::circles::take_both at {file}:{wanted}:19, for T
         └─ a lock, asked for at {file}:{wanted}:34
            └─ held for T, acquired at {file}:{held}:32 by #1
               └─ #1 inspect::circles::take_both again: a circle
a circle: #1 waits for #2 waits for #1"
    );
    assert_eq!(without_times(&all.to_string()), expected);
    drop(bodies);
}

/// A ring of many is one circle, however long, and is named in one line.
#[test]
fn a_ring_of_many_is_one_circle() {
    let locks: Vec<_> = (0..1000).map(|_| DeferredLock::new()).collect();
    let (go, started) = Deferred::new();
    let started = started.share();
    for (number, lock) in locks.iter().enumerate() {
        let next = &locks[(number + 1) % locks.len()];
        take_both(lock.clone(), next.clone(), started.observe()).detach();
    }
    go.callback(());
    let all = waiting();
    let circles = all.circles();
    assert_eq!((circles.len(), circles[0].bodies().len()), (1, 1000));
    assert!(circles[0].to_string().len() < 500, "{}", circles[0]);
    assert!(all.to_string().lines().count() < 50);
}

/// One that wants a lock that it holds itself.
#[test]
fn one_who_wants_what_it_holds_is_a_circle_of_one() {
    let lock = DeferredLock::new();
    let _body = take_both(lock.clone(), lock, inline_callbacks::succeed(()));
    let all = waiting();
    assert_eq!(all.circles().iter().map(numbers).collect::<Vec<_>>(), [[1]]);
    assert!(all.to_string().ends_with("a circle: #1 waits for #1"), "{all}");
}

/// A semaphore with another holder is no circle; that it leads round is shown all the same.
#[test]
fn a_semaphore_leads_round_too() {
    let semaphore = DeferredSemaphore::new(2);
    let other = inline_callbacks::testing::success_result_of(semaphore.acquire());
    let same = semaphore.clone();
    let body = callbacks! {
        let _guard = (yield same.acquire())?;
        let _again = (yield same.acquire())?;
        Ok(())
    };
    assert_eq!(waiting().circles().len(), 1);
    other.release();
    assert!(body.is_fired());
    assert!(waiting().is_empty());
}

/// A body that keeps the trigger of what it waits for: nobody can know where the trigger is, but that it made the Deferred.
#[test]
fn one_who_keeps_the_trigger_of_what_it_waits_for_is_perhaps_a_circle() {
    let _body: Deferred<()> = callbacks! {
        let (_trigger, deferred) = Deferred::<()>::new();
        (yield deferred)?;
        Ok(())
    };
    let all = waiting();
    let circles = all.circles();
    assert_eq!((circles.len(), circles[0].is_certain(), numbers(&circles[0])), (1, false, vec![1]));
    let text = all.to_string();
    assert!(text.contains(" by #1, itself\n"), "{text}");
    assert!(text.ends_with("if it has the trigger, nothing can fire it"), "{text}");
}

/// Two that each keep the trigger of what the other one waits for.
#[test]
fn two_who_keep_each_others_triggers_are_perhaps_a_circle() {
    type Slot = Rc<RefCell<Option<Deferred<()>>>>;
    fn body(mine: &Slot, other: &Slot, go: Deferred<()>) -> Deferred<()> {
        let (mine, other) = (Rc::clone(mine), Rc::clone(other));
        callbacks! {
            let (_kept, deferred) = Deferred::new();
            *mine.borrow_mut() = Some(deferred);
            (yield go)?;
            let waits_for = other.borrow_mut().take().unwrap();
            yield waits_for
        }
    }
    let (first, second) = (Slot::default(), Slot::default());
    let (go, started) = Deferred::new();
    let started = started.share();
    let _bodies = [body(&first, &second, started.observe()), body(&second, &first, started.observe())];
    go.callback(());
    let all = waiting();
    let circles = all.circles();
    assert_eq!((circles.len(), circles[0].is_certain(), numbers(&circles[0])), (1, false, vec![1, 2]));
}

/// Where nobody waits for anybody in a circle, there is none: what two wait for is shown once.
#[test]
fn who_waits_for_the_same_is_no_circle() {
    let lock = DeferredLock::new();
    let (_trigger, deferred) = Deferred::<()>::new();
    let held = lock.clone();
    let _holder = callbacks! {
        let _guard = (yield held.acquire())?;
        yield deferred
    };
    let _waiters = [
        take_both(lock.clone(), lock.clone(), inline_callbacks::succeed(())),
        take_both(lock.clone(), lock, inline_callbacks::succeed(())),
    ];
    let all = waiting();
    assert!(all.circles().is_empty(), "{all}");
    let text = all.to_string();
    assert_eq!(text.matches("(see above)").count(), 1, "{text}");
    assert!(!text.contains("a circle"), "{text}");
}
