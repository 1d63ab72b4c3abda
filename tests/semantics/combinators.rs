//! Many Deferreds into one: `DeferredList` with Twisted's flags, `gather_results`, and law 15.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{
    Abandoned, AllFailed, Deferred, DeferredList, Failure, FirstError, IntoDeferred, Trigger, ensure_deferred, fail,
    gather_results, succeed,
};

use crate::support::{Log, capture_unhandled, ok, on_small_stack, show};

type Pairs<T> = (Vec<Option<Trigger<T>>>, Vec<Deferred<T>>);

fn pending(count: usize) -> Pairs<u32> {
    (0..count).map(|_| Deferred::new()).map(|(trigger, deferred)| (Some(trigger), deferred)).unzip()
}

fn fire(triggers: &mut [Option<Trigger<u32>>], index: usize, value: u32) {
    triggers[index].take().expect("it fires once").callback(value);
}

fn break_(triggers: &mut [Option<Trigger<u32>>], index: usize, why: &'static str) {
    triggers[index].take().expect("it fires once").errback(Failure::msg(why));
}

/// The results as Twisted's traces write them.
fn shown<T: std::fmt::Debug>(results: &[Result<T, Failure>]) -> String {
    results.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// A pending Deferred whose canceller notes its name and fires what `outcome` says, if anything.
fn asked(log: &Log, name: &'static str, outcome: Option<Result<u32, Failure>>) -> Deferred<u32> {
    let note = log.clone();
    let (trigger, deferred) = Deferred::with_canceller(move |trigger: Trigger<u32>| {
        note.note(name);
        if let Some(result) = outcome {
            trigger.fire(result);
        }
    });
    // Nobody but the canceller fires it.
    std::mem::forget(trigger);
    deferred
}

// ----- DeferredList -----------------------------------------------------------------------------------------------

/// All results, in the order of the list, once all have fired; it never fails.
///
/// Twisted: `DeferredTests.testDeferredList`.
#[test]
fn a_list_gives_all_results_in_order() {
    let (mut triggers, parts) = pending(3);
    let list = DeferredList::new(parts).consume_errors(true).into_deferred();
    fire(&mut triggers, 2, 3);
    break_(&mut triggers, 1, "two");
    assert_no_result(&list);
    fire(&mut triggers, 0, 1);
    assert_eq!(shown(&success_result_of(list)), "1, F[two], 3");
    assert_eq!(unhandled_failures().len(), 0);
}

/// A body waits for a list as it is, and goes on inside the call that fires the last part.
#[test]
fn a_body_waits_for_a_list() {
    let (mut triggers, parts) = pending(2);
    let list = DeferredList::new(parts).into_deferred();
    let body = ensure_deferred(async move { ok(shown(&list.await?)) });
    fire(&mut triggers, 1, 2);
    assert_no_result(&body);
    fire(&mut triggers, 0, 1);
    assert_eq!(success_result_of(body), "1, 2");
}

/// Nothing fires at once, whatever the flags.
///
/// Twisted: `DeferredTests.testEmptyDeferredList`, `DeferredListEmptyTests.testDeferredListEmpty`.
#[test]
fn an_empty_list_fires_at_once() {
    for consume in [true, false] {
        for early in [true, false] {
            let list = DeferredList::<u32>::new([]).consume_errors(consume).fire_on_one_errback(early);
            assert!(success_result_of(list.into_deferred()).is_empty());
        }
    }
}

/// DEVIATIONS: `fire_on_one_callback` of nothing fails, where Twisted's never fires.
///
/// Hazard 9.
///
/// Twisted: `DeferredTests.testEmptyDeferredList`.
#[test]
fn one_callback_of_an_empty_list_fails() {
    let failure = failure_result_of(DeferredList::<u32>::new([]).fire_on_one_callback());
    let failed = failure.check::<AllFailed>().expect("all of nothing failed");
    assert!(failed.failures().is_empty());
    assert_eq!(failure.to_string(), "there was no Deferred that could succeed");
}

/// Fired parts make it fire at once.
///
/// Twisted: `DeferredTests.testDeferredListWithAlreadyFiredDeferreds`.
#[test]
fn a_list_of_fired_deferreds_fires_at_once() {
    let list = DeferredList::new([succeed(1), fail(Failure::msg("no")), succeed(3)]).consume_errors(true);
    assert_eq!(shown(&success_result_of(list.into_deferred())), "1, F[no], 3");
    assert_eq!(unhandled_failures().len(), 0);
}

/// Fired and pending parts mixed keep their places.
#[test]
fn fired_and_pending_parts_keep_their_places() {
    let (trigger, second) = Deferred::new();
    let list = DeferredList::new([succeed(1), second, succeed(3)]).into_deferred();
    assert_no_result(&list);
    trigger.callback(2);
    assert_eq!(shown(&success_result_of(list)), "1, 2, 3");
}

/// Without `consume_errors` a failure is reported although it is in the list.
///
/// Twisted: `DeferredTests.testDeferredListDontConsumeErrors`.
#[test]
fn without_consume_errors_a_failure_in_the_list_is_reported_too() {
    let reports = capture_unhandled();
    let (mut triggers, parts) = pending(2);
    let list = DeferredList::new(parts).into_deferred();
    break_(&mut triggers, 0, "no");
    assert_eq!(reports.text(), "no", "at that moment");
    fire(&mut triggers, 1, 2);
    assert_eq!(shown(&success_result_of(list)), "F[no], 2");
    assert_eq!(reports.text(), "no", "once");
}

/// With it a failure counts as handled.
///
/// Twisted: `DeferredTests.testDeferredListConsumeErrors`.
#[test]
fn with_consume_errors_a_failure_counts_as_handled() {
    let reports = capture_unhandled();
    let (mut triggers, parts) = pending(2);
    let list = DeferredList::new(parts).consume_errors(true).into_deferred();
    break_(&mut triggers, 0, "no");
    break_(&mut triggers, 1, "neither");
    assert_eq!(shown(&success_result_of(list)), "F[no], F[neither]");
    assert_eq!(reports.text(), "");
}

/// Law 12: also when the list itself was dropped: it goes on, and its flags hold.
#[test]
fn a_dropped_list_keeps_to_its_flags() {
    let reports = capture_unhandled();
    for consume in [true, false] {
        let (mut triggers, parts) = pending(2);
        DeferredList::new(parts).consume_errors(consume).into_deferred().detach();
        break_(&mut triggers, 0, if consume { "consumed" } else { "reported" });
        fire(&mut triggers, 1, 2);
    }
    assert_eq!(reports.text(), "reported");
}

/// The first failure fires it at once, with `FirstError`.
///
/// Twisted: `DeferredTests.testDeferredListFireOnOneError`.
#[test]
fn fire_on_one_errback_fails_with_the_first_failure() {
    let (mut triggers, parts) = pending(3);
    let list = DeferredList::new(parts).fire_on_one_errback(true).consume_errors(true).into_deferred();
    fire(&mut triggers, 0, 1);
    assert_no_result(&list);
    break_(&mut triggers, 1, "two");
    let failure = failure_result_of(list);
    let first = failure.check::<FirstError>().expect("a FirstError");
    assert_eq!((first.index(), first.failure().to_string()), (1, "two".to_owned()));
    assert_eq!(failure.to_string(), "the Deferred at 1 failed: two");
    fire(&mut triggers, 2, 3);
    assert_eq!(unhandled_failures().len(), 0);
}

/// With a part that has failed already it fails at once.
///
/// Twisted: `DeferredTests.testDeferredListFireOnOneErrorWithAlreadyFiredDeferreds`.
#[test]
fn fire_on_one_errback_with_a_failed_part_fails_at_once() {
    let (_triggers, mut parts) = pending(2);
    parts.push(fail(Failure::msg("three")));
    let list = DeferredList::new(parts).fire_on_one_errback(true).consume_errors(true).into_deferred();
    let failure = failure_result_of(list);
    assert_eq!(failure.check::<FirstError>().map(FirstError::index), Some(2));
}

/// With it, and no failure: all results.
#[test]
fn fire_on_one_errback_without_a_failure_gives_all_results() {
    let (mut triggers, parts) = pending(2);
    let list = DeferredList::new(parts).fire_on_one_errback(true).into_deferred();
    fire(&mut triggers, 1, 2);
    fire(&mut triggers, 0, 1);
    assert_eq!(shown(&success_result_of(list)), "1, 2");
}

/// Failures after the first one: reported without `consume_errors`, as the first is, and handled with it.
#[test]
fn what_fails_after_the_list_has_fired_keeps_to_consume_errors() {
    let reports = capture_unhandled();
    for consume in [true, false] {
        let (mut triggers, parts) = pending(2);
        let list = DeferredList::new(parts).fire_on_one_errback(true).consume_errors(consume).into_deferred();
        break_(&mut triggers, 1, "first");
        break_(&mut triggers, 0, "late");
        assert_eq!(failure_result_of(list).check::<FirstError>().map(FirstError::index), Some(1));
    }
    assert_eq!(reports.text(), "first | late");
}

/// `fire_on_one_callback`: the first success fires it at once, with its position; the rest is left alone.
#[test]
fn fire_on_one_callback_gives_the_first_success() {
    let reports = capture_unhandled();
    let (mut triggers, parts) = pending(4);
    let list = DeferredList::new(parts).consume_errors(true).fire_on_one_callback();
    break_(&mut triggers, 3, "four");
    assert_no_result(&list);
    fire(&mut triggers, 1, 20);
    assert_eq!(success_result_of(list), (1, 20));
    fire(&mut triggers, 0, 10);
    break_(&mut triggers, 2, "late");
    assert_eq!(reports.text(), "");
}

/// The same with a part that has succeeded already; and without `consume_errors` every failure is reported.
#[test]
fn fire_on_one_callback_with_a_fired_part_fires_at_once() {
    let reports = capture_unhandled();
    let list = DeferredList::new([fail(Failure::msg("one")), succeed(2), fail(Failure::msg("three"))]);
    assert_eq!(success_result_of(list.fire_on_one_callback()), (1, 2));
    assert_eq!(reports.text(), "one | three");
}

/// DEVIATIONS: when all fail, `fire_on_one_callback` fails with all failures, where Twisted's succeeds with a list.
#[test]
fn fire_on_one_callback_fails_when_all_have_failed() {
    let (mut triggers, parts) = pending(2);
    let list = DeferredList::new(parts).consume_errors(true).fire_on_one_callback();
    break_(&mut triggers, 1, "two");
    break_(&mut triggers, 0, "one");
    let failure = failure_result_of(list);
    let failed = failure.check::<AllFailed>().expect("all failed");
    assert_eq!(failed.failures().iter().map(ToString::to_string).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(failure.to_string(), "all 2 Deferreds failed, the first one: one");
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 8: a part whose trigger is dropped is one that failed.
#[test]
fn an_abandoned_part_has_failed() {
    let (mut triggers, parts) = pending(2);
    let list = DeferredList::new(parts).consume_errors(true).into_deferred();
    drop(triggers[0].take());
    fire(&mut triggers, 1, 2);
    let results = success_result_of(list);
    assert!(matches!(&results[0], Err(why) if why.check::<Abandoned>().is_some()));
}

/// A list may be a part of another.
#[test]
fn lists_nest() {
    let (mut triggers, parts) = pending(2);
    let inner = DeferredList::new(parts).into_deferred().map(|results| shown(&results));
    let outer = DeferredList::new([inner, succeed("plain".to_owned())]).into_deferred();
    fire(&mut triggers, 0, 1);
    fire(&mut triggers, 1, 2);
    assert_eq!(shown(&success_result_of(outer)), "\"1, 2\", \"plain\"");
}

// ----- gather_results ---------------------------------------------------------------------------------------------

/// The values in order, once all are there.
///
/// Twisted: `DeferredTests.test_gatherResults`.
#[test]
fn gather_gives_the_values_in_order() {
    let (mut triggers, parts) = pending(3);
    let gathered = gather_results(parts);
    fire(&mut triggers, 2, 3);
    fire(&mut triggers, 0, 1);
    assert_no_result(&gathered);
    fire(&mut triggers, 1, 2);
    assert_eq!(success_result_of(gathered), [1, 2, 3]);
    assert_eq!(success_result_of(gather_results([succeed(4), succeed(5)])), [4, 5]);
}

/// A tuple of different types gives a tuple, whatever the order of firing.
#[test]
fn gather_takes_a_tuple_of_different_types() {
    let (number, first) = Deferred::<u32>::new();
    let (text, second) = Deferred::<String>::new();
    let gathered = gather_results((first, second, succeed('c')));
    text.callback("b".to_owned());
    assert_no_result(&gathered);
    number.callback(1);
    assert_eq!(success_result_of(gathered), (1, "b".to_owned(), 'c'));
    assert_eq!(success_result_of(gather_results((succeed(1),))), (1,));
    let eight =
        (succeed(1), succeed("2"), succeed('3'), succeed(4.0), succeed(5_u8), succeed(()), succeed(true), succeed([8]));
    assert_eq!(success_result_of(gather_results(eight)), (1, "2", '3', 4.0, 5, (), true, [8]));
}

/// Nothing gathered fires at once.
#[test]
fn gather_of_nothing_fires_at_once() {
    assert_eq!(success_result_of(gather_results(Vec::<Deferred<u32>>::new())), [0_u32; 0]);
    assert_eq!(success_result_of(gather_results::<[Deferred<u32>; 0]>([])), [0_u32; 0]);
}

/// The first failure fails it at once with `FirstError`, which counts as handled; the others go on.
///
/// Twisted: `DeferredTests.test_gatherResults`, `DeferredTests.test_gatherResultsWithConsumeErrors`.
#[test]
fn gather_fails_with_the_first_failure() {
    let log = Log::new();
    let (mut triggers, parts) = pending(3);
    let parts = parts.into_iter().map(|part| {
        let note = log.clone();
        part.map(move |value| {
            note.note(format!("{value} went on"));
            value
        })
    });
    let gathered = gather_results(parts.collect::<Vec<_>>());
    break_(&mut triggers, 1, "two");
    let failure = failure_result_of(gathered);
    let first = failure.check::<FirstError>().expect("a FirstError");
    assert_eq!((first.index(), first.failure().to_string()), (1, "two".to_owned()));
    fire(&mut triggers, 0, 1);
    fire(&mut triggers, 2, 3);
    assert_eq!(log.text(), "1 went on | 3 went on");
    assert_eq!(unhandled_failures().len(), 0);
}

/// The values that had come, from parts of every kind, are dropped before that failure is delivered, though other parts go on.
#[test]
fn what_came_before_the_first_failure_is_dropped_with_it() {
    let value = Rc::new(());
    let (plain, first) = Deferred::new();
    let (linked, second) = Deferred::new();
    let (_pending, third) = Deferred::new();
    let (failing, fourth) = Deferred::new();
    let parts = [first, second.map(|value| value), third, fourth, succeed(Rc::clone(&value))];
    let (watched, count) = (Rc::clone(&value), Rc::new(Cell::new(0)));
    let noted = Rc::clone(&count);
    let gathered = gather_results(parts).add_errback(move |_| {
        noted.set(Rc::strong_count(&watched));
        Ok(Vec::new())
    });
    plain.callback(Rc::clone(&value));
    linked.callback(Rc::clone(&value));
    assert_eq!(Rc::strong_count(&value), 5);
    failing.errback(Failure::msg("no"));
    assert_eq!(count.get(), 2, "this one and the callback's");
    assert!(success_result_of(gathered).is_empty());
}

/// A value that comes after the first failure is dropped as it comes, also while other parts are pending.
#[test]
fn what_comes_after_the_first_failure_is_dropped_at_once() {
    let value = Rc::new(());
    let (trigger, late) = Deferred::new();
    let (_pending, part) = Deferred::new();
    let (_another, another) = Deferred::new();
    let gathered = gather_results([late, part, fail(Failure::msg("no")), another]);
    assert!(failure_result_of(gathered).check::<FirstError>().is_some());
    trigger.callback(Rc::clone(&value));
    assert_eq!(Rc::strong_count(&value), 1);
}

/// In a tuple the position is that of the failed part.
#[test]
fn gather_of_a_tuple_names_the_failed_part() {
    let (_first, pending) = Deferred::<u32>::new();
    let gathered = gather_results((pending, succeed('b'), fail::<String>(Failure::msg("third"))));
    let failure = failure_result_of(gathered);
    assert_eq!(failure.check::<FirstError>().map(FirstError::index), Some(2));
}

/// Law 12: failures after the first are reported.
///
/// Twisted: `DeferredTests.test_gatherResultsWithConsumeErrors`.
#[test]
fn gather_reports_later_failures() {
    let reports = capture_unhandled();
    let (mut triggers, parts) = pending(3);
    let gathered = gather_results(parts);
    break_(&mut triggers, 1, "first");
    assert!(failure_result_of(gathered).check::<FirstError>().is_some());
    assert_eq!(reports.text(), "");
    break_(&mut triggers, 2, "second");
    assert_eq!(reports.text(), "second");
    break_(&mut triggers, 0, "third");
    assert_eq!(reports.text(), "second | third");
}

/// Law 12: parts that have failed before it is made count in their order.
#[test]
fn gather_of_failed_parts_fails_with_the_first_and_reports_the_rest() {
    let reports = capture_unhandled();
    let gathered = gather_results([fail::<u32>(Failure::msg("one")), fail(Failure::msg("two"))]);
    assert_eq!(failure_result_of(gathered).check::<FirstError>().map(FirstError::index), Some(0));
    assert_eq!(reports.text(), "two");
}

/// Law 12: of one that was dropped, the first failure is reported, as `FirstError`, and those after it.
#[test]
fn a_dropped_gather_reports_its_failures() {
    let reports = capture_unhandled();
    let (mut triggers, parts) = pending(2);
    gather_results(parts).detach();
    break_(&mut triggers, 0, "one");
    break_(&mut triggers, 1, "two");
    assert_eq!(reports.text(), "the Deferred at 0 failed: one | two");
}

/// Law 17: `FirstError` in a failure leads to the causes of what failed: `{:#}` does not write it twice.
#[test]
fn first_error_leads_to_the_causes_of_what_failed() {
    let io = std::io::Error::other("disk full");
    let gathered = gather_results([fail::<u32>(Failure::new(io))]);
    assert_eq!(format!("{:#}", failure_result_of(gathered)), "the Deferred at 0 failed: disk full");
}

/// `{:?}` of a `FirstError` shows the position and the failure as a whole, `{}` both in a sentence.
///
/// Twisted: `FirstErrorTests.test_repr`, `FirstErrorTests.test_str`.
#[test]
fn first_error_shows_the_position_and_the_failure() {
    let parts = [succeed(1), succeed(2), succeed(3), fail(Failure::msg("some text"))];
    let failure = failure_result_of(gather_results(parts));
    let first = failure.check::<FirstError>().expect("a FirstError");
    let whole = format!("{:?}", first.failure());
    assert!(whole.starts_with("some text\n    made in "), "{whole}");
    assert_eq!(format!("{first:?}"), format!("FirstError {{ index: 3, failure: {whole} }}"));
    assert_eq!(first.to_string(), "the Deferred at 3 failed: some text");
}

/// Failures have no equality, and so `FirstError` has none; they are compared by their parts, and by whose error it is.
///
/// Twisted: `FirstErrorTests.test_comparison`.
#[test]
fn first_errors_are_compared_by_their_parts() {
    let shared = Failure::msg("x");
    let of = |position: usize, failure: Failure| {
        let mut parts: Vec<_> = (0..position).map(succeed).collect();
        parts.push(fail(failure));
        failure_result_of(gather_results(parts))
    };
    let same = |left: &Failure, right: &Failure| {
        let (left, right) = (left.check::<FirstError>(), right.check::<FirstError>());
        let (left, right) = (left.expect("a FirstError"), right.expect("a FirstError"));
        left.index() == right.index() && std::ptr::addr_eq(left.failure().error(), right.failure().error())
    };
    let one = of(13, shared.clone());
    assert!(same(&one, &of(13, shared.clone())));
    assert!(!same(&one, &of(9, shared)));
    assert!(!same(&one, &of(13, Failure::msg("x"))));
}

/// Laws 3 and 4: any number of parts, nested to any depth, fire on a small stack.
#[test]
fn gathering_costs_no_stack() {
    on_small_stack(|| {
        let many = gather_results((0..100_000).map(succeed).collect::<Vec<_>>());
        assert_eq!(success_result_of(many).len(), 100_000);
        let (trigger, bottom) = Deferred::<u32>::new();
        let nested = (0..100_000).fold(bottom, |inner, _| gather_results([inner]).map(|values| values[0]));
        trigger.callback(7);
        assert_eq!(success_result_of(nested), 7);
        let (trigger, bottom) = Deferred::<u32>::new();
        let nested = (0..100_000).fold(bottom, |inner, _| gather_results([inner]).map(|values| values[0]));
        nested.cancel();
        assert!(failure_result_of(nested).is_cancelled());
        drop(trigger);
    });
}

// ----- Law 15 -----------------------------------------------------------------------------------------------------

/// Law 15: cancelling `gather_results` asks all parts, in order, before it fires; then it is `Cancelled` itself.
///
/// Twisted: `DeferredTests.test_cancelGatherResults`.
#[test]
fn cancelling_gather_asks_all_parts_in_order_before_it_fires() {
    let log = Log::new();
    let parts = ["a", "b", "c"].map(|name| asked(&log, name, None));
    let gathered = gather_results(parts);
    let handle = gathered.cancel_handle();
    let note = log.clone();
    let chain = gathered.add_both(move |result| {
        note.note(if matches!(&result, Err(why) if why.is_cancelled()) { "cancelled" } else { "something else" });
    });
    handle.cancel();
    assert_eq!(log.text(), "a | b | c | cancelled");
    success_result_of(chain);
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 15: the same for a tuple, for `DeferredList` and for its `fire_on_one_callback`.
///
/// Twisted: `DeferredTests.test_cancelDeferredList`, `DeferredTests.test_cancelDeferredListWithFireOnOneCallback`,
/// `DeferredTests.test_cancelDeferredListWithFireOnOneErrback`.
#[test]
fn cancelling_any_combinator_asks_all_parts_in_order() {
    fn check<T: 'static>(log: &Log, combined: &Deferred<T>) -> String {
        combined.cancel();
        let outcome = combined.peek(|result| match result {
            Err(why) if why.is_cancelled() => "cancelled",
            _ => "something else",
        });
        log.note(outcome.unwrap_or("pending"));
        log.text()
    }
    let logs = [Log::new(), Log::new(), Log::new(), Log::new()];
    let parts = |log: &Log| ["a", "b", "c"].map(|name| asked(log, name, None));
    let [a, b, c] = parts(&logs[0]);
    let tuple = gather_results((a, b.map(|_| "b"), c.map(|_| 'c')));
    assert_eq!(check(&logs[0], &tuple), "a | b | c | cancelled");
    let list = DeferredList::new(parts(&logs[1])).consume_errors(true).into_deferred();
    assert_eq!(check(&logs[1], &list), "a | b | c | cancelled");
    let list = DeferredList::new(parts(&logs[2])).fire_on_one_errback(true).into_deferred();
    assert_eq!(check(&logs[2], &list), "a | b | c | cancelled");
    let first = DeferredList::new(parts(&logs[3])).fire_on_one_callback();
    assert_eq!(check(&logs[3], &first), "a | b | c | cancelled");
    drop((tuple, list, first));
    assert_eq!(unhandled_failures().len(), 0, "the program asked for it");
}

/// Law 15: what a part's canceller fires resumes nobody above before all parts were asked, whether success or failure.
#[test]
fn a_part_that_answers_early_does_not_fire_it_before_all_were_asked() {
    let log = Log::new();
    let parts =
        [asked(&log, "a", Some(Err(Failure::msg("busy")))), asked(&log, "b", Some(Ok(2))), asked(&log, "c", None)];
    let reports = capture_unhandled();
    let gathered = log.watch("gathered", gather_results(parts));
    gathered.cancel();
    assert_eq!(log.text(), "a | b | c | gathered -> F[cancelled]");
    assert_eq!(reports.text(), "busy", "a failure that nobody else will see");
    success_result_of(gathered);
}

/// Law 15: when every part has succeeded all the same, the values come.
///
/// Twisted: `DeferredTests.test_cancelDeferredListWithFireOnOneErrbackAllDeferredsCallback`,
/// `DeferredTests.test_cancelGatherResultsWithAllDeferredsCallback`.
#[test]
fn when_every_part_succeeds_all_the_same_the_values_come() {
    let log = Log::new();
    let parts = || [asked(&log, "a", Some(Ok(1))), asked(&log, "b", Some(Ok(2)))];
    let gathered = gather_results(parts());
    gathered.cancel();
    assert_eq!(success_result_of(gathered), [1, 2]);
    for early in [false, true] {
        let list = DeferredList::new(parts()).fire_on_one_errback(early).into_deferred();
        list.cancel();
        assert_eq!(shown(&success_result_of(list)), "1, 2");
    }
    let [a, b] = parts();
    let tuple = gather_results((a, b));
    tuple.cancel();
    assert_eq!(success_result_of(tuple), (1, 2));
    assert_eq!(log.text(), "a | b | a | b | a | b | a | b");
}

/// Law 15: parts that had succeeded before count: if the rest succeeds as well, all values come.
#[test]
fn parts_that_had_succeeded_before_count() {
    let log = Log::new();
    let gathered = gather_results([succeed(1), asked(&log, "b", Some(Ok(2)))]);
    gathered.cancel();
    assert_eq!(success_result_of(gathered), [1, 2]);
    let gathered = gather_results([succeed(1), asked(&log, "c", None)]);
    gathered.cancel();
    assert!(failure_result_of(gathered).is_cancelled());
    assert_eq!(log.text(), "b | c");
}

/// Law 15: a list in which a part failed before the cancel is `Cancelled` too, for it is not the list of a whole run.
#[test]
fn a_cancelled_list_with_a_failed_part_is_cancelled() {
    let log = Log::new();
    let parts = [fail(Failure::msg("before")), asked(&log, "b", Some(Ok(2)))];
    let list = DeferredList::new(parts).consume_errors(true).into_deferred();
    list.cancel();
    assert!(failure_result_of(list).is_cancelled());
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 15: so is a list of which only some parts succeed all the same: the success is dropped.
///
/// Twisted: `DeferredTests.test_cancelDeferredListCallback`.
#[test]
fn a_cancelled_list_is_cancelled_although_one_part_succeeded() {
    let log = Log::new();
    let list = DeferredList::new([asked(&log, "a", Some(Ok(1))), asked(&log, "b", None)]).into_deferred();
    list.cancel();
    assert!(failure_result_of(list).is_cancelled());
    assert_eq!(log.text(), "a | b");
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 15: of `fire_on_one_callback`, the first success comes, in the order of the list.
///
/// Twisted: `DeferredTests.test_cancelDeferredListWithFireOnOneCallbackAndDeferredCallback`.
#[test]
fn a_cancelled_first_success_gives_the_first_success_if_there_is_one() {
    let log = Log::new();
    let parts = [asked(&log, "a", None), asked(&log, "b", Some(Ok(2))), asked(&log, "c", Some(Ok(3)))];
    let first = DeferredList::new(parts).consume_errors(true).fire_on_one_callback();
    first.cancel();
    assert_eq!(log.text(), "a | b | c");
    assert_eq!(success_result_of(first), (1, 2));
}

/// Law 15: a part that still cleans up is waited for.
#[test]
fn a_part_that_still_cleans_up_is_waited_for() {
    for succeeds in [true, false] {
        let (cleaned, clean_up) = Deferred::<u32>::new();
        let (_never, work) = Deferred::<u32>::new();
        let part = ensure_deferred(async move {
            match work.await {
                Err(why) if why.is_cancelled() => {
                    let value = clean_up.await?;
                    if succeeds { ok(value) } else { Err(why) }
                }
                other => other,
            }
        });
        let log = Log::new();
        let gathered = gather_results([part, asked(&log, "b", Some(Ok(2)))]);
        gathered.cancel();
        assert_eq!(log.text(), "b");
        assert_no_result(&gathered);
        cleaned.callback(1);
        if succeeds {
            assert_eq!(success_result_of(gathered), [1, 2]);
        } else {
            assert!(failure_result_of(gathered).is_cancelled());
        }
    }
}

/// Law 15: a second cancel reaches what still cleans up.
#[test]
fn a_second_cancel_reaches_what_still_cleans_up() {
    let log = Log::new();
    let clean_up = asked(&log, "clean up", None);
    let (_never, work) = Deferred::<u32>::new();
    let part = ensure_deferred(async move {
        match work.await {
            Err(_) => clean_up.await,
            other => other,
        }
    });
    let gathered = gather_results([part]);
    gathered.cancel();
    assert_no_result(&gathered);
    gathered.cancel();
    assert_eq!(log.text(), "clean up");
    assert!(failure_result_of(gathered).is_cancelled());
}

/// Law 15: a body that waits for a gathering is cancelled through it, and goes on after all parts were asked, with `Cancelled`
/// itself and not a wrapper.
///
/// Hazard 4.
#[test]
fn cancelling_a_body_that_waits_for_a_gathering_gives_cancelled_itself() {
    let log = Log::new();
    let gathered = gather_results(["a", "b"].map(|name| asked(&log, name, None)));
    let note = log.clone();
    let body = ensure_deferred(async move {
        match gathered.await {
            Err(why) if why.is_cancelled() => note.note("the body"),
            other => note.note(show(&other)),
        }
        ok(())
    });
    body.cancel();
    assert_eq!(log.text(), "a | b | the body");
    success_result_of(body);
}

/// Law 16: a canceller that panics does not keep the other parts from being asked.
///
/// Twisted: `DeferredTests.test_cancelDeferredListWithException`.
#[test]
fn a_canceller_that_panics_does_not_spare_the_others() {
    let reports = capture_unhandled();
    let log = Log::new();
    let (_trigger, first) = Deferred::<u32>::with_canceller(|_| panic!("of a gathering"));
    let gathered = gather_results([first, asked(&log, "b", None)]);
    gathered.cancel();
    assert_eq!(log.text(), "b");
    assert!(failure_result_of(gathered).is_cancelled());
    let (_trigger, first) = Deferred::<u32>::with_canceller(|_| panic!("of a list"));
    let list = DeferredList::new([first, asked(&log, "c", None)]).into_deferred();
    list.cancel();
    assert_eq!(log.text(), "b | c");
    assert!(failure_result_of(list).is_cancelled());
    assert_eq!(reports.text(), "panicked: of a gathering | panicked: of a list");
}

/// Law 13: cancelling what has fired does nothing: the parts that are left go on.
///
/// Twisted: `DeferredTests.test_cancelFiredOnOneCallbackDeferredList`,
/// `DeferredTests.test_cancelFiredOnOneErrbackDeferredList`.
#[test]
fn cancelling_what_has_fired_leaves_the_other_parts_alone() {
    let log = Log::new();
    let failed = gather_results([fail(Failure::msg("no")), asked(&log, "a", None)]);
    failed.cancel();
    assert!(failure_result_of(failed).check::<FirstError>().is_some());
    let failed = DeferredList::new([fail(Failure::msg("no")), asked(&log, "list", None)]).consume_errors(true);
    let failed = failed.fire_on_one_errback(true).into_deferred();
    failed.cancel();
    assert!(failure_result_of(failed).check::<FirstError>().is_some());
    let first = DeferredList::new([succeed(1), asked(&log, "b", None)]).fire_on_one_callback();
    first.cancel();
    assert_eq!(success_result_of(first), (0, 1));
    assert_eq!(log.text(), "");
}

/// Law 6: a canceller may fire another part, or cancel the gathering once more: each part is asked at most once.
#[test]
fn a_canceller_may_fire_another_part_or_cancel_again() {
    let log = Log::new();
    let (second, part) = Deferred::<u32>::new();
    let second = Rc::new(RefCell::new(Some(second)));
    let handle = Rc::new(RefCell::new(None::<inline_callbacks::CancelHandle>));
    let (fire_second, again, note) = (Rc::clone(&second), Rc::clone(&handle), log.clone());
    let (_trigger, first) = Deferred::<u32>::with_canceller(move |trigger| {
        note.note("asked");
        fire_second.take().expect("once").callback(2);
        if let Some(handle) = again.borrow().as_ref() {
            handle.cancel();
        }
        trigger.callback(1);
    });
    let gathered = gather_results([first, part]);
    *handle.borrow_mut() = Some(gathered.cancel_handle());
    gathered.cancel();
    assert_eq!(log.text(), "asked");
    assert_eq!(success_result_of(gathered), [1, 2]);
}

/// Law 13: a gathering that has fired and then waits for another Deferred is a chain like any other. (In Twisted, cancelling it does
/// nothing.)
#[test]
fn cancelling_a_gathering_that_waits_for_another_deferred_reaches_it() {
    let (trigger, inner) = Deferred::<u32>::new();
    let (mut triggers, deferreds) = pending(1);
    let chain = gather_results(deferreds).add_callback(move |_| inner);
    fire(&mut triggers, 0, 1);
    assert_no_result(&chain);
    chain.cancel();
    assert!(trigger.is_cancelled());
    assert!(failure_result_of(chain).is_cancelled());
}
