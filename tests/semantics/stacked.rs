//! Bodies that wait for bodies: who runs when, what a failure's trace says, and how far a cancel reaches.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{Clock, succeed, task};

use crate::support::{Log, seconds};

/// What stands between the outermost body and what it waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Middle {
    Nothing,
    InlineCallback,
    AsyncFunction,
}

/// What the bodies of one test share: their log, and the Deferreds that they wait for, with what these will fire with.
#[derive(Clone)]
struct Stage {
    log: Log,
    waits: Rc<RefCell<VecDeque<Wait>>>,
    middle: Middle,
}

/// A Deferred's trigger, and what it is to be fired with.
type Wait = (Trigger<u32>, Result<u32, Failure>);

impl Stage {
    fn new(middle: Middle) -> Self {
        Stage { log: Log::new(), waits: Rc::default(), middle }
    }

    fn enter(&self, name: &str, x: u32) {
        self.log.note(format!("{name} enter {x}"));
    }

    fn exit(&self, name: &str, x: u32) -> u32 {
        self.log.note(format!("{name} exit {x}"));
        x
    }

    /// A Deferred that [`fire_all`](Self::fire_all) fires with `result`.
    fn wait(&self, result: Result<u32, Failure>) -> Deferred<u32> {
        let (trigger, deferred) = Deferred::new();
        self.waits.borrow_mut().push_back((trigger, result));
        deferred
    }

    /// Fires one after the other, also those that come meanwhile.
    fn fire_all(&self) {
        loop {
            let next = self.waits.borrow_mut().pop_front();
            let Some((trigger, result)) = next else { return };
            trigger.fire(result);
        }
    }
}

#[inline_callbacks]
fn f1(stage: Stage, x: u32) -> Deferred<u32> {
    stage.enter("f1", x);
    let x = yield_!(stage.wait(Ok(x)))?;
    return_value!(stage.exit("f1", x + 1))
}

#[inline_callbacks]
fn f2(stage: Stage, x: u32, times: u32) -> Deferred<u32> {
    stage.enter("f2", x);
    let mut x = x;
    for _ in 0..times {
        x = yield_!(f1(stage.clone(), x))?;
    }
    return_value!(stage.exit("f2", x + 2))
}

async fn async_f2(stage: Stage, x: u32, times: u32) -> Result<u32, Failure> {
    stage.enter("f2", x);
    let mut x = x;
    for _ in 0..times {
        x = f1(stage.clone(), x).await?;
    }
    Ok(stage.exit("f2", x + 2))
}

#[inline_callbacks]
fn f3(stage: Stage, x: u32, times: u32) -> Deferred<u32> {
    stage.enter("f3", x);
    let mut x = x;
    for _ in 0..times {
        x = match stage.middle {
            Middle::AsyncFunction => yield_!(async_f2(stage.clone(), x, times))?,
            _ => yield_!(f2(stage.clone(), x, times))?,
        };
    }
    return_value!(stage.exit("f3", x + 4))
}

/// Three bodies enter in order; one firing brings all of them to their ends, innermost first.
///
/// Twisted: `StackedInlineCallbacksTests.test_nonCalledDeferredSingleYield`,
/// `StackedInlineCallbacksTests.test_nonCalledDeferredSingleYieldCoro`.
#[test]
fn one_firing_ends_all_that_wait_innermost_first() {
    for middle in [Middle::InlineCallback, Middle::AsyncFunction] {
        let stage = Stage::new(middle);
        let result = f3(stage.clone(), 1, 1);
        assert_eq!(stage.log.text(), "f3 enter 1 | f2 enter 1 | f1 enter 1", "{middle:?}");
        stage.fire_all();
        assert_eq!(success_result_of(result), 8);
        assert_eq!(
            stage.log.text(),
            "f3 enter 1 | f2 enter 1 | f1 enter 1 | f1 exit 2 | f2 exit 4 | f3 exit 8",
            "{middle:?}"
        );
    }
}

/// The whole order of events when each body waits three times for the next one.
///
/// Twisted: `StackedInlineCallbacksTests.test_nonCalledDeferredMultipleYields`,
/// `StackedInlineCallbacksTests.test_nonCalledDeferredMultipleYieldsCoro`.
#[test]
fn bodies_that_wait_for_one_another_again_and_again_keep_their_order() {
    let expected = [
        "f3 enter 1",
        "f2 enter 1",
        "f1 enter 1",
        "f1 exit 2",
        "f1 enter 2",
        "f1 exit 3",
        "f1 enter 3",
        "f1 exit 4",
        "f2 exit 6",
        "f2 enter 6",
        "f1 enter 6",
        "f1 exit 7",
        "f1 enter 7",
        "f1 exit 8",
        "f1 enter 8",
        "f1 exit 9",
        "f2 exit 11",
        "f2 enter 11",
        "f1 enter 11",
        "f1 exit 12",
        "f1 enter 12",
        "f1 exit 13",
        "f1 enter 13",
        "f1 exit 14",
        "f2 exit 16",
        "f3 exit 20",
    ];
    assert_eq!(expected.len(), 26);
    for middle in [Middle::InlineCallback, Middle::AsyncFunction] {
        let stage = Stage::new(middle);
        let result = f3(stage.clone(), 1, 3);
        stage.fire_all();
        assert_eq!(success_result_of(result), 20);
        assert_eq!(stage.log.text(), expected.join(" | "), "{middle:?}");
    }
}

/// How the inner body of [`with_a_callback_between`] goes.
#[derive(Clone, Copy, Debug)]
enum Inner {
    IsDone,
    Waits,
    WaitsAfterAnother,
}

#[inline_callbacks]
fn immediate_f1(stage: Stage, x: u32) -> Deferred<u32> {
    stage.enter("f1", x);
    let x = yield_!(x);
    return_value!(stage.exit("f1", x + 1))
}

/// Waits for `f1` with a callback added to it.
#[inline_callbacks]
fn with_a_callback_between(stage: Stage, inner: Inner, x: u32) -> Deferred<u32> {
    stage.enter("f3", x);
    let mut x = x;
    if let Inner::WaitsAfterAnother = inner {
        x = yield_!(f1(stage.clone(), x))?;
    }
    let body = match inner {
        Inner::IsDone => immediate_f1(stage.clone(), x),
        Inner::Waits | Inner::WaitsAfterAnother => f1(stage.clone(), x),
    };
    let between = stage.clone();
    let x = yield_!(body.map(move |x| {
        between.enter("f2", x);
        between.exit("f2", x + 2)
    }))?;
    return_value!(stage.exit("f3", x + 4))
}

/// A callback that is added to the inner body's Deferred runs before the outer body goes on.
///
/// Twisted: `StackedInlineCallbacksTests.test_intermediateAddCallbacksAndNoWaiting`,
/// `StackedInlineCallbacksTests.test_intermediateAddCallbacksAndWithWaitingFirstYield`,
/// `StackedInlineCallbacksTests.test_intermediateAddCallbacksAndWithWaitingSecondYield`.
#[test]
fn a_callback_on_the_inner_bodys_deferred_runs_before_the_outer_body_goes_on() {
    let first = "f3 enter 1 | f1 enter 1 | f1 exit 2 | f2 enter 2 | f2 exit 4 | f3 exit 8";
    let second = "f3 enter 1 | f1 enter 1 | f1 exit 2 | f1 enter 2 | f1 exit 3 | f2 enter 3 | f2 exit 5 | f3 exit 9";
    for (inner, sum, events) in
        [(Inner::IsDone, 8, first), (Inner::Waits, 8, first), (Inner::WaitsAfterAnother, 9, second)]
    {
        let stage = Stage::new(Middle::Nothing);
        let result = with_a_callback_between(stage.clone(), inner, 1);
        if let Inner::Waits | Inner::WaitsAfterAnother = inner {
            assert_eq!(stage.log.text(), "f3 enter 1 | f1 enter 1");
        }
        stage.fire_all();
        assert_eq!((success_result_of(result), stage.log.text().as_str()), (sum, events), "{inner:?}");
    }
}

/// The failure of the inner body is the result of the outer body's wait; the inner one does not go on.
///
/// Twisted: `StackedInlineCallbacksTests.test_raisesExceptionFromDeferredWithWaitingFirstCallback`,
/// `StackedInlineCallbacksTests.test_raisesExceptionFromDeferredWithWaitingSecondCallback`.
#[test]
fn the_inner_bodys_failure_is_caught_by_the_outer_body() {
    #[inline_callbacks]
    fn failing(stage: Stage, x: u32) -> Deferred<u32> {
        stage.enter("f2", x);
        let x = yield_!(stage.wait(Err(Failure::new(Untranslated))))?;
        return_value!(stage.exit("f2", x))
    }
    #[inline_callbacks]
    fn catching(stage: Stage, x: u32, second: bool) -> Deferred<u32> {
        stage.enter("f3", x);
        let x = if second { yield_!(f1(stage.clone(), x))? } else { x };
        let caught = yield_!(failing(stage.clone(), x)).expect_err("it fails");
        caught.trap::<Untranslated>()?;
        return_value!(stage.exit("f3", x + 4))
    }
    let once = (5, "f3 enter 1 | f2 enter 1 | f3 exit 5");
    let twice = (6, "f3 enter 1 | f1 enter 1 | f1 exit 2 | f2 enter 2 | f3 exit 6");
    for (second, (sum, events)) in [(false, once), (true, twice)] {
        let stage = Stage::new(Middle::Nothing);
        let result = catching(stage.clone(), 1, second);
        stage.fire_all();
        assert_eq!((success_result_of(result), stage.log.text().as_str()), (sum, events));
    }
}

// ----- Traces -----------------------------------------------------------------------------------------------------

#[inline_callbacks]
fn erroring() -> Deferred<()> {
    yield_!("once");
    return Err(Failure::msg("Error Marker"));
}
const ERRORING_LINE: u32 = line!() - 2;

async fn async_erroring(clock: Clock) -> Result<(), Failure> {
    task::defer_later(&clock, seconds(1), || ()).await?;
    Err(Failure::msg("Error Marker"))
}
const ASYNC_ERRORING_LINE: u32 = line!() - 2;

#[inline_callbacks]
fn calling3() -> Deferred<()> {
    yield_!(erroring())
}

async fn async_calling3() -> Result<(), Failure> {
    erroring().await
}
const ASYNC_CALLING3_LINE: u32 = line!() - 2;

#[inline_callbacks]
fn calling2(middle: Middle) -> Deferred<()> {
    match middle {
        Middle::AsyncFunction => yield_!(async_calling3()),
        _ => yield_!(calling3()),
    }
}

#[inline_callbacks]
fn calling(middle: Middle) -> Deferred<()> {
    yield_!(calling2(middle))
}

/// The names of the functions in the failure's report, from its origin outwards, without their module.
fn functions_in(failure: &Failure) -> Vec<String> {
    std::iter::once(failure.origin())
        .chain(failure.trace().iter())
        .map(|site| site.function().rsplit("::").next().unwrap_or_default().to_owned())
        .collect()
}

/// A failure's report has its message, and the function of every body that it came through, down to the line that failed.
///
/// Twisted: `ForwardTraceBackTests.test_forwardTracebacks`, `ForwardTraceBackTests.test_forwardLotsOfTracebacks`.
#[test]
fn a_failures_report_names_every_body_on_its_way() {
    #[inline_callbacks]
    fn calling_erroring() -> Deferred<()> {
        yield_!(erroring())
    }
    let two = failure_result_of(calling_erroring());
    assert_eq!(functions_in(&two), ["erroring", "calling_erroring"]);
    let four = failure_result_of(calling(Middle::InlineCallback));
    assert_eq!(functions_in(&four), ["erroring", "calling3", "calling2", "calling"]);
    for failure in [two, four] {
        assert_eq!(failure.origin().line(), ERRORING_LINE);
        let report = format!("{failure:?}");
        assert!(report.starts_with("Error Marker\n    made in "), "{report}");
        for function in functions_in(&failure) {
            assert!(report.contains(&format!("::{function} at ")), "{function} is missing: {report}");
        }
    }
}

/// An async function that a body awaits is a part of that body: the report has the line in it, under the body's name. Driven
/// by `ensure_deferred` it has a name of its own.
///
/// Twisted: `ForwardTraceBackTests.test_forwardTracebacksCoro`,
/// `ForwardTraceBackTests.test_forwardLotsOfTracebacksCoro`.
#[test]
fn a_failures_report_has_the_lines_of_awaited_async_functions() {
    #[inline_callbacks]
    fn calling_async(clock: Clock, driven: bool) -> Deferred<()> {
        if driven {
            yield_!(inline_callbacks::ensure_deferred(async_erroring(clock)))
        } else {
            yield_!(async_erroring(clock))
        }
    }
    for (driven, names) in [(false, vec!["calling_async"]), (true, vec!["async_erroring", "calling_async"])] {
        let clock = Clock::new();
        let body = calling_async(clock.clone(), driven);
        assert_no_result(&body);
        clock.advance(seconds(1));
        let failure = failure_result_of(body);
        assert_eq!(functions_in(&failure), names);
        assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), ASYNC_ERRORING_LINE));
        let report = format!("{failure:?}");
        assert!(report.starts_with("Error Marker") && report.contains("::calling_async at "), "{report}");
    }
    let mixed = failure_result_of(calling(Middle::AsyncFunction));
    assert_eq!(functions_in(&mixed), ["erroring", "calling2", "calling"]);
    assert_eq!(mixed.origin().line(), ERRORING_LINE);
    assert!(mixed.trace().iter().any(|site| site.line() == ASYNC_CALLING3_LINE), "{mixed:?}");
}

/// A failure that was made elsewhere, and came before the wait or comes later, shows both: where it was made, and where it was
/// awaited.
///
/// Twisted: `AwaitTests.test_synchronousDeferredFailureTraceback`, `AwaitTests.test_asyncDeferredFailureTraceback`.
#[test]
fn an_awaited_failure_shows_its_origin_and_the_awaiting_line() {
    fn raises() -> Result<(), Failure> {
        Err(Failure::new(Untranslated))
    }
    fn doomed(awaited: Deferred<()>) -> Deferred<()> {
        inline_callbacks::ensure_deferred(async move { awaited.await })
    }
    let raising_line = line!() - 5;
    let awaiting_line = line!() - 3;
    let (trigger, pending) = Deferred::new();
    let later = doomed(pending);
    assert_no_result(&later);
    trigger.fire(raises());
    let at_once = doomed(inline_callbacks::maybe_deferred(raises));
    for body in [at_once, later] {
        let failure = failure_result_of(body);
        assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), raising_line));
        let waits: Vec<_> = failure.trace().iter().map(|site| (site.file(), site.line())).collect();
        assert_eq!(waits, [(file!(), awaiting_line)]);
        assert!(failure.trace().iter().all(|site| site.function().ends_with("::doomed")), "{failure:?}");
    }
}

// ----- Cancelling -------------------------------------------------------------------------------------------------

/// An error that the body translates into another one.
#[derive(Debug)]
struct Untranslated;

/// What it translates it into.
#[derive(Debug)]
struct Translated;

/// An error that the body turns into a value.
#[derive(Debug)]
struct DontFail(u32);

macro_rules! errors {
    ($($error:ident)*) => {$(
        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self:?}")
            }
        }

        impl std::error::Error for $error {}
    )*};
}
errors! { Untranslated Translated DontFail }

#[inline_callbacks]
fn inline_stacked(child: Deferred<u32>) -> Deferred<u32> {
    let x = yield_!(child)?;
    return_value!(x)
}

async fn async_stacked(child: Deferred<u32>) -> Result<u32, Failure> {
    child.await
}

/// Waits for `first`, if there is one, then for `child`, directly or through another body.
#[inline_callbacks]
fn sample(middle: Middle, first: Option<Deferred<u32>>, child: Deferred<u32>) -> Deferred<u32> {
    if let Some(first) = first {
        yield_!(first)?;
    }
    let result = match middle {
        Middle::Nothing => yield_!(child),
        Middle::InlineCallback => yield_!(inline_stacked(child)),
        Middle::AsyncFunction => yield_!(async_stacked(child)),
    };
    match result {
        Ok(x) => return_value!(x + 1),
        Err(why) if why.check::<Untranslated>().is_some() => return Err(Translated.into()),
        Err(why) => match why.trap::<DontFail>()? {
            DontFail(actual) => return_value!(actual - 2 + 1),
        },
    }
}

/// Twisted's five cases: what stands between, and whether the body is at its second wait.
const CASES: [(Middle, bool); 5] = [
    (Middle::Nothing, false),
    (Middle::InlineCallback, false),
    (Middle::InlineCallback, true),
    (Middle::AsyncFunction, false),
    (Middle::AsyncFunction, true),
];

/// A sample that waits for `child`, in the case given.
fn waiting_for((middle, at_second): (Middle, bool), child: Deferred<u32>) -> Deferred<u32> {
    if !at_second {
        return sample(middle, None, child);
    }
    let (trigger, first) = Deferred::new();
    let body = sample(middle, Some(first), child);
    trigger.callback(1);
    assert_no_result(&body);
    body
}

/// Law 14: cancelling the body's Deferred cancels at once the Deferred that it waits for, through whatever stands between.
///
/// Twisted, one case each: `CancellationTests.test_CascadeCancellingOnCancelNotStacked`,
/// `CancellationTests.test_CascadeCancellingOnCancelStackedInlineCb`,
/// `CancellationTests.test_CascadeCancellingOnCancelStackedInlineCbOnSecondDeferred`,
/// `CancellationTests.test_CascadeCancellingOnCancelStackedCoro`,
/// `CancellationTests.test_CascadeCancellingOnCancelStackedCoroOnSecondDeferred`.
#[test]
fn a_cancel_reaches_the_awaited_deferred_at_once() {
    for case in CASES {
        let seen = Rc::new(Cell::new(false));
        let see = Rc::clone(&seen);
        let (trigger, child) = Deferred::<u32>::new();
        let child = child.inspect_failure(move |why| see.set(why.is_cancelled()));
        let body = waiting_for(case, child);
        let handle = body.cancel_handle();
        body.add_errback(|_| Ok(0)).detach();
        handle.cancel();
        assert!(seen.get() && trigger.is_cancelled(), "{case:?}");
    }
}

/// Law 14: and the body's Deferred fails with `Cancelled`.
///
/// Twisted, one case each: `CancellationTests.test_ErrbackCancelledErrorOnCancel`,
/// `CancellationTests.test_ErrbackCancelledErrorOnCancelStackedInlineCb`,
/// `CancellationTests.test_ErrbackCancelledErrorOnCancelStackedInlineCbOnSecondDeferred`,
/// `CancellationTests.test_ErrbackCancelledErrorOnCancelStackedCoro`,
/// `CancellationTests.test_ErrbackCancelledErrorOnCancelStackedCoroOnSecondDeferred`.
#[test]
fn a_cancelled_body_fails_with_cancelled_through_whatever_stands_between() {
    for case in CASES {
        let (_trigger, child) = Deferred::new();
        let body = waiting_for(case, child);
        body.cancel();
        assert!(failure_result_of(body).is_cancelled(), "{case:?}");
    }
}

/// Law 14: the body sees the error that the canceller fires, and may fail with another one.
///
/// Twisted, one case each: `CancellationTests.test_ErrorToErrorTranslation`,
/// `CancellationTests.test_ErrorToErrorTranslationStackedInlineCb`,
/// `CancellationTests.test_ErrorToErrorTranslationStackedInlineCbOnSecondDeferred`,
/// `CancellationTests.test_ErrorToErrorTranslationStackedCoro`,
/// `CancellationTests.test_ErrorToErrorTranslationStackedCoroOnSecondDeferred`.
#[test]
fn a_body_may_translate_the_cancellers_error() {
    for case in CASES {
        let (_trigger, child) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(Untranslated));
        let body = waiting_for(case, child);
        body.cancel();
        assert!(failure_result_of(body).check::<Translated>().is_some(), "{case:?}");
    }
}

/// Law 14: or end with a value.
///
/// Twisted, one case each: `CancellationTests.test_ErrorToSuccessTranslation`,
/// `CancellationTests.test_ErrorToSuccessTranslationStackedInlineCb`,
/// `CancellationTests.test_ErrorToSuccessTranslationStackedInlineCbOnSecondDeferred`,
/// `CancellationTests.test_ErrorToSuccessTranslationStackedCoro`,
/// `CancellationTests.test_ErrorToSuccessTranslationStackedCoroOnSecondDeferred`.
#[test]
fn a_body_may_turn_the_cancellers_error_into_a_value() {
    for case in CASES {
        let (_trigger, child) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(DontFail(4321)));
        let body = waiting_for(case, child);
        body.cancel();
        assert_eq!(success_result_of(body), 4320, "{case:?}");
    }
}

/// Law 14: when what is waited for cleans up after the cancel, the body's Deferred has no result before that is done.
///
/// Twisted, one case each: `CancellationTests.test_AsynchronousCancellation`,
/// `CancellationTests.test_AsynchronousCancellationStackedInlineCb`,
/// `CancellationTests.test_AsynchronousCancellationStackedInlineCbOnSecondDeferred`,
/// `CancellationTests.test_AsynchronousCancellationStackedCoro`,
/// `CancellationTests.test_AsynchronousCancellationStackedCoroOnSecondDeferred`.
#[test]
fn a_cancelled_body_waits_for_the_clean_up_of_what_it_waits_for() {
    for case in CASES {
        let (more, cleaning) = Deferred::<u32>::new();
        let (_trigger, child) = Deferred::<u32>::new();
        let child = child.add_errback(move |why| if why.is_cancelled() { cleaning } else { succeed(0) });
        let body = waiting_for(case, child);
        body.cancel();
        assert_no_result(&body);
        more.callback(6543);
        assert_eq!(success_result_of(body), 6544, "{case:?}");
    }
}
