//! The end of a run of the reactor, and of its thread: law 22, and of law 8 the bodies that still wait.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use inline_callbacks::testing::{assert_no_result, unhandled_failures};
use inline_callbacks::{Deferred, Failure, Timers, Trigger, ensure_deferred, fail, host, reactor, succeed, unhandled};

use crate::reacting::{HOUR, MS, after, joins_and_selects, on_own_thread, poem_over_tcp};
use crate::support::{Log, capture_unhandled, in_own_process, ok, show};

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
    if let Some(stderr) = in_own_process("ending::at_thread_end_destructors_may_do_anything") {
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
///
/// Hazard 8.
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
    if in_own_process("ending::run_stops_at_sigint").is_some() {
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
    if in_own_process("ending::run_stops_at_a_sigint_that_comes_early").is_some() {
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
    if in_own_process("ending::sigint_waits_for_before_shutdown").is_some() {
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
        .args(["--exact", "ending::after_run_sigint_ends_the_process_again", "--nocapture"])
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
