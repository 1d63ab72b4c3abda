//! The reactor: of law 22 running, and time.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use inline_callbacks::testing::{assert_no_result, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, Clock, Deferred, DelayedCall, Failure, Panicked, Timers, Trigger, ensure_deferred, fail, gather_results,
    host, reactor, succeed,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::support::{Log, capture_unhandled, ok, show};

pub(crate) const MS: Duration = Duration::from_millis(1);
/// Never reached: whoever waits for it has lost something.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// A Deferred that the reactor fires after `delay`.
pub(crate) fn after(delay: Duration) -> Deferred<()> {
    let (trigger, deferred) = Deferred::new();
    reactor::call_later(delay, move || trigger.callback(()));
    deferred
}

/// Runs the reactor with a clock that moves only when nothing else is left to do.
pub(crate) fn block_on_paused<T: 'static>(main: impl FnOnce() -> Deferred<T>) -> Result<T, Failure> {
    thread_local! {
        /// A thread has one reactor, and its clock cannot be paused twice.
        static IS_PAUSED: Cell<bool> = const { Cell::new(false) };
    }
    reactor::block_on(|| {
        if !IS_PAUSED.replace(true) {
            tokio::time::pause();
        }
        main()
    })
}

pub(crate) fn on_own_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    thread::spawn(work).join().expect("the thread ends well")
}

pub(crate) fn panic_message(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// A connection over loopback: what the one end sends, the other end reads to its end.
pub(crate) fn poem_over_tcp(text: &'static str) -> Deferred<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a listener can be made not to block");
    let address = listener.local_addr().expect("it is bound");
    ensure_deferred(async move {
        let (mut socket, _) = tokio::net::TcpListener::from_std(listener)?.accept().await?;
        socket.write_all(text.as_bytes()).await?;
        ok(())
    })
    .detach();
    ensure_deferred(async move {
        let mut socket = tokio::net::TcpStream::connect(address).await?;
        let mut poem = String::new();
        socket.read_to_string(&mut poem).await?;
        ok(poem)
    })
}

/// An answer that another thread gives.
fn answer(value: u32) -> tokio::sync::oneshot::Receiver<u32> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    thread::spawn(move || sender.send(value));
    receiver
}

/// A body with `join!` and `select!`, over Deferreds and over answers from other threads.
pub(crate) fn joins_and_selects() -> Deferred<u32> {
    ensure_deferred(async {
        let (trigger, deferred) = Deferred::<u32>::new();
        let remote = trigger.remote();
        thread::spawn(move || remote.callback(1));
        let (first, second) = tokio::join!(deferred.into_future(), answer(10));
        let (loser, slower) = Deferred::<u32>::new();
        let third = tokio::select! {
            value = slower => value?,
            value = answer(100) => value?,
        };
        loser.callback(0);
        ok(first? + second? + third)
    })
}

// ----- Running ----------------------------------------------------------------------------------------------------

/// Law 22: `run`, `stop` and `block_on` any number of times on one thread.
#[test]
fn the_reactor_runs_any_number_of_times() {
    let log = Log::new();
    for round in 0..3 {
        let note = log.clone();
        reactor::call_later(MS, move || {
            note.note(format!("run {round}"));
            reactor::stop();
        });
        reactor::run();
        log.note(format!("block_on {}", show(&reactor::block_on(|| after(MS).map(move |()| round)))));
    }
    assert_eq!(log.text(), "run 0 | block_on 0 | run 1 | block_on 1 | run 2 | block_on 2");
}

/// Law 22: `block_on` gives the value, the failure, or the panic of its function.
#[test]
fn block_on_gives_the_value_the_failure_or_the_panic() {
    assert_eq!(show(&reactor::block_on(|| succeed(1))), "1");
    assert_eq!(show(&reactor::block_on(|| Ok(2))), "2");
    assert_eq!(show(&reactor::block_on(|| fail::<u32>(Failure::msg("no")))), "F[no]");
    let late = || after(MS).add_callback(|()| -> Result<u32, Failure> { Err(Failure::msg("late")) });
    assert_eq!(show(&reactor::block_on(late)), "F[late]");
    let panicked = reactor::block_on(|| -> Deferred<u32> { panic!("in main") }).expect_err("it panicked");
    assert_eq!(panicked.check::<Panicked>().map(Panicked::message), Some("in main"));
    assert_eq!(unhandled_failures().len(), 0, "what block_on returns is handled");
}

/// Law 22: `stop` ends the run although other things are still to come.
#[test]
fn stop_ends_the_run() {
    let call = reactor::call_later(HOUR, || ());
    reactor::call_later(Duration::ZERO, reactor::stop);
    reactor::run();
    assert!(call.is_active());
    assert!(call.cancel());
}

/// Law 22: several threads run their reactors at the same time, and reach one another.
#[test]
fn several_threads_run_reactors_at_once() {
    const THREADS: usize = 4;
    let handles = Arc::new(Mutex::new(vec![None; THREADS]));
    let (all_known, all_answered) =
        (Arc::new(tokio::sync::Barrier::new(THREADS)), Arc::new(tokio::sync::Barrier::new(THREADS)));
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let (handles, all_known, all_answered) =
                (Arc::clone(&handles), Arc::clone(&all_known), Arc::clone(&all_answered));
            thread::spawn(move || {
                handles.lock().expect("nobody panicked")[n] = Some(reactor::handle());
                reactor::block_on(|| {
                    ensure_deferred(async move {
                        all_known.wait().await;
                        let next = handles.lock().expect("nobody panicked")[(n + 1) % THREADS].clone();
                        let ran_on = next.expect("all are known").call(|| Ok(thread::current().id())).await?;
                        all_answered.wait().await;
                        ok(ran_on)
                    })
                })
            })
        })
        .collect();
    let ids: Vec<_> = threads.iter().map(|thread| thread.thread().id()).collect();
    for (n, thread) in threads.into_iter().enumerate() {
        let ran_on = thread.join().expect("the thread ends well").expect("an answer");
        assert_eq!(ran_on, ids[(n + 1) % THREADS]);
    }
}

/// Law 22: I/O in the first segment of a body, before the reactor runs, comes in at the next run.
#[test]
fn io_before_run_comes_in_at_the_next_run() {
    let poem = poem_over_tcp("a poem");
    assert_no_result(&poem);
    assert_eq!(host::run_woken(), 0, "nobody turns tokio's wheel yet");
    let poem = poem.add_both(|result| {
        reactor::stop();
        result
    });
    reactor::run();
    assert_eq!(success_result_of(poem), "a poem");
}

/// Law 22: and at the next `block_on`, also when that waits for something else.
#[test]
fn io_before_block_on_comes_in_while_it_waits_for_something_else() {
    let (trigger, done) = Deferred::new();
    poem_over_tcp("another").map(|poem| trigger.callback(poem)).detach();
    assert_eq!(show(&reactor::block_on(|| done)), "\"another\"");
}

/// Law 22: sockets may live from one run to the next.
#[test]
fn io_goes_on_from_run_to_run() {
    let (mut ours, theirs) = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let ours = std::net::TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        (ours, listener.accept().expect("a connection").0)
    };
    theirs.set_nonblocking(true).expect("a socket can be made not to block");
    let log = Log::new();
    let note = log.clone();
    let body = ensure_deferred(async move {
        let mut socket = tokio::net::TcpStream::from_std(theirs)?;
        for _ in 0..3 {
            note.note(char::from(socket.read_u8().await?));
            reactor::stop();
        }
        ok(())
    });
    for letter in [b"a", b"b", b"c"] {
        std::io::Write::write_all(&mut ours, letter).expect("it is open");
        reactor::run();
        log.note("stopped");
    }
    success_result_of(body);
    assert_eq!(log.text(), "a | stopped | b | stopped | c | stopped");
}

/// Law 22: `call_later` before `run` takes effect at the next run.
#[test]
fn call_later_before_run_takes_effect_at_the_next_run() {
    let called = Rc::new(Cell::new(false));
    let seen = Rc::clone(&called);
    let call = reactor::call_later(Duration::ZERO, move || seen.set(true));
    host::run_woken();
    assert!(call.is_active() && !called.get());
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    assert!(!call.is_active() && called.get());
}

/// Law 22: `call_when_running` before `run`: at the start of the next run, in order, once; while it runs: at once.
#[test]
fn call_when_running_waits_for_the_start_and_is_at_once_afterwards() {
    let log = Log::new();
    for name in ["first", "second"] {
        let note = log.clone();
        reactor::call_when_running(move || {
            note.note(name);
            let inner = note.clone();
            reactor::call_when_running(move || inner.note(format!("inside {name}")));
            note.note(format!("after {name}"));
        });
    }
    log.note("run");
    for _ in 0..2 {
        reactor::call_later(Duration::ZERO, reactor::stop);
        reactor::run();
        log.note("stopped");
    }
    assert_eq!(
        log.text(),
        "run | first | inside first | after first | second | inside second | after second | stopped | stopped"
    );
}

/// Law 22: `stop` before `run` ends the next run at its first turn, and no other.
#[test]
fn stop_before_run_stops_the_next_run_only() {
    let log = Log::new();
    reactor::stop();
    let note = log.clone();
    reactor::call_when_running(move || note.note("started"));
    let call = reactor::call_later(HOUR, || ());
    reactor::run();
    log.note("stopped");
    let note = log.clone();
    reactor::call_later(MS, move || {
        note.note("a later call");
        reactor::stop();
    });
    reactor::run();
    assert_eq!(log.text(), "started | stopped | a later call");
    call.cancel();
}

/// Law 22: `stop` before `block_on` too: the function is called, and its result given if it is there at once.
#[test]
fn stop_before_block_on_stops_the_next_block_on_only() {
    reactor::stop();
    assert_eq!(show(&reactor::block_on(|| succeed(1))), "1");
    reactor::stop();
    let (trigger, pending) = Deferred::<u32>::new();
    let stopped = reactor::block_on(|| pending).expect_err("it was stopped");
    assert_eq!(stopped.to_string(), "the reactor was stopped before the Deferred had fired");
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    drop(trigger);
}

/// Law 22: `block_on` that is stopped early gives a failure that says so; what its Deferred fails with later is reported.
#[test]
fn block_on_that_is_stopped_early_says_so() {
    let log = capture_unhandled();
    let (trigger, pending) = Deferred::<u32>::new();
    reactor::call_later(MS, reactor::stop);
    let stopped = reactor::block_on(|| pending).expect_err("it was stopped");
    assert_eq!(stopped.to_string(), "the reactor was stopped before the Deferred had fired");
    assert_eq!(log.text(), "");
    trigger.errback(Failure::msg("too late"));
    assert_eq!(log.text(), "too late");
}

/// Law 22: `run` and `block_on` inside a running reactor get our sentence, and the reactor lives.
#[test]
fn running_inside_a_running_reactor_gets_our_sentence() {
    let main = || {
        let run = panic_message(reactor::run);
        let block_on = panic_message(|| drop(reactor::block_on(|| succeed(1))));
        after(MS).map(move |()| (run, block_on))
    };
    let (run, block_on) = reactor::block_on(main).expect("it lives");
    let rest = "was called while this thread's reactor is running: return a Deferred, or wait for it";
    assert_eq!(run, format!("`reactor::run` {rest}"));
    assert_eq!(block_on, format!("`reactor::block_on` {rest}"));
}

/// Law 22: inside a tokio runtime too, and afterwards the thread's own reactor can run.
#[test]
fn running_inside_a_tokio_runtime_gets_our_sentence() {
    let other = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let rest = "was called inside another tokio runtime: `.await` the Deferred there instead";
    other.block_on(async {
        assert_eq!(panic_message(reactor::run), format!("`reactor::run` {rest}"));
        let message = panic_message(|| drop(reactor::block_on(|| succeed(1))));
        assert_eq!(message, format!("`reactor::block_on` {rest}"));
    });
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    other.block_on(async {
        assert_eq!(panic_message(reactor::run), format!("`reactor::run` {rest}"));
    });
}

/// Laws 8 and 22: the reactor may run inside a body that runs outside of it, and is a world of its own there: a trigger
/// dropped in it resumes its waiter.
#[test]
fn block_on_works_inside_the_first_segment_of_a_body() {
    let body = ensure_deferred(async {
        let inner = reactor::block_on(|| {
            let (trigger, deferred) = Deferred::<u32>::new();
            reactor::call_later(Duration::ZERO, move || drop(trigger));
            let lost = reactor::call_later(Duration::from_secs(5), reactor::stop);
            deferred.add_both(move |result| {
                lost.cancel();
                result
            })
        });
        ok(inner.expect_err("abandoned").check::<Abandoned>().is_some())
    });
    assert!(success_result_of(body), "the waiter was resumed, and the reactor was not stopped by the last resort");
}

// ----- Time -------------------------------------------------------------------------------------------------------

/// Issue 2: a delay of zero takes a turn, and no tick of the timer: a paused clock does not move for it.
#[test]
fn a_delay_of_zero_takes_no_time() {
    let waited = block_on_paused(|| {
        ensure_deferred(async {
            let before = Instant::now();
            for _ in 0..100 {
                after(Duration::ZERO).await?;
            }
            ok(before.elapsed())
        })
    });
    assert_eq!(waited.expect("a success"), Duration::ZERO);
}

/// Issue 2: it runs on the next turn, not in this one; and what it schedules itself on the turn after, also when the clock
/// stands still. (Jobs from other threads come first in each turn.)
#[test]
fn a_delay_of_zero_is_the_next_turn() {
    let log = Log::new();
    let (first, second, outer) = (log.clone(), log.clone(), log.clone());
    let result = block_on_paused(move || {
        let (trigger, done) = Deferred::new();
        reactor::call_later(Duration::ZERO, move || {
            let inner = first.clone();
            reactor::call_later(Duration::ZERO, move || {
                inner.note("inner");
                trigger.callback(());
            });
            let (job, deferred) = Deferred::<()>::new();
            job.remote().callback(());
            let next = first.clone();
            deferred.map(move |()| next.note("next turn")).detach();
            first.note("first");
        });
        reactor::call_later(Duration::ZERO, move || second.note("second"));
        outer.note("scheduled");
        done
    });
    assert_eq!(show(&result), "()");
    assert_eq!(log.text(), "scheduled | first | second | next turn | inner");
}

/// Law 22: a call that becomes the next one due wakes a reactor that sleeps until a later one, wherever it is scheduled.
#[test]
fn a_sooner_call_from_a_task_of_the_runtime_is_not_missed() {
    let later = reactor::call_later(HOUR, || ());
    let result = block_on_paused(|| {
        let (trigger, done) = Deferred::new();
        tokio::task::spawn_local(async move {
            // The wheel has turned meanwhile and set its alarm to the hour.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            reactor::call_later(MS, move || trigger.callback(()));
        });
        done
    });
    assert_eq!(show(&result), "()");
    assert!(later.cancel(), "the hour has not passed");
}

/// Law 22: calls that are due at the same time run in the order of scheduling, all others in the order of time.
#[test]
fn calls_due_at_the_same_time_run_in_order() {
    let log = Log::new();
    let note = log.clone();
    let result = block_on_paused(move || {
        for (delay, name) in [(3, "late"), (2, "a"), (2, "b"), (1, "early"), (2, "c")] {
            let note = note.clone();
            reactor::call_later(delay * MS, move || note.note(name));
        }
        after(4 * MS)
    });
    assert_eq!(show(&result), "()");
    assert_eq!(log.text(), "early | a | b | c | late");
}

/// Is woken once, and then uses up a bit of what tokio allows a task to do in one go; counts how often it is polled.
async fn wake_and_consume(polls: Rc<Cell<u32>>) {
    let mut woken = false;
    poll_fn(|context| {
        if std::mem::replace(&mut woken, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    let mut consuming = pin!(tokio::task::coop::consume_budget());
    poll_fn(|context| {
        polls.set(polls.get() + 1);
        consuming.as_mut().poll(context)
    })
    .await;
}

/// All bodies have one task of tokio's in common. Those that come too late for this turn wait for the next one, and are not
/// resumed only to be told that nothing is left for them.
#[test]
fn a_body_is_resumed_when_tokio_allows_it_something() {
    let polls = Rc::new(Cell::new(0));
    let body = |_| Deferred::from_future(wake_and_consume(Rc::clone(&polls)));
    let bodies: Vec<_> = (0..1000).map(body).collect();
    reactor::block_on(move || gather_results(bodies)).unwrap();
    assert_eq!(polls.get(), 1000);
}

/// Law 22: a call that schedules itself again with a delay of zero starves nobody: not timers, sockets, or other threads.
#[test]
fn a_call_that_reschedules_itself_starves_nobody() {
    fn again(turns: &Rc<Cell<u32>>) {
        turns.set(turns.get() + 1);
        let turns = Rc::clone(turns);
        reactor::call_later(Duration::ZERO, move || again(&turns));
    }
    let turns = Rc::new(Cell::new(0));
    again(&turns);
    let everything = reactor::block_on(|| {
        ensure_deferred(async {
            let poem = poem_over_tcp("a poem").await?;
            let sum = joins_and_selects().await?;
            after(MS).await?;
            ok((poem, sum))
        })
    });
    assert_eq!(everything.expect("a success"), ("a poem".to_owned(), 111));
    assert!(turns.get() > 1);
}

/// Law 22: a delayed call can be cancelled: it is never called, and its captures are dropped at once.
#[test]
fn a_delayed_call_can_be_cancelled() {
    let log = Log::new();
    let (note, dropped) = (log.clone(), log.on_drop("dropped"));
    let call = reactor::call_later(Duration::ZERO, move || {
        let _dropped = dropped;
        note.note("called");
    });
    assert!(call.is_active());
    assert!(call.cancel());
    log.note("cancelled");
    assert!(!call.is_active() && !call.cancel() && !call.reset(MS) && !call.delay(MS));
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    assert_eq!(log.text(), "dropped | cancelled");
}

/// Law 22: it can be made due sooner or later, while the reactor already waits for it; once called it is over.
#[test]
fn a_delayed_call_can_be_reset_and_delayed() {
    fn noting(log: &Log, delay: Duration, name: &'static str) -> DelayedCall {
        let note = log.clone();
        reactor::call_later(delay, move || note.note(name))
    }
    let log = Log::new();
    let main_log = log.clone();
    let result = block_on_paused(move || {
        ensure_deferred(async move {
            let sooner = noting(&main_log, HOUR, "sooner");
            let later = noting(&main_log, 20 * MS, "later");
            let delayed = noting(&main_log, 15 * MS, "delayed");
            after(10 * MS).await?;
            assert!(sooner.reset(5 * MS));
            assert!(later.reset(20 * MS));
            assert!(delayed.delay(10 * MS));
            after(10 * MS).await?;
            assert!(!sooner.is_active() && !sooner.cancel() && !sooner.reset(MS) && !sooner.delay(MS));
            assert!(later.is_active() && delayed.is_active());
            main_log.note("20 ms");
            after(20 * MS).await?;
            ok(())
        })
    });
    assert_eq!(show(&result), "()");
    assert_eq!(log.text(), "sooner | 20 ms | delayed | later");
}

/// Law 22: a delayed call may cancel those that are due in the same turn, and itself, which does nothing.
#[test]
fn a_delayed_call_may_cancel_what_is_due_with_it() {
    let log = Log::new();
    let calls = Rc::new(RefCell::new(Vec::<DelayedCall>::new()));
    for name in ["first", "second", "third"] {
        let (note, all) = (log.clone(), Rc::clone(&calls));
        calls.borrow_mut().push(reactor::call_later(Duration::ZERO, move || {
            let cancelled: Vec<_> = all.borrow().iter().take(2).map(DelayedCall::cancel).collect();
            note.note(format!("{name} {cancelled:?}"));
        }));
    }
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    assert_eq!(log.text(), "first [false, true] | third [false, false]");
}

/// Law 22: dropping the handle of a delayed call does not cancel it.
#[test]
fn dropping_a_delayed_call_does_not_cancel_it() {
    let called = Rc::new(Cell::new(false));
    let seen = Rc::clone(&called);
    drop(reactor::call_later(Duration::ZERO, move || seen.set(true)));
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
    assert!(called.get());
}

/// Law 22: `timers()` is the reactor as `Timers`, in code that runs on a `Clock` as well.
#[test]
fn timers_are_the_reactor_for_generic_code() {
    fn countdown(timers: &(impl Timers + Clone + 'static), from: u32, done: Trigger<Duration>) {
        if from == 0 {
            return done.callback(timers.now());
        }
        let next = timers.clone();
        timers.call_later(MS, move || countdown(&next, from - 1, done));
    }
    let clock = Clock::new();
    let (trigger, done) = Deferred::new();
    countdown(&clock, 3, trigger);
    clock.pump([MS; 3]);
    assert_eq!(success_result_of(done), 3 * MS);

    let start = reactor::timers().now();
    let (trigger, done) = Deferred::new();
    countdown(&reactor::timers(), 3, trigger);
    let end = reactor::block_on(|| done).expect("a success");
    assert!(end >= start + 3 * MS, "{start:?} to {end:?}");
}
