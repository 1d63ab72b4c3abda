//! Generators: what `#[generator]` and `Generator` promise. Where they follow Python, the tests say so.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};

use crate::support::{Log, NoteOnDrop, on_small_stack};

#[generator]
fn numbers(log: Log) -> Generator<u32> {
    log.note("start");
    for n in 1..=2 {
        yield_!(n);
        log.note(format!("after {n}"));
    }
}

/// What a panic said.
fn message_of<R>(work: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).err().expect("it panics");
    let text = payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).expect("with a text")
}

/// As in Python, a call runs nothing of the body; the first `next` starts it, each further one goes on where it was.
#[test]
fn the_body_starts_with_the_first_next() {
    let log = Log::new();
    let mut generator = numbers(log.clone());
    log.note("called");
    while let Some(n) = generator.next() {
        log.note(n);
    }
    assert_eq!(log.text(), "called | start | 1 | after 1 | 2 | after 2");
}

/// Without anything to send, a generator is an iterator, with all that iterators have.
#[test]
fn a_generator_without_sending_is_an_iterator() {
    fn fused<I: std::iter::FusedIterator>(iterator: I) -> I {
        iterator
    }
    let doubled: Vec<u32> = fused(numbers(Log::new())).map(|n| n * 2).collect();
    assert_eq!(doubled, [2, 4]);
}

/// After the end everything gives `None`, for ever.
#[test]
fn after_the_end_there_is_none_for_ever() {
    #[generator]
    fn short() -> Generator<u32, Result<u32, &'static str>> {
        let _ = yield_!(1);
    }
    let mut generator = short();
    assert_eq!(generator.next(), Some(1));
    assert_eq!(generator.send(Ok(2)), None);
    assert_eq!(generator.next(), None);
    assert_eq!(generator.send(Ok(3)), None);
    assert_eq!(generator.throw("no"), None);
    assert_eq!(format!("{generator:?}"), "Generator(ended)");
}

/// `return` ends the body where it stands.
#[test]
fn a_bare_return_ends_it() {
    #[generator]
    fn until(last: u32) -> Generator<u32> {
        for n in 1.. {
            if n > last {
                return;
            }
            yield_!(n);
        }
    }
    assert_eq!(until(3).collect::<Vec<_>>(), [1, 2, 3]);
}

#[generator]
fn echo() -> Generator<String, Result<u32, &'static str>> {
    let mut answer = "ready".to_owned();
    loop {
        answer = match yield_!(answer) {
            Ok(sent) => format!("got {sent}"),
            Err("stop") => return,
            Err(why) => format!("caught {why}"),
        };
    }
}

/// `yield_!` evaluates to what `send` gives, and to an `Err` of what `throw` gives.
///
/// Twisted: `ExtendedGeneratorTests.test_throwExceptionIntoGenerator`.
#[test]
fn what_is_sent_or_thrown_comes_out_of_the_yield() {
    let mut echo = echo();
    assert_eq!(echo.next().as_deref(), Some("ready"));
    assert_eq!(echo.send(Ok(10)).as_deref(), Some("got 10"));
    assert_eq!(echo.throw("malfunction").as_deref(), Some("caught malfunction"));
    assert_eq!(echo.send(Ok(20)).as_deref(), Some("got 20"));
    assert_eq!(echo.throw("stop"), None);
}

/// As in Python, nothing can be sent to a generator that has not started; it can still be started.
#[test]
fn sending_before_the_start_panics_and_leaves_it_as_it_was() {
    let mut echo = echo();
    let sentence = "cannot send to a generator that has not started: call `next` first, up to its first `yield_!`";
    assert_eq!(message_of(|| echo.send(Ok(1))), sentence);
    assert_eq!(message_of(|| echo.throw("no")), sentence);
    assert_eq!(format!("{echo:?}"), "Generator(unstarted)");
    assert_eq!(echo.next().as_deref(), Some("ready"));
}

/// `next` only starts a generator that expects something: it has nothing to send.
#[test]
fn next_where_something_is_expected_panics_and_leaves_it_as_it_was() {
    let mut echo = echo();
    assert_eq!(echo.next().as_deref(), Some("ready"));
    let sentence = "`next` only starts this generator, which has started: call `send`, its `yield_!` expects a value";
    assert_eq!(message_of(|| echo.next()), sentence);
    assert_eq!(format!("{echo:?}"), "Generator(suspended)");
    assert_eq!(echo.send(Ok(1)).as_deref(), Some("got 1"));
}

/// Where nothing is expected, `send(())` is `next()`, as Python's `send(None)` is.
#[test]
fn sending_unit_is_next() {
    let mut generator = numbers(Log::new());
    assert_eq!(generator.send(()), Some(1));
    assert_eq!(generator.send(()), Some(2));
    assert_eq!(generator.send(()), None);
}

/// The panics about a wrong call name the place of that call.
#[test]
fn panics_about_a_call_point_at_the_call() {
    let line = line!() + 1;
    let early: Deferred<Option<String>> = callbacks! { Ok(echo().send(Ok(1))) };
    let failure = failure_result_of(early);
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
}

/// The body keeps references to its own variables from one value to the next.
#[test]
fn it_borrows_across_yields() {
    #[generator]
    fn words(text: String) -> Generator<(usize, String)> {
        let words: Vec<&str> = text.split(' ').collect();
        let mut lengths = Vec::new();
        for word in &words {
            let length = &mut lengths;
            yield_!((length.len(), (*word).to_owned()));
            length.push(word.len());
        }
    }
    let words: Vec<_> = words("so it goes".to_owned()).collect();
    assert_eq!(words, [(0, "so".to_owned()), (1, "it".to_owned()), (2, "goes".to_owned())]);
}

/// The temporaries of an operand are gone while the generator waits to be asked.
#[test]
fn it_does_not_hold_the_temporaries_of_an_operand() {
    #[generator]
    fn lengths(texts: Rc<RefCell<Vec<u32>>>) -> Generator<usize> {
        yield_!(texts.borrow().len());
        let _ = vec![yield_!(texts.borrow().len())];
    }
    let texts = Rc::new(RefCell::new(vec![1]));
    let mut lengths = lengths(Rc::clone(&texts));
    assert_eq!(lengths.next(), Some(1));
    texts.borrow_mut().push(2);
    assert_eq!(lengths.next(), Some(2));
    texts.borrow_mut().push(3);
    assert_eq!(lengths.next(), None);
}

#[generator]
fn holding(log: Log) -> Generator<u32> {
    let _outer = log.on_drop("outer");
    let _inner = log.on_drop("inner");
    yield_!(1);
    log.note("never");
}

/// A generator dropped half-way runs the destructors of the body's variables, once, the last one first.
#[test]
fn dropped_half_way_it_runs_destructors() {
    let log = Log::new();
    let mut generator = holding(log.clone());
    assert_eq!(generator.next(), Some(1));
    assert_eq!(log.text(), "");
    drop(generator);
    assert_eq!(log.text(), "inner | outer");
}

/// A generator that never starts drops its arguments only.
#[test]
fn dropped_before_its_start_it_drops_its_arguments() {
    #[generator]
    fn never(_argument: NoteOnDrop, log: Log) -> Generator<u32> {
        log.note("never");
        yield_!(1);
    }
    let log = Log::new();
    drop(never(log.on_drop("argument"), log.clone()));
    assert_eq!(log.text(), "argument");
}

/// What is handed out belongs to the caller: the generator keeps nothing of it.
#[test]
fn values_are_dropped_once_by_whoever_took_them() {
    #[generator]
    fn owned(log: Log) -> Generator<NoteOnDrop> {
        yield_!(log.on_drop("first"));
        log.note("between");
        yield_!(log.on_drop("second"));
    }
    let log = Log::new();
    for value in owned(log.clone()) {
        log.note("taken");
        drop(value);
    }
    assert_eq!(log.text(), "taken | first | between | taken | second");
}

/// A generator hands on what another one gives, and its caller's values through it.
#[test]
fn it_yields_from_a_nested_generator() {
    #[generator]
    fn inner(from: u32) -> Generator<u32> {
        yield_!(from);
        yield_!(from + 1);
    }
    #[generator]
    fn outer() -> Generator<u32> {
        yield_!(0);
        for n in inner(10) {
            yield_!(n);
        }
        let mut rest = inner(20);
        while let Some(n) = rest.next() {
            yield_!(n);
        }
        yield_!(99);
    }
    assert_eq!(outer().collect::<Vec<_>>(), [0, 10, 11, 20, 21, 99]);
}

/// A tree is walked by a generator that calls itself.
#[test]
fn it_may_be_recursive() {
    struct Tree(u32, Vec<Tree>);

    #[generator]
    fn walk(tree: Rc<Tree>, path: Vec<usize>) -> Generator<u32> {
        let mut here = &*tree;
        for index in &path {
            here = &here.1[*index];
        }
        yield_!(here.0);
        for index in 0..here.1.len() {
            let below = path.iter().copied().chain([index]).collect();
            for leaf in walk(Rc::clone(&tree), below) {
                yield_!(leaf);
            }
        }
    }
    let tree = Tree(1, vec![Tree(2, vec![Tree(3, vec![])]), Tree(4, vec![])]);
    assert_eq!(walk(Rc::new(tree), vec![]).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// Generators of different types that run inside one another get each what was sent to it.
#[test]
fn nested_generators_do_not_mix() {
    #[generator]
    fn outer() -> Generator<String, &'static str> {
        let mut inner = inner();
        let mut sent = yield_!(format!("inner {:?}", inner.next()));
        for n in 1..=2 {
            let answer = inner.send(n);
            sent = yield_!(format!("{sent}: inner {answer:?}"));
        }
    }
    #[generator]
    fn inner() -> Generator<u32, u32> {
        let mut sum = 0;
        loop {
            sum += yield_!(sum);
        }
    }
    let mut outer = outer();
    assert_eq!(outer.next().as_deref(), Some("inner Some(0)"));
    assert_eq!(outer.send("a").as_deref(), Some("a: inner Some(1)"));
    assert_eq!(outer.send("b").as_deref(), Some("b: inner Some(3)"));
    assert_eq!(outer.send("c"), None);
}

/// An inline callback drives a generator across its own waits, and a generator calls inline callbacks.
#[test]
fn generators_and_inline_callbacks_do_not_mix() {
    #[generator]
    fn steps(log: Log) -> Generator<u32> {
        for n in 1..=3 {
            let (trigger, waiting) = Deferred::new();
            let logged = log.clone();
            let watching = callbacks! {
                let n = (yield waiting)?;
                logged.note(format!("called with {n}"));
            };
            trigger.callback(n);
            success_result_of(watching);
            yield_!(n);
        }
    }
    #[inline_callbacks]
    fn sum(log: Log, waits: Vec<Deferred<u32>>) -> Deferred<u32> {
        let mut sum = 0;
        let mut steps = steps(log);
        for wait in waits {
            sum += yield_!(wait)? * steps.next().unwrap_or_default();
        }
        Ok(sum)
    }
    let log = Log::new();
    let (triggers, waits): (Vec<_>, Vec<_>) = (0..3).map(|_| Deferred::new()).unzip();
    let sum = sum(log.clone(), waits);
    for (n, trigger) in (1..).zip(triggers) {
        assert_no_result(&sum);
        trigger.callback(n);
    }
    assert_eq!(success_result_of(sum), 1 + 4 + 9);
    assert_eq!(log.text(), "called with 1 | called with 2 | called with 3");
}

/// A panic in the body reaches whoever asked, and ends the generator; its variables are dropped.
#[test]
fn a_panic_reaches_the_caller_and_ends_it() {
    #[generator]
    fn failing(log: Log) -> Generator<u32> {
        let _kept = log.on_drop("dropped");
        yield_!(1);
        panic!("no more");
    }
    let log = Log::new();
    let mut generator = failing(log.clone());
    assert_eq!(generator.next(), Some(1));
    assert_eq!(message_of(|| generator.next()), "no more");
    assert_eq!(log.text(), "dropped");
    assert_eq!(generator.next(), None);
}

/// A panic of a generator in the body of an inline callback is that body's failure.
#[test]
fn a_panic_in_an_inline_callback_is_its_failure() {
    #[generator]
    fn failing() -> Generator<u32> {
        yield_!(1);
        panic!("no more");
    }
    let sum: Deferred<u32> = callbacks! { Ok(failing().sum()) };
    let failure = failure_result_of(sum);
    assert_eq!(
        failure.check::<inline_callbacks::Panicked>().map(ToString::to_string).as_deref(),
        Some("panicked: no more")
    );
    assert_eq!(numbers(Log::new()).count(), 2, "the next generator of this thread is not affected");
}

macro_rules! hidden {
    ($($tokens:tt)*) => { $($tokens)* };
}

const WAITS: &str = "a generator cannot wait: its body polled something that is not ready, and nobody would resume it";

/// A wait that no macro could see panics with a sentence, at the `next`, and ends the generator.
#[test]
fn waiting_for_what_is_not_ready_panics() {
    #[generator]
    fn waiting(log: Log) -> Generator<u32> {
        let _kept = log.on_drop("dropped");
        yield_!(1);
        hidden!(pending::<()>().await);
        yield_!(2);
    }
    let log = Log::new();
    let mut generator = waiting(log.clone());
    assert_eq!(generator.next(), Some(1));
    assert_eq!(message_of(|| generator.next()), WAITS);
    assert_eq!(log.text(), "dropped");
    assert_eq!(generator.next(), None);
}

/// Also for a Deferred, and inside the body of an inline callback, which does not take it for a wait of its own.
#[test]
fn waiting_for_a_deferred_panics_and_is_no_wait_of_the_body_around() {
    #[generator]
    fn waiting(deferred: Deferred<u32>) -> Generator<u32> {
        yield_!(hidden!(deferred.await).unwrap_or_default());
    }
    let (trigger, deferred) = Deferred::new();
    let (own_trigger, own) = Deferred::<u32>::new();
    let result: Deferred<u32> = callbacks! {
        let message = message_of(|| waiting(deferred).next());
        assert_eq!(message, WAITS);
        yield own
    };
    trigger.callback(1);
    assert_no_result(&result);
    own_trigger.callback(2);
    assert_eq!(success_result_of(result), 2);
}

/// What is ready may be awaited where no macro sees it: nothing waits.
#[test]
fn what_is_ready_is_no_wait() {
    #[generator]
    fn ready() -> Generator<u32> {
        yield_!(hidden!(std::future::ready(1).await));
    }
    assert_eq!(ready().collect::<Vec<_>>(), [1]);
}

/// Two `yield_!` at once, which only a macro can bring about, are refused when they run.
#[test]
fn yields_that_are_polled_together_panic() {
    #[generator]
    fn joined() -> Generator<u32> {
        hidden!(futures::join!(async { yield_!(1) }, async { yield_!(2) }));
    }
    let sentence = "a generator hands out one value at a time, from its own body: this `yield_!` came in between";
    assert_eq!(message_of(|| joined().next()), sentence);
}

/// A generator may hand out futures and Deferreds: it does not wait for them.
#[test]
fn futures_are_values_like_any_other() {
    #[generator]
    fn futures() -> Generator<Pin<Box<dyn Future<Output = u32>>>> {
        yield_!(Box::pin(async { 1 }));
        yield_!(Box::pin(std::future::ready(2)));
    }
    let ready = |mut future: Pin<Box<dyn Future<Output = u32>>>| match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => 0,
    };
    assert_eq!(futures().map(ready).collect::<Vec<_>>(), [1, 2]);
}

/// In the arguments of other macros, and in macros of the user's, `yield_!` hands out as well.
#[test]
fn yields_in_the_arguments_of_macros_hand_out() {
    #[generator]
    fn everywhere() -> Generator<u32, u32> {
        let text = format!("{} {}", yield_!(1), yield_!(2));
        let mut numbers = vec![yield_!(u32::try_from(text.len()).unwrap_or_default())];
        numbers.push(1);
        assert_eq!(yield_!(numbers[0]), 10);
        hidden!(let last = yield_!(4) + yield_!(5););
        yield_!(last);
    }
    let mut generator = everywhere();
    let mut answers = vec![generator.next()];
    for sent in [7, 8, 9, 10, 20, 30] {
        answers.push(generator.send(sent));
    }
    assert_eq!(answers, [Some(1), Some(2), Some(3), Some(9), Some(4), Some(5), Some(50)]);
}

/// In `callbacks!` the keyword works for generators, too.
#[test]
fn the_keyword_hands_out_in_callbacks() {
    callbacks! {
        #[generator]
        fn keyword() -> Generator<u32, u32> {
            let first = yield 1;
            let second = (yield first) + 1;
            println!("{}", yield second);
            if (yield 4) == 50 {
                return;
            }
            yield 5;
        }
    }
    let mut generator = keyword();
    let mut answers = vec![generator.next()];
    for sent in [10, 20, 30, 40, 50] {
        answers.push(generator.send(sent));
    }
    assert_eq!(answers, [Some(1), Some(10), Some(21), Some(4), Some(5), None]);
}

/// A failure made in the body of a generator names the generator, also inside an inline callback; afterwards that is
/// named again.
#[test]
fn failures_name_the_generator_that_made_them() {
    #[generator]
    fn failing() -> Generator<Failure> {
        yield_!(Failure::msg("inside"));
    }
    #[inline_callbacks]
    #[allow(deprecated)] // It never waits.
    fn around() -> Deferred<(String, String)> {
        let inside = failing().next().map(|failure| failure.origin().function().to_owned());
        let after = Failure::msg("after").origin().function().to_owned();
        Ok((inside.unwrap_or_default(), after))
    }
    let (inside, after) = success_result_of(around());
    assert!(inside.ends_with("::failing"), "{inside}");
    assert!(after.ends_with("::around"), "{after}");
}

/// A million values use no stack.
#[test]
fn a_million_values_use_no_stack() {
    #[generator]
    fn many() -> Generator<u64> {
        for n in 0..1_000_000 {
            yield_!(n);
        }
    }
    on_small_stack(|| assert_eq!(many().sum::<u64>(), 499_999_500_000));
}
