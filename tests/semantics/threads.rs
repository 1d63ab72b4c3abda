//! Work and results that cross threads: laws 18 and 20.

use std::cell::RefCell;
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use inline_callbacks::testing::{failure_result_of, unhandled_failures};
use inline_callbacks::threads::{blocking_call_from_thread, defer_to_thread};
use inline_callbacks::{
    Deferred, Failure, Panicked, TimedOut, Trigger, ensure_deferred, fail, gather_results, host, reactor, succeed, task,
};

use crate::support::{capture_unhandled, ok};

/// The function runs on another thread, and its value comes back to the Deferred's own.
///
/// Twisted: `ReactorThreadsTests.test_callInThread`, `DeferredResultTests.test_deferredResult`.
#[test]
fn a_value_comes_back_from_another_thread() {
    let result = reactor::block_on(|| {
        ensure_deferred(async {
            let worker = defer_to_thread(|| thread::current().id()).await?;
            ok((worker, thread::current().id()))
        })
    });
    let (worker, own): (ThreadId, ThreadId) = result.unwrap();
    assert_ne!(worker, own);
    assert_eq!(own, thread::current().id());
}

/// Law 18: a panic on the other thread becomes a failure that names its place; a returned failure is flattened.
///
/// Twisted: `DeferredResultTests.test_deferredFailure`.
#[test]
fn a_panic_on_the_other_thread_becomes_a_failure() {
    let failure = reactor::block_on(|| defer_to_thread::<u32, _>(|| panic!("oh"))).unwrap_err();
    let line = line!() - 1;
    assert_eq!(failure.check::<Panicked>().map(Panicked::message), Some("oh"));
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
    let failing = || defer_to_thread(|| Err::<u32, _>(Failure::msg("no"))).add_callback(|result| result);
    assert_eq!(reactor::block_on(failing).unwrap_err().to_string(), "no");
}

/// A failure after a success is that failure.
///
/// Twisted: `DeferredResultTests.test_deferredFailureAfterSuccess`.
#[test]
fn a_failure_after_a_success_comes_back() {
    let failure =
        reactor::block_on(|| defer_to_thread(|| 1).add_callback(|_| defer_to_thread::<u32, _>(|| panic!("second"))));
    assert_eq!(failure.unwrap_err().to_string(), "panicked: second");
}

/// Functions that are to run in order in one thread are one function.
///
/// Twisted: `DeferredResultTests.test_callMultiple`.
#[test]
fn functions_run_in_order_in_one_thread() {
    let calls: Vec<fn() -> u32> = vec![|| 1, || 2, || 3];
    let results = reactor::block_on(move || defer_to_thread(move || calls.iter().map(|f| f()).collect::<Vec<_>>()));
    assert_eq!(results.unwrap(), [1, 2, 3]);
}

/// A cancelled Deferred fails at once; the function runs on, and its late value is dropped where it comes home.
#[test]
fn a_cancelled_deferred_fails_at_once_and_the_function_runs_on() {
    let (go, waits) = mpsc::channel::<()>();
    let (ran, done) = mpsc::channel::<&str>();
    let deferred = defer_to_thread(move || {
        waits.recv().expect("told to go on");
        ran.send("ran on").expect("somebody listens");
    });
    deferred.cancel();
    assert!(failure_result_of(deferred).is_cancelled());
    go.send(()).expect("the function waits");
    assert_eq!(done.recv(), Ok("ran on"));
    assert_eq!(unhandled_failures().len(), 0);
}

/// A panic that comes after the cancel is reported.
#[test]
fn a_late_panic_is_reported() {
    let unhandled = capture_unhandled();
    let (go, waits) = mpsc::channel::<()>();
    let (arrived, told) = mpsc::channel::<()>();
    host::on_wake(move || arrived.send(()).expect("somebody listens"));
    let deferred = defer_to_thread::<(), _>(move || {
        waits.recv().expect("told to go on");
        panic!("too late");
    });
    deferred.cancel();
    assert!(failure_result_of(deferred).is_cancelled());
    go.send(()).expect("the function waits");
    told.recv().expect("the panic comes home");
    host::run_woken();
    assert_eq!(unhandled.text(), "panicked: too late");
}

/// Many functions at once: none is lost, each result is its own.
#[test]
fn many_functions_at_once_all_come_back() {
    let results =
        reactor::block_on(|| gather_results((0..200).map(|n| defer_to_thread(move || n * n)).collect::<Vec<_>>()));
    assert_eq!(results.unwrap(), (0..200).map(|n| n * n).collect::<Vec<_>>());
}

/// Inside somebody else's tokio runtime its pool is used.
///
/// Twisted: `DeferToThreadPoolTests.test_deferredResult`, `DeferToThreadPoolTests.test_deferredFailure`.
#[test]
fn another_runtimes_pool_is_used() {
    let runtime = tokio::runtime::Builder::new_current_thread().thread_name("theirs").build().unwrap();
    let name = runtime.block_on(async { defer_to_thread(|| thread::current().name().map(str::to_owned)).await });
    assert_eq!(name.unwrap().as_deref(), Some("theirs"));
    let failed = runtime.block_on(async { defer_to_thread::<u32, _>(|| panic!("in their pool")).await });
    assert_eq!(failed.unwrap_err().to_string(), "panicked: in their pool");
}

/// Runs `work` on a thread of its own while this thread's reactor runs, and returns what it returned.
fn beside_the_reactor<T: Send + 'static>(work: impl FnOnce(reactor::Handle) -> T + Send + 'static) -> T {
    let handle = reactor::handle();
    reactor::block_on(|| defer_to_thread(move || work(handle))).unwrap()
}

/// `blocking_call_from_thread` blocks until the Deferred has fired, before or later, and returns its value; the function runs
/// on the reactor's thread.
///
/// Twisted: `ReactorThreadsTests.test_blockingCallFromThread`, `ReactorThreadsTests.test_asyncBlockingCallFromThread`.
#[test]
fn a_blocking_call_gives_the_value() {
    let own = thread::current().id();
    let (fired, later) = beside_the_reactor(|handle| {
        let fired = blocking_call_from_thread(&handle, || succeed(thread::current().id()));
        let later = blocking_call_from_thread(&handle, || {
            task::defer_later(&reactor::timers(), Duration::from_millis(1), || Ok(42))
        });
        (fired.unwrap(), later.unwrap())
    });
    assert_eq!((fired, later), (own, 42));
}

/// It returns the failure of the Deferred, now or later, and a panic of the function as one.
///
/// Twisted: `ReactorThreadsTests.test_errorBlockingCallFromThread`,
/// `ReactorThreadsTests.test_asyncErrorBlockingCallFromThread`.
#[test]
fn a_blocking_call_gives_the_failure() {
    let failures = beside_the_reactor(|handle| {
        let fired = blocking_call_from_thread(&handle, || fail::<u32>(Failure::msg("now")));
        let later = blocking_call_from_thread::<u32, _>(&handle, || {
            task::defer_later(&reactor::timers(), Duration::from_millis(1), || Err(Failure::msg("later")))
        });
        let panicked = blocking_call_from_thread::<u32, Deferred<u32>>(&handle, || panic!("oh"));
        [fired, later, panicked].map(|result| result.unwrap_err().to_string())
    });
    assert_eq!(failures, ["now", "later", "panicked: oh"]);
}

/// On the reactor's own thread it would wait for itself: it says so instead.
#[test]
fn a_blocking_call_on_the_reactors_own_thread_is_refused() {
    let refused = reactor::block_on(|| blocking_call_from_thread(&reactor::handle(), || succeed(1)));
    let text = refused.unwrap_err().to_string();
    assert!(text.starts_with("`blocking_call_from_thread` was called on the reactor's own thread"), "{text}");
}

thread_local! {
    /// Keeps a trigger until its thread ends, and longer: it is never dropped.
    static KEPT: std::mem::ManuallyDrop<RefCell<Option<Trigger<u32>>>> =
        const { std::mem::ManuallyDrop::new(RefCell::new(None)) };
}

/// When the reactor's thread has ended, or ends before the Deferred has fired, there is a sentence instead of a deadlock.
#[test]
fn a_blocking_call_to_a_thread_that_has_ended_is_refused() {
    let handle = thread::spawn(reactor::handle).join().unwrap();
    let text = blocking_call_from_thread(&handle, || succeed(1)).unwrap_err().to_string();
    assert_eq!(text, "the thread of this reactor has ended: the call was not made");

    let (send, receive) = mpsc::channel();
    let ending = thread::spawn(move || {
        send.send(reactor::handle()).expect("somebody listens");
        reactor::run();
    });
    let handle = receive.recv().expect("the thread runs");
    let unfinished = blocking_call_from_thread(&handle, || {
        let (trigger, deferred) = Deferred::<u32>::new();
        KEPT.with(|kept| kept.replace(Some(trigger)));
        reactor::call_later(Duration::ZERO, reactor::stop);
        deferred
    });
    let text = unfinished.unwrap_err().to_string();
    assert_eq!(text, "the thread of this reactor has ended before the call had a result");
    ending.join().unwrap();
}

/// The same for `Handle::call`, whose future ends with that sentence.
#[test]
fn a_call_to_a_thread_that_ends_meanwhile_ends_with_a_sentence() {
    let (send, receive) = mpsc::channel();
    let ending = thread::spawn(move || {
        send.send(reactor::handle()).expect("somebody listens");
        reactor::run();
    });
    let handle = receive.recv().expect("the thread runs");
    let call = handle.call(|| {
        let (trigger, deferred) = Deferred::<u32>::new();
        KEPT.with(|kept| kept.replace(Some(trigger)));
        reactor::call_later(Duration::ZERO, reactor::stop);
        deferred
    });
    let text = futures::executor::block_on(call).unwrap_err().to_string();
    assert_eq!(text, "the thread of this reactor has ended before the call had a result");
    ending.join().unwrap();
}

/// A blocking call works inside somebody's async code, where tokio's own channels refuse to block.
#[test]
fn a_blocking_call_works_inside_async_code() {
    let answer = beside_the_reactor(|handle| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { blocking_call_from_thread(&handle, || succeed(1)) })
    });
    assert_eq!(answer.unwrap(), 1);
}

/// `add_timeout` is the limit on the reactor's own timers.
#[test]
fn a_timeout_on_the_reactor() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let result = reactor::block_on(|| deferred.add_timeout(Duration::from_millis(1)));
    assert!(result.unwrap_err().check::<TimedOut>().is_some());
    assert!(trigger.is_cancelled());
}

/// `cooperate` and `coiterate` share one cooperator on the reactor.
///
/// Twisted: `AliasTests.test_cooperate`.
#[test]
fn iterators_cooperate_on_the_reactor() {
    let log = crate::support::Log::new();
    let steps = |name: &'static str| {
        let log = log.clone();
        (0..2).map(move |step| log.note(format!("{name}{step}")))
    };
    let (first, second) = (steps("a"), steps("b"));
    reactor::block_on(|| gather_results([task::cooperate(first).when_done(), task::coiterate(second)])).unwrap();
    assert_eq!(log.text(), "a0 | b0 | a1 | b1");
}
