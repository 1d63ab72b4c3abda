//! Laws 3, 4 and 8 in depth: a million of everything on a thread with a stack of 2 MiB.

use std::cell::Cell;
use std::rc::Rc;

use inline_callbacks::testing::{failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Abandoned, Deferred, Failure, Trigger, ensure_deferred, succeed, unhandled};

use crate::support::{ok, on_small_stack};

const MILLION: usize = 1_000_000;

/// How the innermost result comes about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Fire,
    Fail,
    Cancel,
    Drop,
}

/// Ends a deep structure in the way asked for and checks what comes out at its top.
fn end(how: End, trigger: Trigger<u32>, top: Deferred<u32>) -> Option<Failure> {
    match how {
        End::Fire => trigger.callback(1),
        End::Fail => trigger.errback(Failure::msg("deep down")),
        End::Cancel => {
            top.cancel();
            assert!(trigger.is_cancelled());
        }
        End::Drop => drop(trigger),
    }
    if how == End::Fire {
        assert_eq!(success_result_of(top), 1);
        return None;
    }
    let failure = failure_result_of(top);
    match how {
        End::Fire => unreachable!(),
        End::Fail => assert_eq!(failure.to_string(), "deep down"),
        End::Cancel => assert!(failure.is_cancelled()),
        End::Drop => assert!(failure.check::<Abandoned>().is_some()),
    }
    Some(failure)
}

fn a_million_nested_bodies(how: End) {
    on_small_stack(move || {
        let (trigger, mut top) = Deferred::<u32>::new();
        for _ in 0..MILLION {
            let below = top;
            top = ensure_deferred(async move { below.await });
        }
        if let Some(failure) = end(how, trigger, top) {
            assert_eq!(failure.trace().left_out(), MILLION - 64);
        }
    });
}

/// Law 4: a million nested waiting bodies are fired.
///
/// Hazard 1.
#[test]
fn a_million_nested_bodies_can_be_fired() {
    a_million_nested_bodies(End::Fire);
}

/// Law 4: … failed.
///
/// Hazard 1.
#[test]
fn a_million_nested_bodies_can_be_failed() {
    a_million_nested_bodies(End::Fail);
}

/// Law 4: … cancelled.
///
/// Hazard 1.
#[test]
fn a_million_nested_bodies_can_be_cancelled() {
    a_million_nested_bodies(End::Cancel);
}

/// Law 4: … and survive the drop of the bottom trigger.
#[test]
fn a_million_nested_bodies_survive_a_dropped_bottom_trigger() {
    a_million_nested_bodies(End::Drop);
}

/// A million Deferreds, each returned by a callback of the next, and all of those waiting.
fn a_million_chained_deferreds(how: End) {
    on_small_stack(move || {
        let (trigger, mut top) = Deferred::<u32>::new();
        let mut starts = Vec::with_capacity(MILLION);
        for _ in 0..MILLION {
            let below = top;
            let (start, started) = Deferred::<()>::new();
            starts.push(start);
            top = started.add_callback(move |()| below);
        }
        for start in starts {
            start.callback(());
        }
        end(how, trigger, top);
    });
}

/// Law 4: a million chained Deferreds are fired.
#[test]
fn a_million_chained_deferreds_can_be_fired() {
    a_million_chained_deferreds(End::Fire);
}

/// Law 4: … failed.
#[test]
fn a_million_chained_deferreds_can_be_failed() {
    a_million_chained_deferreds(End::Fail);
}

/// Law 4: … cancelled.
#[test]
fn a_million_chained_deferreds_can_be_cancelled() {
    a_million_chained_deferreds(End::Cancel);
}

/// Law 4: … and survive the drop of the bottom trigger.
#[test]
fn a_million_chained_deferreds_survive_a_dropped_bottom_trigger() {
    a_million_chained_deferreds(End::Drop);
}

/// Where on the stack the last callback of `length` chained Deferreds runs, each waiting for the next.
fn stack_at_the_end_of(length: usize) -> usize {
    let reached = Rc::new(Cell::new(0));
    let (last, mut top) = Deferred::<u32>::new();
    let mut starts = Vec::new();
    for _ in 0..length {
        let below = top;
        let (start, started) = Deferred::<()>::new();
        starts.push(start);
        top = started.add_callback(move |()| below);
    }
    let note = Rc::clone(&reached);
    let top = top.map(move |_| {
        let here = 0_u8;
        note.set(std::ptr::from_ref(&here).addr());
    });
    starts.into_iter().rev().for_each(|start| start.callback(()));
    assert_eq!(reached.get(), 0);
    last.callback(1);
    success_result_of(top);
    reached.get()
}

/// Law 4: the last callback runs at the same depth of the stack, however many Deferreds are chained.
///
/// Twisted: `DeferredTests.test_boundedStackDepth`.
#[test]
fn the_last_callback_runs_at_the_same_depth_for_any_number_of_chained_deferreds() {
    let depths = [1, 2, 1000].map(stack_at_the_end_of);
    assert_eq!(depths, [depths[0]; 3]);
}

/// Law 4: a chain of a million whose top has been dropped is taken apart without recursion.
#[test]
fn a_million_detached_bodies_and_callbacks_go_without_recursion() {
    on_small_stack(|| {
        for how in [End::Fire, End::Drop] {
            let (trigger, mut top) = Deferred::<u32>::new();
            for n in 0..MILLION / 2 {
                top = if n % 2 == 0 { ensure_deferred(top.into_future()) } else { top.map(|value| value) };
            }
            drop(top);
            if how == End::Fire {
                trigger.callback(1);
            } else {
                unhandled::set_hook(|_| ());
                drop(trigger);
                assert_eq!(unhandled_failures().len(), 1);
            }
        }
    });
}

/// Laws 4 and 22: a million nested bodies that still wait when their thread ends.
#[test]
fn a_million_nested_bodies_may_be_pending_at_thread_end() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<Rc<dyn std::any::Any>>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    for keep_trigger in [true, false] {
        on_small_stack(move || {
            let (trigger, mut top) = Deferred::<u32>::new();
            for _ in 0..MILLION / 4 {
                top = ensure_deferred(top.into_future());
            }
            if keep_trigger {
                KEPT.with_borrow_mut(|kept| kept.push(Rc::new(trigger)));
            } else {
                std::mem::forget(trigger);
            }
            KEPT.with_borrow_mut(|kept| kept.push(Rc::new(top)));
        });
    }
}

/// Law 3: a million waits for Deferreds already fired use no stack, whatever kind of fired they are.
#[test]
fn a_million_fired_waits_in_a_loop_use_no_stack() {
    on_small_stack(|| {
        let body = ensure_deferred(async {
            let mut sum = 0;
            for n in 0..MILLION / 4 {
                sum += succeed(1).await?;
                sum += ensure_deferred(async move { ok(usize::from(n > 0)) }).await?;
                let (trigger, fired) = Deferred::<usize>::new();
                trigger.callback(1);
                sum += fired.await?;
                sum += std::future::ready(1).await;
            }
            ok(sum)
        });
        assert_eq!(success_result_of(body), MILLION - 1);
    });
}

/// Laws 3 and 10: a million callbacks added to a fired Deferred, and a million that return fired Deferreds.
///
/// Hazard 13.
#[test]
fn a_million_callbacks_use_no_stack() {
    on_small_stack(|| {
        let mut fired = succeed(0_u32);
        let (trigger, mut pending) = Deferred::<u32>::new();
        for _ in 0..MILLION / 2 {
            fired = fired.map(|value| value + 1);
            pending = pending.add_callback(|value| succeed(value + 1));
        }
        trigger.callback(0);
        assert_eq!((success_result_of(fired), success_result_of(pending)), (500_000, 500_000));
    });
}

/// Law 8: a million triggers dropped in a row: each one's waiter owns the next trigger.
#[test]
fn a_million_triggers_dropped_one_by_another_use_no_stack() {
    on_small_stack(|| {
        let (first, mut below) = Deferred::<u32>::new();
        for _ in 0..MILLION {
            let (trigger, deferred) = Deferred::<u32>::new();
            ensure_deferred(async move {
                let _owned = trigger;
                let _ = below.await;
                ok(())
            })
            .detach();
            below = deferred;
        }
        drop(first);
        assert!(failure_result_of(below).check::<Abandoned>().is_some());
    });
}

/// Law 8: the same where callbacks own the triggers, and where one body drops a million of them.
#[test]
fn a_million_triggers_dropped_by_callbacks_use_no_stack() {
    on_small_stack(|| {
        let (first, mut below) = Deferred::<u32>::new();
        for _ in 0..MILLION / 2 {
            let (trigger, deferred) = Deferred::<u32>::new();
            below.add_both(move |_| drop(trigger)).detach();
            below = deferred;
        }
        drop(first);
        assert!(failure_result_of(below).check::<Abandoned>().is_some());
        let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..MILLION / 4).map(|_| Deferred::<u32>::new()).unzip();
        let body = ensure_deferred(async move {
            drop(triggers);
            let mut abandoned = 0;
            for deferred in deferreds {
                abandoned += usize::from(deferred.await.is_err());
            }
            ok(abandoned)
        });
        assert_eq!(success_result_of(body), MILLION / 4);
    });
}

/// Law 4: a million handles taken along one chain are one handle in the end.
#[test]
fn a_million_handles_of_one_chain_use_no_stack() {
    on_small_stack(|| {
        let (_trigger, pending) = Deferred::<u32>::new();
        let (start, mut chain) = Deferred::<u32>::new();
        let mut handles = Vec::new();
        for _ in 0..MILLION / 10 {
            handles.push(chain.cancel_handle());
            chain = chain.map(|value| value);
        }
        let chain = chain.add_callback(move |_| pending);
        start.callback(1);
        handles[0].cancel();
        assert!(failure_result_of(chain).is_cancelled());
    });
}
