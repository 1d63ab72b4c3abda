//! Every public name of `inline_callbacks`, used once with its types: the contract that other people's code is written
//! against. It compiles; nothing here is meant to be run.
#![allow(dead_code, unused_variables, unused_mut, clippy::pedantic)]

use std::collections::HashMap;
use std::time::Duration;

use inline_callbacks::explore::{Explorer, Finding, Report, Schedule, Step, World, explore, replay};
use inline_callbacks::prelude::*; // Deferred, Trigger, Failure, inline_callbacks, generator, callbacks, yield_, return_value, Generator
use inline_callbacks::task::{self, LoopingCall};
use inline_callbacks::{
    Abandoned, AlreadyTaken, CancelHandle, Cancelled, Clock, DeferredList, DeferredLock, DeferredQueue,
    DeferredSemaphore, DelayedCall, Failed, FirstError, IntoDeferred, LockGuard, OneOf, OrFail, Panicked, Pause,
    QueueOverflow, QueueUnderflow, RemoteTrigger, Shared, Site, TimedOut, Timers, ensure_deferred, fail, gather_dict,
    gather_results, host, maybe_deferred, race, succeed, testing, unhandled,
};

fn firing() {
    let (trigger, d): (Trigger<u32>, Deferred<u32>) = Deferred::new();
    trigger.callback(1);
    let (trigger, d): (Trigger<u32>, Deferred<u32>) =
        Deferred::with_canceller(|trigger: Trigger<u32>| trigger.callback(0));
    let gone: bool = trigger.is_cancelled();
    trigger.errback(std::io::Error::other("an error becomes a Failure"));
    let (trigger, d): (Trigger<u32>, Deferred<u32>) = Deferred::new();
    trigger.fire(Err(Failure::msg("text")));
    let (trigger, d): (Trigger<u32>, Deferred<u32>) = Deferred::new();
    let remote: RemoteTrigger<u32> = trigger.remote();
    std::thread::spawn(move || remote.callback(2));
}

fn chaining(d: Deferred<u32>, e: Deferred<u32>, f: Deferred<u32>, other: Trigger<()>) {
    let d: Deferred<u32> = d.add_callback(|v| Ok(v + 1)); // Ok, Err, `?` inside
    let d: Deferred<u32> = d.add_callback(|v| succeed(v + 1)); // another Deferred
    let d: Deferred<u32> = d.add_errback(|why: Failure| Err(why)); // same value type back
    let d: Deferred<String> = d.add_callbacks(|v| Ok(v.to_string()), |why| succeed(why.to_string()));
    let d: Deferred<usize> = d.map(|s| s.len());
    let d: Deferred<usize> = d.inspect_failure(|why: &Failure| eprintln!("{why}"));
    let d: Deferred<()> = d.add_both(|result: Result<usize, Failure>| println!("{result:?}"));
    d.chain_into(other);

    let length: Option<u32> = e.peek(|result: Result<&u32, &Failure>| *result.unwrap());
    let pause: Pause = e.pause();
    pause.unpause();
    let handle: CancelHandle = e.cancel_handle();
    handle.cancel();
    e.cancel();
    let fired: bool = e.is_fired();
    e.detach();

    let shared: Shared<u32> = f.share();
    let first: Deferred<u32> = shared.observe();
    let second: Deferred<u32> = shared.observe();
}

fn making() {
    let _: Deferred<u32> = succeed(1);
    let _: Deferred<u32> = fail(std::io::Error::other("no"));
    let _: Deferred<u32> = maybe_deferred(|| Ok(1));
    let _: Deferred<u32> = ensure_deferred(async { Ok::<u32, Failure>(1) });
    let _: Deferred<u32> = Deferred::from_future(async { 1 });
}

async fn waiting(mut d: Deferred<u32>) -> Result<u32, Failure> {
    let by_reference: Result<u32, Failure> = (&mut d).await;
    let taken: Result<u32, Failure> = d.await; // Err(AlreadyTaken)
    taken
}

fn generic<D: IntoDeferred<Value = u32>>(operation: D) -> Deferred<u32> {
    operation.into_deferred()
}

fn failures(failure: Failure) -> Result<(), Failure> {
    let copy: Failure = failure.clone();
    let is_io: Option<&std::io::Error> = failure.check::<std::io::Error>();
    let io: &std::io::Error = failure.trap::<std::io::Error>()?; // hands the failure on when it is something else
    let error: &(dyn std::error::Error + Send + Sync + 'static) = failure.error();
    let asked_for: bool = failure.is_cancelled();
    let origin: &Site = failure.origin();
    let place: (&str, &str, u32, u32) = (origin.function(), origin.file(), origin.line(), origin.column());
    let waits: Vec<Site> = failure.trace().to_vec();
    let owned: Result<std::io::Error, Failure> = copy.into_inner::<std::io::Error>();
    let _ = Failure::new(std::io::Error::other("x"));
    let _ = (Cancelled, Abandoned, AlreadyTaken, format!("{failure} {failure:#} {failure:?}"));
    let _: Option<&TimedOut> = failure.check();
    let _: Option<&Panicked> = failure.check();
    if let Some(first) = failure.check::<FirstError>() {
        let (index, failure): (usize, &Failure) = (first.index(), first.failure());
    }
    let one_of: Option<OneOf<&std::io::Error, &TimedOut>> = failure.check_any::<(std::io::Error, TimedOut)>();
    match failure.trap_any::<(std::io::Error, TimedOut, Cancelled)>()? {
        OneOf::First(error) => println!("{:?}", error.kind()),
        OneOf::Second(late) => println!("{late}"),
        OneOf::Third(Cancelled) => (),
    }
    Ok(())
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

fn boxed_errors(boxed: BoxedError, result: Result<u32, BoxedError>, text: Result<u32, String>) -> Result<(), Failure> {
    let failure: Failure = Failure::from_boxed(boxed);
    let value: u32 = result.or_fail()? + text.or_fail()?;
    let failed: Failed = failure.into();
    let failure: &Failure = failed.failure();
    let _: BoxedError = failure.clone().into();
    let _: Box<dyn std::error::Error> = failure.clone().into();
    Err(failed.into_failure())
}

fn combining() {
    let _: Deferred<Vec<u32>> = gather_results([succeed(1), succeed(2)]);
    let _: Deferred<(u32, String)> = gather_results((succeed(1), succeed(String::new())));
    let _: Deferred<HashMap<&str, u32>> = gather_dict([("one", succeed(1))]);
    let _: Deferred<Vec<Result<u32, Failure>>> = DeferredList::new([succeed(1)]).consume_errors(true).into_deferred();
    let _: Deferred<Vec<Result<u32, Failure>>> =
        DeferredList::new([succeed(1)]).fire_on_one_errback(true).into_deferred();
    let _: Deferred<(usize, u32)> = DeferredList::new([succeed(1)]).fire_on_one_callback();
    let _: Deferred<(usize, u32)> = race([succeed(1), succeed(2)]);
}

fn locking() {
    let lock = DeferredLock::new();
    let guard: Deferred<LockGuard> = lock.acquire();
    let result: Deferred<u32> = lock.run(|| succeed(1));
    let locked: bool = lock.is_locked();
    let semaphore = DeferredSemaphore::new(2);
    let result: Deferred<u32> = semaphore.run(|| Ok(1));
    let queue: DeferredQueue<u32> = DeferredQueue::bounded(Some(10), Some(10)); // size, backlog
    let put: Result<(), QueueOverflow> = queue.put(1);
    let got: Deferred<u32> = queue.get(); // fails with QueueUnderflow
    let _: Option<QueueUnderflow> = None;
}

fn exploring() {
    let report: Report = explore(|world: World| {
        let event: Deferred<()> = world.event("a");
        let event_or_failure: Deferred<()> = world.event_or_failure("b", Failure::msg("no b"));
        let clock: Clock = world.clock();
        world.allow_waiting();
        let so_far: Schedule = world.schedule();
        (gather_results([event, event_or_failure]), move || assert!(world.schedule().steps().len() == 2))
    });
    let (schedules, all, seed): (usize, bool, Option<u64>) =
        (report.schedules(), report.is_exhaustive(), report.seed());
    let _: Report = replay("b, a", |world| world.event("a"));
    let explorer = Explorer::new().max_schedules(10).samples(10).seed(1).max_events(100);
    let report: Report = explorer.run(|_| ());
    let report: Report = explorer.replay("!b, tick, ...", |_| || Ok::<(), Failure>(()));
    let finding: Option<&Finding> = report.finding();
    if let Some(finding) = finding {
        let steps: &[Step] = finding.schedule().steps();
        let (script, message): (&str, &str) = (finding.script(), finding.message());
        let oddity: (usize, usize) = (finding.out_of_order(), finding.failures());
    }
}

fn timing(d: Deferred<u32>) {
    let clock = Clock::new();
    let call: DelayedCall = clock.call_later(Duration::from_secs(1), || println!("later"));
    let active: bool = call.is_active();
    call.reset(Duration::from_secs(2));
    call.delay(Duration::from_secs(1));
    call.cancel();
    clock.advance(Duration::from_secs(1));
    let due: Option<Duration> = clock.next_due();
    let now: Duration = clock.now();
    let _: Deferred<u32> = d.add_timeout_on(&clock, Duration::from_secs(3));
    let _: Deferred<u32> = task::defer_later(&clock, Duration::from_secs(1), || Ok(1));
    let looping = LoopingCall::new(|| println!("tick"));
    let ended: Deferred<()> = looping.start(&clock, Duration::from_secs(1));
    looping.stop();
}

fn any_timers(timers: &impl Timers) -> DelayedCall {
    timers.call_later(Duration::ZERO, || ())
}

fn testing_aids(pending: Deferred<u32>) {
    let value: u32 = testing::success_result_of(succeed(1));
    let failure: Failure = testing::failure_result_of(fail::<u32>(Cancelled));
    testing::assert_no_result(&pending);
    let unhandled: Vec<Failure> = testing::unhandled_failures(); // takes what was reported since the last call
    let watch: testing::UnhandledFailures = testing::UnhandledFailures::watch(); // panics when dropped with failures left
    let taken: Vec<Failure> = watch.flush::<std::io::Error>();
    let taken: Vec<Failure> = watch.flush_any::<(std::io::Error, TimedOut)>();
    let taken: Vec<Failure> = watch.flush_all();
    watch.assert_none();
    let value: u32 = testing::assert_no_unhandled(|| 1);
    unhandled::set_hook(|failure: &Failure| eprintln!("{failure:?}"));
    let resumed: usize = host::run_woken();
    host::on_wake(|| ());
}

#[cfg(feature = "reactor")]
fn reacting(d: Deferred<u32>) -> Result<(), Failure> {
    use inline_callbacks::{reactor, threads};
    reactor::call_when_running(|| println!("running"));
    let call: DelayedCall = reactor::call_later(Duration::from_millis(5), reactor::stop);
    reactor::run();
    let handle: reactor::Handle = reactor::handle(); // Clone + Send + Sync
    handle.call_from_thread(|| println!("on the reactor's thread"));
    let answer = handle.call(|| succeed(1)); // a Send future
    fn is_send<F: Future<Output = Result<u32, Failure>> + Send>(_: &F) {}
    is_send(&answer);
    let _: Result<u32, Failure> = reactor::block_on(|| succeed(1));
    reactor::before_shutdown(|| succeed(()));
    let _: Deferred<u32> = threads::defer_to_thread(|| 1);
    let _: Result<u32, Failure> = threads::blocking_call_from_thread(&handle, || succeed(1));
    let _: Deferred<u32> = d.add_timeout(Duration::from_secs(1));
    let _ = any_timers(&reactor::timers());
    Ok(())
}

mod bodies {
    use std::rc::Rc;

    use super::*;

    #[inline_callbacks]
    fn a_function(operation: Deferred<u32>, kept: Rc<String>) -> Deferred<String> {
        let immediate: u32 = yield_!(7);
        let value: u32 = yield_!(operation)?;
        let output: u32 = yield_!(async { 3 });
        let awaited: u32 = succeed(1).await?;
        println!("{}", yield_!(succeed(immediate + value + output + awaited))?);
        return_value!(kept.to_string())
    }

    #[inline_callbacks]
    fn falls_off_its_end(d: Deferred<u32>) -> Deferred<()> {
        yield_!(d)?;
    }

    struct Client;
    impl Client {
        #[inline_callbacks]
        fn method<T: Clone + 'static>(self: Rc<Self>, value: T) -> Deferred<T> {
            Ok(yield_!(value))
        }
    }

    fn keyword(kept: Rc<String>) {
        let block: Deferred<u32> = callbacks! {
            let x = yield succeed(1);
            Ok(x? + 1)
        };
        let closure = callbacks!([kept] move |n: u32| {
            let n = (yield succeed(n))?;
            Ok(kept.len() as u32 + n)
        });
        let twice: (Deferred<u32>, Deferred<u32>) = (closure(1), closure(2));
    }

    callbacks! {
        #[inline_callbacks]
        fn with_the_keyword(d: Deferred<u32>) -> Deferred<u32> {
            let x = yield d;
            return_value!(x?)
        }
    }

    #[generator]
    fn numbers() -> Generator<u32> {
        for n in 1..=3 {
            yield_!(n);
        }
    }

    #[derive(Debug)]
    struct Malfunction;

    #[generator]
    fn echo() -> Generator<u32, Result<u32, Malfunction>> {
        let mut next = 0;
        while let Ok(sent) = yield_!(next) {
            next = sent;
        }
    }

    fn generators() {
        let all: Vec<u32> = numbers().collect();
        let mut echo = echo();
        let first: Option<u32> = echo.next();
        let second: Option<u32> = echo.send(Ok(10));
        let end: Option<u32> = echo.throw(Malfunction);
    }
}
