//! Waits in generic code: the declared bounds decide what an operand is, not the type that a function is called with.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{IntoDeferred, Outcome, fail, maybe_deferred, succeed};

#[inline_callbacks]
fn unbounded<T: 'static>(operand: T) -> Deferred<T> {
    Ok(yield_!(operand))
}

#[inline_callbacks]
fn bounded_otherwise<T: Debug + Clone + PartialEq + 'static>(operand: T) -> Deferred<T> {
    let value = yield_!(operand.clone());
    assert_eq!(value, yield_!(operand));
    Ok(value)
}

#[test]
fn an_unbounded_type_is_a_value_even_when_it_is_a_deferred() {
    let (trigger, pending) = Deferred::<u32>::new();
    let same = success_result_of(unbounded(pending));
    assert_no_result(&same);
    trigger.callback(1);
    assert_eq!(success_result_of(same), 1);
    assert_eq!(success_result_of(unbounded(2)), 2);
    assert_eq!(success_result_of(bounded_otherwise("text")), "text");
}

#[test]
fn an_unbounded_type_is_a_value_even_when_it_is_a_future() {
    let future = success_result_of(unbounded(async { 1 }));
    assert_eq!(success_result_of(Deferred::from_future(future)), 1);
}

#[inline_callbacks]
fn wrapped<T: 'static>(one: Option<T>, several: Vec<T>, shared: Rc<T>) -> Deferred<(Option<T>, Vec<T>, Rc<T>)> {
    Ok((yield_!(one), yield_!(several), yield_!(shared)))
}

#[test]
fn what_is_a_mistake_of_a_known_deferred_is_a_value_of_an_unbounded_type() {
    let values = wrapped(Some(succeed(1)), vec![succeed(2)], Rc::new(succeed(3)));
    let (one, several, shared) = success_result_of(values);
    assert_eq!(one.map(success_result_of), Some(1));
    assert_eq!(several.into_iter().map(success_result_of).collect::<Vec<_>>(), [2]);
    assert!(shared.is_fired());
}

#[inline_callbacks]
fn deferred_of<T: 'static>(operand: Deferred<T>) -> Deferred<T> {
    yield_!(operand)
}

#[test]
fn a_deferred_of_an_unbounded_type_is_waited_for() {
    let (trigger, pending) = Deferred::new();
    let waiting = deferred_of(pending);
    assert_no_result(&waiting);
    trigger.callback("poem");
    assert_eq!(success_result_of(waiting), "poem");
}

#[inline_callbacks]
fn calls<T: 'static, R: Outcome<T>>(function: impl FnOnce() -> R + 'static) -> Deferred<T> {
    yield_!(maybe_deferred(function))
}

#[test]
fn maybe_deferred_waits_for_whatever_an_unknown_function_returns() {
    let (trigger, pending) = Deferred::new();
    let waiting = calls(move || pending);
    assert_no_result(&waiting);
    trigger.callback(1);
    assert_eq!(success_result_of(waiting), 1);
    assert_eq!(success_result_of(calls(|| Ok(2))), 2);
    success_result_of(calls(|| ()));
    assert_eq!(failure_result_of(calls(|| fail::<u32>(Failure::msg("no")))).to_string(), "no");
    assert_eq!(failure_result_of(calls(|| -> Deferred<u32> { panic!("how") })).to_string(), "panicked: how");
}

#[inline_callbacks]
fn into_deferred<D: IntoDeferred<Value = u32> + 'static>(operand: D) -> Deferred<u32> {
    Ok(yield_!(operand)? + 1)
}

#[inline_callbacks]
fn into_deferred_in_where<D>(operand: D) -> Deferred<D::Value>
where
    D: Clone + IntoDeferred + 'static,
{
    yield_!(operand.clone())?;
    println!("{}", yield_!(operand.clone()).is_ok());
    yield_!(operand)
}

#[inline_callbacks]
fn into_deferred_in_argument(operand: impl IntoDeferred<Value = u32> + 'static) -> Deferred<u32> {
    yield_!(operand)
}

/// A user's own.
#[derive(Clone)]
struct Later(u32);

impl IntoDeferred for Later {
    type Value = u32;

    fn into_deferred(self) -> Deferred<u32> {
        succeed(self.0)
    }
}

#[test]
fn a_type_that_becomes_a_deferred_is_waited_for() {
    let (trigger, pending) = Deferred::new();
    let waiting = into_deferred(pending);
    assert_no_result(&waiting);
    trigger.callback(1);
    assert_eq!(success_result_of(waiting), 2);
    assert_eq!(success_result_of(into_deferred(Later(1))), 2);
    assert_eq!(success_result_of(into_deferred_in_where(Later(1))), 1);
    assert_eq!(success_result_of(into_deferred_in_argument(Later(1))), 1);
}

#[inline_callbacks]
fn into_future<F: IntoFuture + 'static>(operand: F) -> Deferred<F::Output> {
    Ok(yield_!(operand))
}

#[inline_callbacks]
fn future(operand: impl Future<Output = u32> + 'static) -> Deferred<u32> {
    Ok(yield_!(operand))
}

#[inline_callbacks]
fn future_and_deferred<F>(operand: F) -> Deferred<u32>
where
    F: IntoFuture<Output = u32> + IntoDeferred + 'static,
{
    Ok(yield_!(operand))
}

/// Both, with different results.
struct Both;

impl IntoFuture for Both {
    type Output = u32;
    type IntoFuture = std::future::Ready<u32>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(1)
    }
}

impl IntoDeferred for Both {
    type Value = String;

    fn into_deferred(self) -> Deferred<String> {
        succeed("two".to_owned())
    }
}

#[test]
fn a_type_that_becomes_a_future_is_waited_for_and_gives_its_output() {
    let (trigger, pending) = Deferred::<u32>::new();
    let waiting = into_future(pending);
    assert_no_result(&waiting);
    trigger.callback(1);
    assert_eq!(success_result_of(waiting).map_err(|why| why.to_string()), Ok(1));
    assert_eq!(success_result_of(into_future(async { 2 })), 2);
    assert_eq!(success_result_of(future(async { 3 })), 3);
    assert_eq!(success_result_of(future_and_deferred(Both)), 1);
}

trait Service: 'static {
    type Answer: IntoDeferred<Value = u32>;
    type Plain: 'static;

    fn ask(&self) -> Self::Answer;
    fn plain(&self) -> Self::Plain;
}

struct Client<S>(S);

impl<S: Service> Client<S> {
    #[inline_callbacks]
    fn ask(self: Rc<Self>) -> Deferred<(u32, S::Plain)> {
        let answer = yield_!(self.0.ask())?;
        Ok((answer, yield_!(self.0.plain())))
    }
}

struct Echo<T>(PhantomData<T>);

impl<T: 'static> Service for Echo<T> {
    type Answer = Deferred<u32>;
    type Plain = Deferred<u32>;

    fn ask(&self) -> Deferred<u32> {
        succeed(1)
    }
    fn plain(&self) -> Deferred<u32> {
        succeed(2)
    }
}

#[test]
fn the_bounds_of_impls_and_of_associated_types_count_as_declared() {
    let (answer, plain) = success_result_of(Rc::new(Client(Echo(PhantomData::<u8>))).ask());
    assert_eq!((answer, success_result_of(plain)), (1, 2));
}

#[generator]
fn all<T>(operands: Vec<T>) -> Generator<T> {
    for operand in operands {
        yield_!(operand);
    }
}

#[test]
fn a_generator_hands_out_a_value_of_whatever_type() {
    let all: Vec<u32> = all(vec![succeed(1), succeed(2)]).map(success_result_of).collect();
    assert_eq!(all, [1, 2]);
}
