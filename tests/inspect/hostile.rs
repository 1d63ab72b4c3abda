//! Where a picture is taken at an unusual moment, or of very much.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use inline_callbacks::inspect::{State, counts, waiting};
use inline_callbacks::prelude::*;
use inline_callbacks::{DeferredLock, gather_results, host};

use crate::read::{named, only};
use crate::support::on_small_stack;

#[inline_callbacks]
fn wait_for(inner: Deferred<()>) -> Deferred<()> {
    yield_!(inner)?;
}

const MILLION: usize = 1_000_000;

/// Law 4: a million inline callbacks, each waiting for the next, are looked at and printed on 2 MiB, the innermost included.
#[test]
fn a_million_nested_ones_cost_no_stack() {
    on_small_stack(|| {
        let (trigger, mut outermost) = Deferred::<()>::new();
        for _ in 0..MILLION {
            outermost = wait_for(outermost);
        }
        let all = waiting();
        assert_eq!(all.bodies().len(), MILLION);
        let text = all.to_string();
        assert!(text.lines().count() < 50, "{text}");
        assert!(text.contains("1000000 inline callbacks wait:\n#1000000 "), "{text}");
        assert!(text.contains("999972 steps, left out"), "{text}");
        assert!(text.lines().last().unwrap().contains("a Deferred made at"), "{text}");
        assert_eq!(all.body(1).unwrap().waited_for_by().len(), 1);
        trigger.callback(());
        assert!(outermost.is_fired() && waiting().is_empty());
    });
}

/// A million callbacks in a chain: the same.
#[test]
fn a_million_callbacks_cost_no_stack() {
    on_small_stack(|| {
        let (trigger, mut chain) = Deferred::<()>::new();
        for _ in 0..MILLION {
            chain = chain.map(|()| ());
        }
        let body = wait_for(chain);
        assert!(waiting().to_string().contains("999973 steps, left out"));
        assert!(format!("{body:?}").starts_with("Deferred(waiting at "));
        trigger.callback(());
    });
}

/// A hundred thousand in the line of one lock, and as many in a list: the time does not grow with the square.
#[test]
fn many_side_by_side_are_counted_not_printed() {
    let lock = DeferredLock::new();
    let guard = inline_callbacks::testing::success_result_of(lock.acquire());
    let all = gather_results((0..100_000).map(|_| lock.run(|| Ok(()))).collect::<Vec<_>>());
    let body = wait_for(all.map(drop));
    let text = waiting().to_string();
    assert!(text.contains("... and 99968 more"), "{text}");
    assert!(text.lines().count() < 120, "{text}");
    drop(guard);
    assert!(body.is_fired());
}

/// The limits are the caller's.
#[test]
fn the_limits_can_be_set() {
    let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..20).map(|_| Deferred::<()>::new()).unzip();
    let bodies: Vec<_> = deferreds.into_iter().map(|deferred| wait_for(wait_for(deferred))).collect();
    let all = waiting();
    assert_eq!(all.to_string().lines().count(), 1 + 3 * 20);
    let tree = all.tree().lines(6).to_string();
    assert_eq!(tree.lines().count(), 1 + 6 + 1);
    assert!(tree.ends_with("... and 36 more inline callbacks, left out"), "{tree}");
    let gathered = wait_for(gather_results(bodies).map(drop));
    let tree = waiting().tree().width(5).to_string();
    assert!(tree.contains("└─ ... and 15 more"), "{tree}");
    assert!(!tree.contains("left out"), "what is counted already is not counted twice: {tree}");
    for trigger in triggers {
        trigger.callback(());
    }
    assert!(gathered.is_fired());
}

/// Re-entrance: a body that looks is shown as running, others as they are; whoever ends while the picture lives stays in it.
#[test]
fn a_body_may_look_while_others_wait() {
    let (trigger, deferred) = Deferred::<()>::new();
    let (_other, never) = Deferred::<()>::new();
    let seen = Rc::new(RefCell::new(None));
    let kept = Rc::clone(&seen);
    let _waits = wait_for(never);
    let looks: Deferred<()> = callbacks! {
        (yield deferred)?;
        *kept.borrow_mut() = Some(waiting());
        Ok(())
    };
    trigger.callback(());
    assert!(looks.is_fired());
    let all = seen.borrow_mut().take().unwrap();
    let running = named(&all, "a_body_may_look_while_others_wait");
    assert_eq!((running.state(), running.waits_for().count()), (State::Running, 0));
    assert_eq!(named(&all, "wait_for").state(), State::Waiting);
    assert!(all.to_string().contains("a_body_may_look_while_others_wait, which runs now"), "{all}");
}

/// A canceller, a callback, and a destructor of a body may look as well.
#[test]
fn a_canceller_and_a_destructor_may_look() {
    struct Looks(Rc<RefCell<Vec<usize>>>);
    impl Drop for Looks {
        fn drop(&mut self) {
            self.0.borrow_mut().push(waiting().to_string().lines().count());
        }
    }
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (in_canceller, in_body) = (Looks(Rc::clone(&seen)), Looks(Rc::clone(&seen)));
    let (_trigger, deferred) = Deferred::<()>::with_canceller(move |_| drop(in_canceller));
    let body: Deferred<()> = callbacks! {
        let _looks = in_body;
        yield deferred
    };
    body.cancel();
    // In the canceller the body waits, in its destructor it runs, or has ended.
    assert_eq!(seen.borrow()[0], 3);
    assert_eq!(seen.borrow().len(), 2);
    assert!(inline_callbacks::testing::failure_result_of(body).is_cancelled());
    assert!(waiting().is_empty());
}

/// While the thread ends, destructors of bodies and of thread-locals may look and count.
#[test]
fn looking_while_the_thread_ends_is_harmless() {
    struct Looks(mpsc::Sender<(usize, u64)>);
    impl Drop for Looks {
        fn drop(&mut self) {
            let all = waiting();
            let _ = self.0.send((all.to_string().lines().count(), counts().started()));
        }
    }
    thread_local! {
        static EARLY: RefCell<Option<Looks>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Looks>> = const { RefCell::new(None) };
    }
    for early_first in [true, false] {
        let (sender, seen) = mpsc::channel();
        let thread = thread::spawn(move || {
            if early_first {
                EARLY.set(Some(Looks(sender.clone())));
            }
            let (trigger, deferred) = Deferred::<()>::new();
            let in_body = Looks(sender.clone());
            let body: Deferred<()> = callbacks! {
                let _looks = in_body;
                yield deferred
            };
            let (_sender, receiver) = futures::channel::oneshot::channel::<()>();
            Deferred::from_future(receiver).detach();
            body.detach();
            LATE.set(Some(Looks(sender)));
            // Kept by nobody but the body's own wait.
            std::mem::forget(trigger);
        });
        assert!(thread.join().is_ok());
        let seen: Vec<_> = seen.try_iter().collect();
        assert_eq!(seen.len(), if early_first { 3 } else { 2 }, "{seen:?}");
        assert!(seen.iter().all(|(_, started)| *started == 2), "{seen:?}");
    }
}

/// What is dropped where it waits is gone from the picture.
#[test]
fn who_was_dropped_is_not_shown() {
    let hopeless = Deferred::from_future(std::future::pending::<()>());
    assert_eq!(waiting().bodies().len(), 1);
    drop(hopeless);
    assert!(waiting().is_empty());
    assert_eq!(waiting().to_string(), "no inline callback waits");
    let (sender, receiver) = futures::channel::oneshot::channel::<()>();
    Deferred::from_future(receiver).detach();
    assert_eq!(only(&waiting()).number(), 2);
    drop(sender);
    host::run_woken();
    assert!(waiting().is_empty());
}

/// A picture of a thread shows that thread only.
#[test]
fn other_threads_are_not_shown() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let _waits = wait_for(deferred);
    let others = thread::spawn(|| (waiting().bodies().len(), counts().live())).join().unwrap();
    assert_eq!(others, (0, 0));
}

/// A chain that waits for itself, with a body that waits for it: the tree ends where it comes back.
#[test]
fn a_chain_that_waits_for_itself_ends_the_tree() {
    let slot: Rc<RefCell<Option<Deferred<()>>>> = Rc::default();
    let (trigger, deferred) = Deferred::<()>::new();
    let taken = Rc::clone(&slot);
    let chain = deferred.add_callback(move |()| taken.borrow_mut().take().unwrap());
    let shared = chain.share();
    *slot.borrow_mut() = Some(shared.observe());
    let _body = wait_for(shared.observe());
    trigger.callback(());
    let text = waiting().to_string();
    assert!(text.contains(" again: a circle"), "{text}");
    assert!(text.lines().count() < 10, "{text}");
}
