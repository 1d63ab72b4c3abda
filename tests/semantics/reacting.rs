//! The reactor: law 22, and of law 21 what the reactor, its timers and tokio have to do with it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, Clock, Deferred, DelayedCall, Failure, Panicked, Timers, Trigger, ensure_deferred, fail, host, reactor,
    succeed, unhandled,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::support::{Log, capture_unhandled, in_own_process, ok, show};

const MS: Duration = Duration::from_millis(1);
/// Never reached: whoever waits for it has lost something.
const HOUR: Duration = Duration::from_secs(3600);

/// A Deferred that the reactor fires after `delay`.
fn after(delay: Duration) -> Deferred<()> {
    let (trigger, deferred) = Deferred::new();
    reactor::call_later(delay, move || trigger.callback(()));
    deferred
}

/// Runs the reactor with a clock that moves only when nothing else is left to do.
fn block_on_paused<T: 'static>(main: impl FnOnce() -> Deferred<T>) -> Result<T, Failure> {
    reactor::block_on(|| {
        tokio::time::pause();
        main()
    })
}

fn on_own_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    thread::spawn(work).join().expect("the thread ends well")
}

fn panic_message(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// A connection over loopback: what the one end sends, the other end reads to its end.
fn poem_over_tcp(text: &'static str) -> Deferred<String> {
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
fn joins_and_selects() -> Deferred<u32> {
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

// ----- What stays, and what ends ----------------------------------------------------------------------------------

/// Law 22: what is pending when `run` ends stays for the next run on that thread.
#[test]
fn what_is_pending_when_a_run_ends_stays_for_the_next() {
    let log = Log::new();
    let note = log.clone();
    let call = reactor::call_later(2 * MS, move || note.note("delayed call"));
    let poem = log.watch("poem", poem_over_tcp("a poem"));
    let home = reactor::handle();
    reactor::stop();
    reactor::run();
    assert!(call.is_active());
    assert_no_result(&poem);
    let (sent, note) = (mpsc::channel(), log.clone());
    home.call_from_thread(move || sent.0.send(()).expect("the test listens"));
    log.note("again");
    let all = reactor::block_on(|| {
        ensure_deferred(async move {
            poem.await?;
            after(3 * MS).await?;
            ok(())
        })
    });
    assert_eq!(show(&all), "()");
    note.note(format!("{:?}", sent.1.try_recv()));
    let mut events: Vec<_> = log.text().split(" | ").map(str::to_owned).collect();
    events[1..3].sort();
    assert_eq!(events, ["again", "delayed call", "poem -> \"a poem\"", "Ok(())"]);
    let _ = unhandled_failures();
}

/// A call whose captures tell when they are dropped.
struct Tell(mpsc::Sender<&'static str>, &'static str);

impl Drop for Tell {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

/// Law 22: at the end of the thread, what is pending is dropped without running user code: no call, no callback, no body.
#[test]
fn at_thread_end_what_is_pending_is_dropped_and_nothing_is_run() {
    for body_first in [true, false] {
        let (sender, events) = mpsc::channel();
        on_own_thread(move || {
            let tell = |event| Tell(sender.clone(), event);
            let wait_for_socket = || {
                let guard = tell("body");
                let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
                listener.set_nonblocking(true).expect("a listener can be made not to block");
                ensure_deferred(async move {
                    let _guard = guard;
                    tokio::net::TcpListener::from_std(listener)?.accept().await?;
                    ok(())
                })
                .detach();
            };
            if body_first {
                wait_for_socket();
            }
            let hooked = sender.clone();
            unhandled::set_hook(move |_| hooked.send("the hook was called").expect("the test listens"));
            let (guard, called) = (tell("delayed call"), sender.clone());
            reactor::call_later(Duration::ZERO, move || called.send(guard.1).expect("the test listens"));
            let (guard, called) = (tell("starter"), sender.clone());
            reactor::call_when_running(move || called.send(guard.1).expect("the test listens"));
            let (guard, called) = (tell("closer"), sender.clone());
            reactor::before_shutdown(move || called.send(guard.1).expect("the test listens"));
            let (guard, called) = (tell("job"), sender.clone());
            reactor::call_from_thread(move || called.send(guard.1).expect("the test listens"));
            if !body_first {
                wait_for_socket();
            }
        });
        let mut seen: Vec<_> = events.try_iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, ["body", "closer", "delayed call", "job", "starter"], "body first: {body_first}");
    }
}

/// Law 22: a trigger that is dropped with a delayed call, a starter or a closer at the end of the thread resumes nobody,
/// whichever of the crate's thread-locals were used besides.
#[test]
fn at_thread_end_a_trigger_in_a_call_to_come_resumes_nobody() {
    type Schedule = fn(Trigger<u32>);
    let places: [(&str, Schedule); 3] = [
        ("delayed call", |trigger| drop(reactor::call_later(HOUR, move || trigger.callback(1)))),
        ("starter", |trigger| reactor::call_when_running(move || trigger.callback(1))),
        ("closer", |trigger| reactor::before_shutdown(move || trigger.callback(1))),
    ];
    let others = [(false, false), (false, true), (true, false), (true, true)];
    for (place, schedule, with_hook, with_body) in
        places.iter().flat_map(|(place, schedule)| others.map(|(hook, body)| (place, *schedule, hook, body)))
    {
        let (sender, events) = mpsc::channel();
        on_own_thread(move || {
            let (trigger, deferred) = Deferred::<u32>::new();
            schedule(trigger);
            let (hooked, called) = (sender.clone(), sender.clone());
            if with_hook {
                unhandled::set_hook(move |_| hooked.send("the hook was called").expect("the test listens"));
            }
            let guard = Tell(sender, "dropped");
            if with_body {
                ensure_deferred(async move {
                    let _guard = guard;
                    let result = deferred.await;
                    called.send("the body was resumed").expect("the test listens");
                    result
                })
                .detach();
            } else {
                deferred
                    .add_both(move |_| {
                        let _guard = &guard;
                        called.send("the callback was called").expect("the test listens");
                    })
                    .detach();
            }
        });
        let seen: Vec<_> = events.try_iter().collect();
        assert_eq!(seen, ["dropped"], "{place}, hook {with_hook}, body {with_body}");
    }
}

/// Law 22: the same after the reactor has run, and for what `run` itself left behind.
#[test]
fn at_thread_end_what_a_run_left_behind_resumes_nobody() {
    let (sender, events) = mpsc::channel();
    on_own_thread(move || {
        let called = sender.clone();
        reactor::call_when_running(reactor::stop);
        reactor::run();
        reactor::call_later(MS, reactor::stop);
        let (trigger, deferred) = Deferred::<u32>::new();
        let stopped = reactor::block_on(|| {
            let guard = Tell(sender, "body dropped");
            ensure_deferred(async move {
                let _guard = guard;
                let _later = reactor::call_later(HOUR, move || trigger.callback(1));
                let result = deferred.await;
                called.send("the body was resumed").expect("the test listens");
                result
            })
        });
        assert!(stopped.is_err());
        let _ = unhandled_failures();
    });
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["body dropped"]);
}

/// Law 22: all thread-local access tolerates destruction: while the thread ends, destructors may use the whole crate, those of
/// thread-locals too, and may panic. Nothing aborts the process.
#[test]
fn at_thread_end_destructors_may_do_anything() {
    struct Busy(mpsc::Sender<Option<bool>>);
    impl Drop for Busy {
        fn drop(&mut self) {
            let (never, kept) = Deferred::<u32>::new();
            reactor::stop();
            host::run_woken();
            reactor::call_from_thread(|| ());
            reactor::call_when_running(|| panic!("called at the end"));
            reactor::before_shutdown(|| -> Deferred<()> { panic!("called at the end") });
            let call = reactor::call_later(Duration::ZERO, || panic!("called at the end"));
            let scheduled = call.is_active() && call.reset(MS) && call.delay(MS) && call.cancel();
            let _ = reactor::timers().now();
            let (trigger, deferred) = Deferred::<u32>::new();
            drop(trigger);
            deferred.add_errback(|_| Ok(0)).detach();
            ensure_deferred(async { succeed(1).await }).detach();
            let pending = ensure_deferred(async { ok(std::future::pending::<u32>().await) });
            pending.cancel();
            pending.add_errback(|_| Ok(0)).detach();
            ensure_deferred(kept.into_future()).add_errback(|_| Ok(0)).detach();
            drop(never);
            self.0.send(Some(scheduled)).expect("the test listens");
        }
    }
    struct Panicking(mpsc::Sender<Option<bool>>);
    impl Drop for Panicking {
        fn drop(&mut self) {
            self.0.send(None).expect("the test listens");
            panic!("in a destructor");
        }
    }
    thread_local! {
        static KEPT: RefCell<Vec<Busy>> = const { RefCell::new(Vec::new()) };
    }
    if let Some(stderr) = in_own_process("reacting::at_thread_end_destructors_may_do_anything") {
        assert!(!stderr.contains("called at the end") && !stderr.contains("abandoned"), "{stderr}");
        return;
    }
    // Which thread-local is destroyed first depends on which was used first.
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (sender, events) = mpsc::channel();
        on_own_thread(move || {
            // One that panics in each: two in one go abort by Rust's own rule.
            let guards = || (Busy(sender.clone()), Panicking(sender.clone()));
            for step in order {
                match step {
                    0 => KEPT.with_borrow_mut(|kept| kept.push(Busy(sender.clone()))),
                    1 => {
                        for guards in [guards(), guards()] {
                            let (sender, receiver) = tokio::sync::oneshot::channel::<u32>();
                            std::mem::forget(sender);
                            ensure_deferred(async move {
                                let _guards = guards;
                                Ok(receiver.await?)
                            })
                            .detach();
                        }
                    }
                    _ => {
                        for _ in 0..2 {
                            let (call, starter, closer, job) = (guards(), guards(), guards(), guards());
                            reactor::call_later(HOUR, move || drop(call));
                            reactor::call_when_running(move || drop(starter));
                            reactor::before_shutdown(move || drop(closer));
                            reactor::call_from_thread(move || drop(job));
                        }
                    }
                }
            }
        });
        let (busy, panicking): (Vec<_>, Vec<_>) = events.try_iter().partition(Option::is_some);
        assert_eq!((busy.len(), panicking.len()), (11, 10), "{order:?}");
    }
}

/// Law 22: a task of the thread's runtime that is dropped at the end of the thread resumes nobody either.
#[test]
fn at_thread_end_a_task_that_owns_a_trigger_resumes_nobody() {
    for callback_first in [true, false] {
        let (sender, events) = mpsc::channel();
        on_own_thread(move || {
            if callback_first {
                let _ = reactor::handle();
            }
            let result = reactor::block_on(|| {
                let (trigger, deferred) = Deferred::<u32>::new();
                tokio::task::spawn_local(async move {
                    let _trigger = trigger;
                    std::future::pending::<()>().await;
                });
                let guard = Tell(sender.clone(), "callback dropped");
                deferred
                    .add_both(move |_| {
                        let _guard = &guard;
                        sender.send("the callback was called").expect("the test listens");
                    })
                    .detach();
                after(MS)
            });
            assert_eq!(show(&result), "()");
        });
        assert_eq!(events.try_iter().collect::<Vec<_>>(), ["callback dropped"]);
    }
}

// ----- Other threads ----------------------------------------------------------------------------------------------

/// Runs this thread's reactor until `work`, on another thread, has returned.
fn while_running<R: Send + 'static>(work: impl FnOnce(reactor::Handle) -> R + Send + 'static) -> R {
    let home = reactor::handle();
    let thread = thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(|| work(home.clone())));
        home.call_from_thread(reactor::stop);
        result
    });
    reactor::run();
    thread.join().expect("the thread ends well").unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Law 20: `Handle::call` calls the function on the reactor's thread and gives its value, its failure or its panic.
#[test]
fn a_handle_calls_on_the_reactors_thread() {
    let here = thread::current().id();
    while_running(move |home| {
        assert_eq!(block_on(home.call(|| Ok(thread::current().id()))).expect("a success"), here);
        assert_eq!(block_on(home.call(|| after(MS).map(|()| 2))).expect("a success"), 2);
        let failed = block_on(home.call(|| fail::<u32>(Failure::msg("no")))).expect_err("a failure");
        assert_eq!(failed.to_string(), "no");
        let panicked = block_on(home.call(|| -> Deferred<u32> { panic!("in the function") })).expect_err("a panic");
        assert_eq!(panicked.check::<Panicked>().map(Panicked::message), Some("in the function"));
        let panicked = block_on(home.call(|| after(MS).add_callback(|()| -> Result<u32, Failure> { panic!("later") })));
        assert_eq!(panicked.expect_err("a panic").check::<Panicked>().map(Panicked::message), Some("later"));
    });
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 20: what it gives is a `Send` future; the call is made whether or not somebody polls it.
#[test]
fn a_handles_call_is_send_and_needs_no_poll() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let log = capture_unhandled();
    let called = Rc::new(Cell::new(0));
    thread_local! {
        static CALLED: RefCell<Option<Rc<Cell<u32>>>> = const { RefCell::new(None) };
    }
    CALLED.set(Some(Rc::clone(&called)));
    while_running(|home| {
        let count = || CALLED.with_borrow(|called| called.as_ref().map(|called| called.set(called.get() + 1)));
        drop(send(home.call(move || Ok(count()))));
        drop(send(home.call(move || {
            count();
            fail::<u32>(Failure::msg("nobody listens"))
        })));
    });
    assert_eq!(called.get(), 2);
    assert_eq!(log.text(), "nobody listens");
}

/// Law 20: `call_from_thread` keeps the order of sending of each thread, from many threads at once.
#[test]
fn call_from_thread_keeps_the_order_of_each_thread() {
    const THREADS: usize = 4;
    const CALLS: usize = 500;
    let (sender, calls) = mpsc::channel();
    while_running(move |home| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (home, sender) = (home.clone(), sender.clone());
                thread::spawn(move || {
                    for call in 0..CALLS {
                        let sender = sender.clone();
                        home.call_from_thread(move || sender.send((thread, call)).expect("the test listens"));
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("the thread ends well");
        }
    });
    let mut next = [0; THREADS];
    for (thread, call) in calls.try_iter() {
        assert_eq!(call, next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [CALLS; THREADS]);
}

/// Law 20: on the reactor's own thread it is a later turn; what the calls send runs on the turn after.
#[test]
fn call_from_thread_on_its_own_thread_is_a_later_turn() {
    let (sender, calls) = mpsc::channel();
    let outer = sender.clone();
    reactor::call_from_thread(move || {
        let inner = outer.clone();
        reactor::call_from_thread(move || {
            inner.send("inner").expect("the test listens");
            reactor::stop();
        });
        outer.send("outer").expect("the test listens");
    });
    sender.send("sent").expect("the test listens");
    reactor::run();
    assert_eq!(calls.try_iter().collect::<Vec<_>>(), ["sent", "outer", "inner"]);
}

/// Law 22: what was sent before the reactor runs is done when it does.
#[test]
fn what_was_sent_before_run_is_done_by_the_next_run() {
    let home = reactor::handle();
    let call = on_own_thread(move || {
        home.call_from_thread(reactor::stop);
        home.call(|| Ok(1))
    });
    reactor::run();
    assert_eq!(show(&block_on(call)), "1");
}

/// Law 22: a handle whose reactor is gone gets a sentence of our own.
#[test]
fn a_handle_of_an_ended_thread_gets_our_sentence() {
    const GONE: &str = "the thread of this reactor has ended: the call was not made";
    let log = capture_unhandled();
    let home = on_own_thread(|| {
        let home = reactor::handle();
        reactor::stop();
        reactor::run();
        home
    });
    assert_eq!(block_on(home.call(|| Ok(1))).expect_err("it is gone").to_string(), GONE);
    assert_eq!(log.text(), "");
    home.call_from_thread(|| panic!("called"));
    assert_eq!(log.text(), GONE);
}

/// Law 22: the same when the thread ends before it came to the call, or before the call's Deferred has fired.
#[test]
fn a_call_that_the_threads_end_cuts_off_gets_our_sentence() {
    for is_made in [true, false] {
        let (give, handle) = mpsc::channel();
        let (sent, is_sent) = mpsc::channel();
        let thread = thread::spawn(move || {
            give.send(reactor::handle()).expect("the test listens");
            is_sent.recv().expect("the test sends");
            if is_made {
                reactor::run();
            }
        });
        let call = handle.recv().expect("a handle").call(|| {
            reactor::stop();
            after(HOUR)
        });
        sent.send(()).expect("it waits");
        thread.join().expect("the thread ends well");
        let cut_off = block_on(call).expect_err("it is gone").to_string();
        assert_eq!(cut_off, "the thread of this reactor has ended before the call had a result");
    }
}

/// Law 20: a remote trigger under the reactor fires, fails and abandons, and wakes a reactor that sleeps.
#[test]
fn remote_triggers_wake_the_reactor() {
    let here = thread::current().id();
    let result = reactor::block_on(|| {
        ensure_deferred(async {
            let remote = |work: fn(inline_callbacks::RemoteTrigger<u32>)| {
                let (trigger, deferred) = Deferred::<u32>::new();
                let remote = trigger.remote();
                thread::spawn(move || work(remote));
                deferred
            };
            let value = remote(|trigger| trigger.callback(1)).map(|value| (value, thread::current().id())).await?;
            let failed = remote(|trigger| trigger.errback(Failure::msg("no"))).await.expect_err("it failed");
            let dropped = remote(drop).await.expect_err("it was dropped");
            ok((value, failed.to_string(), dropped.check::<Abandoned>().is_some()))
        })
    });
    assert_eq!(result.expect("a success"), ((1, here), "no".to_owned(), true));
}

// ----- The end of a run -------------------------------------------------------------------------------------------

/// Law 22: `before_shutdown` calls its functions in order, then waits for their Deferreds; each for one end.
#[test]
fn before_shutdown_waits_for_its_deferreds() {
    let log = Log::new();
    for (name, delay) in [("slow", 3 * MS), ("quick", Duration::ZERO)] {
        let note = log.clone();
        reactor::before_shutdown(move || {
            note.note(name);
            after(delay).map(move |()| note.note(format!("{name} done")))
        });
    }
    for _ in 0..2 {
        reactor::call_later(MS, reactor::stop);
        reactor::run();
        log.note("ended");
    }
    assert_eq!(log.text(), "slow | quick | quick done | slow done | ended | ended");
}

/// Law 22: so does `block_on`, which keeps its result meanwhile; I/O works in them.
#[test]
fn before_shutdown_holds_for_block_on() {
    let log = Log::new();
    let note = log.clone();
    let result = reactor::block_on(move || {
        reactor::before_shutdown(move || poem_over_tcp("farewell").map(move |poem| note.note(poem)));
        succeed(1)
    });
    log.note(show(&result));
    assert_eq!(log.text(), "farewell | 1");
}

/// Law 22: what fails or panics there is reported, and the rest is waited for.
#[test]
fn failures_before_shutdown_are_reported() {
    let reports = capture_unhandled();
    let log = Log::new();
    reactor::before_shutdown(|| fail::<()>(Failure::msg("failed")));
    reactor::before_shutdown(|| -> Deferred<()> { panic!("in a closer") });
    let note = log.clone();
    reactor::before_shutdown(move || after(MS).map(move |()| note.note("done")));
    reactor::stop();
    reactor::run();
    assert_eq!(reports.text(), "failed | panicked: in a closer");
    assert_eq!(log.text(), "done");
}

/// Law 8: two bodies that own each other's triggers: `run` and `block_on` name every body still waiting when they end.
#[test]
fn every_body_still_waiting_at_the_end_is_named() {
    fn left(trigger: Trigger<()>, deferred: Deferred<()>) -> Deferred<()> {
        ensure_deferred(async move {
            deferred.await?;
            trigger.callback(());
            ok(())
        })
    }
    fn right(trigger: Trigger<()>, deferred: Deferred<()>) -> Deferred<()> {
        ensure_deferred(async move {
            deferred.await?;
            trigger.callback(());
            ok(())
        })
    }
    fn main() -> Deferred<()> {
        let (to_left, from_right) = Deferred::new();
        let (to_right, from_left) = Deferred::new();
        left(to_right, from_right).detach();
        right(to_left, from_left)
    }
    fn check(reports: &[Failure], what: &str) {
        assert_eq!(reports.len(), 2, "{reports:?}");
        for (report, name) in reports.iter().zip(["left", "right"]) {
            let text = report.to_string();
            assert!(text.contains(&format!("::{name}` was still waiting when `{what}` ended")), "{text}");
            assert!(report.origin().function().ends_with(&format!("::{name}")), "{:?}", report.origin());
            assert_eq!(report.origin().file(), file!());
        }
    }
    let reports = Rc::new(RefCell::new(Vec::<Failure>::new()));
    let seen = Rc::clone(&reports);
    unhandled::set_hook(move |failure| seen.borrow_mut().push(failure.clone()));
    reactor::call_later(MS, reactor::stop);
    let stopped = reactor::block_on(main).expect_err("it was stopped");
    assert_eq!(stopped.to_string(), "the reactor was stopped before the Deferred had fired");
    check(&reports.take(), "reactor::block_on");
    reactor::call_later(MS, reactor::stop);
    reactor::run();
    check(&reports.take(), "reactor::run");
    assert_eq!(show(&reactor::block_on(|| succeed(1))), "1");
    check(&reports.take(), "reactor::block_on");
}

/// Law 8: a body that has ended is not named, nor is one that was dropped.
#[test]
fn a_body_that_has_ended_is_not_named() {
    let reports = capture_unhandled();
    let (_trigger, never) = Deferred::<u32>::new();
    let result = reactor::block_on(|| {
        ensure_deferred(async move {
            let cancelled = ensure_deferred(never.into_future());
            cancelled.cancel();
            let _ = cancelled.await;
            after(MS).await?;
            joins_and_selects().await
        })
    });
    assert_eq!(show(&result), "111");
    assert_eq!(reports.text(), "");
}

/// Law 18: panics in starters, delayed calls, jobs and callbacks under the reactor are reported; the reactor lives.
#[test]
fn panics_in_the_reactors_calls_are_reported() {
    let reports = capture_unhandled();
    reactor::call_when_running(|| panic!("starter"));
    reactor::call_from_thread(|| panic!("job"));
    reactor::call_later(MS, || panic!("delayed call"));
    let result = reactor::block_on(|| {
        reactor::call_when_running(|| panic!("starter at once"));
        after(2 * MS).map(|()| 1)
    });
    assert_eq!(show(&result), "1");
    let mut texts: Vec<_> = reports.text().split(" | ").map(str::to_owned).collect();
    texts.sort();
    assert_eq!(texts, ["panicked: delayed call", "panicked: job", "panicked: starter", "panicked: starter at once"]);
    for failure in unhandled_failures() {
        assert_eq!(failure.origin().file(), file!(), "{failure:?}");
    }
}

/// Law 22: `run` stops at SIGINT, in every thread that runs, and is as good as new afterwards.
#[cfg(unix)]
#[test]
fn run_stops_at_sigint() {
    if in_own_process("reacting::run_stops_at_sigint").is_some() {
        return;
    }
    for _ in 0..2 {
        let (started, has_started) = mpsc::channel();
        let other = thread::spawn(move || {
            let lost = reactor::call_later(LAST_RESORT, reactor::stop);
            reactor::call_when_running(move || started.send(()).expect("the test listens"));
            reactor::run();
            lost.cancel()
        });
        has_started.recv().expect("it starts");
        let lost = reactor::call_later(LAST_RESORT, reactor::stop);
        reactor::call_later(MS, interrupt_myself);
        reactor::run();
        assert!(lost.cancel(), "SIGINT was lost");
        assert!(other.join().expect("the thread ends well"), "SIGINT was lost on the other thread");
    }
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
}

/// Law 22: also at a SIGINT that comes while the first calls are made.
#[cfg(unix)]
#[test]
fn run_stops_at_a_sigint_that_comes_early() {
    if in_own_process("reacting::run_stops_at_a_sigint_that_comes_early").is_some() {
        return;
    }
    let lost = reactor::call_later(LAST_RESORT, reactor::stop);
    reactor::call_when_running(interrupt_myself);
    reactor::run();
    assert!(lost.cancel(), "SIGINT was lost");
}

/// Law 22: and waits for what `before_shutdown` asked for.
#[cfg(unix)]
#[test]
fn sigint_waits_for_before_shutdown() {
    if in_own_process("reacting::sigint_waits_for_before_shutdown").is_some() {
        return;
    }
    let log = Log::new();
    let note = log.clone();
    reactor::before_shutdown(move || after(MS).map(move |()| note.note("closed")));
    reactor::call_later(MS, interrupt_myself);
    reactor::run();
    assert_eq!(log.text(), "closed");
}

/// Law 22: after `run` has returned, SIGINT means again what it meant before.
#[cfg(unix)]
#[test]
fn after_run_sigint_ends_the_process_again() {
    use std::os::unix::process::ExitStatusExt;
    const MARK: &str = "INLINE_CALLBACKS_INTERRUPTED";
    if std::env::var_os(MARK).is_some() {
        reactor::call_later(MS, interrupt_myself);
        reactor::run();
        interrupt_myself();
        // Not reached in good health.
        let _ = reactor::block_on(|| after(LAST_RESORT));
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().expect("a test binary has a path"))
        .args(["--exact", "reacting::after_run_sigint_ends_the_process_again", "--nocapture"])
        .env(MARK, "1")
        .output()
        .expect("the test binary runs");
    assert_eq!(output.status.signal(), Some(2), "{output:?}");
}

#[cfg(unix)]
const LAST_RESORT: Duration = Duration::from_secs(5);

#[cfg(unix)]
fn interrupt_myself() {
    let process = std::process::id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &process]).status().expect("there is a `kill`");
    assert!(sent.success());
}

// ----- Somebody else's executor -----------------------------------------------------------------------------------

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
