//! Failure and other errors: asking for one of several types, causes, boxed errors, errors that cannot be printed.

use std::error::Error;
use std::fmt;
use std::io;

use inline_callbacks::testing::{failure_result_of, success_result_of};
use inline_callbacks::{
    Abandoned, AllFailed, AlreadyTaken, Cancelled, Deferred, Failed, Failure, FirstError, OneOf, OrFail, Panicked,
    ensure_deferred, fail, gather_results, race, succeed,
};

use crate::support::{in_own_process, ok};

#[derive(Debug, PartialEq)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lost")
    }
}

impl Error for Lost {}

type BoxedError = Box<dyn Error + Send + Sync>;

/// An error that says `.0` and was caused by `.1`.
#[derive(Debug)]
struct Said(&'static str, Option<Box<Said>>);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Said {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// An error that says the texts in order, each caused by the next.
fn chain(texts: &[&'static str]) -> Said {
    let (first, rest) = texts.split_first().expect("an error says something");
    Said(first, if rest.is_empty() { None } else { Some(Box::new(chain(rest))) })
}

/// What goes wrong when somebody prints it or asks for its source.
#[derive(Debug)]
enum Broken {
    DisplayFails,
    DisplayPanics,
    SourcePanics,
    SourceIsItself,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("so far, ")?;
        match self {
            Broken::DisplayFails => Err(fmt::Error),
            Broken::DisplayPanics => panic!("no words"),
            Broken::SourcePanics | Broken::SourceIsItself => f.write_str("so good"),
        }
    }
}

impl Error for Broken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Broken::SourcePanics => panic!("no idea"),
            Broken::SourceIsItself => Some(self),
            _ => None,
        }
    }
}

type Six = (Cancelled, Abandoned, AlreadyTaken, Panicked, io::Error, Lost);

/// Law 17: `check_any` and `trap_any` say which of several types the error has.
#[test]
fn a_failure_can_be_asked_for_one_of_several_types() {
    let lost = Failure::new(Lost);
    assert_eq!(lost.check_any::<(Cancelled, Lost)>(), Some(OneOf::Second(&Lost)));
    assert_eq!(lost.check_any::<(Lost, Cancelled)>(), Some(OneOf::First(&Lost)));
    assert_eq!(lost.check_any::<(Cancelled, Abandoned)>(), None);
    assert!(matches!(lost.check_any::<Six>(), Some(OneOf::Sixth(Lost))));
    let name = match Failure::new(Cancelled).check_any::<(Cancelled, Abandoned, Lost)>() {
        Some(OneOf::First(Cancelled)) => "cancelled",
        Some(OneOf::Second(Abandoned)) => "abandoned",
        Some(OneOf::Third(Lost)) => "lost",
        None => "something else",
    };
    assert_eq!(name, "cancelled");
}

/// Law 17: what `trap_any` does not find goes on as it was, with its origin and its waits. Twisted: `test_trapRaisesWrappedException`.
#[test]
fn trap_any_hands_any_other_failure_on() {
    fn forgive(why: &Failure) -> Result<&'static str, Failure> {
        Ok(match why.trap_any::<(io::Error, Lost)>()? {
            OneOf::First(_) => "io",
            OneOf::Second(Lost) => "lost",
        })
    }
    assert_eq!(forgive(&io::Error::other("x").into()).ok(), Some("io"));
    assert_eq!(forgive(&Failure::new(Lost)).ok(), Some("lost"));
    let other = failure_result_of(ensure_deferred(async { fail::<()>(Failure::msg("other")).await }));
    let handed_on = forgive(&other).expect_err("neither");
    assert_eq!(format!("{handed_on:?}"), format!("{other:?}"));
}

/// Law 17: `{:#}` and `{:?}` print every cause, up to 64 of them.
#[test]
fn every_cause_is_printed_outermost_first() {
    let failure = Failure::new(chain(&["a", "b", "c", "d"]));
    assert_eq!((format!("{failure}"), format!("{failure:#}")), ("a".to_owned(), "a: b: c: d".to_owned()));
    let whole = format!("{failure:?}");
    assert!(whole.starts_with("a\n    caused by: b\n    caused by: c\n    caused by: d\n    made in "), "{whole}");
    let deep = Failure::new(chain(&["x"; 64]));
    assert_eq!(format!("{deep:#}"), "x", "the same thing is not said twice");
    let names: Vec<&'static str> = ["odd", "even"].into_iter().cycle().take(65).collect();
    assert_eq!(format!("{:#}", Failure::new(chain(&names))), names.join(": "), "an error and 64 causes");
}

/// Law 17: a cause that the error has printed itself is not printed again.
#[test]
fn a_cause_that_its_error_prints_itself_is_printed_once() {
    for (texts, printed) in [
        (&["no poem: refused", "refused"][..], "no poem: refused"),
        (&["no poem (refused)", "refused"], "no poem (refused)"),
        (&["refused", "refused"], "refused"),
        (&["no poem: no route: refused", "no route: refused", "refused"], "no poem: no route: refused"),
        (&["no poem: refused", "refused", "really"], "no poem: refused: really"),
        // Not the same thing, although the one ends with the other.
        (&["file not found", "found"], "file not found: found"),
        (&["refused)", "refused"], "refused): refused"),
    ] {
        assert_eq!(format!("{:#}", Failure::new(chain(texts))), printed, "{texts:?}");
    }
    let first = gather_results([fail::<()>(chain(&["no poem", "refused"]))]);
    let failure = failure_result_of(first);
    assert!(failure.check::<FirstError>().is_some());
    assert_eq!(format!("{failure:#}"), "the Deferred at 0 failed: no poem: refused");
}

/// Law 17: an error that cannot be printed does not spoil the report.
///
/// Twisted: `GetTracebackTests.test_brokenValueBriefDetail`, `GetTracebackTests.test_brokenValueDefaultDetail`,
/// `GetTracebackTests.test_brokenValueVerboseDetail`.
#[test]
fn an_error_that_cannot_be_printed_leaves_the_rest_of_the_report() {
    for (error, text) in [
        (Broken::DisplayFails, "so far, <its Display failed>"),
        (Broken::DisplayPanics, "so far, <its Display panicked: no words>"),
    ] {
        let failure = Failure::new(error);
        let line = line!() - 1;
        assert_eq!((failure.to_string(), format!("{failure:#}")), (text.to_owned(), text.to_owned()));
        let whole = format!("{failure:?}");
        assert!(whole.starts_with(&format!("{text}\n    made in ")), "{whole}");
        assert!(whole.contains(&format!("{}:{line}", file!())), "{whole}");
    }
    let cause = Failure::new(io::Error::other(Broken::SourcePanics));
    assert_eq!(format!("{cause:#}"), "so far, so good: <its source panicked: no idea>");
}

/// Law 17: the causes end, also those of an error that is its own source.
#[test]
fn an_error_that_is_its_own_source_is_printed_in_the_end() {
    let failure = Failure::new(Broken::SourceIsItself);
    assert_eq!(format!("{failure:#}"), "so far, so good: ... and so on");
}

/// Laws 12 and 17: a failure whose error cannot be printed is reported all the same.
#[test]
fn an_unhandled_failure_that_cannot_be_printed_is_reported() {
    if let Some(stderr) = in_own_process("failure_types::an_unhandled_failure_that_cannot_be_printed_is_reported") {
        let report = "Unhandled failure in a Deferred: so far, <its Display panicked: no words>\n    made in ";
        assert!(stderr.contains(report), "{stderr}");
        return;
    }
    fail::<()>(Broken::DisplayPanics).detach();
}

/// Law 17: in a body, a boxed error becomes a failure made at the line of `or_fail`, and its type is still known.
#[test]
fn a_boxed_error_becomes_a_failure_that_knows_its_type() {
    fn parse(text: &str) -> Result<u32, BoxedError> {
        Ok(text.parse()?)
    }
    let line = line!() + 2;
    let body = ensure_deferred(async move {
        let number = parse("x").or_fail()?;
        ok(number)
    });
    let failure = failure_result_of(body);
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
    assert!(failure.check::<std::num::ParseIntError>().is_some());
    let shared = failure.clone().into_inner::<std::num::ParseIntError>().expect_err("it has a clone");
    drop(shared);
    assert!(failure.into_inner::<std::num::ParseIntError>().is_ok());
    assert_eq!(parse("7").or_fail().ok(), Some(7));
}

/// Law 17: a crossing of a wait shares the boxed error with the clones, and their owner gets it in the end.
#[test]
fn a_boxed_error_stays_shared_while_clones_go_their_own_ways() {
    let failure = Failure::from_boxed(Box::new(chain(&["outer", "inner"])));
    let clone = failure.clone();
    let crossed = failure_result_of(ensure_deferred(async move { fail::<()>(clone).await }));
    assert_eq!((failure.trace().len(), crossed.trace().len()), (0, 1));
    let crossed = crossed.into_inner::<Said>().expect_err("its error has another owner");
    assert_eq!((crossed.trace().len(), format!("{crossed:#}").as_str()), (1, "outer: inner"));
    drop(failure);
    assert_eq!(crossed.into_inner::<Said>().expect("sole owner").0, "outer");
}

/// Law 17: texts become failures by `or_fail` as well.
#[test]
fn a_text_becomes_a_failure_by_or_fail() {
    let borrowed: Result<(), &str> = Err("borrowed");
    let owned: Result<(), String> = Err("owned".to_owned());
    let borrowed = borrowed.or_fail().expect_err("a failure");
    let owned = owned.or_fail().expect_err("a failure");
    assert_eq!((borrowed.to_string(), borrowed.origin().line()), ("borrowed".to_owned(), line!() - 2));
    assert_eq!((owned.to_string(), owned.origin().line()), ("owned".to_owned(), line!() - 2));
}

/// Law 17: `?` takes a failure to every kind of boxed error, where it prints as before.
#[test]
fn a_failure_becomes_a_boxed_error_by_the_question_mark() {
    fn failing() -> Result<(), Failure> {
        Err(Failure::new(chain(&["outer", "inner"])))
    }
    fn plain() -> Result<(), Box<dyn Error>> {
        failing()?;
        Ok(())
    }
    fn send() -> Result<(), Box<dyn Error + Send>> {
        failing()?;
        Ok(())
    }
    fn both() -> Result<(), BoxedError> {
        failing()?;
        Ok(())
    }
    let boxed: [Box<dyn Error>; 3] =
        [plain().expect_err("it fails"), send().expect_err("it fails"), both().expect_err("it fails")];
    for error in boxed {
        assert_eq!((error.to_string(), format!("{error:#}")), ("outer".to_owned(), "outer: inner".to_owned()));
        assert!(format!("{error:?}").contains("\n    made in "), "{error:?}");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("inner"));
        let failed = error.downcast::<Failed>().expect("that is what is in the box");
        assert!(failed.failure().check::<Said>().is_some());
        assert!(failed.into_failure().into_inner::<Said>().is_ok());
    }
}

/// Law 17: a failure made of an error that is a failure is that failure. Twisted: `test_failureValueFromFailure`.
#[test]
fn a_failure_of_a_failure_is_that_failure() {
    let original = failure_result_of(ensure_deferred(async { fail::<()>(Cancelled).await }));
    let shown = format!("{original:?}");
    let boxed: BoxedError = original.into();
    let back = Failure::from_boxed(boxed);
    assert_eq!(format!("{back:?}"), shown);
    assert!(back.is_cancelled());
    let back = Failure::new(Failed::from(back));
    let back: Failure = Failed::from(back).into();
    assert_eq!(format!("{back:?}"), shown);
    assert!(Failure::from(io::Error::other(Failed::from(back))).check::<Cancelled>().is_none(), "an error of its own");
}

/// Law 17: a cancellation was made where the program asked for it, however far down it went.
#[test]
fn a_cancellation_is_made_where_it_was_asked_for() {
    fn nested(deferred: Deferred<u32>) -> Deferred<u32> {
        ensure_deferred(async move { deferred.await }).add_callback(|n| Ok(n + 1))
    }
    for inner in [Deferred::<u32>::new(), Deferred::with_canceller(drop)] {
        let (_trigger, pending) = inner;
        let outer = nested(nested(pending));
        let line = line!() + 1;
        outer.cancel();
        let failure = failure_result_of(outer);
        assert_eq!((failure.origin().file(), failure.origin().line(), failure.trace().len()), (file!(), line, 2));
    }
    let (_trigger, pending) = Deferred::<u32>::new();
    let handle = pending.cancel_handle();
    let line = line!() + 1;
    handle.cancel();
    assert_eq!(failure_result_of(pending).origin().line(), line);
}

/// Laws 14 and 17: what a body cancels while it is cancelled itself was asked for by the body, and afterwards by the first again.
#[test]
fn a_cancellation_within_a_cancellation_has_a_place_of_its_own() {
    let (_outer, first) = Deferred::<u32>::new();
    let (_inner, second) = Deferred::<u32>::new();
    let (_last, third) = Deferred::<u32>::new();
    let line = line!() + 3;
    let body = ensure_deferred(async move {
        let _ = first.await;
        second.cancel();
        ok(failure_result_of(second).origin().line())
    });
    let third = third.map(|_| 0).add_errback(|why| Ok(why.origin().line()));
    let both = gather_results([body, third]);
    both.cancel();
    assert_eq!(success_result_of(both), [line, line!() - 1]);
}

/// Law 17: that a result was taken before is found at the wait that came too late.
#[test]
fn already_taken_is_made_at_the_wait_that_came_too_late() {
    let body = ensure_deferred(async {
        let mut deferred = succeed(1);
        (&mut deferred).await?;
        deferred.await
    });
    let failure = failure_result_of(body);
    assert!(failure.check::<AlreadyTaken>().is_some());
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line!() - 4));
}

/// Law 17: the first error of several says where that one was made and which waits it has crossed.
#[test]
fn a_first_error_comes_from_where_the_failure_comes_from() {
    fn refused() -> Deferred<u32> {
        ensure_deferred(async { fail::<u32>(Failure::msg("refused")).await })
    }
    let line = line!() - 2;
    for several in [gather_results([succeed(1), refused()]).map(drop), race([refused(), refused()]).map(drop)] {
        let failure = failure_result_of(ensure_deferred(several.into_future()));
        assert!(failure.check_any::<(FirstError, AllFailed)>().is_some());
        assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
        let trace = failure.trace().to_vec();
        assert_eq!((trace.len(), trace[0].line(), trace[1].line()), (2, line, line!() - 4));
    }
}
