//! The arguments of a marked function: they live as long as its body, are dropped as those of any function are, and are kept
//! once.

use std::cell::RefCell;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use inline_callbacks::testing::success_result_of;

type Log = Rc<RefCell<Vec<&'static str>>>;

/// Notes its name when it is dropped.
struct Note(&'static str, Log);

impl Note {
    fn name(&self) -> &'static str {
        self.0
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

/// Calls a function with three notes and a Deferred, and gives the names in the order of their dropping, and those that had been
/// dropped when the call returned.
fn order_of(call: impl FnOnce(Note, Note, Note, Deferred<()>) -> Deferred<()>) -> (Vec<&'static str>, usize) {
    let log = Log::default();
    let note = |name| Note(name, Rc::clone(&log));
    let (trigger, deferred) = Deferred::new();
    let result = call(note("first"), note("second"), note("third"), deferred);
    let dropped_early = log.borrow().len();
    trigger.callback(());
    success_result_of(result);
    (log.take(), dropped_early)
}

/// What any function does, which takes its arguments.
#[allow(clippy::needless_pass_by_value)]
fn ordinary(first: Note, _second: Note, third: Note, _: Deferred<()>) -> Deferred<()> {
    let _local = Note("local", Rc::clone(&first.1));
    let _ = (first.name(), third.name());
    succeed(())
}

const AS_IN_ANY_FUNCTION: [&str; 4] = ["local", "third", "second", "first"];

#[test]
fn an_ordinary_function_drops_from_the_last_to_the_first() {
    assert_eq!(order_of(ordinary).0, AS_IN_ANY_FUNCTION);
}

#[test]
fn arguments_that_are_used_are_dropped_as_in_any_function() {
    #[inline_callbacks]
    fn body(first: Note, second: Note, third: Note, wait: Deferred<()>) -> Deferred<()> {
        let _local = Note("local", Rc::clone(&first.1));
        let _ = (second.name(), first.name(), third.name());
        yield_!(wait)?;
        let _ = (third.name(), first.name(), second.name());
        Ok(())
    }
    assert_eq!(order_of(body), (AS_IN_ANY_FUNCTION.to_vec(), 0));
}

#[test]
fn arguments_that_nobody_uses_live_as_long() {
    #[inline_callbacks]
    fn body(first: Note, _second: Note, _third: Note, wait: Deferred<()>) -> Deferred<()> {
        let _local = Note("local", Rc::clone(&first.1));
        yield_!(wait)?;
        let _ = first.name();
        Ok(())
    }
    assert_eq!(order_of(body), (AS_IN_ANY_FUNCTION.to_vec(), 0));
}

#[test]
fn an_unused_argument_between_two_that_are_used_keeps_its_place() {
    #[inline_callbacks]
    fn unused(first: Note, _second: Note, third: Note, wait: Deferred<()>) -> Deferred<()> {
        let _local = Note("local", Rc::clone(&first.1));
        yield_!(wait)?;
        let _ = (third.name(), first.name());
        Ok(())
    }
    assert_eq!(order_of(unused), (AS_IN_ANY_FUNCTION.to_vec(), 0));
}

#[test]
fn a_mutable_argument_between_two_that_are_not_keeps_its_place() {
    #[inline_callbacks]
    fn mutable(first: Note, mut second: Note, third: Note, wait: Deferred<()>) -> Deferred<()> {
        let _local = Note("local", Rc::clone(&first.1));
        yield_!(wait)?;
        second.0 = "second";
        let _ = (third.name(), first.name(), second.name());
        Ok(())
    }
    assert_eq!(order_of(mutable), (AS_IN_ANY_FUNCTION.to_vec(), 0));
}

/// Of a captured variable the compiler would take what is used, and leave the rest to the call.
#[test]
fn an_argument_of_which_a_part_is_used_lives_as_a_whole() {
    #[inline_callbacks]
    fn body(first: (Note, Note), second: Note, wait: Deferred<()>) -> Deferred<()> {
        let _local = Note("local", Rc::clone(&second.1));
        let _ = first.0.name();
        yield_!(wait)?;
        let _ = first.0.name();
        Ok(())
    }
    let call = |first, second, third, wait| body((first, second), third, wait);
    assert_eq!(order_of(call), (vec!["local", "third", "first", "second"], 0));
}

#[test]
fn arguments_of_a_body_that_is_dropped_half_way_are_dropped_in_the_same_order() {
    #[inline_callbacks]
    fn body(first: Note, second: Note, third: Note, wait: Deferred<()>) -> Deferred<()> {
        let _local = Note("local", Rc::clone(&first.1));
        let _ = (second.name(), first.name(), third.name());
        std::future::pending::<()>().await;
        wait.detach();
        Ok(())
    }
    let log = Log::default();
    let note = |name| Note(name, Rc::clone(&log));
    let (_trigger, deferred) = Deferred::new();
    let result = body(note("first"), note("second"), note("third"), deferred);
    assert!(log.borrow().is_empty());
    result.cancel();
    result.add_errback(|_| Ok(())).detach();
    assert_eq!(log.take(), AS_IN_ANY_FUNCTION);
}

#[test]
fn an_argument_that_is_moved_on_is_dropped_where_it_went() {
    #[inline_callbacks]
    fn body(first: Note, second: Note, third: Note, wait: Deferred<()>) -> Deferred<()> {
        drop(second);
        yield_!(wait)?;
        let _moved = third;
        drop(first);
        Ok(())
    }
    assert_eq!(order_of(body), (vec!["second", "first", "third"], 1));
}

#[test]
fn the_receiver_is_dropped_last() {
    struct Object(Note);
    impl Object {
        #[inline_callbacks]
        fn body(self, second: Note, third: Note, wait: Deferred<()>) -> Deferred<()> {
            let _local = Note("local", Rc::clone(&third.1));
            yield_!(wait)?;
            let _ = (self.0.name(), second.name(), third.name());
            Ok(())
        }
    }
    let call = |first, second, third, wait| Object(first).body(second, third, wait);
    assert_eq!(order_of(call), (AS_IN_ANY_FUNCTION.to_vec(), 0));
}

#[test]
fn arguments_of_a_generator_are_dropped_as_in_any_function() {
    #[generator]
    fn names(first: Note, second: Note, third: Note) -> Generator<&'static str> {
        yield_!(second.name());
        yield_!(first.name());
        yield_!(third.name());
    }
    for taken in 1..=3 {
        let log = Log::default();
        let note = |name| Note(name, Rc::clone(&log));
        let mut names = names(note("first"), note("second"), note("third"));
        assert_eq!(names.by_ref().take(taken).count(), taken);
        assert!(log.borrow().is_empty());
        drop(names);
        assert_eq!(log.take(), ["third", "second", "first"], "after {taken} values");
    }
}

/// One that is only read: what else may happen to it, the compiler explains better if it is a variable.
#[test]
fn a_number_is_kept_once() {
    #[inline_callbacks]
    fn sum(
        one: u128,
        two: u128,
        three: u128,
        four: u128,
        five: u128,
        six: u128,
        wait: Deferred<u128>,
    ) -> Deferred<u128> {
        let waited = yield_!(wait)?;
        return_value!(one + two + three + four + five + six + waited)
    }
    #[inline_callbacks]
    fn without(wait: Deferred<u128>) -> Deferred<u128> {
        yield_!(wait)
    }
    let held = |call: &dyn Fn(Deferred<u128>) -> Deferred<u128>| {
        let (trigger, deferred) = Deferred::new();
        let mut result = None;
        let held = allocation_counter::measure(|| result = Some(call(deferred)));
        trigger.callback(21);
        (held.bytes_current, result.map(success_result_of))
    };
    let sum = |wait| sum(1, 2, 3, 4, 5, 6, wait);
    // The first call of a thread makes what the thread keeps.
    held(&without);
    let ((with, sum), (without, _)) = (held(&sum), held(&without));
    assert_eq!(sum, Some(42));
    assert!((96..192).contains(&(with - without)), "{with} bytes and {without} bytes");
}
