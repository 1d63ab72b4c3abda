//! Inside somebody else's executor: laws 19 to 22 in every kind of tokio runtime, under smol, and in a loop without any.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Deferred, Failure, ensure_deferred, fail, host, reactor};
use tokio::time::Instant;

use crate::reacting::{
    HOUR, MS, after, block_on_paused, joins_and_selects, on_own_thread, panic_message, poem_over_tcp,
};
use crate::support::{Log, capture_unhandled, ok, show};

/// Every kind of tokio runtime, with a future to run in each.
fn in_every_tokio_runtime<F: Future<Output = ()> + 'static>(work: fn() -> F) {
    use tokio::runtime::{Builder, LocalOptions};
    on_own_thread(move || Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work()));
    on_own_thread(move || {
        Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime").block_on(work());
    });
    on_own_thread(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio::task::LocalSet::new().block_on(&runtime, work());
    });
    on_own_thread(move || {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(async move { tokio::task::LocalSet::new().run_until(work()).await });
    });
    on_own_thread(move || {
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(work());
    });
}

/// Law 22: inside a tokio runtime timers use that runtime, whatever its kind.
#[test]
fn timers_use_the_tokio_runtime_around_them() {
    in_every_tokio_runtime(|| async {
        let log = Log::new();
        for (delay, name) in [(3, "third"), (1, "first"), (2, "second"), (0, "zero")] {
            let note = log.clone();
            reactor::call_later(delay * MS, move || note.note(name));
        }
        assert_eq!(show(&after(4 * MS).await), "()");
        assert_eq!(log.text(), "zero | first | second | third");
    });
}

/// Law 21: bodies do I/O and wait for other threads in every tokio runtime, with `join!` and `select!`.
#[test]
fn bodies_wait_for_io_and_threads_in_every_tokio_runtime() {
    in_every_tokio_runtime(|| async {
        let both = ensure_deferred(async {
            let (poem, sum) = tokio::join!(poem_over_tcp("a poem").into_future(), joins_and_selects().into_future());
            let timed = tokio::select! {
                value = after(HOUR) => value.map(|()| "the hour")?,
                value = after(MS) => value.map(|()| "the millisecond")?,
            };
            ok((poem?, sum?, timed))
        });
        assert_eq!(both.await.expect("a success"), ("a poem".to_owned(), 111, "the millisecond"));
    });
}

/// Law 21: `join!` and `select!` in bodies under smol, and in a loop without any executor.
#[test]
fn bodies_join_and_select_under_smol_and_in_a_loop_of_ones_own() {
    assert_eq!(show(&smol::block_on(joins_and_selects().into_future())), "111");
    let executor = smol::LocalExecutor::new();
    let task = executor.spawn(joins_and_selects().into_future());
    assert_eq!(show(&smol::block_on(executor.run(task))), "111");

    let (tell, told) = mpsc::channel();
    host::on_wake(move || tell.send(()).expect("the loop listens"));
    let body = joins_and_selects();
    while !body.is_fired() {
        told.recv().expect("the hook lives");
        host::run_woken();
    }
    assert_eq!(success_result_of(body), 111);
}

/// Law 22: after it was used inside other executors, the thread's own reactor runs as ever, and the other way round.
#[test]
fn one_thread_may_use_the_reactor_and_other_executors_in_turn() {
    let other = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for _ in 0..2 {
        assert_eq!(show(&reactor::block_on(joins_and_selects)), "111");
        other.block_on(async {
            assert_eq!(show(&after(MS).await), "()");
            assert_eq!(show(&poem_over_tcp("a poem").await), "\"a poem\"");
        });
        assert_eq!(show(&smol::block_on(joins_and_selects().into_future())), "111");
        assert_eq!(show(&reactor::block_on(|| poem_over_tcp("a poem"))), "\"a poem\"");
    }
}

/// Law 22: in a runtime without timers, `call_later` panics with tokio's sentence, and a delay of zero works.
#[test]
fn in_a_runtime_without_timers_tokio_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        assert_eq!(show(&after(Duration::ZERO).await), "()");
        let message = panic_message(|| drop(reactor::call_later(HOUR, || ())));
        assert!(message.contains("timers are disabled"), "{message}");
        assert_eq!(show(&after(Duration::ZERO).await), "()");
    });
    assert_eq!(unhandled_failures().len(), 0);
}

fn paused_runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime")
}

/// Law 22: they keep to tokio's paused clock: an hour passes at once, in order, and a delay of zero takes no time.
#[test]
fn timers_keep_to_tokios_paused_clock() {
    paused_runtime().block_on(async {
        let start = Instant::now();
        for _ in 0..10 {
            after(Duration::ZERO).await.expect("a success");
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let log = Log::new();
        let note = log.clone();
        let half = reactor::call_later(HOUR / 2, move || note.note("half"));
        let note = log.clone();
        reactor::call_later(2 * HOUR, move || note.note("reset")).reset(HOUR / 4);
        let cancelled = reactor::call_later(HOUR / 8, || panic!("cancelled"));
        assert!(cancelled.cancel());
        after(HOUR).await.expect("a success");
        assert!(!half.is_active());
        assert_eq!(log.text(), "reset | half");
        let elapsed = start.elapsed();
        assert!(elapsed >= HOUR && elapsed < HOUR + 10 * MS, "{elapsed:?}");
    });
}

/// Law 22: a call that reschedules itself with a delay of zero starves nobody in somebody else's runtime.
#[test]
fn a_call_that_reschedules_itself_starves_nobody_in_another_runtime() {
    fn again(turns: &Rc<Cell<u32>>) {
        turns.set(turns.get() + 1);
        let turns = Rc::clone(turns);
        reactor::call_later(Duration::ZERO, move || again(&turns));
    }
    in_every_tokio_runtime(|| async {
        let turns = Rc::new(Cell::new(0));
        again(&turns);
        assert_eq!(show(&poem_over_tcp("a poem").await), "\"a poem\"");
        assert_eq!(show(&after(MS).await), "()");
        assert!(turns.get() > 1);
    });
}

/// Laws 21 and 22: a call that is due sooner, scheduled where nothing could fire it, does not hide those of the runtime.
#[test]
fn a_call_from_before_does_not_hide_the_runtimes_timers() {
    let sooner = reactor::call_later(HOUR, || ());
    paused_runtime().block_on(async {
        let last_resort = tokio::time::timeout(10 * HOUR, after(2 * HOUR)).await;
        assert_eq!(show(&last_resort.expect("the timer fires")), "()");
        assert!(!sooner.is_active(), "it was due as well");
    });
}

/// Laws 21 and 22: nor does a call that was scheduled in a runtime which has ended since.
#[test]
fn a_call_of_an_ended_runtime_does_not_hide_the_next_ones_timers() {
    let sooner = paused_runtime().block_on(async { reactor::call_later(HOUR, || ()) });
    paused_runtime().block_on(async {
        let last_resort = tokio::time::timeout(10 * HOUR, after(2 * HOUR)).await;
        assert_eq!(show(&last_resort.expect("the timer fires")), "()");
        assert!(!sooner.is_active(), "it was due as well");
    });
}

/// Law 22: what was scheduled inside another runtime and is pending when that ends stays for the next `run`.
#[test]
fn what_another_runtime_leaves_stays_for_the_next_run() {
    let other = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let call = other.block_on(async { reactor::call_later(2 * MS, reactor::stop) });
    drop(other);
    reactor::run();
    assert!(!call.is_active());
}

/// Law 21: when the awaiter that turns the wheel is dropped, timers and sockets are delivered by another one.
#[test]
fn when_the_driving_awaiter_is_dropped_another_delivers_the_timers() {
    paused_runtime().block_on(tokio::task::LocalSet::new().run_until(async {
        let (trigger, deferred) = Deferred::<&str>::new();
        let patient = tokio::task::spawn_local(deferred.into_future());
        let (_never, never) = Deferred::<u32>::new();
        let driving = tokio::task::spawn_local(never.into_future());
        reactor::call_later(HOUR, move || trigger.callback("delivered"));
        // Both have been polled, the second one last.
        tokio::task::yield_now().await;
        driving.abort();
        let result = patient.await.expect("no panic");
        assert_eq!(show(&result), "\"delivered\"");
    }));
}

/// Law 21: also when it is dropped after it was woken and before it was polled.
#[test]
fn a_pending_wake_passes_on_when_the_driving_awaiter_is_dropped() {
    paused_runtime().block_on(tokio::task::LocalSet::new().run_until(async {
        let (trigger, deferred) = Deferred::<&str>::new();
        let patient = tokio::task::spawn_local(deferred.into_future());
        let (_never, never) = Deferred::<u32>::new();
        let driving = tokio::task::spawn_local(never.into_future());
        tokio::task::yield_now().await;
        reactor::call_later(Duration::ZERO, move || trigger.callback("delivered"));
        driving.abort();
        assert_eq!(show(&patient.await.expect("no panic")), "\"delivered\"");
    }));
}

/// Law 19: `tokio::time::timeout` around a Deferred: in time, too late, and through `&mut`, which leaves it usable.
#[test]
fn tokios_timeout_limits_a_deferred() {
    paused_runtime().block_on(async {
        let in_time = tokio::time::timeout(2 * HOUR, after(HOUR)).await.expect("in time");
        assert_eq!(show(&in_time), "()");
        let mut slow = after(2 * HOUR);
        assert!(tokio::time::timeout(HOUR, &mut slow).await.is_err());
        assert_no_result(&slow);
        let at_last = tokio::time::timeout(2 * HOUR, slow).await.expect("in time");
        assert_eq!(show(&at_last), "()");
    });
}

/// Law 19: and inside a body under the reactor.
#[test]
fn tokios_timeout_works_inside_a_body() {
    let result = block_on_paused(|| {
        ensure_deferred(async {
            let mut slow = after(2 * HOUR);
            let too_late = tokio::time::timeout(HOUR, &mut slow).await.is_err();
            slow.await?;
            ok(too_late)
        })
    });
    assert_eq!(show(&result), "true");
}

/// Law 20: a handle of a thread that runs in somebody else's runtime works, while any of its Deferreds is awaited.
#[test]
fn a_handle_works_in_another_runtime() {
    in_every_tokio_runtime(|| async {
        let home = reactor::handle();
        let (trigger, deferred) = Deferred::<u32>::new();
        let remote = trigger.remote();
        thread::spawn(move || {
            let value = block_on(home.call(|| after(MS).map(|()| 1))).expect("a success");
            remote.callback(value + 1);
        });
        assert_eq!(show(&deferred.await), "2");
    });
}

/// Law 22: a failure that nobody handles is that of the thread, under the reactor as elsewhere.
#[test]
fn a_failure_in_a_run_that_nobody_handles_is_reported() {
    let reports = capture_unhandled();
    reactor::call_later(Duration::ZERO, || fail::<u32>(Failure::msg("nobody looks")).detach());
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    assert_eq!(reports.text(), "nobody looks");
    let handled = fail::<u32>(Failure::msg("looked at"));
    assert_eq!(failure_result_of(handled).to_string(), "looked at");
}
