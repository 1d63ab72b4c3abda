//! Locks, semaphores and queues: in order, one after the other, without recursion, losing nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, Cancelled, DeferredLock, DeferredQueue, DeferredSemaphore, LockGuard, QueueOverflow, QueueUnderflow,
    ensure_deferred, maybe_deferred, race, succeed,
};

use crate::support::{Log, capture_unhandled, ok, on_small_stack, show};

const MANY: u32 = 100_000;

// ----- Lock -------------------------------------------------------------------------------------------------------

/// A free lock is acquired at once; the others follow in the order of asking, one at a time.
///
/// Twisted: `OtherPrimitivesTests.testLock`.
#[test]
fn a_lock_goes_to_one_after_the_other_in_the_order_of_asking() {
    let lock = DeferredLock::new();
    assert!(!lock.is_locked());
    let first = success_result_of(lock.acquire());
    let (second, third) = (lock.acquire(), lock.acquire());
    assert!(lock.is_locked());
    assert_eq!(lock.waiting(), 2);
    first.release();
    assert!(second.is_fired() && !third.is_fired() && lock.is_locked());
    drop(success_result_of(second));
    drop(success_result_of(third));
    assert!(!lock.is_locked());
    assert_eq!(lock.waiting(), 0);
}

/// `run` holds the lock until what the function returned has fired, and passes its result on, whatever it is.
///
/// Twisted: `OtherPrimitivesTests.testLock`.
#[test]
fn run_holds_the_lock_until_its_deferred_fires() {
    let lock = DeferredLock::new();
    let (trigger, work) = Deferred::<u32>::new();
    let done = lock.run(move || work);
    assert!(lock.is_locked());
    assert_no_result(&done);
    trigger.callback(42);
    assert_eq!(success_result_of(done), 42);
    assert!(!lock.is_locked());

    let failed = lock.run(|| Err::<u32, _>(Failure::msg("no")));
    assert_eq!(failure_result_of(failed).to_string(), "no");
    assert!(!lock.is_locked());
}

/// Law 18: a panic of what `run` calls releases the lock; it names that function and where it panicked.
#[test]
fn law_18_a_panic_in_run_releases_the_lock() {
    fn breaks() -> Result<u32, Failure> {
        panic!("broken")
    }
    let lock = DeferredLock::new();
    let failure = failure_result_of(lock.run(breaks));
    assert_eq!(failure.to_string(), "panicked: broken");
    assert!(failure.origin().function().ends_with("breaks"), "{failure:?}");
    assert!(!lock.is_locked());
}

/// A waiting acquire that is cancelled leaves the line with `Cancelled`; the next one gets the lock.
///
/// Twisted: `OtherPrimitivesTests.testLock`, `OtherPrimitivesTests.test_cancelLockBeforeAcquired`.
#[test]
fn cancelling_a_waiting_acquire_leaves_the_line() {
    let reported = capture_unhandled();
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let (second, third) = (lock.acquire(), lock.acquire());
    second.cancel();
    assert_eq!(lock.waiting(), 1);
    assert!(failure_result_of(second).check::<Cancelled>().is_some());
    drop(guard);
    drop(success_result_of(third));
    assert!(!lock.is_locked());
    assert_eq!(reported.text(), "");
}

/// Cancelling an acquire that was successful does nothing.
///
/// Twisted: `OtherPrimitivesTests.test_cancelLockAfterAcquired`.
#[test]
fn cancelling_an_acquire_after_the_lock_was_handed_over_does_nothing() {
    let lock = DeferredLock::new();
    let (first, second) = (lock.acquire(), lock.acquire());
    first.cancel();
    drop(success_result_of(first));
    second.cancel();
    let guard = success_result_of(second);
    assert!(lock.is_locked());
    drop(guard);
    assert!(!lock.is_locked());
}

/// `run` that is cancelled while it waits never calls its function; afterwards the cancel reaches what that returned.
#[test]
fn cancelling_run_calls_nothing_or_cancels_what_was_called() {
    let lock = DeferredLock::new();
    let log = Log::new();
    let (_trigger, work) = Deferred::<u32>::with_canceller({
        let log = log.clone();
        move |_| log.note("canceller")
    });
    let running = lock.run(move || work);
    let waiting = lock.run({
        let log = log.clone();
        move || -> Result<u32, Failure> {
            log.note("called");
            Ok(1)
        }
    });
    waiting.cancel();
    assert!(failure_result_of(waiting).is_cancelled());
    assert!(lock.is_locked());
    running.cancel();
    assert!(failure_result_of(running).is_cancelled());
    assert_eq!(log.text(), "canceller");
    assert!(!lock.is_locked());
}

/// Law 14: a body that waits for a lock sees the cancel at its wait; the lock goes on without it.
#[test]
fn law_14_a_body_that_waits_for_a_lock_can_be_cancelled() {
    #[inline_callbacks]
    fn body(lock: DeferredLock, log: Log) -> Deferred<()> {
        let result = yield_!(lock.acquire());
        log.note(show(&result));
    }
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let log = Log::new();
    let done = body(lock.clone(), log.clone());
    done.cancel();
    success_result_of(done);
    assert_eq!(log.text(), "F[cancelled]");
    assert_eq!(lock.waiting(), 0);
    drop(guard);
    assert!(!lock.is_locked());
}

/// Dropping the Deferred of an acquire leaves the line, or releases the lock if it had come.
#[test]
fn dropping_the_deferred_of_an_acquire_loses_no_lock() {
    let lock = DeferredLock::new();
    let (first, second, third) = (lock.acquire(), lock.acquire(), lock.acquire());
    drop(second);
    assert_eq!(lock.waiting(), 1);
    drop(first);
    assert!(third.is_fired());
    drop(third);
    assert!(!lock.is_locked());
}

/// Law 15: a lock that waits in a race which somebody else wins leaves the line.
#[test]
fn law_15_an_acquire_that_loses_a_race_leaves_the_line() {
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let (trigger, other) = Deferred::<&str>::new();
    let race = race([lock.acquire().map(|_guard| "lock"), other]);
    trigger.callback("other");
    assert_eq!(success_result_of(race), (1, "other"));
    assert_eq!(lock.waiting(), 0);
    drop(guard);
    assert!(!lock.is_locked());
}

/// A `select!` that goes another way leaves the line at once, whichever it polls first.
#[test]
fn an_acquire_that_loses_a_select_leaves_the_line() {
    #[inline_callbacks]
    fn body(lock: DeferredLock, other: Deferred<u32>, lock_first: bool) -> Deferred<&'static str> {
        let won = if lock_first {
            tokio::select! { biased; _guard = lock.acquire() => "lock", _ = other => "other" }
        } else {
            tokio::select! { biased; _ = other => "other", _guard = lock.acquire() => "lock" }
        };
        assert_eq!(lock.waiting(), 0);
        return_value!(won)
    }
    for lock_first in [false, true] {
        let lock = DeferredLock::new();
        let guard = success_result_of(lock.acquire());
        let (trigger, other) = Deferred::new();
        let done = body(lock.clone(), other, lock_first);
        assert_eq!(lock.waiting(), 1);
        trigger.callback(1);
        assert_eq!(success_result_of(done), "other");
        drop(guard);
        assert!(!lock.is_locked());
    }
}

/// The results of queued jobs come in the order of the jobs, each before the next job begins.
///
/// (In Twisted, results come last one first: `lock_release_order`.)
///
/// Hazard 2.
#[test]
fn queued_jobs_deliver_their_results_in_order() {
    let log = Log::new();
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    for job in ["0", "1", "2"] {
        let log = log.clone();
        let noting = log.clone();
        let result = lock.run(move || {
            noting.note(format!("job {job}"));
            ok(job)
        });
        result.add_callback(move |job| log.note(format!("result {job}"))).detach();
    }
    drop(guard);
    assert_eq!(log.text(), "job 0 | result 0 | job 1 | result 1 | job 2 | result 2");
    assert!(!lock.is_locked());
}

/// A guard dropped outside user code resumes the next one before the drop returns.
#[test]
fn a_guard_dropped_outside_user_code_hands_over_at_once() {
    let log = Log::new();
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let done = log.watch("next", lock.acquire().map(|_guard| ()));
    log.note("drop");
    drop(guard);
    log.note("dropped");
    success_result_of(done);
    assert_eq!(log.text(), "drop | next -> () | dropped");
}

/// A guard dropped in a body resumes the next one when the outermost user code has returned, after the body's own result.
#[test]
fn a_guard_dropped_in_a_body_hands_over_when_the_outermost_user_code_has_returned() {
    #[inline_callbacks]
    fn holder(guard: LockGuard, start: Deferred<()>, log: Log) -> Deferred<()> {
        yield_!(start)?;
        drop(guard);
        log.note("dropped");
    }
    let log = Log::new();
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let (start, started) = Deferred::new();
    let first = log.watch("first", holder(guard, started, log.clone()));
    let next = log.watch("next", lock.acquire().map(|_guard| ()));
    let noting = log.clone();
    success_result_of(maybe_deferred(move || {
        start.callback(());
        noting.note("outermost");
    }));
    assert_eq!(log.text(), "dropped | first -> () | outermost | next -> ()");
    drop((first, next));
}

/// Guards of several locks that are dropped in user code hand over in the order of dropping.
#[test]
fn guards_hand_over_in_the_order_of_dropping() {
    let log = Log::new();
    let locks = [DeferredLock::new(), DeferredLock::new(), DeferredLock::new()];
    let [a, b, c] = [0, 1, 2].map(|index: usize| success_result_of(locks[index].acquire()));
    for (lock, name) in locks.iter().zip(["a", "b", "c"]) {
        log.watch(name, lock.acquire().map(|_guard| ())).detach();
    }
    success_result_of(maybe_deferred(move || drop((c, a, b))));
    assert_eq!(log.text(), "c -> () | a -> () | b -> ()");
}

/// Between the drop in user code and the hand-over nobody overtakes the first in line, who can still be cancelled.
#[test]
fn until_the_hand_over_nobody_overtakes_and_the_first_in_line_can_be_cancelled() {
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let first = lock.run(|| -> Result<u32, Failure> { panic!("it was cancelled before its turn") });
    let same = lock.clone();
    let late = maybe_deferred(move || {
        drop(guard);
        assert!(same.is_locked(), "it is promised");
        let late = same.acquire();
        assert_no_result(&late);
        first.cancel();
        assert!(failure_result_of(first).is_cancelled());
        assert!(same.is_locked(), "now to the next one");
        late
    });
    drop(success_result_of(late));
    assert!(!lock.is_locked());
}

/// When all in line are gone before the hand-over, the lock is free.
#[test]
fn when_all_in_line_are_gone_before_the_hand_over_the_lock_is_free() {
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let (first, second) = (lock.acquire(), lock.acquire());
    let same = lock.clone();
    success_result_of(maybe_deferred(move || {
        drop(guard);
        first.cancel();
        drop(second);
        assert!(!same.is_locked());
        let third = same.acquire();
        assert!(third.is_fired());
        drop(first);
        drop(third);
    }));
    assert!(!lock.is_locked());
}

/// A panic in a body releases what it holds, and the next one gets it.
///
/// Twisted: `CoroutineContextVarsTests.test_asyncWithLockException`.
#[test]
fn law_18_a_panic_or_a_failure_of_a_body_releases_its_lock() {
    #[inline_callbacks]
    fn body(lock: DeferredLock, start: Deferred<u32>) -> Deferred<u32> {
        let _guard = yield_!(lock.acquire())?;
        let n = yield_!(start)?;
        assert!(n > 0, "nothing");
        Ok(n)
    }
    let lock = DeferredLock::new();
    let ((panics, one), (fails, two), (succeeds, three)) = (Deferred::new(), Deferred::new(), Deferred::new());
    let bodies = [one, two, three].map(|start| body(lock.clone(), start));
    panics.callback(0);
    fails.errback(Failure::msg("no"));
    succeeds.callback(1);
    let [panicked, failed, succeeded] = bodies;
    assert_eq!(failure_result_of(panicked).to_string(), "panicked: nothing");
    assert_eq!(failure_result_of(failed).to_string(), "no");
    assert_eq!(success_result_of(succeeded), 1);
    assert!(!lock.is_locked());
}

/// The guard in a body's scope holds the lock until the scope ends.
///
/// Twisted: `CoroutineContextVarsTests.test_asyncWithLock`.
#[test]
fn a_guard_holds_the_lock_for_a_scope() {
    #[inline_callbacks]
    fn body(lock: DeferredLock, inside: Deferred<()>) -> Deferred<bool> {
        {
            let _guard = yield_!(lock.acquire())?;
            yield_!(inside)?;
            assert!(lock.is_locked());
        }
        return_value!(lock.is_locked())
    }
    let lock = DeferredLock::new();
    let (trigger, inside) = Deferred::new();
    let done = body(lock.clone(), inside);
    assert!(lock.is_locked());
    trigger.callback(());
    assert!(!success_result_of(done));
}

/// A guard may be dropped in any destructor, also in one that runs while a panic unwinds the stack.
#[test]
fn a_guard_may_be_dropped_while_a_panic_unwinds() {
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let next = lock.run(|| -> Result<u32, Failure> { panic!("and another one") });
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _guard = guard;
        panic!("away");
    }));
    assert!(unwound.is_err());
    assert_eq!(failure_result_of(next).to_string(), "panicked: and another one");
    assert!(!lock.is_locked());
}

/// A lock that nothing but a guard keeps alive, in the value of a Deferred, goes away with it.
#[test]
fn a_guard_outlives_its_lock() {
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let next = lock.acquire();
    drop(lock);
    drop(guard);
    drop(success_result_of(next));
}

/// A thread that ends with a guard in a waiting body, and any number of others in line, frees them all and resumes none.
#[test]
fn law_22_a_thread_that_ends_frees_all_in_line() {
    #[derive(Clone, Default)]
    struct Counts {
        freed: Arc<AtomicU32>,
        resumed: Arc<AtomicU32>,
    }
    struct CountOnDrop(Counts);
    impl Drop for CountOnDrop {
        fn drop(&mut self) {
            self.0.freed.fetch_add(1, Ordering::Relaxed);
        }
    }
    thread_local! {
        static HELD: Cell<Option<LockGuard>> = const { Cell::new(None) };
    }
    let counts = Counts::default();
    let counted = counts.clone();
    on_small_stack(move || {
        // Touched first, it is destroyed last, after everything of this thread has been ended.
        HELD.with(|_| ());
        let lock = DeferredLock::new();
        HELD.set(Some(success_result_of(lock.acquire())));
        for index in 0..MANY {
            let (count, same) = (CountOnDrop(counted.clone()), lock.clone());
            let go_on = move |guard| {
                assert!(same.is_locked());
                count.0.resumed.fetch_add(1, Ordering::Relaxed);
                drop(guard);
            };
            if index % 2 == 0 {
                lock.acquire().map(go_on).detach();
            } else {
                let lock = lock.clone();
                ensure_deferred(async move { lock.acquire().await.map(go_on) }).detach();
            }
        }
    });
    assert_eq!((counts.freed.load(Ordering::Relaxed), counts.resumed.load(Ordering::Relaxed)), (MANY, 0));
}

/// … also when each in line holds the lock that the next one waits for.
#[test]
fn law_22_a_thread_that_ends_frees_a_line_of_lines() {
    thread_local! {
        static HELD: Cell<Option<LockGuard>> = const { Cell::new(None) };
    }
    on_small_stack(|| {
        HELD.with(|_| ());
        let mut lock = DeferredLock::new();
        HELD.set(Some(success_result_of(lock.acquire())));
        // A body: the thread's end counts from its being there.
        let (trigger, never) = Deferred::<()>::new();
        ensure_deferred(async move {
            let _trigger = trigger;
            never.await
        })
        .detach();
        for _ in 0..MANY {
            let next = DeferredLock::new();
            let guard = success_result_of(next.acquire());
            lock.acquire().map(move |_guard| drop(guard)).detach();
            lock = next;
        }
    });
}

// ----- Many -------------------------------------------------------------------------------------------------------

/// Law 4: a hundred thousand jobs in line, all of them synchronous: in order, on a small stack.
///
/// Hazard 2.
#[test]
fn a_hundred_thousand_jobs_in_line_run_in_order_on_a_small_stack() {
    on_small_stack(|| {
        let lock = DeferredLock::new();
        let guard = success_result_of(lock.acquire());
        let results = Rc::new(RefCell::new(Vec::new()));
        for job in 0..MANY {
            let results = Rc::clone(&results);
            lock.run(move || ok(job)).add_callback(move |job| results.borrow_mut().push(job)).detach();
        }
        drop(guard);
        assert!(results.borrow().iter().copied().eq(0..MANY));
        assert!(!lock.is_locked());
    });
}

/// Law 4: … bodies that let the guard go at their scope's end.
#[test]
fn a_hundred_thousand_bodies_in_line_run_in_order_on_a_small_stack() {
    #[inline_callbacks]
    fn body(lock: DeferredLock, job: u32, started: Rc<Cell<u32>>) -> Deferred<u32> {
        let _guard = yield_!(lock.acquire())?;
        assert_eq!(started.replace(job + 1), job);
        return_value!(job)
    }
    on_small_stack(|| {
        let lock = DeferredLock::new();
        let guard = success_result_of(lock.acquire());
        let (started, ended) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        for job in 0..MANY {
            let ended = Rc::clone(&ended);
            let done = body(lock.clone(), job, Rc::clone(&started));
            done.add_callback(move |job| assert_eq!(ended.replace(job + 1), job)).detach();
        }
        drop(guard);
        assert_eq!((started.get(), ended.get()), (MANY, MANY));
        assert!(unhandled_failures().is_empty());
        assert!(!lock.is_locked());
    });
}

/// Law 4: … callbacks that pass the guard on to another Deferred, whose callback drops it.
#[test]
fn a_hundred_thousand_guards_that_are_passed_on_use_no_stack() {
    on_small_stack(|| {
        let lock = DeferredLock::new();
        let guard = success_result_of(lock.acquire());
        let dropped = Rc::new(Cell::new(0));
        for _ in 0..MANY {
            let (trigger, passed_on) = Deferred::<LockGuard>::new();
            lock.acquire().add_callback(move |guard| trigger.callback(guard)).detach();
            let dropped = Rc::clone(&dropped);
            passed_on.map(move |_guard| dropped.set(dropped.get() + 1)).detach();
        }
        drop(guard);
        assert_eq!(dropped.get(), MANY);
        assert!(!lock.is_locked());
    });
}

/// Law 4: … Deferreds that nobody looks at, and cancelled ones.
#[test]
fn a_hundred_thousand_who_leave_the_line_use_no_stack() {
    on_small_stack(|| {
        let lock = DeferredLock::new();
        let guard = success_result_of(lock.acquire());
        let waiting: Vec<_> = (0..MANY).map(|_| lock.acquire()).collect();
        let unseen = lock.acquire().map(drop);
        waiting.iter().step_by(2).for_each(Deferred::cancel);
        assert_eq!(lock.waiting(), MANY as usize / 2 + 1);
        drop(waiting);
        assert_eq!(lock.waiting(), 1);
        drop(guard);
        success_result_of(unseen);
        assert!(!lock.is_locked());
    });
}

/// A long-held lock that many try for and give up: the line stays as short as it is.
#[test]
fn who_has_left_the_line_takes_no_room() {
    let lock = DeferredLock::new();
    let guard = success_result_of(lock.acquire());
    let counted = allocation_counter::measure(|| {
        for _ in 0..MANY {
            lock.acquire().cancel();
        }
    });
    assert!(counted.bytes_current < 4096, "{} bytes are kept", counted.bytes_current);
    drop(guard);
}

// ----- Semaphore --------------------------------------------------------------------------------------------------

/// A semaphore gives as many tokens as it has; the others wait in order.
///
/// Twisted: `OtherPrimitivesTests.testSemaphore`.
#[test]
fn a_semaphore_gives_as_many_tokens_as_it_has() {
    const TOKENS: usize = 13;
    let semaphore = DeferredSemaphore::new(TOKENS);
    let (trigger, work) = Deferred::<u32>::new();
    let run = semaphore.run(move || work);
    assert_eq!(semaphore.tokens(), TOKENS - 1);
    trigger.callback(42);
    assert_eq!(success_result_of(run), 42);
    assert_eq!((semaphore.tokens(), semaphore.limit()), (TOKENS, TOKENS));

    let mut held = Vec::new();
    for left in (0..TOKENS).rev() {
        held.push(success_result_of(semaphore.acquire()));
        assert_eq!(semaphore.tokens(), left);
    }
    let waiting: Vec<_> = (0..TOKENS).map(|_| semaphore.acquire()).collect();
    assert_eq!(semaphore.waiting(), TOKENS);
    for (index, guard) in held.into_iter().enumerate() {
        drop(guard);
        assert_eq!(semaphore.tokens(), 0);
        assert!(waiting[index].is_fired());
        assert!(waiting[index + 1..].iter().all(|later| !later.is_fired()));
    }
    for (index, deferred) in waiting.into_iter().enumerate() {
        drop(success_result_of(deferred));
        assert_eq!(semaphore.tokens(), index + 1);
    }
}

/// A semaphore of nothing is refused, at the caller's place.
///
/// Twisted: `OtherPrimitivesTests.test_semaphoreInvalidTokens`.
#[test]
fn a_semaphore_needs_a_token() {
    let refused = maybe_deferred(|| {
        let _ = DeferredSemaphore::new(0);
        ok(())
    });
    let failure = failure_result_of(refused);
    assert_eq!(failure.to_string(), "panicked: a `DeferredSemaphore` needs at least one token");
    assert!(failure.origin().file().ends_with("locks.rs") && failure.origin().file().contains("semantics"));
}

/// A waiting acquire that is cancelled leaves the line; no token is lost.
///
/// Twisted: `OtherPrimitivesTests.testSemaphore`, `OtherPrimitivesTests.test_cancelSemaphoreBeforeAcquired`.
#[test]
fn cancelling_a_waiting_acquire_of_a_semaphore_loses_no_token() {
    let semaphore = DeferredSemaphore::new(1);
    let guard = success_result_of(semaphore.acquire());
    let waiting = semaphore.acquire();
    waiting.cancel();
    assert!(failure_result_of(waiting).is_cancelled());
    drop(guard);
    assert_eq!((semaphore.tokens(), semaphore.waiting()), (1, 0));
}

/// Cancelling an acquire that was successful does nothing.
///
/// Twisted: `OtherPrimitivesTests.test_cancelSemaphoreAfterAcquired`.
#[test]
fn cancelling_an_acquire_of_a_semaphore_afterwards_does_nothing() {
    let semaphore = DeferredSemaphore::new(1);
    let acquired = semaphore.acquire();
    acquired.cancel();
    drop(success_result_of(acquired));
    assert_eq!(semaphore.tokens(), 1);
}

/// Guards in nested scopes hold a token each.
///
/// Twisted: `CoroutineContextVarsTests.test_asyncWithSemaphore`.
#[test]
fn guards_in_nested_scopes_hold_a_token_each() {
    #[inline_callbacks]
    fn body(semaphore: DeferredSemaphore) -> Deferred<Vec<usize>> {
        let mut tokens = vec![semaphore.tokens()];
        {
            let _outer = yield_!(semaphore.acquire())?;
            tokens.push(semaphore.tokens());
            {
                let _inner = yield_!(semaphore.acquire())?;
                tokens.push(semaphore.tokens());
            }
            tokens.push(semaphore.tokens());
        }
        tokens.push(semaphore.tokens());
        Ok(tokens)
    }
    assert_eq!(success_result_of(body(DeferredSemaphore::new(3))), [3, 2, 1, 2, 3]);
}

/// Tokens dropped together in user code are all handed over, and one that is left over can be had at once.
#[test]
fn tokens_dropped_together_are_all_handed_over() {
    let semaphore = DeferredSemaphore::new(3);
    let held: Vec<_> = (0..3).map(|_| success_result_of(semaphore.acquire())).collect();
    let (first, second) = (semaphore.acquire(), semaphore.acquire());
    let same = semaphore.clone();
    success_result_of(maybe_deferred(move || {
        drop(held);
        assert_eq!(same.tokens(), 1, "two are promised");
        let third = same.acquire();
        assert!(third.is_fired());
        assert_eq!(same.tokens(), 0);
        drop(third);
        assert_eq!(same.tokens(), 1);
    }));
    assert!(first.is_fired() && second.is_fired());
    assert_eq!(semaphore.tokens(), 1);
}

/// Whatever is acquired, dropped, cancelled, inside and outside user code: a token is either held, free, or promised.
#[test]
fn no_token_is_ever_lost_or_made() {
    for seed in 0..200_u32 {
        let mut random = Random(seed);
        let semaphore = DeferredSemaphore::new(3);
        let mut deferreds = Vec::new();
        for _ in 0..60 {
            let act = |random: &mut Random, deferreds: &mut Vec<Deferred<LockGuard>>| match random.below(5) {
                0..=1 => deferreds.push(semaphore.acquire()),
                _ if deferreds.is_empty() => (),
                2 => deferreds[random.below(deferreds.len())].cancel(),
                3 => drop(deferreds.swap_remove(random.below(deferreds.len()))),
                _ => drop(deferreds.remove(0)),
            };
            if random.below(2) == 0 {
                act(&mut random, &mut deferreds);
            } else {
                deferreds =
                    inside_user_code((deferreds, semaphore.clone(), random.0), |(deferreds, semaphore, seed)| {
                        let mut random = Random(*seed);
                        for _ in 0..random.below(6) {
                            match random.below(4) {
                                0 => deferreds.push(semaphore.acquire()),
                                _ if deferreds.is_empty() => (),
                                1 => deferreds[random.below(deferreds.len())].cancel(),
                                _ => drop(deferreds.swap_remove(random.below(deferreds.len()))),
                            }
                        }
                    })
                    .0;
                random.below(2);
            }
            let is_held = |deferred: &&Deferred<LockGuard>| deferred.peek(|result| result.is_ok()) == Some(true);
            let held = deferreds.iter().filter(is_held).count();
            let waiting = deferreds.iter().filter(|deferred| !deferred.is_fired()).count();
            assert_eq!((held + semaphore.tokens(), semaphore.waiting()), (3, waiting), "seed {seed}");
            assert!(semaphore.tokens() == 0 || waiting == 0, "seed {seed}");
        }
    }
}

/// Lends `value` to `work` inside a callback.
fn inside_user_code<V: 'static>(value: V, work: impl FnOnce(&mut V) + 'static) -> V {
    success_result_of(succeed(value).map(move |mut value| {
        work(&mut value);
        value
    }))
}

/// A small generator of numbers that are random enough.
struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) as usize % end
    }
}

// ----- Queue ------------------------------------------------------------------------------------------------------

/// Items and those who ask for them meet in the order of coming; both are limited.
///
/// Twisted: `OtherPrimitivesTests.testQueue`.
#[test]
fn a_queue_is_in_order_both_ways_and_limited_both_ways() {
    const N: u32 = 2;
    const M: u32 = 2;
    let queue = DeferredQueue::bounded(Some(N as usize), Some(M as usize));
    let log = Log::new();
    let take = || log.watch("got", queue.get()).detach();
    (0..M).for_each(|_| take());
    assert!(failure_result_of(queue.get()).check::<QueueUnderflow>().is_some());
    for item in 0..M {
        assert_eq!(queue.put(item), Ok(()));
    }
    assert_eq!(log.text(), "got -> 0 | got -> 1");
    for item in 10..10 + N {
        assert_eq!(queue.put(item), Ok(()));
    }
    assert_eq!(queue.put(99), Err(QueueOverflow));
    assert_eq!((queue.len(), queue.waiting()), (2, 0));
    (0..N).for_each(|_| take());
    assert_eq!(log.text(), "got -> 0 | got -> 1 | got -> 10 | got -> 11");
    assert!(queue.is_empty());
}

/// A queue of size 0 takes only what somebody waits for; one with a backlog of 0 lets nobody wait.
///
/// Twisted: `OtherPrimitivesTests.testQueue`.
#[test]
fn limits_of_zero_are_limits() {
    let queue = DeferredQueue::bounded(Some(0), None);
    assert_eq!(queue.put(1), Err(QueueOverflow));
    let got = queue.get();
    assert_eq!(queue.put(2), Ok(()));
    assert_eq!(success_result_of(got), 2);

    let queue = DeferredQueue::bounded(None, Some(0));
    assert!(failure_result_of(queue.get()).check::<QueueUnderflow>().is_some());
    assert_eq!(queue.put(3), Ok(()));
    assert_eq!(success_result_of(queue.get()), 3);
}

/// Nothing is lost silently: what there is no room for comes back from `try_put`.
#[test]
fn what_there_is_no_room_for_comes_back() {
    let queue = DeferredQueue::bounded(Some(1), None);
    assert_eq!(queue.try_put("first".to_owned()), Ok(()));
    assert_eq!(queue.try_put("second".to_owned()), Err("second".to_owned()));
    assert_eq!(success_result_of(queue.get()), "first");
}

/// Cancelling a get that has its item, at once or later, does nothing.
///
/// Twisted: `OtherPrimitivesTests.test_cancelQueueAfterSynchronousGet`.
#[test]
fn cancelling_a_get_that_has_its_item_does_nothing() {
    let queue = DeferredQueue::new();
    queue.put(1).unwrap();
    let got = queue.get();
    got.cancel();
    assert_eq!(success_result_of(got), 1);
    let got = queue.get();
    queue.put(2).unwrap();
    got.cancel();
    assert_eq!(success_result_of(got), 2);
}

/// A waiting get that is cancelled leaves the line; the item goes to the next one.
///
/// Twisted: `OtherPrimitivesTests.test_cancelQueueAfterGet`.
#[test]
fn cancelling_a_waiting_get_leaves_the_line() {
    let queue = DeferredQueue::new();
    let (first, second) = (queue.get(), queue.get());
    first.cancel();
    assert!(failure_result_of(first).is_cancelled());
    assert_eq!(queue.waiting(), 1);
    queue.put(1).unwrap();
    assert_eq!(success_result_of(second), 1);
    queue.put(2).unwrap();
    assert_eq!(success_result_of(queue.get()), 2);
}

/// Dropping the Deferred of a waiting get leaves the line too: the item is not given to nobody, and it makes room.
#[test]
fn dropping_a_waiting_get_loses_no_item() {
    let queue = DeferredQueue::bounded(None, Some(1));
    drop(queue.get());
    let second = queue.get();
    queue.put(1).unwrap();
    assert_eq!(success_result_of(second), 1);
}

/// A get with a callback goes on when its Deferred is dropped (law 12).
#[test]
fn law_12_a_get_with_a_callback_goes_on_when_it_is_dropped() {
    let log = Log::new();
    let queue = DeferredQueue::new();
    log.watch("got", queue.get()).detach();
    queue.put(1).unwrap();
    assert_eq!(log.text(), "got -> 1");
}

/// An item put in a body goes to the one who waits when the outermost user code has returned; it can be cancelled until
/// then, and the item goes to the next one.
#[test]
fn an_item_put_in_user_code_is_handed_over_afterwards_and_never_lost() {
    let log = Log::new();
    let queue = DeferredQueue::bounded(Some(0), None);
    let (first, second) = (queue.get(), queue.get());
    let cancel = first.cancel_handle();
    let done = [log.watch("first", first), log.watch("second", second)];
    let (same, noting) = (queue.clone(), log.clone());
    success_result_of(maybe_deferred(move || {
        same.put("a").unwrap();
        same.put("b").unwrap();
        assert_eq!(same.put("c"), Err(QueueOverflow), "both are promised something");
        noting.note("put");
        cancel.cancel();
    }));
    assert_eq!(log.text(), "put | first -> F[cancelled] | second -> \"a\"");
    assert_eq!(queue.len(), 1);
    assert_eq!(success_result_of(queue.get()), "b");
    drop(done);
}

/// One to whom something is promised counts no more among those who wait for a bounded queue.
#[test]
fn who_is_promised_an_item_takes_no_room_in_the_backlog() {
    let queue = DeferredQueue::bounded(None, Some(1));
    let first = queue.get();
    let same = queue.clone();
    let second = maybe_deferred(move || {
        same.put(1).unwrap();
        same.get()
    });
    queue.put(2).unwrap();
    assert_eq!((success_result_of(first), success_result_of(second)), (1, 2));
}

/// A get in between takes what was promised to one who has gone; nobody else's item.
#[test]
fn a_get_in_between_takes_what_was_promised_to_one_who_has_gone() {
    let queue = DeferredQueue::new();
    let (first, second) = (queue.get(), queue.get());
    let same = queue.clone();
    let third = maybe_deferred(move || {
        same.put(1).unwrap();
        same.put(2).unwrap();
        drop(first);
        assert_eq!(same.len(), 1);
        let third = same.get();
        assert!(third.is_fired());
        third
    });
    assert_eq!((success_result_of(second), success_result_of(third)), (1, 2));
}

/// When the last handle of a queue is dropped, those who wait are told.
#[test]
fn law_8_those_who_wait_for_a_queue_that_is_gone_are_abandoned() {
    let queue = DeferredQueue::<u32>::new();
    let (first, second) = (queue.get(), queue.clone().get());
    first.cancel();
    drop(queue);
    assert!(failure_result_of(first).is_cancelled());
    assert!(failure_result_of(second).check::<Abandoned>().is_some());
}

/// Law 4: a hundred thousand who wait for a queue, each of them putting the next one's item: in order, on a small stack.
#[test]
fn a_hundred_thousand_in_line_for_a_queue_pass_an_item_on_without_recursion() {
    #[inline_callbacks]
    fn worker(queue: DeferredQueue<u32>, passed: Rc<Cell<u32>>) -> Deferred<()> {
        let item = yield_!(queue.get())?;
        assert_eq!(passed.replace(item + 1), item);
        queue.put(item + 1)?;
    }
    on_small_stack(|| {
        let queue = DeferredQueue::new();
        let passed = Rc::new(Cell::new(0));
        for _ in 0..MANY {
            worker(queue.clone(), Rc::clone(&passed)).detach();
        }
        queue.put(0).unwrap();
        assert_eq!(passed.get(), MANY);
        assert_eq!(success_result_of(queue.get()), MANY);
        assert!(unhandled_failures().is_empty());
    });
}

/// Law 4: … and a hundred thousand items put by one callback, for as many who wait.
#[test]
fn a_hundred_thousand_items_put_by_one_callback_arrive_in_order() {
    on_small_stack(|| {
        let queue = DeferredQueue::new();
        let got = Rc::new(RefCell::new(Vec::new()));
        for _ in 0..MANY {
            let got = Rc::clone(&got);
            queue.get().map(move |item| got.borrow_mut().push(item)).detach();
        }
        let same = queue.clone();
        success_result_of(maybe_deferred(move || (0..MANY).for_each(|item| same.put(item).unwrap())));
        assert!(got.borrow().iter().copied().eq(0..MANY));
        assert!(queue.is_empty());
    });
}

/// What a queue still holds is dropped with it, once.
#[test]
fn items_are_dropped_with_the_queue() {
    let log = Log::new();
    let queue = DeferredQueue::new();
    let _ = queue.put(log.on_drop("item"));
    let same = queue.clone();
    drop(queue);
    assert_eq!(log.text(), "");
    drop(same);
    assert_eq!(log.text(), "item");
}

/// The `Debug` forms say how things stand.
#[test]
fn locks_and_queues_say_how_they_stand() {
    let (lock, semaphore, queue) = (DeferredLock::new(), DeferredSemaphore::new(2), DeferredQueue::new());
    let guard = success_result_of(lock.acquire());
    let (_waiting, _held) = (lock.acquire(), semaphore.acquire());
    queue.put(1).unwrap();
    assert_eq!(
        format!("{lock:?} {guard:?} {semaphore:?} {queue:?}"),
        "DeferredLock(locked, 1 waiting) LockGuard DeferredSemaphore(1 of 2 tokens, 0 waiting) \
         DeferredQueue(1 items, 0 waiting)"
    );
}
