//! The feature `anyhow`: `?` between `Failure` and `anyhow::Error`, both ways.

use std::error::Error;
use std::fmt;
use std::io;

use anyhow::{Context, anyhow, bail};
use inline_callbacks::prelude::*;
use inline_callbacks::testing::{failure_result_of, success_result_of};
use inline_callbacks::{AlreadyTaken, Cancelled, Failed, OneOf, fail, succeed};

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn parse(text: &str) -> anyhow::Result<u32> {
    if text.is_empty() {
        bail!("nothing to parse");
    }
    text.parse().with_context(|| format!("{text} is no number"))
}

#[inline_callbacks]
fn parse_later(text: Deferred<String>) -> Deferred<u32> {
    let text = yield_!(text)?;
    Ok(parse(&text)?)
}

const LINE_OF_PARSE: u32 = line!() - 3;

#[test]
fn an_anyhow_error_becomes_a_failure_by_the_question_mark() {
    assert_eq!(success_result_of(parse_later(succeed("7".to_owned()))), 7);
    let failure = failure_result_of(parse_later(succeed(String::new())));
    assert_eq!(failure.to_string(), "nothing to parse");
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), LINE_OF_PARSE));
    let failure = failure_result_of(parse_later(succeed("x".to_owned())));
    assert_eq!(format!("{failure:#}"), "x is no number: invalid digit found in string");
    assert!(format!("{failure:?}").contains("\n    caused by: invalid digit found in string\n    made in "));
}

#[test]
fn other_errors_become_failures_as_they_do_without_the_feature() {
    fn generic<E: Error + Send + Sync + 'static>(error: E) -> Failure {
        error.into()
    }
    let failure = generic(Outer(io::Error::other("inner")));
    assert_eq!(format!("{failure:#}"), "outer: inner");
    assert!(matches!(failure.check_any::<(io::Error, Outer)>(), Some(OneOf::Second(_))));
    let clone = failure.clone();
    let failure = failure.into_inner::<Outer>().expect_err("it has a clone");
    drop(clone);
    assert_eq!(failure.into_inner::<Outer>().expect("sole owner").0.to_string(), "inner");
    let failure: Failure = Failed::from(Failure::msg("itself")).into();
    assert_eq!((failure.to_string(), failure.origin().line()), ("itself".to_owned(), line!() - 1));
}

#[test]
fn what_is_below_a_context_can_be_had() {
    let failure: Failure = anyhow::Error::new(AlreadyTaken).context("no poem").into();
    assert!(failure.check::<AlreadyTaken>().is_none());
    assert_eq!(failure.as_anyhow().and_then(|error| error.downcast_ref()), Some(&AlreadyTaken));
    assert!(Failure::new(AlreadyTaken).as_anyhow().is_none());
    assert_eq!(Failure::from_anyhow(AlreadyTaken.into()).check::<AlreadyTaken>(), Some(&AlreadyTaken));
}

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    yield_!(fail(Outer(io::Error::other("inner"))))
}

/// What `fn main() -> anyhow::Result<()>` would print.
fn report() -> anyhow::Result<u32> {
    let value = Err(failure_result_of(fetch()))?;
    Ok(value)
}

#[test]
fn a_failure_becomes_an_anyhow_error_that_prints_origin_and_waits() {
    let error = report().expect_err("it fails");
    assert_eq!(error.to_string(), "outer");
    let failure = error.downcast_ref::<Failure>().expect("it is in there");
    assert!(failure.check::<Outer>().is_some());
    let (origin, wait) = (failure.origin(), &failure.trace().to_vec()[0]);
    assert!(wait.function().ends_with("fetch"));
    let printed = format!("outer\n\nCaused by:\n    0: made in {origin}\n       waited for in {wait}\n    1: inner");
    assert_eq!(format!("{error:?}").split("\n\nStack backtrace").next(), Some(printed.as_str()));
    assert_eq!(error.root_cause().to_string(), "inner");
}

#[test]
fn a_failure_that_went_through_anyhow_is_itself_again() {
    let original = failure_result_of(fetch());
    let back = Failure::from_anyhow(original.clone().into());
    assert_eq!(format!("{back:?}"), format!("{original:?}"));
    let with_context = Failure::from_anyhow(anyhow::Error::from(original.clone()).context("no poem"));
    assert!(format!("{with_context:#}").starts_with("no poem: outer: made in "), "{with_context:#}");
    let below = with_context.as_anyhow().and_then(|error| error.downcast_ref::<Failure>()).expect("below the context");
    assert!(below.check::<Outer>().is_some());
    assert!(Failure::from(anyhow!(Failed::from(Failure::new(Cancelled)))).is_cancelled());
}

#[test]
fn a_failure_and_its_anyhow_error_share_one_error() {
    let failure = Failure::from(anyhow::Error::new(AlreadyTaken));
    let clone = failure.clone();
    let kept = failure.into_inner::<AlreadyTaken>().expect_err("it has a clone");
    drop(clone);
    assert_eq!(kept.into_inner::<AlreadyTaken>().ok(), Some(AlreadyTaken));
}
