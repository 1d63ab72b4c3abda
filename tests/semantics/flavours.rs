//! One body in three spellings: `yield_!` under the attribute, `.await` in an async block, bare `yield` in `callbacks!`.

use std::cell::Cell;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::task::defer_later;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Clock, ensure_deferred, fail, succeed};

use crate::support::{Log, ok, on_small_stack, seconds};

/// The error that the bodies know.
#[derive(Debug, PartialEq)]
struct Terminal;

impl fmt::Display for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("terminal")
    }
}

impl std::error::Error for Terminal {}

/// What Twisted writes as one `try` around a wait.
fn expect_terminal<T: fmt::Debug>(result: Result<T, Failure>) -> Result<(), Failure> {
    let failure = result.expect_err("a failure was waited for");
    failure.trap::<Terminal>().map(|_| ())
}

/// The same bodies in one spelling.
struct Flavour {
    name: &'static str,
    /// Waits for both, the second of which fails, and returns `WOOSH`.
    basics: fn(Deferred<&'static str>, Deferred<()>) -> Deferred<&'static str>,
    /// Waits, then fails.
    fails_after: fn(Deferred<&'static str>) -> Deferred<()>,
    /// Waits for nothing.
    nothing: fn() -> Deferred<()>,
    /// Waits for a failure, and forgives it.
    forgives: fn(Deferred<()>) -> Deferred<()>,
    /// Waits for so many fired Deferreds.
    fired: fn(u32) -> Deferred<u32>,
    /// Waits for so many values.
    values: fn(u32) -> Deferred<u32>,
    /// Waits for a value and ends without one.
    ends_early: fn(&Rc<Cell<u32>>) -> Deferred<()>,
    /// Waits, and ends with 14.
    fourteen: fn(Deferred<()>) -> Deferred<u32>,
}

const FLAVOURS: [Flavour; 3] = [
    Flavour {
        name: "yield_!",
        basics: with_yield::basics,
        fails_after: with_yield::fails_after,
        nothing: with_yield::nothing,
        forgives: with_yield::forgives,
        fired: with_yield::fired,
        values: with_yield::values,
        ends_early: |end| with_yield::ends_early(Rc::clone(end)),
        fourteen: with_yield::fourteen,
    },
    Flavour {
        name: ".await",
        basics: with_await::basics,
        fails_after: with_await::fails_after,
        nothing: with_await::nothing,
        forgives: with_await::forgives,
        fired: with_await::fired,
        values: with_await::values,
        ends_early: |end| with_await::ends_early(Rc::clone(end)),
        fourteen: with_await::fourteen,
    },
    Flavour {
        name: "yield",
        basics: with_keyword::basics,
        fails_after: with_keyword::fails_after,
        nothing: with_keyword::nothing,
        forgives: with_keyword::forgives,
        fired: with_keyword::fired,
        values: with_keyword::values,
        ends_early: |end| with_keyword::ends_early(Rc::clone(end)),
        fourteen: with_keyword::fourteen,
    },
];

mod with_yield {
    use super::*;

    #[inline_callbacks]
    pub(super) fn basics(hi: Deferred<&'static str>, bad: Deferred<()>) -> Deferred<&'static str> {
        assert_eq!(yield_!(hi)?, "hi");
        expect_terminal(yield_!(bad))?;
        return_value!("WOOSH")
    }

    #[inline_callbacks]
    pub(super) fn fails_after(hi: Deferred<&'static str>) -> Deferred<()> {
        yield_!(hi)?;
        return Err(Terminal.into());
    }

    #[inline_callbacks]
    pub(super) fn nothing() -> Deferred<()> {}

    #[inline_callbacks]
    pub(super) fn forgives(bad: Deferred<()>) -> Deferred<()> {
        expect_terminal(yield_!(bad))
    }

    #[inline_callbacks]
    pub(super) fn fired(times: u32) -> Deferred<u32> {
        let mut sum = 0;
        for _ in 0..times {
            sum += yield_!(succeed(1))?;
        }
        return_value!(sum)
    }

    #[inline_callbacks]
    pub(super) fn values(times: u32) -> Deferred<u32> {
        let mut sum = 0;
        for _ in 0..times {
            sum += yield_!(1);
        }
        return_value!(sum)
    }

    #[inline_callbacks]
    pub(super) fn ends_early(end: Rc<Cell<u32>>) -> Deferred<()> {
        end.set(yield_!(5));
        if end.get() == 5 {
            return;
        }
        end.set(0);
    }

    #[inline_callbacks]
    pub(super) fn fourteen(wait: Deferred<()>) -> Deferred<u32> {
        yield_!(wait)?;
        return Ok(14);
    }
}

mod with_await {
    use super::*;

    pub(super) fn basics(hi: Deferred<&'static str>, bad: Deferred<()>) -> Deferred<&'static str> {
        ensure_deferred(async move {
            assert_eq!(hi.await?, "hi");
            expect_terminal(bad.await)?;
            ok("WOOSH")
        })
    }

    pub(super) fn fails_after(hi: Deferred<&'static str>) -> Deferred<()> {
        ensure_deferred(async move {
            hi.await?;
            Err(Failure::new(Terminal))
        })
    }

    pub(super) fn nothing() -> Deferred<()> {
        ensure_deferred(async { ok(()) })
    }

    pub(super) fn forgives(bad: Deferred<()>) -> Deferred<()> {
        ensure_deferred(async move { expect_terminal(bad.await) })
    }

    pub(super) fn fired(times: u32) -> Deferred<u32> {
        ensure_deferred(async move {
            let mut sum = 0;
            for _ in 0..times {
                sum += succeed(1).await?;
            }
            ok(sum)
        })
    }

    pub(super) fn values(times: u32) -> Deferred<u32> {
        ensure_deferred(async move {
            let mut sum = 0;
            for _ in 0..times {
                sum += std::future::ready(1).await;
            }
            ok(sum)
        })
    }

    pub(super) fn ends_early(end: Rc<Cell<u32>>) -> Deferred<()> {
        ensure_deferred(async move {
            end.set(std::future::ready(5).await);
            if end.get() == 5 {
                return ok(());
            }
            end.set(0);
            ok(())
        })
    }

    pub(super) fn fourteen(wait: Deferred<()>) -> Deferred<u32> {
        ensure_deferred(async move {
            wait.await?;
            ok(14)
        })
    }
}

mod with_keyword {
    use super::*;

    callbacks! {
        #[inline_callbacks]
        pub(super) fn basics(hi: Deferred<&'static str>, bad: Deferred<()>) -> Deferred<&'static str> {
            assert_eq!((yield hi)?, "hi");
            expect_terminal(yield bad)?;
            Ok("WOOSH")
        }

        #[inline_callbacks]
        pub(super) fn fails_after(hi: Deferred<&'static str>) -> Deferred<()> {
            (yield hi)?;
            Err(Terminal.into())
        }

        #[inline_callbacks]
        pub(super) fn nothing() -> Deferred<()> {}

        #[inline_callbacks]
        pub(super) fn forgives(bad: Deferred<()>) -> Deferred<()> {
            expect_terminal(yield bad)
        }

        #[inline_callbacks]
        pub(super) fn fired(times: u32) -> Deferred<u32> {
            let mut sum = 0;
            for _ in 0..times {
                sum += (yield succeed(1))?;
            }
            Ok(sum)
        }

        #[inline_callbacks]
        pub(super) fn values(times: u32) -> Deferred<u32> {
            let mut sum = 0;
            for _ in 0..times {
                sum += yield 1;
            }
            Ok(sum)
        }

        #[inline_callbacks]
        pub(super) fn ends_early(end: Rc<Cell<u32>>) -> Deferred<()> {
            end.set(yield 5);
            if end.get() == 5 {
                return;
            }
            end.set(0);
        }

        #[inline_callbacks]
        pub(super) fn fourteen(wait: Deferred<()>) -> Deferred<u32> {
            (yield wait)?;
            return_value!(14)
        }
    }
}

/// A body gets the value of a Deferred that fires later, sees the failure of another one, and returns a value.
///
/// Twisted: `BasicTests.testBasics`, `DeferredGeneratorTests.testBasics`.
#[test]
fn a_body_gets_values_and_failures_and_returns() {
    for flavour in FLAVOURS {
        let clock = Clock::new();
        let hi = defer_later(&clock, Duration::ZERO, || Ok("hi"));
        let body = (flavour.basics)(hi, defer_later(&clock, seconds(1), || Err(Failure::new(Terminal))));
        assert_no_result(&body);
        clock.advance(Duration::ZERO);
        assert_no_result(&body);
        clock.advance(seconds(1));
        assert_eq!(success_result_of(body), "WOOSH", "{}", flavour.name);
    }
}

/// A Failure that is yielded comes back as any other value does; `Err` and `?` are what throws it.
///
/// Twisted: `BasicTests.testBasics`.
#[test]
fn a_yielded_failure_is_a_value() {
    #[inline_callbacks]
    fn yields(throw: bool) -> Deferred<String> {
        let failure = yield_!(Failure::new(Terminal));
        if throw {
            return Err(failure);
        }
        return_value!(format!("{failure} came back"))
    }
    assert_eq!(success_result_of(yields(false)), "terminal came back");
    assert!(failure_result_of(yields(true)).check::<Terminal>().is_some());
}

/// A body waits for an `async fn` as for a Deferred: it gets its value, and sees its failure.
///
/// Twisted: `BasicTests.testBasicsAsync`, `BasicTests.testHandledCoroAsyncFailure`.
#[test]
fn a_body_waits_for_async_functions() {
    async fn value(clock: Clock) -> Result<&'static str, Failure> {
        defer_later(&clock, Duration::ZERO, || Ok("hi")).await
    }
    async fn failure(clock: Clock) -> Result<(), Failure> {
        defer_later(&clock, Duration::ZERO, || Ok("hi")).await?;
        Err(Terminal.into())
    }
    async fn passes_on(bad: Deferred<()>) -> Result<(), Failure> {
        bad.await
    }
    #[inline_callbacks]
    fn basics(clock: Clock, bad: Deferred<()>) -> Deferred<&'static str> {
        assert_eq!(yield_!(value(clock.clone()))?, "hi");
        expect_terminal(yield_!(failure(clock)))?;
        expect_terminal(yield_!(passes_on(bad)))?;
        return_value!("WOOSH")
    }
    let clock = Clock::new();
    let (trigger, bad) = Deferred::new();
    let body = basics(clock.clone(), bad);
    clock.pump([Duration::ZERO; 2]);
    assert_no_result(&body);
    trigger.errback(Terminal);
    assert_eq!(success_result_of(body), "WOOSH");
}

/// What a body fails with after a wait is in its Deferred.
///
/// Twisted: `BasicTests.testProducesException`, `DeferredGeneratorTests.testProducesException`,
/// `AwaitTests.test_exception`.
#[test]
fn a_failure_after_a_wait_is_in_the_deferred() {
    for flavour in FLAVOURS {
        let clock = Clock::new();
        let later = (flavour.fails_after)(defer_later(&clock, Duration::ZERO, || Ok("hi")));
        assert_no_result(&later);
        clock.advance(Duration::ZERO);
        let at_once = (flavour.fails_after)(succeed("hi"));
        for body in [later, at_once] {
            assert_eq!(failure_result_of(body).check::<Terminal>(), Some(&Terminal), "{}", flavour.name);
        }
    }
}

/// A body without any wait ends at once, with `()`.
///
/// Twisted: `BasicTests.testNothing`, `DeferredGeneratorTests.testNothing`.
#[test]
fn a_body_without_a_wait_ends_with_unit() {
    for flavour in FLAVOURS {
        success_result_of((flavour.nothing)());
    }
}

/// A body that handles the failure it waits for, there already or coming later, succeeds, and nothing is reported.
///
/// Twisted, one case each: `BasicTests.testHandledTerminalFailure`, `BasicTests.testHandledTerminalAsyncFailure`,
/// `DeferredGeneratorTests.testHandledTerminalFailure`, `DeferredGeneratorTests.testHandledTerminalAsyncFailure`,
/// `AwaitTests.test_reraise`.
#[test]
fn a_failure_that_the_body_handles_ends_there() {
    for flavour in FLAVOURS {
        success_result_of((flavour.forgives)(fail(Failure::new(Terminal))));
        let (trigger, bad) = Deferred::new();
        let body = (flavour.forgives)(bad);
        trigger.errback(Terminal);
        success_result_of(body);
        assert_eq!(unhandled_failures().len(), 0, "{}", flavour.name);
    }
}

/// Law 3: a million fired Deferreds, and as many values that are no Deferreds at all, use no stack.
///
/// Twisted, one case each: `BasicTests.testStackUsage`, `BasicTests.testStackUsage2`,
/// `DeferredGeneratorTests.testStackUsage`, `DeferredGeneratorTests.testStackUsage2`.
#[test]
fn fired_deferreds_and_values_use_no_stack() {
    on_small_stack(|| {
        for flavour in FLAVOURS {
            assert_eq!(success_result_of((flavour.fired)(1_000_000)), 1_000_000, "{}", flavour.name);
            assert_eq!(success_result_of((flavour.values)(1_000_000)), 1_000_000, "{}", flavour.name);
        }
    });
}

/// What is no Deferred comes straight back, and a bare `return` ends the body with `()`.
///
/// Twisted: `BasicTests.testYieldNonDeferred`, `BasicTests.testReturnNoValue`.
#[test]
fn a_value_comes_straight_back_and_a_bare_return_gives_unit() {
    for flavour in FLAVOURS {
        let end = Rc::new(Cell::new(0));
        success_result_of((flavour.ends_early)(&end));
        assert_eq!(end.get(), 5, "{}", flavour.name);
    }
}

/// The value that a body returns after a wait is the result.
///
/// Twisted: `StopIterationReturnTests.test_returnWithValue`.
#[test]
fn what_a_body_returns_is_the_result() {
    for flavour in FLAVOURS {
        let (trigger, wait) = Deferred::new();
        let body = (flavour.fourteen)(wait);
        assert_no_result(&body);
        trigger.callback(());
        assert_eq!(success_result_of(body), 14, "{}", flavour.name);
    }
}

/// When a body has ended, its arguments, its own Deferred's callbacks and its frame are gone: nothing refers to itself.
///
/// Twisted: `BasicTests.test_inlineCallbacksNoCircularReference`.
#[test]
fn nothing_is_kept_when_a_body_has_ended() {
    #[inline_callbacks]
    fn gives_back(value: Rc<u32>, wait: Deferred<()>) -> Deferred<Rc<u32>> {
        let value = yield_!(value);
        yield_!(wait)?;
        return_value!(value)
    }
    for later in [true, false] {
        let value = Rc::new(1);
        let freed: Weak<u32> = Rc::downgrade(&value);
        let log = Log::new();
        let held = log.on_drop("callback dropped");
        let (trigger, wait) = Deferred::new();
        let mut trigger = Some(trigger);
        if !later {
            trigger.take().expect("it is there").callback(());
        }
        let body = gives_back(value, wait).map(move |value| {
            let _held = &held;
            value
        });
        if let Some(trigger) = trigger {
            trigger.callback(());
        }
        assert_eq!(log.text(), "callback dropped");
        let value = success_result_of(body);
        assert_eq!(Rc::strong_count(&value), 1);
        drop(value);
        assert!(freed.upgrade().is_none());
    }
}

/// An async block becomes a Deferred with `ensure_deferred`, with its value as the result, whatever it waits for inside.
///
/// Twisted: `AwaitTests.test_deferredFromCoroutine`, `AwaitTests.test_basic`, `AwaitTests.test_basicEnsureDeferred`.
#[test]
fn an_async_block_becomes_a_deferred() {
    async fn inner() -> Result<&'static str, Failure> {
        succeed("foo").await
    }
    async fn outer() -> Result<&'static str, Failure> {
        assert_eq!(succeed("bar").await?, "bar");
        inner().await
    }
    let driven = ensure_deferred(outer());
    assert!(driven.is_fired());
    assert_eq!(success_result_of(driven), "foo");
    assert_eq!(success_result_of(ensure_deferred(inner())), "foo");
    let output = success_result_of(Deferred::from_future(inner()));
    assert_eq!(output.expect("it succeeds"), "foo");
}

/// Async functions that await one another sleep together, and go on each at its time.
///
/// Twisted: `AwaitTests.test_twoDeep`.
#[test]
fn async_functions_two_deep_sleep_until_the_inner_deferred_fires() {
    async fn inner(clock: &Clock, log: &Log) -> Result<&'static str, Failure> {
        log.note(2);
        defer_later(clock, seconds(1), || ()).await?;
        log.note(3);
        Ok("Yay!")
    }
    let (clock, log) = (Clock::new(), Log::new());
    let (timers, note) = (clock.clone(), log.clone());
    let body = ensure_deferred(async move {
        note.note(1);
        let result = inner(&timers, &note).await?;
        note.note(4);
        defer_later(&timers, seconds(1), || ()).await?;
        note.note(5);
        ok(result)
    });
    let (most, rest) = (Duration::from_millis(900), Duration::from_millis(100));
    for (step, so_far) in
        [(most, "1 | 2"), (rest, "1 | 2 | 3 | 4"), (most, "1 | 2 | 3 | 4"), (rest, "1 | 2 | 3 | 4 | 5")]
    {
        clock.advance(step);
        assert_eq!(log.text(), so_far);
    }
    assert_eq!(success_result_of(body), "Yay!");
}

/// Awaiting a Deferred that is fired, but waits for what its callback returned, gives the value that comes in the end.
///
/// Twisted: `AwaitTests.test_chained`.
#[test]
fn awaiting_a_suspended_chain_gives_its_final_value() {
    let clock = Clock::new();
    let timers = clock.clone();
    let body = ensure_deferred(async move {
        let (trigger, deferred) = Deferred::<()>::new();
        let (later, inner) = Deferred::<&str>::new();
        let chain = deferred.add_callback(move |()| inner);
        trigger.callback(());
        assert_no_result(&chain);
        inline_callbacks::Timers::call_later(&timers, Duration::ZERO, move || later.callback("bye"));
        chain.await
    });
    assert_no_result(&body);
    clock.advance(Duration::from_millis(100));
    assert_eq!(success_result_of(body), "bye");
}
