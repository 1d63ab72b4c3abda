//! The trace of a failure: law 17, read as a person reads it. What `{:?}` prints is compared line by line.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, AlreadyTaken, DeferredLock, DeferredQueue, Failed, ensure_deferred, fail, gather_results, race, succeed,
};

use crate::support::{capture_unhandled, in_own_process_with, ok, without_stack};

/// The lines that `{:?}` prints below the error, with `here` for this file and `~` for the path of this module.
fn told(failure: &Failure) -> Vec<String> {
    let text = without_stack(&format!("{failure:?}"));
    let short = text.replace(file!(), "here").replace(concat!(module_path!(), "::"), "~");
    short.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

/// `here:line:column` of the caller's line, `above` lines further up.
#[track_caller]
fn line(above: u32, column: u32) -> String {
    format!("here:{}:{column}", Location::caller().line() - above)
}

fn waits_of(failure: &Failure) -> usize {
    failure.trace().len()
}

/// A function with a name of its own.
fn pass_on<T>(why: Failure) -> Result<T, Failure> {
    Err(why)
}

/// Law 17: the callbacks of a chain are between the waits, whether they got the failure or it went past them.
#[test]
fn the_trace_names_the_callbacks_that_a_failure_went_through() {
    fn chain(deferred: Deferred<u32>) -> Deferred<u32> {
        deferred.map(|n| n + 1).add_errback(pass_on).add_both(|result| result)
    }
    #[inline_callbacks]
    fn body(deferred: Deferred<u32>) -> Deferred<u32> {
        yield_!(chain(deferred))
    }
    let (chain_line, wait) = (line!() - 6, line(2, 9));
    let (trigger, pending) = Deferred::new();
    let waiting = body(pending);
    trigger.errback(Failure::msg("x"));
    for failure in [failure_result_of(waiting), failure_result_of(body(fail(Failure::msg("x"))))] {
        let lines = told(&failure);
        assert!(lines[0].starts_with("made in here:"), "{lines:?}");
        let chain = "in ~the_trace_names_the_callbacks_that_a_failure_went_through::chain";
        let callbacks = [(chain, 18), ("~pass_on<u32>", 33), (chain, 54)];
        let line_of =
            |(callback, column)| format!("went through the callback {callback} at here:{chain_line}:{column}");
        assert_eq!(lines[1..4], callbacks.map(line_of));
        let body = "~the_trace_names_the_callbacks_that_a_failure_went_through::body";
        assert_eq!(lines[4..], [format!("waited for in {body} at {wait}")]);
        assert_eq!(waits_of(&failure), 1, "`trace` gives the waits alone");
    }
}

/// Law 17: the failure that a callback makes, by returning it or by a panic, has come out of that callback.
#[test]
fn a_failure_made_in_a_callback_has_gone_through_it() {
    let returned = succeed(1).add_callback(|_| -> Result<u32, Failure> { Err(Failure::msg("x")) });
    let failure = failure_result_of(returned);
    let here = "~a_failure_made_in_a_callback_has_gone_through_it";
    let made = format!("made in {here} at {}", line(3, 78));
    assert_eq!(told(&failure), [made, format!("went through the callback in {here} at {}", line(4, 31))]);
    let panicked = succeed(1).map(|_| -> u32 { panic!("x") });
    let failure = failure_result_of(panicked);
    let made = format!("made in {here} at {}", line(2, 48));
    assert_eq!(told(&failure), [made, format!("went through the callback in {here} at {}", line(3, 31))]);
}

/// Law 10: it has gone through a callback as well if it comes from the Deferred that the callback returned.
#[test]
fn a_failure_of_a_callbacks_deferred_has_gone_through_the_callback() {
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let (trigger, outer) = Deferred::<()>::new();
    let chain = outer.add_callback(move |()| inner);
    let at = line(1, 23);
    trigger.callback(());
    inner_trigger.errback(Failure::msg("x"));
    let lines = told(&failure_result_of(chain));
    let here = "~a_failure_of_a_callbacks_deferred_has_gone_through_the_callback";
    assert_eq!(lines[1..], [format!("went through the callback in {here} at {at}")]);
}

/// Law 17: what the library puts into a chain is nobody's callback.
#[test]
fn a_cancel_handle_is_no_callback_of_the_trace() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let handle = deferred.cancel_handle();
    trigger.errback(Failure::msg("x"));
    assert_eq!(told(&failure_result_of(deferred)).len(), 1, "where it was made");
    handle.cancel();
}

/// Law 17: waits by `.await`, and those in blocks and closures of `callbacks!`, are waits as all others.
#[test]
fn waits_by_await_and_in_callbacks_blocks_are_in_the_trace() {
    #[inline_callbacks]
    fn by_await(deferred: Deferred<u32>) -> Deferred<u32> {
        deferred.await
    }
    fn in_block(deferred: Deferred<u32>) -> Deferred<u32> {
        callbacks! { yield deferred }
    }
    fn in_closure(deferred: Deferred<u32>) -> Deferred<u32> {
        let wait = callbacks!(move |deferred: Deferred<u32>| { Ok((yield deferred)? + 1) });
        wait(deferred)
    }
    fn in_async_block(deferred: Deferred<u32>) -> Deferred<u32> {
        async fn helper(deferred: Deferred<u32>) -> Result<u32, Failure> {
            deferred.await
        }
        Deferred::from_future(async move { helper(deferred).await.expect_err("it fails") }).add_callback(Err)
    }
    let failure = failure_result_of(in_async_block(in_closure(in_block(by_await(fail(Failure::msg("x")))))));
    let here = "~waits_by_await_and_in_callbacks_blocks_are_in_the_trace";
    let lines: Vec<_> = told(&failure).into_iter().filter(|line| line.starts_with("waited")).collect();
    let expected = [("by_await", 16, 18), ("in_block", 13, 22), ("in_closure", 10, 68), ("in_async_block", 5, 22)];
    let last = line!() - 3;
    let wait = |(function, above, column): (&str, u32, u32)| {
        format!("waited for in {here}::{function} at here:{}:{column}", last - above)
    };
    assert_eq!(lines, expected.map(wait));
}

/// Law 17: a failure that comes by the same line again and again fills no screen.
#[test]
fn a_line_that_a_failure_passes_again_and_again_is_printed_once_with_a_count() {
    #[inline_callbacks]
    fn retry(mut tries: u32) -> Deferred<()> {
        let mut last = Failure::msg("x");
        while tries > 0 {
            last = yield_!(fail::<()>(last)).expect_err("it always fails");
            tries -= 1;
        }
        Err(last)
    }
    let here = "~a_line_that_a_failure_passes_again_and_again_is_printed_once_with_a_count::retry";
    let wait = format!("waited for in {here} at {}", line(6, 20));
    let lines = |tries| told(&failure_result_of(retry(tries)));
    assert_eq!(lines(1)[1], wait);
    assert_eq!(lines(3)[1..], [format!("{wait} (3 times)")]);
    let long = [format!("{wait} (32 times)"), "... 936 more waits ...".to_owned(), format!("{wait} (32 times)")];
    assert_eq!(lines(1000)[1..], long);
}

/// Law 17: neither does one that goes round in a circle of several lines.
#[test]
fn a_round_that_a_failure_makes_again_and_again_is_printed_once_with_a_count() {
    #[inline_callbacks]
    fn retry(tries: u32) -> Deferred<()> {
        let mut last = Failure::msg("x");
        for _ in 0..tries {
            let next = yield_!(fail::<()>(last).add_both(|result| result)).expect_err("it fails");
            last = next;
        }
        Err(last)
    }
    let lines = told(&failure_result_of(retry(5)));
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[1].starts_with("went through") && lines[2].starts_with("waited for"), "{lines:?}");
    assert_eq!(lines[3], "... the last 2 lines 5 times in all ...");
    let failure = failure_result_of(retry(1000));
    let lines = told(&failure);
    assert_eq!(lines[4], "... 968 more waits and 968 more callbacks ...");
    assert_eq!((lines.len(), lines[3].as_str()), (8, "... the last 2 lines 16 times in all ..."));
    assert_eq!((waits_of(&failure), failure.trace().left_out()), (32, 968), "none is lost in the count");
}

/// One function for each number.
fn passing<const N: usize>(result: Result<(), Failure>) -> Result<(), Failure> {
    result
}

/// `deferred` with callbacks of these ten numbers and ten more.
macro_rules! through {
    ($deferred:expr, $($ten:literal)*) => {
        through!(@ $deferred, $([$ten 0 1 2 3 4 5 6 7 8 9])*)
    };
    (@ $deferred:expr, $([$ten:literal $($one:literal)*])*) => {
        $deferred$($(.add_both(passing::<{ 10 * $ten + $one }>))*)*
    };
}

/// Law 17: the first and the last that it went through are kept in order, callbacks as well as waits.
#[test]
fn of_a_long_way_both_ends_are_kept_in_order() {
    let failure = failure_result_of(through!(fail::<()>(Failure::msg("x")), 0 1 2 3 4 5 6 7 8 9));
    let lines = told(&failure);
    let number_in = |line: &String| line.split(['<', '>']).nth(1).and_then(|number| number.parse::<usize>().ok());
    let numbers: Vec<_> = lines.iter().filter_map(number_in).collect();
    assert_eq!(numbers, (0..32).chain(68..100).collect::<Vec<_>>(), "{lines:?}");
    assert_eq!(lines[33], "... 36 more callbacks ...");
    assert_eq!((waits_of(&failure), failure.trace().left_out()), (0, 0));
    assert!(failure.trace().is_empty());
}

/// Law 17: a clone's callbacks are its own from the moment of cloning.
#[test]
fn the_callbacks_that_a_clone_goes_through_are_its_own() {
    let original = Failure::msg("x");
    let passed = failure_result_of(fail::<()>(original.clone()).add_both(|result| result));
    assert_eq!((told(&original).len(), told(&passed).len()), (1, 2));
}

/// Law 12: a reported failure ends with how it came to nobody: dropped by whom, or come too late.
#[test]
fn a_reported_failure_says_how_nobody_came_to_look_at_it() {
    fn dropping(deferred: Deferred<()>) -> Deferred<()> {
        ensure_deferred(async move {
            drop(deferred);
            ok(())
        })
    }
    let here = "~a_reported_failure_says_how_nobody_came_to_look_at_it";
    let last = |what: &str| {
        let reported = unhandled_failures();
        assert_eq!(reported.len(), 1, "{what}");
        told(&reported[0]).pop().expect("lines")
    };
    capture_unhandled();
    success_result_of(dropping(fail(Failure::msg("x"))));
    assert_eq!(last("in the handle"), format!("dropped in {here}::dropping, and nobody had looked at it"));
    let (trigger, deferred) = Deferred::new();
    trigger.errback(Failure::msg("x"));
    success_result_of(dropping(deferred));
    assert_eq!(last("in a node"), format!("dropped in {here}::dropping, and nobody had looked at it"));
    fail::<()>(Failure::msg("x")).detach();
    assert_eq!(last("by `detach`"), format!("dropped in {}, and nobody had looked at it", line(1, 35)));
    drop(fail::<()>(Failure::msg("x")));
    assert_eq!(last("by nobody"), "dropped outside of any body and callback, and nobody had looked at it");
    let (trigger, deferred) = Deferred::<()>::new();
    drop(deferred);
    trigger.errback(Failure::msg("x"));
    assert_eq!(last("late"), "nobody waited for it any more");
}

/// Law 8: an abandoned Deferred says who dropped the trigger, not where in the library that was noticed.
#[test]
fn an_abandoned_deferred_says_in_which_function_its_trigger_was_dropped() {
    fn forgetting(trigger: Trigger<u32>) -> Deferred<()> {
        ensure_deferred(async move {
            drop(trigger);
            ok(())
        })
    }
    let (trigger, deferred) = Deferred::new();
    success_result_of(forgetting(trigger));
    let failure = failure_result_of(deferred);
    let here = "~an_abandoned_deferred_says_in_which_function_its_trigger_was_dropped";
    assert!(failure.check::<Abandoned>().is_some());
    assert_eq!(told(&failure), [format!("made in {here}::forgetting")]);
    assert_eq!((failure.origin().file(), failure.origin().line(), failure.origin().column()), ("", 0, 0));
    drop(Deferred::<u32>::new().0);
    let (trigger, deferred) = Deferred::<u32>::new();
    drop(trigger);
    assert_eq!(told(&failure_result_of(deferred)), ["made outside of any body and callback"]);
}

/// Failures that the library makes itself, each with its name.
fn made_by_the_library() -> Vec<(&'static str, Failure)> {
    let mut made = Vec::new();
    let (trigger, abandoned) = Deferred::<u32>::new();
    drop(trigger);
    made.push(("abandoned", failure_result_of(abandoned)));
    let queue = DeferredQueue::<u32>::new();
    let item = queue.get();
    drop(queue);
    made.push(("dropped queue", failure_result_of(item)));
    let crowded = DeferredQueue::<u32>::bounded(None, Some(0));
    made.push(("queue underflow", failure_result_of(crowded.get())));
    let taken = || {
        let mut taken = succeed(1);
        let body = ensure_deferred(async move {
            (&mut taken).await?;
            ok(taken)
        });
        success_result_of(body)
    };
    made.push(("taken, then a callback", failure_result_of(taken().map(|n| n + 1))));
    made.push(("taken, then gathered", failure_result_of(gather_results([taken()]))));
    let (trigger, start) = Deferred::new();
    let returned = start.add_callback(move |()| taken());
    trigger.callback(());
    made.push(("taken, then returned", failure_result_of(returned)));
    made.push(("empty race", failure_result_of(race::<u32>([]))));
    let (_trigger, deferred) = Deferred::<u32>::new();
    deferred.cancel();
    made.push(("cancelled", failure_result_of(deferred)));
    let waiting = ensure_deferred(async {
        std::future::pending::<()>().await;
        ok(())
    });
    waiting.cancel();
    made.push(("a foreign wait, cancelled", failure_result_of(waiting)));
    let (trigger, remote) = Deferred::<u32>::new();
    drop(trigger.remote());
    inline_callbacks::host::run_woken();
    made.push(("dropped remote trigger", failure_result_of(remote)));
    let lock = DeferredLock::new();
    made.push(("in a lock", failure_result_of(lock.run(|| fail::<u32>(AlreadyTaken)))));
    made
}

/// Law 17: no frame of the library: neither a file of its source nor a function of its own.
#[test]
fn no_place_of_the_library_is_in_a_trace() {
    for (name, failure) in made_by_the_library() {
        let passed = failure_result_of(ensure_deferred(fail::<()>(failure).into_future()));
        let text = without_stack(&format!("{passed:?}"));
        assert!(!text.contains("inline-callbacks/src") && !text.contains("inline_callbacks::"), "{name}: {text}");
        assert!(text.contains("\n    made "), "{name}: {text}");
    }
}

/// A function of a lock runs as a callback, at the place where the lock was asked to run it.
#[test]
fn a_failure_in_a_lock_has_gone_through_the_function_that_was_run() {
    let lock = DeferredLock::new();
    let failure = failure_result_of(lock.run(|| fail::<u32>(AlreadyTaken)));
    let here = "~a_failure_in_a_lock_has_gone_through_the_function_that_was_run";
    assert_eq!(told(&failure)[1..], [format!("went through the callback in {here} at {}", line(2, 42))]);
}

/// An error of the user's that holds a failure.
#[derive(Debug)]
struct NoPoem(Failed);

impl fmt::Display for NoPoem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no poem: {}", self.0)
    }
}

impl Error for NoPoem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// Law 17: a failure that is turned into another one keeps its way: in `FirstError` as its own, in an error of the user's as the
/// way of its cause.
#[test]
fn a_failure_that_became_another_one_keeps_its_way() {
    let here = "~a_failure_that_became_another_one_keeps_its_way";
    let crossed = ensure_deferred(async { fail::<u32>(Failure::msg("x")).await });
    let wait = format!("waited for in {here} at {}", line(1, 74));
    let first = failure_result_of(gather_results([crossed]));
    assert_eq!(told(&first)[1], wait);
    let crossed = ensure_deferred(async { fail::<u32>(Failure::msg("x")).await });
    let wait = format!("waited for in {here} at {}", line(1, 74));
    let translated = crossed.add_errback(|why| -> Result<u32, Failure> { Err(NoPoem(why.into()).into()) });
    let lines = told(&failure_result_of(translated));
    assert_eq!(lines[0], "caused by: x");
    assert!(lines[1].starts_with("made in ") && lines[2] == wait, "{lines:?}");
    assert!(lines[3].starts_with(&format!("made in {here} at {}", line(4, 97))), "{lines:?}");
}

/// `RUST_BACKTRACE` adds the real stack of the origin, of a panic that of the panic, without frames of the library.
#[test]
fn a_backtrace_of_the_origin_is_added_where_the_environment_asks_for_it() {
    fn user() -> Failure {
        Failure::msg("x")
    }
    fn panicking() -> Deferred<u32> {
        panic!("x")
    }
    let test = "traces::a_backtrace_of_the_origin_is_added_where_the_environment_asks_for_it";
    if in_own_process_with("1", test).is_some() {
        return;
    }
    let made = user();
    let (trigger, abandoned) = Deferred::<u32>::new();
    drop(trigger);
    let panicked = failure_result_of(ensure_deferred(async { panicking().await }));
    let functions = ["::user", "::a_backtrace_of_the_origin_is_added_where_the_environment_asks_for_it", "::panicking"];
    for (failure, function) in [made, failure_result_of(abandoned), panicked].into_iter().zip(functions) {
        assert!(failure.backtrace().is_some());
        let shown = format!("{failure:?}");
        let (_, stack) = shown.split_once("the stack where it was made:\n").expect("a stack");
        let mut frames = stack.lines();
        let frame = frames.next().unwrap_or_default();
        assert!(frame.ends_with(function) && frames.next().is_some_and(|line| line.contains("traces.rs:")), "{shown}");
        assert!(!stack.contains("inline_callbacks::") && !stack.contains("std::panicking"), "{shown}");
        assert!(
            stack.contains(" frames are left out; RUST_BACKTRACE=full has them ...") && stack.lines().count() <= 25
        );
    }
    let (_trigger, deferred) = Deferred::<u32>::new();
    deferred.cancel();
    assert!(failure_result_of(deferred).backtrace().is_none(), "its origin says all");
}

/// Without `RUST_BACKTRACE` there is none, and with `full` all frames are printed.
#[test]
fn the_environment_decides_how_much_of_a_stack_there_is() {
    let test = "traces::the_environment_decides_how_much_of_a_stack_there_is";
    for setting in ["0", "full"] {
        if in_own_process_with(setting, test).is_some() {
            continue;
        }
        let failure = Failure::msg("x");
        let is_full = std::env::var("RUST_BACKTRACE").is_ok_and(|value| value == "full");
        assert_eq!(failure.backtrace().is_some(), is_full);
        let shown = format!("{failure:?}");
        assert_eq!(shown.contains("inline_callbacks::failure::"), is_full, "{shown}");
        assert!(!shown.contains("are left out"));
        return;
    }
}

/// A thread that abandons a great many has a stack of the first of them only.
#[test]
fn of_many_abandoned_ones_only_the_first_have_a_stack() {
    if in_own_process_with("1", "traces::of_many_abandoned_ones_only_the_first_have_a_stack").is_some() {
        return;
    }
    let abandoned = || {
        let (trigger, deferred) = Deferred::<u32>::new();
        drop(trigger);
        failure_result_of(deferred).backtrace().is_some()
    };
    assert_eq!((0..1000).filter(|_| abandoned()).count(), 100);
}
