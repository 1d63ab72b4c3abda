//! Calls into the reactor from other threads: of law 20 the handles and remote triggers, and of law 22 what becomes of them.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use futures::executor::block_on;
use inline_callbacks::testing::unhandled_failures;
use inline_callbacks::{Abandoned, Deferred, Failure, Panicked, ensure_deferred, fail, reactor};

use crate::reacting::{HOUR, MS, after, on_own_thread};
use crate::support::{capture_unhandled, ok, show};

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
///
/// Twisted: `ReactorThreadsTests.test_callFromThread`.
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
///
/// Twisted: `ReactorThreadsTests.test_callFromThread`.
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

/// Law 20: a hundred thousand calls that come while the reactor cannot take them are all made, and it goes on.
///
/// Twisted: `ReactorThreadsTests.test_wakerOverflow`.
#[test]
fn a_hundred_thousand_calls_from_a_thread_are_all_made() {
    const CALLS: u32 = 100_000;
    thread_local! {
        static MADE: Cell<u32> = const { Cell::new(0) };
    }
    let home = reactor::handle();
    let result = reactor::block_on(|| {
        // The reactor's own thread is kept busy meanwhile, so that the calls pile up.
        let caller = thread::spawn(move || {
            (0..CALLS).for_each(|_| home.call_from_thread(|| MADE.set(MADE.get() + 1)));
        });
        caller.join().expect("the thread ends well");
        assert_eq!(MADE.get(), 0);
        after(MS)
    });
    assert_eq!((show(&result).as_str(), MADE.get()), ("()", CALLS));
    assert_eq!(show(&reactor::block_on(|| after(MS))), "()");
}
