//! Foreign futures, other threads, other executors: laws 19, 20 and what of 21 and 22 needs no reactor.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::channel::oneshot;
use futures::executor::{LocalPool, block_on};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::LocalSpawnExt;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, AlreadyTaken, Deferred, Failure, Panicked, RemoteTrigger, ensure_deferred, host, succeed, unhandled,
};

use crate::support::{Log, ok, show};

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once with a waker that counts.
fn poll_with<F: Future + Unpin>(future: &mut F, counter: &Arc<Wakes>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(counter));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// Wakes itself and is ready at the next poll: a turn of the loop.
fn yield_now() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Law 19: any future works in a body; it wakes, and the host resumes.
#[test]
fn a_body_waits_for_any_future() {
    let (sender, receiver) = oneshot::channel::<u32>();
    let body = ensure_deferred(async move { Ok(receiver.await? + 1) });
    sender.send(1).expect("the body listens");
    assert_no_result(&body);
    assert_eq!(host::run_woken(), 1);
    assert_eq!(success_result_of(body), 2);
    assert_eq!(host::run_woken(), 0);
}

/// Law 19: a future that is ready at once costs no wake.
#[test]
fn a_future_that_is_ready_does_not_end_the_run() {
    let body = ensure_deferred(async { ok(std::future::ready(1).await + async { 2 }.await) });
    assert_eq!(success_result_of(body), 3);
}

/// Law 19: the wakers are real: they can be cloned, sent away, compared and used late.
#[test]
fn the_wakers_of_a_body_are_real() {
    let kept = Rc::new(RefCell::new(Vec::<Waker>::new()));
    let wakers = Rc::clone(&kept);
    let body = ensure_deferred(async move {
        let mut polls = 0;
        poll_fn(|context| {
            if let Some(last) = wakers.borrow().last() {
                assert!(last.will_wake(context.waker()), "the same body, the same waker");
            }
            wakers.borrow_mut().push(context.waker().clone());
            polls += 1;
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        ok(polls)
    });
    let first = kept.borrow()[0].clone();
    for waker in [first.clone(), first] {
        thread::spawn(move || waker.wake()).join().expect("the thread ends well");
        assert_eq!(host::run_woken(), 1);
    }
    assert_eq!(success_result_of(body), 3);
    kept.take().into_iter().for_each(Waker::wake);
    host::run_woken();
}

/// Law 19: a waker that outlives its body wakes nobody else.
#[test]
fn a_late_wake_reaches_no_other_body() {
    let kept = Rc::new(RefCell::new(None::<Waker>));
    let slot = Rc::clone(&kept);
    let first = ensure_deferred(poll_fn(move |context| {
        slot.replace(Some(context.waker().clone()));
        Poll::Ready(ok(()))
    }));
    success_result_of(first);
    let polls = Rc::new(Cell::new(0));
    let count = Rc::clone(&polls);
    let second = ensure_deferred(poll_fn(move |_| -> Poll<Result<(), Failure>> {
        count.set(count.get() + 1);
        Poll::Pending
    }));
    kept.take().expect("kept").wake();
    host::run_woken();
    assert_eq!(polls.get(), 1);
    second.cancel();
    assert!(failure_result_of(second).is_cancelled());
}

/// Law 21: a wake during the poll is for the next turn, so that a body that wakes itself starves nobody.
#[test]
fn a_body_that_wakes_itself_is_resumed_at_the_next_turn() {
    let body = ensure_deferred(async {
        yield_now().await;
        yield_now().await;
        ok(())
    });
    assert_eq!(host::run_woken(), 1);
    assert_no_result(&body);
    assert_eq!(host::run_woken(), 1);
    success_result_of(body);
}

/// Law 19: `tokio::select!` and `join!` inside a body, with Deferreds and foreign futures mixed.
#[test]
fn select_and_join_work_inside_a_body() {
    let (fire, deferred) = Deferred::<u32>::new();
    let (sender, receiver) = tokio::sync::oneshot::channel::<u32>();
    let (_never, never) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        let (first, second) = tokio::join!(deferred.into_future(), receiver);
        let selected = tokio::select! {
            value = never => value?,
            () = yield_now() => 100,
        };
        ok(first? + second? + selected)
    });
    sender.send(1).expect("the body listens");
    assert_eq!(host::run_woken(), 1);
    assert_no_result(&body);
    fire.callback(10);
    assert_no_result(&body);
    assert_eq!(host::run_woken(), 1);
    assert_eq!(success_result_of(body), 111);
    let _ = unhandled_failures();
}

/// Laws 19 and 21: a Deferred polled through another waker than the driver's wakes that waker, and a body behind it is resumed
/// by the firing itself: nobody has to turn a wheel for what only Deferreds are waited for.
#[test]
fn the_children_of_futures_unordered_are_woken_and_the_body_resumed_by_the_firing() {
    let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..3).map(|_| Deferred::<u32>::new()).unzip();
    let log = Log::new();
    let note = log.clone();
    let body = ensure_deferred(async move {
        let mut children: FuturesUnordered<_> = deferreds.into_iter().map(Deferred::into_future).collect();
        while let Some(value) = children.next().await {
            note.note(value?);
        }
        ok(())
    });
    for (n, trigger) in (0..).zip(triggers).collect::<Vec<_>>().into_iter().rev() {
        trigger.callback(n);
        log.note("fired");
    }
    assert_eq!(log.text(), "2 | fired | 1 | fired | 0 | fired");
    success_result_of(body);
}

/// Law 19: outside of any body a pending Deferred wakes the waker that polled it last.
#[test]
fn a_deferred_polled_by_hand_wakes_the_latest_waker() {
    let (early, late) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
    let (trigger, deferred) = Deferred::<u32>::new();
    let mut wait = deferred.into_future();
    assert!(poll_with(&mut wait, &early).is_pending());
    assert!(poll_with(&mut wait, &late).is_pending());
    trigger.callback(5);
    assert_eq!((early.count(), late.count()), (0, 1));
    match poll_with(&mut wait, &late) {
        Poll::Ready(result) => assert_eq!(show(&result), "5"),
        Poll::Pending => panic!("it has fired"),
    }
}

/// Law 19: a dropped wait wakes nobody any more.
#[test]
fn a_dropped_wait_wakes_nobody() {
    let wakes = Arc::<Wakes>::default();
    let (trigger, mut deferred) = Deferred::<u32>::new();
    let mut wait = (&mut deferred).into_future();
    assert!(poll_with(&mut wait, &wakes).is_pending());
    drop(wait);
    trigger.callback(1);
    assert_eq!(wakes.count(), 0);
    assert_eq!(success_result_of(deferred), 1);
}

/// Law 19: through `&mut` a Deferred can be waited for again until its result is taken; then it gives `AlreadyTaken`.
///
/// Hazard 6.
#[test]
fn a_second_wait_through_a_mutable_reference_gives_already_taken() {
    let (trigger, mut pending) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        let first = (&mut pending).await?;
        let second = (&mut pending).await;
        let third = pending.await;
        let taken = [second, third].iter().all(|result| match result {
            Err(why) => why.check::<AlreadyTaken>().is_some(),
            Ok(_) => false,
        });
        ok((first, taken))
    });
    trigger.callback(1);
    assert_eq!(success_result_of(body), (1, true));
}

/// Law 19: plain async code of the thread takes a Deferred as it is.
#[test]
fn any_async_code_can_wait_for_a_deferred() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let (second_trigger, second) = Deferred::<u32>::new();
    block_on(async move {
        let firing = async {
            yield_now().await;
            trigger.callback(1);
            yield_now().await;
            second_trigger.callback(2);
        };
        let (first, second, ()) = futures::join!(deferred.into_future(), second.into_future(), firing);
        assert_eq!((first.ok(), second.ok()), (Some(1), Some(2)));
        let all = futures::future::join_all([succeed(3), succeed(4)].map(Deferred::into_future)).await;
        assert_eq!(all.into_iter().collect::<Result<Vec<_>, _>>().ok(), Some(vec![3, 4]));
        let selected = futures::select! {
            value = futures::FutureExt::fuse(succeed(5).into_future()) => value,
            complete => unreachable!(),
        };
        assert_eq!(selected.ok(), Some(5));
    });
}

/// Law 19: tokio's `select!`, `join!` and `timeout` take a Deferred as it is.
#[test]
fn tokios_macros_and_timeout_take_a_deferred_as_it_is() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let (first, second) = tokio::join!(succeed(1).into_future(), succeed(2).into_future());
        assert_eq!((first.ok(), second.ok()), (Some(1), Some(2)));
        let (_trigger, pending) = Deferred::<u32>::new();
        let value = tokio::select! {
            value = pending => value,
            value = succeed(3) => value,
        };
        assert_eq!(value.ok(), Some(3));
        let (_trigger, pending) = Deferred::<u32>::new();
        assert!(tokio::time::timeout(std::time::Duration::from_secs(1), pending).await.is_err());
        let in_time = tokio::time::timeout(std::time::Duration::from_secs(1), succeed(4)).await;
        assert_eq!(in_time.expect("no time passed").ok(), Some(4));
    });
}

/// Law 20: `from_future` drives a future, whose output is the value.
#[test]
fn from_future_drives_a_future() {
    assert_eq!(success_result_of(Deferred::from_future(async { 1 })), 1);
    let (sender, receiver) = oneshot::channel::<u32>();
    let deferred = Deferred::from_future(receiver).map(|received| received.unwrap_or(0));
    drop(sender);
    assert_eq!(host::run_woken(), 1);
    assert_eq!(success_result_of(deferred), 0);
    let panicking = Deferred::from_future(async { panic!("in the future") });
    let failure: Failure = failure_result_of::<()>(panicking);
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("in the future"));
}

/// Law 20: cancelling it reaches the Deferreds inside; a purely foreign one is dropped.
///
/// Twisted: `DeferredFutureAdapterTests.test_fromFutureDeferredCancelled`.
#[test]
fn cancelling_from_future_reaches_inside() {
    let (_trigger, inner) = Deferred::<u32>::new();
    let deferred = Deferred::from_future(async move { inner.await.is_err() });
    deferred.cancel();
    assert!(success_result_of(deferred));
    let (sender, receiver) = oneshot::channel::<u32>();
    let deferred = Deferred::from_future(receiver);
    deferred.cancel();
    assert!(sender.is_canceled());
    assert!(failure_result_of(deferred).is_cancelled());
}

/// Law 20: a remote trigger delivers on the Deferred's own thread, when that one turns the wheel.
#[test]
fn a_remote_trigger_delivers_on_the_deferreds_own_thread() {
    let here = thread::current().id();
    let (trigger, deferred) = Deferred::<u32>::new();
    let ran_on = deferred.map(|value| (value, thread::current().id()));
    let remote = trigger.remote();
    thread::spawn(move || remote.callback(1)).join().expect("the thread ends well");
    assert_no_result(&ran_on);
    assert_eq!(host::run_woken(), 1);
    assert_eq!(success_result_of(ran_on), (1, here));
}

/// Law 20: it fails too, and abandons when dropped.
#[test]
fn a_remote_trigger_fails_and_abandons() {
    let (trigger, failing) = Deferred::<u32>::new();
    let (other, abandoned) = Deferred::<u32>::new();
    let (remote, dropped) = (trigger.remote(), other.remote());
    thread::spawn(move || {
        remote.errback(Failure::msg("remote"));
        drop(dropped);
    })
    .join()
    .expect("the thread ends well");
    assert_eq!(host::run_woken(), 2);
    assert_eq!(failure_result_of(failing).to_string(), "remote");
    assert!(failure_result_of(abandoned).check::<Abandoned>().is_some());
}

/// Law 20: after a cancel it is inert, and what it carries is dropped here.
#[test]
fn a_remote_trigger_is_inert_after_a_cancel() {
    let (trigger, deferred) = Deferred::<Arc<()>>::new();
    let remote = trigger.remote();
    deferred.cancel();
    assert!(failure_result_of(deferred).is_cancelled());
    let token = Arc::new(());
    remote.callback(Arc::clone(&token));
    host::run_woken();
    assert_eq!(Arc::strong_count(&token), 1);
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 20: when the Deferred's thread has ended, the result is dropped.
#[test]
fn a_remote_trigger_of_an_ended_thread_drops_its_result() {
    let (sender, receiver) = mpsc::channel::<RemoteTrigger<Arc<()>>>();
    thread::spawn(move || {
        let (trigger, deferred) = Deferred::<Arc<()>>::new();
        deferred.detach();
        sender.send(trigger.remote()).expect("the test listens");
    })
    .join()
    .expect("the thread ends well");
    let token = Arc::new(());
    receiver.recv().expect("it was sent").callback(Arc::clone(&token));
    assert_eq!(Arc::strong_count(&token), 1);
}

/// Law 20: a remote trigger wakes an executor that awaits its Deferred.
#[test]
fn a_remote_trigger_wakes_an_executor_that_awaits() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let remote = trigger.remote();
    let thread = thread::spawn(move || remote.callback(7));
    assert_eq!(block_on(deferred.into_future()).ok(), Some(7));
    thread.join().expect("the thread ends well");
}

/// A body that waits for an answer from another thread, twice.
fn two_answers() -> Deferred<u32> {
    fn answer(value: u32) -> oneshot::Receiver<u32> {
        let (sender, receiver) = oneshot::channel();
        thread::spawn(move || sender.send(value));
        receiver
    }
    ensure_deferred(async {
        let first = answer(1).await?;
        let inner = ensure_deferred(async { Ok(answer(2).await?) });
        ok(first + inner.await?)
    })
}

/// Law 21: any executor that awaits a Deferred of the thread resumes what was woken, from other threads too.
#[test]
fn a_plain_block_on_resumes_woken_bodies() {
    assert_eq!(block_on(two_answers().into_future()).ok(), Some(3));
}

/// Law 21: also what nobody awaits: one awaited Deferred turns the wheel for all of its thread.
#[test]
fn one_awaited_deferred_turns_the_wheel_for_its_whole_thread() {
    let (trigger, deferred) = Deferred::<u32>::new();
    two_answers().map(|sum| trigger.callback(sum * 10)).detach();
    assert_eq!(block_on(deferred.into_future()).ok(), Some(30));
}

/// Law 21: smol's `block_on` and its local executor.
#[test]
fn smol_resumes_woken_bodies() {
    assert_eq!(smol::block_on(two_answers().into_future()).ok(), Some(3));
    let executor = smol::LocalExecutor::new();
    let task = executor.spawn(two_answers().into_future());
    assert_eq!(smol::block_on(executor.run(task)).ok(), Some(3));
}

/// Law 21: a local pool of tasks.
#[test]
fn a_local_pool_resumes_woken_bodies() {
    let mut pool = LocalPool::new();
    let handle = pool.spawner().spawn_local_with_handle(two_answers().into_future()).expect("it is running");
    assert_eq!(pool.run_until(handle).ok(), Some(3));
}

/// Law 21: tokio, both flavours, as under `#[tokio::main]`.
#[test]
fn tokio_runtimes_of_both_flavours_resume_woken_bodies() {
    let runtimes = [
        tokio::runtime::Builder::new_current_thread().build(),
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build(),
    ];
    for runtime in runtimes {
        let sum = runtime.expect("a runtime").block_on(async {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let body = ensure_deferred(async move { Ok(two_answers().await? + receiver.await?) });
            tokio::spawn(async move { sender.send(10) });
            body.await
        });
        assert_eq!(sum.ok(), Some(13));
    }
}

/// Law 21: a `LocalSet` and a `LocalRuntime`, whose tasks wait for one another's Deferreds.
#[test]
fn local_sets_and_local_runtimes_resume_woken_bodies() {
    async fn tasks() -> u32 {
        let (trigger, deferred) = Deferred::<u32>::new();
        let waiting = tokio::task::spawn_local(deferred.into_future());
        let firing = tokio::task::spawn_local(async move {
            let sum = two_answers().await.expect("two answers");
            trigger.callback(sum);
        });
        firing.await.expect("no panic");
        waiting.await.expect("no panic").expect("a success")
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert_eq!(tokio::task::LocalSet::new().block_on(&runtime, tasks()), 3);
    let local = tokio::runtime::Builder::new_current_thread().build_local(tokio::runtime::LocalOptions::default());
    assert_eq!(local.expect("a runtime").block_on(tasks()), 3);
}

/// Law 21: when the awaiter that turns the wheel is dropped, a wake that is pending passes to another one.
#[test]
fn when_the_driving_awaiter_is_dropped_another_takes_over() {
    for wake_first in [true, false] {
        let (first, second) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
        let (_one, one) = Deferred::<u32>::new();
        let (_two, two) = Deferred::<u32>::new();
        let (mut one, mut two) = (one.into_future(), two.into_future());
        assert!(poll_with(&mut one, &first).is_pending());
        assert!(poll_with(&mut two, &second).is_pending());
        let (sender, receiver) = oneshot::channel::<u32>();
        let body = ensure_deferred(async move { Ok(receiver.await?) });
        let send = || thread::spawn(move || sender.send(1)).join().expect("the thread ends well").expect("received");
        if wake_first {
            send();
            assert_eq!((first.count(), second.count()), (0, 1), "the one that was polled last");
            drop(two);
        } else {
            drop(two);
            send();
        }
        assert_eq!(first.count(), 1);
        assert!(poll_with(&mut one, &first).is_pending());
        assert_eq!(success_result_of(body), 1);
    }
}

/// Law 21: the same with a wake of this thread, and with an awaiter that finished instead of being dropped.
#[test]
fn when_the_driving_awaiter_finishes_another_takes_over() {
    let (first, second) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
    let (_one, one) = Deferred::<u32>::new();
    let (fire, two) = Deferred::<u32>::new();
    let (mut one, mut two) = (one.into_future(), two.into_future());
    assert!(poll_with(&mut one, &first).is_pending());
    assert!(poll_with(&mut two, &second).is_pending());
    fire.callback(1);
    let (sender, receiver) = oneshot::channel::<u32>();
    let body = ensure_deferred(async move { Ok(receiver.await?) });
    assert!(poll_with(&mut two, &second).is_ready());
    drop(two);
    let before = first.count();
    sender.send(1).expect("received");
    assert_eq!(first.count(), before + 1);
    assert!(poll_with(&mut one, &first).is_pending());
    assert_eq!(success_result_of(body), 1);
}

/// Law 21: two tasks of one executor, the driving one aborted in the middle.
#[test]
fn aborting_the_driving_task_leaves_no_wake_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let value = tokio::task::LocalSet::new().block_on(&runtime, async {
        let (sender, receiver) = oneshot::channel::<u32>();
        let (done, result) = Deferred::<u32>::new();
        ensure_deferred(async move { Ok(receiver.await?) }).map(|value| done.callback(value)).detach();
        let patient = tokio::task::spawn_local(result.into_future());
        tokio::task::yield_now().await;
        let (_never, never) = Deferred::<u32>::new();
        let driving = tokio::task::spawn_local(never.into_future());
        tokio::task::yield_now().await;
        sender.send(4).expect("received");
        driving.abort();
        patient.await.expect("no panic").expect("a success")
    });
    assert_eq!(value, 4);
}

/// Law 21: in a loop with no executor, `on_wake` tells the host, from the waking thread, and `run_woken` runs what was woken.
#[test]
fn a_loop_without_executor_is_told_when_to_run() {
    let (tell, told) = mpsc::channel();
    host::on_wake(move || tell.send(thread::current().id()).expect("the loop listens"));
    let body = two_answers();
    let mut turns = 0;
    while !body.is_fired() {
        let waking = told.recv().expect("the hook lives");
        assert_ne!(waking, thread::current().id());
        turns += 1;
        host::run_woken();
    }
    assert!(turns <= 2, "two answers, two wakes");
    assert_eq!(success_result_of(body), 3);
}

/// Law 21: it is called at most once between two runs, also for wakes of this thread, and again if something is left.
#[test]
fn on_wake_is_called_once_between_two_runs() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    host::on_wake(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let (senders, bodies): (Vec<_>, Vec<_>) = (0..3)
        .map(|_| {
            let (sender, receiver) = oneshot::channel::<u32>();
            (sender, Deferred::from_future(receiver))
        })
        .unzip();
    for sender in senders {
        sender.send(1).expect("received");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(host::run_woken(), 3);
    assert!(bodies.iter().all(Deferred::is_fired));
    for body in bodies {
        assert!(success_result_of(body).is_ok());
    }
    let again = ensure_deferred(async {
        yield_now().await;
        yield_now().await;
        ok(())
    });
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(host::run_woken(), 1);
    assert_eq!(calls.load(Ordering::SeqCst), 3, "it woke itself while it ran");
    assert_eq!(host::run_woken(), 1);
    success_result_of(again);
}

/// Law 21: an `on_wake` that is set when something is due already is told at once.
#[test]
fn an_on_wake_that_comes_late_is_told_at_once() {
    let (sender, receiver) = oneshot::channel::<u32>();
    let body = Deferred::from_future(receiver);
    sender.send(1).expect("received");
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    host::on_wake(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(host::run_woken(), 1);
    assert!(success_result_of(body).is_ok());
}

/// Law 21: a wake that is delivered while its body runs does not swallow the next one.
#[test]
fn a_wake_delivered_to_a_running_body_leaves_the_next_one_its_way() {
    let (polls, kept) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(None::<Waker>)));
    let (counted, keeps) = (Rc::clone(&polls), Rc::clone(&kept));
    let done = Deferred::from_future(poll_fn(move |context| {
        counted.set(counted.get() + 1);
        *keeps.borrow_mut() = Some(context.waker().clone());
        match counted.get() {
            2 => {
                context.waker().wake_by_ref();
                // It is this body that is woken: it is polled once more, when this poll has ended.
                assert_eq!(host::run_woken(), 1);
                Poll::Pending
            }
            4 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }));
    let wake = || kept.borrow().as_ref().expect("it was polled").wake_by_ref();
    wake();
    assert_eq!(host::run_woken(), 1);
    assert_eq!(polls.get(), 3, "called, woken, and once more for the wake that came meanwhile");
    wake();
    assert_eq!(host::run_woken(), 1);
    success_result_of(done);
}

/// Law 21: `run_woken` may be called from inside a body, which is not entered twice.
#[test]
fn run_woken_may_be_called_inside_a_body() {
    let (sender, receiver) = oneshot::channel::<u32>();
    let other = Deferred::from_future(receiver);
    let body = ensure_deferred(async move {
        yield_now().await;
        sender.send(1).expect("received");
        host::run_woken();
        assert!(other.is_fired());
        Ok(other.await??)
    });
    assert_eq!(host::run_woken(), 1);
    assert_eq!(success_result_of(body), 1);
}

/// Law 21: nobody has to call anything for what only Deferreds wait for, however they are put together.
#[test]
fn nobody_has_to_turn_the_wheel_for_deferreds() {
    let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..40).map(|_| Deferred::<u32>::new()).unzip();
    let body = ensure_deferred(async move {
        let all = futures::future::join_all(deferreds.into_iter().map(Deferred::into_future)).await;
        all.into_iter().sum::<Result<u32, Failure>>()
    });
    let above = ensure_deferred(async move {
        let mut one: FuturesUnordered<_> = std::iter::once(body.into_future()).collect();
        one.next().await.expect("one child")
    });
    for trigger in triggers {
        trigger.callback(1);
    }
    assert_eq!(success_result_of(above), 40);
}

/// Law 21: a wake that nothing on its thread can deliver is reported once, naming the body and its wait.
#[test]
fn a_wake_that_nothing_delivers_is_reported_once_with_the_body_and_its_wait() {
    fn a_body(receiver: oneshot::Receiver<u32>) -> Deferred<u32> {
        ensure_deferred(async move {
            succeed(()).await?;
            Ok(receiver.await?)
        })
    }
    let (report, reported) = mpsc::channel();
    thread::spawn(move || {
        let (sender, receiver) = oneshot::channel();
        a_body(receiver).detach();
        // After the first body: the hook outlives the report all the same.
        unhandled::set_hook(move |failure| report.send(failure.clone()).expect("the test listens"));
        sender.send(1).expect("received");
        let (quiet_sender, receiver) = oneshot::channel();
        a_body(receiver).detach();
        std::mem::forget(quiet_sender);
    })
    .join()
    .expect("the thread ends well");
    let reports: Vec<_> = reported.try_iter().collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].to_string().contains("a_body` was woken"), "{}", reports[0]);
    assert!(reports[0].origin().function().ends_with("::a_body"));
    assert_eq!(reports[0].origin().file(), file!());
}

/// Laws 21 and 22: what still waits when its thread ends is dropped; nobody is resumed, no callback runs.
#[test]
fn at_thread_end_pending_bodies_are_dropped_and_nobody_is_resumed() {
    struct Send(mpsc::Sender<&'static str>, &'static str);
    impl Drop for Send {
        fn drop(&mut self) {
            let _ = self.0.send(self.1);
        }
    }
    let (sender, events) = mpsc::channel();
    thread::spawn(move || {
        let (trigger, deferred) = Deferred::<u32>::new();
        let (resumed, foreign, direct) = (sender.clone(), sender.clone(), sender);
        deferred.add_both(move |_| resumed.send("a callback ran").unwrap_or_default()).detach();
        let guard = Send(foreign, "foreign dropped");
        let (never_sent, receiver) = oneshot::channel::<u32>();
        std::mem::forget(never_sent);
        ensure_deferred(async move {
            let _guard = guard;
            // It owns the trigger of somebody who waits: dropping it here must resume nobody.
            let _trigger = trigger;
            Ok(receiver.await?)
        })
        .detach();
        let (never, deferred) = Deferred::<u32>::new();
        let guard = Send(direct, "direct dropped");
        ensure_deferred(async move {
            let _guard = guard;
            deferred.await
        })
        .detach();
        std::mem::forget(never);
    })
    .join()
    .expect("the thread ends well");
    let mut seen: Vec<_> = events.try_iter().collect();
    seen.sort_unstable();
    assert_eq!(seen, ["direct dropped", "foreign dropped"]);
}

/// Laws 21 and 22: Deferreds and triggers may sit in thread-locals that outlive or precede the crate's own.
#[test]
fn thread_locals_may_hold_deferreds_until_the_thread_ends() {
    thread_local! {
        static KEPT: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) };
    }
    for touched_first in [true, false] {
        thread::spawn(move || {
            if touched_first {
                KEPT.with_borrow_mut(|kept| kept.push(Box::new(())));
            }
            let (trigger, deferred) = Deferred::<u32>::new();
            let (other_trigger, other) = Deferred::<u32>::new();
            let body = ensure_deferred(async move {
                let _owned = other_trigger;
                deferred.await
            });
            let above = ensure_deferred(async move {
                let _ = futures::join!(
                    other.into_future(),
                    Deferred::from_future(std::future::pending::<u32>()).into_future()
                );
                ok(())
            });
            let remote = Deferred::<u32>::new().0.remote();
            KEPT.with_borrow_mut(|kept| {
                kept.extend([Box::new(trigger) as Box<dyn std::any::Any>, Box::new((body, above, remote))]);
            });
        })
        .join()
        .expect("the thread ends well");
    }
}

/// Law 21: a wake that comes while the first run of a body lasts is not lost, even if the wheel is turned inside that run.
#[test]
fn a_wake_during_the_first_run_is_not_lost() {
    let body = ensure_deferred(async {
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            host::run_woken();
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        ok(polls)
    });
    host::run_woken();
    assert_eq!(success_result_of(body), 2);
    host::run_woken();
}

/// Law 21: nor is a firing that reaches the body through another waker during its first run.
#[test]
fn a_child_that_fires_during_the_first_run_resumes_the_body() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(async move {
        let mut children: FuturesUnordered<_> = std::iter::once(deferred.into_future()).collect();
        let (value, ()) = futures::join!(children.next(), async move { trigger.callback(3) });
        value.expect("one child")
    });
    assert_eq!(success_result_of(body), 3);
}

/// Law 19: a wait that an executor has polled may move into a body, which then is the one to be resumed.
#[test]
fn a_wait_polled_outside_may_move_into_a_body() {
    let wakes = Arc::<Wakes>::default();
    let (trigger, deferred) = Deferred::<u32>::new();
    let mut wait = deferred.into_future();
    assert!(poll_with(&mut wait, &wakes).is_pending());
    let body = ensure_deferred(wait);
    trigger.callback(4);
    assert_eq!(success_result_of(body), 4);
    assert_eq!(wakes.count(), 0);
}

/// Law 21: bodies that one firing reaches through a foreign waker are resumed in the order in which it woke them.
#[test]
fn bodies_woken_by_one_foreign_waker_are_resumed_in_order() {
    struct All(Vec<Waker>);
    impl Wake for All {
        fn wake(self: Arc<Self>) {
            self.0.iter().for_each(Waker::wake_by_ref);
        }
    }
    let log = Log::new();
    let wakers = Rc::new(RefCell::new(Vec::new()));
    for n in 0..3 {
        let (slot, note) = (Rc::clone(&wakers), log.clone());
        let mut polled = false;
        ensure_deferred(async move {
            poll_fn(|context| {
                if std::mem::replace(&mut polled, true) {
                    return Poll::Ready(());
                }
                slot.borrow_mut().push(context.waker().clone());
                Poll::Pending
            })
            .await;
            note.note(n);
            ok(())
        })
        .detach();
    }
    let (trigger, deferred) = Deferred::<u32>::new();
    let mut wait = deferred.into_future();
    let waker = Waker::from(Arc::new(All(wakers.take())));
    assert!(Pin::new(&mut wait).poll(&mut Context::from_waker(&waker)).is_pending());
    trigger.callback(1);
    assert_eq!(log.text(), "0 | 1 | 2");
}
