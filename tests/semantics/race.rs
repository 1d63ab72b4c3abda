//! The first of several, with the others cancelled; gathering that cancels; gathering under keys.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{assert_no_result, failure_result_of, success_result_of};
use inline_callbacks::{
    AllFailed, CancelHandle, FirstError, fail, gather_dict, gather_results_or_cancel, race, succeed, unhandled,
};

use crate::support::{Log, capture_unhandled, ok, on_small_stack, show};

/// Pending Deferreds that note when they are cancelled.
fn noting<const N: usize>(log: &Log) -> ([Trigger<u32>; N], [Deferred<u32>; N]) {
    let mut triggers = Vec::new();
    let deferreds = std::array::from_fn(|index| {
        let log = log.clone();
        let (trigger, deferred) = Deferred::with_canceller(move |_| log.note(format!("canceller {index}")));
        triggers.push(trigger);
        deferred
    });
    (triggers.try_into().unwrap_or_else(|_| unreachable!("as many as Deferreds")), deferreds)
}

fn failures_of(failure: &Failure) -> Vec<String> {
    failure.check::<AllFailed>().expect("all have failed").failures().iter().map(Failure::to_string).collect()
}

/// The first success wins, at whatever position; the others are cancelled once each, in order, before the race fires.
///
/// Twisted: `RaceTests.test_success`.
#[test]
fn the_first_success_wins_and_the_others_are_cancelled_before_the_race_fires() {
    for (winner, cancelled) in [(0, "1 | canceller 2"), (1, "0 | canceller 2"), (2, "0 | canceller 1")] {
        let log = Log::new();
        let (triggers, deferreds) = noting::<3>(&log);
        let done = log.watch("race", race(deferreds));
        let mut triggers = Vec::from(triggers);
        triggers.remove(winner).callback(7);
        success_result_of(done);
        assert_eq!(log.text(), format!("canceller {cancelled} | race -> ({winner}, 7)"));
    }
}

/// The winner is found among Deferreds that have fired before, too; the first in order wins.
#[test]
fn deferreds_that_have_fired_before_take_part() {
    let reported = capture_unhandled();
    let log = Log::new();
    let ([_first, _second], [first, second]) = noting::<2>(&log);
    let gone = fail(Failure::msg("before"));
    let gone_too = fail(Failure::msg("before, and behind the winner"));
    let won = success_result_of(race([first, gone, succeed(1), succeed(2), gone_too, second]));
    assert_eq!(won, (2, 1));
    assert_eq!(log.text(), "canceller 0 | canceller 1");
    assert_eq!(reported.text(), "", "failures before the first success are handled by it");
}

/// When all fail, the failure has theirs in the order of the list; nobody is cancelled.
///
/// Twisted: `RaceTests.test_failure`.
#[test]
fn when_all_fail_the_failures_come_in_the_order_of_the_list() {
    let reported = capture_unhandled();
    let log = Log::new();
    let ([first, second, third], deferreds) = noting::<3>(&log);
    let race = race(deferreds);
    second.errback(Failure::msg("two"));
    third.errback(Failure::msg("three"));
    assert_no_result(&race);
    first.errback(Failure::msg("one"));
    assert_eq!(failures_of(&failure_result_of(race)), ["one", "two", "three"]);
    assert_eq!(log.text(), "");
    assert_eq!(reported.text(), "");
}

/// A failure before the first success does not count: the race goes on.
#[test]
fn a_failure_before_the_first_success_is_consumed() {
    let reported = capture_unhandled();
    let ([first, second], deferreds) = noting::<2>(&Log::new());
    let race = race(deferreds);
    first.errback(Failure::msg("no"));
    assert_no_result(&race);
    second.callback(2);
    assert_eq!(success_result_of(race), (1, 2));
    assert_eq!(reported.text(), "");
}

/// A race of nothing fails; in Twisted it never fires.
///
/// Hazard 9.
#[test]
fn a_race_of_nothing_fails() {
    let failure = failure_result_of(race(Vec::<Deferred<u32>>::new()));
    assert_eq!(failures_of(&failure), <[String; 0]>::default());
    assert_eq!(failure.to_string(), "there was no Deferred that could succeed");
}

/// What a loser fires after it was cancelled is ignored.
///
/// Twisted: `RaceTests.test_resultAfterCancel`.
#[test]
fn what_a_loser_fires_after_it_was_cancelled_is_ignored() {
    let reported = capture_unhandled();
    let (loser, lost) = Deferred::<u32>::new();
    assert_eq!(success_result_of(race([lost, succeed(1)])), (1, 1));
    assert!(loser.is_cancelled());
    loser.callback(2);
    assert_eq!(reported.text(), "");
}

/// A loser whose canceller succeeds changes nothing, nor does one that cancels the race.
///
/// Twisted: `RaceTests.test_resultFromCancel`.
#[test]
fn a_loser_whose_canceller_succeeds_or_cancels_the_race_changes_nothing() {
    let handle = Rc::new(RefCell::new(None::<CancelHandle>));
    let of_race = Rc::clone(&handle);
    let (_first, lost) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.callback(0));
    let (_second, lost_too) = Deferred::with_canceller(move |_| of_race.borrow().as_ref().unwrap().cancel());
    let (winner, won) = Deferred::new();
    let race = race([lost, won, lost_too]);
    handle.replace(Some(race.cancel_handle()));
    winner.callback(1);
    assert_eq!(success_result_of(race), (1, 1));
}

/// A loser that cleans up is not waited for; its late value is dropped, its late failure reported unless it is the
/// cancellation.
#[test]
fn a_late_failure_of_a_loser_is_reported_unless_it_is_the_cancellation() {
    for (late, expected) in [(ok(9), ""), (Err(Failure::msg("clean-up failed")), "clean-up failed")] {
        let reported = capture_unhandled();
        let (_never, pending) = Deferred::<u32>::new();
        let (clean_up, cleaned_up) = Deferred::<u32>::new();
        let loser = pending.add_errback(move |_| cleaned_up);
        assert_eq!(success_result_of(race([loser, succeed(1)])), (1, 1));
        clean_up.fire(late);
        assert_eq!(reported.text(), expected);
    }
}

/// Law 15: cancelling a race asks every part, in order, before it fires, and the failure is `Cancelled` itself.
///
/// Twisted: `RaceTests.test_cancel`.
#[test]
fn law_15_cancelling_a_race_asks_every_part_in_order_and_fails_with_cancelled() {
    let reported = capture_unhandled();
    let log = Log::new();
    let (_triggers, deferreds) = noting::<3>(&log);
    let race = race(deferreds);
    let handle = race.cancel_handle();
    let done = race.add_both({
        let log = log.clone();
        move |result| {
            log.note(show(&result));
            assert!(result.is_err_and(|failure| failure.is_cancelled()));
        }
    });
    handle.cancel();
    success_result_of(done);
    assert_eq!(log.text(), "canceller 0 | canceller 1 | canceller 2 | F[cancelled]");
    assert_eq!(reported.text(), "");
}

/// Law 15: a body that waits for a race sees `Cancelled`, after every part was asked.
///
/// Hazard 4.
#[test]
fn law_15_a_body_that_waits_for_a_race_sees_cancelled_after_every_part_was_asked() {
    #[inline_callbacks]
    fn body(deferreds: [Deferred<u32>; 2], log: Log) -> Deferred<()> {
        let result = yield_!(race(deferreds));
        log.note(show(&result));
    }
    let log = Log::new();
    let (_triggers, deferreds) = noting::<2>(&log);
    let done = body(deferreds, log.clone());
    done.cancel();
    success_result_of(done);
    assert_eq!(log.text(), "canceller 0 | canceller 1 | F[cancelled]");
}

/// Law 15: if parts succeed in spite of the cancel, the first of them in the list is the result.
#[test]
fn law_15_a_cancelled_race_gives_the_first_success() {
    let succeeding = |value| Deferred::with_canceller(move |trigger: Trigger<u32>| trigger.callback(value));
    let ((_first, first), (_second, second), (_never, pending)) = (succeeding(1), succeeding(2), Deferred::new());
    let race = race([pending, first, second]);
    race.cancel();
    assert_eq!(success_result_of(race), (1, 1));
}

/// Law 15: a part that still cleans up is waited for, and what it comes to is the result if it is the first success.
#[test]
fn law_15_a_part_that_still_cleans_up_is_waited_for() {
    let (_never, pending) = Deferred::<u32>::new();
    let (clean_up, cleaned_up) = Deferred::<u32>::new();
    let (_other, other) = Deferred::<u32>::new();
    let race = race([other, pending.add_errback(move |_| cleaned_up)]);
    race.cancel();
    assert_no_result(&race);
    clean_up.callback(3);
    assert_eq!(success_result_of(race), (1, 3));
}

/// Law 15: failures of a cancelled race that are not the cancellation are not lost: they are reported.
#[test]
fn law_15_failures_that_a_cancelled_race_does_not_deliver_are_reported() {
    let reported = capture_unhandled();
    let (_a, failing) =
        Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(Failure::msg("not on my watch")));
    let (_b, other) = Deferred::<u32>::new();
    let race = race([failing, other]);
    race.cancel();
    assert!(failure_result_of(race).is_cancelled());
    assert_eq!(reported.text(), "not on my watch");
}

/// Cancelling a race that has fired does nothing: a loser that still cleans up is left to it.
#[test]
fn a_loser_is_cancelled_only_once() {
    let log = Log::new();
    let (_never, pending) = Deferred::<u32>::new();
    let (clean_up, cleaned_up) = Deferred::with_canceller({
        let log = log.clone();
        move |_: Trigger<u32>| log.note("cancelled again")
    });
    let race = race([pending.add_errback(move |_| cleaned_up), succeed(1)]);
    race.cancel();
    assert_eq!(success_result_of(race), (1, 1));
    assert_eq!(log.text(), "");
    clean_up.callback(0);
}

/// Dropping a race lets it go on: the losers are cancelled all the same.
#[test]
fn a_dropped_race_still_cancels_the_losers() {
    let log = Log::new();
    let ([_loser, winner], deferreds) = noting::<2>(&log);
    drop(race(deferreds));
    assert_eq!(log.text(), "");
    winner.callback(1);
    assert_eq!(log.text(), "canceller 0");
}

/// Law 4: a million races, each the only part of the next, are won and cancelled on a small stack.
#[test]
fn law_4_nested_races_use_no_stack() {
    for cancels in [false, true] {
        on_small_stack(move || {
            let (trigger, mut top) = Deferred::<u32>::new();
            for _ in 0..100_000 {
                top = race([top]).map(|(_, value)| value);
            }
            if cancels {
                top.cancel();
                assert!(failure_result_of(top).is_cancelled());
            } else {
                trigger.callback(1);
                assert_eq!(success_result_of(top), 1);
            }
        });
    }
}

/// A race of a hundred thousand: one wins, the others are cancelled, in order.
#[test]
fn a_hundred_thousand_losers_are_cancelled_in_order() {
    on_small_stack(|| {
        let cancelled = Rc::new(Cell::new(0));
        let (triggers, deferreds): (Vec<_>, Vec<_>) = (0..100_000)
            .map(|index| {
                let cancelled = Rc::clone(&cancelled);
                Deferred::with_canceller(move |_: Trigger<u32>| {
                    assert_eq!(cancelled.replace(index + 1), index);
                })
            })
            .unzip();
        let (winner, won) = Deferred::new();
        let race = race(deferreds.into_iter().chain([won]));
        winner.callback(1);
        assert_eq!(success_result_of(race), (100_000, 1));
        assert_eq!(cancelled.get(), 100_000);
        assert!(triggers.iter().all(Trigger::is_cancelled));
    });
}

// ----- gather_results_or_cancel -----------------------------------------------------------------------------------

/// The first failure cancels the others, in order, before it is delivered.
#[test]
fn gathering_that_cancels_asks_the_rest_before_it_delivers_the_first_failure() {
    let log = Log::new();
    let ([_first, second, third, _fourth], deferreds) = noting::<4>(&log);
    let done = log.watch("gathered", gather_results_or_cancel(deferreds));
    third.callback(3);
    assert_eq!(log.text(), "");
    second.errback(Failure::msg("no"));
    success_result_of(done);
    assert_eq!(log.text(), "canceller 0 | canceller 3 | gathered -> F[the Deferred at 1 failed: no]");
}

/// One that had failed before the call cancels the others, also those behind it, and gives its own position.
#[test]
fn gathering_that_cancels_counts_what_had_failed_before() {
    let reported = capture_unhandled();
    let log = Log::new();
    let ([_first, _second], [first, second]) = noting::<2>(&log);
    let failure = failure_result_of(gather_results_or_cancel([first, fail(Failure::msg("no")), second]));
    assert_eq!(failure.check::<FirstError>().map(FirstError::index), Some(1));
    assert_eq!(log.text(), "canceller 0 | canceller 1");
    assert_eq!(reported.text(), "");
}

/// When all succeed, it gives the values, of lists and of tuples, and of nothing at once.
#[test]
fn gathering_that_cancels_gives_the_values_when_all_succeed() {
    let (trigger, pending) = Deferred::<&str>::new();
    let both = gather_results_or_cancel((succeed(1), pending));
    trigger.callback("two");
    assert_eq!(success_result_of(both), (1, "two"));
    assert_eq!(success_result_of(gather_results_or_cancel(Vec::<Deferred<u32>>::new())), []);
}

/// What the others do after that is not waited for; a failure that is not the cancellation is reported.
#[test]
fn gathering_that_cancels_reports_late_failures() {
    let reported = capture_unhandled();
    let (_a, pending) = Deferred::<u32>::new();
    let (late, clean_up) = Deferred::<u32>::new();
    let gathered = gather_results_or_cancel([pending.add_errback(move |_| clean_up), fail(Failure::msg("the first"))]);
    assert_eq!(failure_result_of(gathered).to_string(), "the Deferred at 1 failed: the first");
    late.errback(Failure::msg("late"));
    assert_eq!(reported.text(), "late");
}

/// A value whose destructor cancels the gathering, in the middle of its failing, changes nothing (law 6).
#[test]
fn law_6_a_discarded_value_may_cancel_what_discards_it() {
    struct CancelOnDrop(Rc<RefCell<Option<CancelHandle>>>);
    impl Drop for CancelOnDrop {
        fn drop(&mut self) {
            if let Some(handle) = self.0.take() {
                handle.cancel();
            }
        }
    }
    let handle = Rc::default();
    let (first, one) = Deferred::new();
    let (second, two) = Deferred::new();
    let (third, three) = Deferred::<CancelOnDrop>::new();
    let gathered = gather_results_or_cancel([one, two, three]);
    handle_of(&handle, &gathered);
    first.callback(CancelOnDrop(Rc::clone(&handle)));
    second.errback(Failure::msg("no"));
    assert!(third.is_cancelled());
    assert_eq!(failure_result_of(gathered).to_string(), "the Deferred at 1 failed: no");
}

/// … and so may the hook that is told of a failure which a cancelled gathering does not deliver.
#[test]
fn law_6_the_hook_may_cancel_a_gathering_that_finishes() {
    let handle: Rc<RefCell<Option<CancelHandle>>> = Rc::default();
    let of_hook = Rc::clone(&handle);
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    unhandled::set_hook(move |_| {
        counted.set(counted.get() + 1);
        if let Some(handle) = of_hook.borrow().as_ref() {
            handle.cancel();
        }
    });
    let (_a, failing) = Deferred::with_canceller(|trigger: Trigger<u32>| trigger.errback(Failure::msg("no")));
    let gathered = gather_results_or_cancel([failing]);
    handle_of(&handle, &gathered);
    gathered.cancel();
    assert!(failure_result_of(gathered).is_cancelled());
    assert_eq!(calls.get(), 1);
}

fn handle_of<T>(place: &Rc<RefCell<Option<CancelHandle>>>, deferred: &Deferred<T>) {
    place.replace(Some(deferred.cancel_handle()));
}

// ----- gather_dict ------------------------------------------------------------------------------------------------

/// The values come under their keys, whatever the order of firing.
#[test]
fn gather_dict_gives_the_values_under_their_keys() {
    let (late, pending) = Deferred::new();
    let dict = gather_dict([("one", pending), ("two", succeed(2))]);
    assert_no_result(&dict);
    late.callback(1);
    assert_eq!(success_result_of(dict), HashMap::from([("one", 1), ("two", 2)]));
}

/// A dictionary of nothing fires at once, empty; of values under one key the last is kept.
#[test]
fn gather_dict_of_nothing_is_empty_and_the_last_of_equal_keys_is_kept() {
    assert_eq!(success_result_of(gather_dict(HashMap::<&str, Deferred<u32>>::new())), HashMap::new());
    let (late, pending) = Deferred::new();
    let dict = gather_dict([("key", pending), ("key", succeed(2))]);
    late.callback(1);
    assert_eq!(success_result_of(dict), HashMap::from([("key", 2)]));
}

/// The first failure fails the dictionary at once, with its position; cancelling asks every part (law 15).
#[test]
fn gather_dict_fails_and_is_cancelled_as_gathering_is() {
    let (_pending, never) = Deferred::<u32>::new();
    let failure = failure_result_of(gather_dict([("one", never), ("two", fail(Failure::msg("no")))]));
    assert_eq!(failure.check::<FirstError>().map(FirstError::index), Some(1));

    let log = Log::new();
    let (_triggers, [first, second]) = noting::<2>(&log);
    let dict = gather_dict([("one", first), ("two", second)]);
    dict.cancel();
    assert!(failure_result_of(dict).is_cancelled());
    assert_eq!(log.text(), "canceller 0 | canceller 1");
}
