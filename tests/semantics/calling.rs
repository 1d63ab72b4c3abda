//! Calling and resuming: laws 1, 2, 5 and 6, and what of 3 needs no depth.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Deferred, Failure, Panicked, Trigger, ensure_deferred, fail, maybe_deferred, succeed};

use crate::support::{Log, ok, show};

/// Law 1: a call runs the body in the caller's stack up to the first wait that is not ready. (e01)
#[test]
fn a_call_runs_the_body_at_once_up_to_its_first_pending_wait() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    log.note("before call");
    let inner = log.clone();
    let result = ensure_deferred(async move {
        inner.note("body-1");
        let value = deferred.await?;
        inner.note(format!("body-2 {value}"));
        ok(value + 1)
    });
    log.note(format!("after call {}", result.is_fired()));
    let result = log.watch("D", result);
    log.note("before fire");
    trigger.callback(1);
    log.note("after fire");
    assert_eq!(log.text(), "before call | body-1 | after call false | before fire | body-2 1 | D -> 2 | after fire");
    success_result_of(result);
}

/// Law 1: the Deferred of a body that waits for nothing is fired when the call returns. (e02)
#[test]
fn a_body_that_waits_for_nothing_has_fired_when_the_call_returns() {
    let result = ensure_deferred(async { ok(3) });
    assert!(result.is_fired());
    assert_eq!(success_result_of(result), 3);
}

/// Law 1: waits that are ready do not end the first run.
#[test]
fn waits_for_fired_deferreds_do_not_end_the_first_run() {
    let (trigger, fired) = Deferred::<u32>::new();
    trigger.callback(2);
    let result = ensure_deferred(async move {
        let sum = succeed(1).await? + fired.await?;
        let failed = fail::<u32>(Failure::msg("no")).await;
        ok(sum + u32::from(failed.is_err()))
    });
    assert!(result.is_fired());
    assert_eq!(success_result_of(result), 4);
}

/// Law 1: a failure before the first wait does not reach the caller, it is in the Deferred. (e23e)
#[test]
fn a_failure_before_the_first_wait_is_in_the_deferred() {
    let result = ensure_deferred(async { Err::<u32, _>(Failure::msg("early")) });
    assert_eq!(failure_result_of(result).to_string(), "early");
}

/// Law 1: a call inside a body is a call like any other.
#[test]
fn a_call_inside_a_body_runs_at_once_too() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<()>::new();
    let (outer, inner) = (log.clone(), log.clone());
    let result = ensure_deferred(async move {
        outer.note("outer");
        let call = ensure_deferred(async move {
            inner.note("inner");
            deferred.await?;
            inner.note("inner resumed");
            ok(())
        });
        outer.note("inner called");
        call.await?;
        outer.note("outer resumed");
        ok(())
    });
    trigger.callback(());
    assert_eq!(log.text(), "outer | inner | inner called | inner resumed | outer resumed");
    success_result_of(result);
}

/// Law 1: `maybe_deferred` calls at once, whatever comes out.
#[test]
fn maybe_deferred_takes_whatever_the_function_returns() {
    assert_eq!(success_result_of(maybe_deferred(|| ok(1))), 1);
    assert_eq!(success_result_of(maybe_deferred(|| succeed(2))), 2);
    assert_eq!(failure_result_of(maybe_deferred(|| Err::<u32, _>(Failure::msg("3")))).to_string(), "3");
    success_result_of(maybe_deferred(|| ()));
    let panicked: Deferred<u32> = maybe_deferred(|| if true { panic!("five") } else { ok(5) });
    assert_eq!(failure_result_of(panicked).check::<Panicked>().map(Panicked::message), Some("five"));
}

/// Law 2: everybody who waits is resumed, depth first, before `callback` returns. (e08)
#[test]
fn nested_waiters_are_resumed_depth_first_inside_the_firing_call() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (outer, inner) = (log.clone(), log.clone());
    let result = ensure_deferred(async move {
        outer.note("outer start");
        let value = ensure_deferred(async move {
            inner.note("inner start");
            let value = deferred.await?;
            inner.note(format!("inner resume {value}"));
            ok(value)
        })
        .await?;
        outer.note(format!("outer resume {value}"));
        ok(value + 1)
    });
    let result = log.watch("D", result);
    log.note("fire>");
    trigger.callback(1);
    log.note("<fire");
    assert_eq!(log.text(), "outer start | inner start | fire> | inner resume 1 | outer resume 1 | D -> 2 | <fire");
    success_result_of(result);
}

/// Law 2: a failure resumes exactly as a value does.
///
/// Twisted: `ExtendedGeneratorTests.test_throwExceptionIntoGenerator`.
#[test]
fn an_errback_resumes_the_waiter_inside_the_call() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let inner = log.clone();
    let result = ensure_deferred(async move {
        let result = deferred.await;
        inner.note(show(&result));
        result
    });
    log.note("fire>");
    trigger.errback(Failure::msg("bad"));
    log.note("<fire");
    assert_eq!(log.text(), "fire> | F[bad] | <fire");
    assert_eq!(failure_result_of(result).to_string(), "bad");
}

/// Law 2: two bodies that fire each other run inside one another's segments. (e33)
#[test]
fn bodies_that_fire_each_other_are_resumed_inside_the_firing_body() {
    let log = Log::new();
    let (fire_a, a) = Deferred::<()>::new();
    let (fire_b, b) = Deferred::<()>::new();
    let in_a = log.clone();
    let first = ensure_deferred(async move {
        in_a.note("a1");
        a.await?;
        in_a.note("a2");
        ok(())
    });
    let in_b = log.clone();
    let second = ensure_deferred(async move {
        in_b.note("b1");
        b.await?;
        in_b.note("b2 fires a>");
        fire_a.callback(());
        in_b.note("<fired a");
        ok(())
    });
    log.note("fires b>");
    fire_b.callback(());
    log.note("<done");
    assert_eq!(log.text(), "a1 | b1 | fires b> | b2 fires a> | a2 | <fired a | <done");
    success_result_of(first);
    success_result_of(second);
}

/// Law 2: a body that fires what it waits for next goes on at once. (e32)
#[test]
fn a_body_may_fire_the_deferred_that_it_then_waits_for() {
    let result = ensure_deferred(async {
        let (trigger, deferred) = Deferred::<u32>::new();
        trigger.callback(7);
        deferred.await
    });
    assert_eq!(success_result_of(result), 7);
}

/// Law 2: what goes wrong in the resumed body or callback stays there. (e27)
#[test]
fn failures_and_panics_of_what_is_resumed_never_reach_the_firer() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let result = ensure_deferred(async move {
        deferred.await?;
        Err::<u32, _>(Failure::msg("after the wait"))
    });
    trigger.callback(1);
    assert_eq!(failure_result_of(result).to_string(), "after the wait");

    let (trigger, deferred) = Deferred::<u32>::new();
    let result = ensure_deferred(async move {
        let value = deferred.await?;
        assert!(value > 1, "body panics");
        ok(value)
    });
    trigger.callback(1);
    assert!(failure_result_of(result).check::<Panicked>().is_some());

    let (trigger, deferred) = Deferred::<u32>::new();
    let result: Deferred<u32> = deferred.add_callback(|_| if true { panic!("callback panics") } else { ok(0) });
    trigger.callback(1);
    assert!(failure_result_of(result).check::<Panicked>().is_some());
}

/// Law 2: with nobody to take it, the failure of what was resumed is reported, not thrown at the firer.
#[test]
fn a_panic_in_a_detached_body_is_reported_and_the_firer_goes_on() {
    let (trigger, deferred) = Deferred::<u32>::new();
    ensure_deferred(async move {
        let value = deferred.await?;
        assert!(value != 1, "nobody sees it");
        ok(())
    })
    .detach();
    trigger.callback(1);
    let reported = unhandled_failures();
    assert_eq!(reported.len(), 1);
    assert_eq!(reported[0].check::<Panicked>().map(Panicked::message), Some("nobody sees it"));
}

/// Counts how often the future inside is polled.
struct Polls<F>(Pin<Box<F>>, Rc<Cell<usize>>);

impl<F: Future> Future for Polls<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.1.set(self.1.get() + 1);
        self.0.as_mut().poll(context)
    }
}

/// How many bodies are polled when the innermost of `depth` nested waits goes on and stays waiting.
fn polls_for_one_resume_at(depth: usize) -> usize {
    let polls = Rc::new(Cell::new(0));
    let (first_trigger, first) = Deferred::<()>::new();
    let (_second_trigger, second) = Deferred::<()>::new();
    let leaf = async move {
        first.await?;
        second.await
    };
    let mut top = ensure_deferred(Polls(Box::pin(leaf), Rc::clone(&polls)));
    for _ in 1..depth {
        let below = top;
        top = ensure_deferred(Polls(Box::pin(below.into_future()), Rc::clone(&polls)));
    }
    polls.set(0);
    first_trigger.callback(());
    assert_no_result(&top);
    polls.get()
}

/// Law 5: resuming the innermost of a thousand nested waits touches one body, as with one.
#[test]
fn resuming_the_innermost_wait_polls_one_body_at_any_depth() {
    assert_eq!(polls_for_one_resume_at(1), 1);
    assert_eq!(polls_for_one_resume_at(1000), 1);
}

/// Law 5: firing through nested waits polls each of them once.
#[test]
fn a_result_that_travels_up_polls_each_body_once() {
    let polls = Rc::new(Cell::new(0));
    let (trigger, mut top) = Deferred::<u32>::new();
    for _ in 0..100 {
        let below = top;
        top = ensure_deferred(Polls(Box::pin(below.into_future()), Rc::clone(&polls)));
    }
    assert_eq!(polls.replace(0), 100);
    trigger.callback(9);
    assert_eq!(polls.get(), 100);
    assert_eq!(success_result_of(top), 9);
}

/// Law 6: a body runs until its next wait; one that fires is suspended on the stack meanwhile.
#[test]
fn a_body_that_fires_goes_on_only_after_what_it_fired_has_waited_again() {
    let log = Log::new();
    let running = Rc::new(RefCell::new(Vec::new()));
    let (fire_inner, inner) = Deferred::<()>::new();
    let (fire_outer, outer) = Deferred::<()>::new();
    let (_never, never) = Deferred::<()>::new();
    let (note, stack) = (log.clone(), Rc::clone(&running));
    ensure_deferred(async move {
        inner.await?;
        stack.borrow_mut().push("inner");
        note.note(stack.borrow().join(">"));
        stack.borrow_mut().pop();
        never.await
    })
    .detach();
    let (note, stack) = (log.clone(), running);
    ensure_deferred(async move {
        outer.await?;
        stack.borrow_mut().push("outer");
        fire_inner.callback(());
        note.note(stack.borrow().join(">"));
        stack.borrow_mut().pop();
        ok(())
    })
    .detach();
    fire_outer.callback(());
    assert_eq!(log.text(), "outer>inner | outer");
}

/// Law 6: a body that fires a part of its own present wait is looked at once more, not entered twice.
#[test]
fn a_body_may_fire_a_deferred_that_its_present_wait_has_polled() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let result = ensure_deferred(async move {
        let firing = async {
            trigger.callback(5);
            6
        };
        let (first, second) = futures::join!(deferred.into_future(), firing);
        ok((first?, second))
    });
    assert_eq!(success_result_of(result), (5, 6));
}

/// Law 6: the same when the body has waited before, so that it is resumed by the driver's loop.
#[test]
fn a_resumed_body_may_fire_a_deferred_that_its_present_wait_has_polled() {
    let (start, started) = Deferred::<()>::new();
    let (trigger, deferred) = Deferred::<u32>::new();
    let (other_trigger, other) = Deferred::<u32>::new();
    let result = ensure_deferred(async move {
        let firing = async move {
            started.await?;
            trigger.callback(5);
            other.await
        };
        let (first, second) = futures::join!(deferred.into_future(), firing);
        ok((first?, second?))
    });
    start.callback(());
    assert_no_result(&result);
    other_trigger.callback(6);
    assert_eq!(success_result_of(result), (5, 6));
}

type Slot<T> = Rc<RefCell<Option<Deferred<T>>>>;

/// Law 6: a body may drop its own Deferred, and goes on.
#[test]
fn a_body_may_drop_its_own_deferred() {
    let log = Log::new();
    let own: Slot<()> = Slot::default();
    let (trigger, deferred) = Deferred::<()>::new();
    let (second_trigger, second) = Deferred::<()>::new();
    let (slot, note) = (Rc::clone(&own), log.clone());
    let body = ensure_deferred(async move {
        deferred.await?;
        drop(slot.take());
        note.note("dropped");
        second.await?;
        note.note("went on");
        ok(())
    });
    own.replace(Some(body));
    trigger.callback(());
    second_trigger.callback(());
    assert_eq!(log.text(), "dropped | went on");
}

/// Law 6: a callback may drop, cancel and extend its own chain.
#[test]
fn a_callback_may_drop_cancel_and_extend_its_own_chain() {
    let own: Slot<u32> = Slot::default();
    let (trigger, deferred) = Deferred::<u32>::new();
    let slot = Rc::clone(&own);
    let chain = deferred.add_callback(move |value| {
        let chain = slot.take().expect("put there before firing");
        chain.cancel();
        chain.add_callback(|value| Ok(value + 1)).detach();
        ok(value)
    });
    own.replace(Some(chain));
    trigger.callback(1);
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 6: what is fired from within a body may drop that very body's Deferred.
#[test]
fn what_a_body_fires_may_drop_that_bodys_deferred() {
    let outer: Slot<u32> = Slot::default();
    let (fire_inner, inner) = Deferred::<()>::new();
    let (start, started) = Deferred::<()>::new();
    let slot = Rc::clone(&outer);
    inner.add_callback(move |()| drop(slot.take())).detach();
    let body = ensure_deferred(async move {
        started.await?;
        fire_inner.callback(());
        Err::<u32, _>(Failure::msg("after it was dropped"))
    });
    outer.replace(Some(body));
    start.callback(());
    assert_eq!(unhandled_failures().len(), 1);
}

/// Law 6: a destructor that runs while a body ends may fire, and what it fires may look at the ended body.
#[test]
fn a_destructor_at_the_bodys_end_may_fire() {
    struct FireOnDrop(Option<Trigger<u32>>);
    impl Drop for FireOnDrop {
        fn drop(&mut self) {
            if let Some(trigger) = self.0.take() {
                trigger.callback(8);
            }
        }
    }
    let (trigger, deferred) = Deferred::<u32>::new();
    let (start, started) = Deferred::<()>::new();
    let guard = FireOnDrop(Some(trigger));
    let body = ensure_deferred(async move {
        let _guard = guard;
        started.await
    });
    start.callback(());
    assert_eq!(success_result_of(deferred), 8);
    success_result_of(body);
}

/// Law 6: two calls of one function have states of their own.
#[test]
fn calls_of_one_function_do_not_share_state() {
    fn counting(steps: Vec<Deferred<u32>>) -> Deferred<u32> {
        ensure_deferred(async move {
            let mut sum = 0;
            for step in steps {
                sum += step.await?;
            }
            ok(sum)
        })
    }
    let (a1, first) = Deferred::new();
    let (b1, second) = Deferred::new();
    let (a2, third) = Deferred::new();
    let a = counting(vec![first, third]);
    let b = counting(vec![second]);
    a1.callback(1);
    b1.callback(10);
    a2.callback(2);
    assert_eq!((success_result_of(a), success_result_of(b)), (3, 10));
}

/// Law 6: a Deferred that a lost branch let go of belongs to whoever takes it next, in the same run of the body.
#[test]
fn a_deferred_that_a_lost_branch_let_go_of_resumes_its_new_waiter() {
    for chained in [true, false] {
        let (trigger, mut kept) = Deferred::<u32>::new();
        let body = ensure_deferred(async move {
            tokio::select! {
                biased;
                _ = &mut kept => (),
                _ = succeed(0) => (),
            }
            let child = if chained { kept.map(|value| value) } else { ensure_deferred(kept.into_future()) };
            child.await
        });
        assert_no_result(&body);
        trigger.callback(3);
        assert_eq!(success_result_of(body), 3);
    }
}

/// Law 6: so does a wait that was polled once and then given to another body.
#[test]
fn a_wait_that_was_polled_once_may_be_given_to_another_body() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let (_never, never) = Deferred::<u32>::new();
    let child = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&child);
    let body = ensure_deferred(async move {
        let mut wait = deferred.into_future();
        assert!(futures::poll!(&mut wait).is_pending());
        slot.replace(Some(ensure_deferred(wait)));
        never.await
    });
    trigger.callback(3);
    assert_eq!(success_result_of(child.take().expect("the body put it there")), 3);
    body.cancel();
    assert!(failure_result_of(body).is_cancelled());
}

/// A body that panics after it has polled a Deferred leaves nothing of that behind.
#[test]
fn a_body_that_panics_lets_go_of_what_it_polled() {
    let token = Rc::new(());
    let seen = Rc::downgrade(&token);
    let (trigger, deferred) = Deferred::<u32>::with_canceller(move |_| drop(token));
    let result = ensure_deferred::<u32>(async move {
        let mut wait = deferred.into_future();
        poll_fn(move |context| {
            assert!(Pin::new(&mut wait).poll(context).is_pending());
            panic!("after the poll")
        })
        .await
    });
    assert_eq!(failure_result_of(result).to_string(), "panicked: after the poll");
    drop(trigger);
    assert!(seen.upgrade().is_none());
}
