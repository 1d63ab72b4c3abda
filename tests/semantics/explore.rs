//! Every interleaving: how many schedules there are, what fails one, what is reported, and that nothing outlives a schedule.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use inline_callbacks::explore::{Explorer, Finding, Report, Step, World, explore, replay};
use inline_callbacks::prelude::*;
use inline_callbacks::task::{self, LoopingCall};
use inline_callbacks::{
    DeferredLock, fail, gather_results, gather_results_or_cancel, host, race, succeed, testing, unhandled,
};

use crate::support::{Log, capture_unhandled, without_stack};

/// Every schedule of a program that fails in none.
fn schedules_of(program: impl Fn(&World)) -> Vec<String> {
    let seen = &RefCell::new(Vec::new());
    let report = explore(|world| {
        program(&world);
        move || seen.borrow_mut().push(world.schedule().to_string())
    });
    assert!(report.is_exhaustive(), "{report}");
    let seen = seen.take();
    assert_eq!(report.schedules(), seen.len());
    assert_eq!(BTreeSet::from_iter(&seen).len(), seen.len(), "each once: {seen:?}");
    seen
}

/// What was found wrong with a program.
fn finding_of(report: &Report) -> Finding {
    report.finding().unwrap_or_else(|| panic!("{report}")).clone()
}

fn message_of(panicking: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(panicking)).expect_err("it panics");
    *payload.downcast::<String>().expect("a text")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

// ----- Which schedules there are ----------------------------------------------------------------------------------

#[test]
fn a_program_without_events_has_one_schedule() {
    assert_eq!(schedules_of(|_| ()), [""]);
}

#[test]
fn independent_events_happen_in_every_order() {
    for (events, orders) in [(1, 1), (2, 2), (3, 6), (4, 24), (5, 120), (6, 720)] {
        let program = |world: &World| (0..events).for_each(|n| world.event(format!("e{n}")).map(|()| ()).detach());
        assert_eq!(schedules_of(program).len(), orders);
    }
}

#[test]
fn the_first_schedule_is_the_order_of_creation_and_the_rest_follows_depth_first() {
    let schedules = schedules_of(|world| {
        for name in ["a", "b", "c"] {
            world.event(name).map(|()| ()).detach();
        }
    });
    assert_eq!(schedules, ["a, b, c", "a, c, b", "b, a, c", "b, c, a", "c, a, b", "c, b, a"]);
}

#[inline_callbacks]
fn steps(name: &'static str, count: u32, world: World) -> Deferred<()> {
    for step in 1..=count {
        yield_!(world.event(format!("{name}{step}")))?;
    }
}

#[test]
fn the_events_of_a_body_keep_their_order() {
    assert_eq!(schedules_of(|world| steps("a", 3, world.clone()).detach()), ["a1, a2, a3"]);
    let two_of_three = |world: &World| {
        steps("a", 3, world.clone()).detach();
        steps("b", 3, world.clone()).detach();
    };
    // 6! / (3! 3!)
    assert_eq!(schedules_of(two_of_three).len(), 20);
}

#[test]
fn an_event_that_may_fail_doubles_the_schedules() {
    let schedules = schedules_of(|world| {
        world.event_or_failure("a", Failure::msg("no a")).add_errback(|_| Ok(())).detach();
    });
    assert_eq!(schedules, ["a", "!a"]);
    let three = |world: &World| {
        (0..3).for_each(|n| world.event_or_failure(format!("{n}"), Failure::msg("no")).add_both(|_| ()).detach());
    };
    assert_eq!(schedules_of(three).len(), 6 * 8);
}

#[test]
fn a_failed_event_has_the_failure_that_was_given() {
    let seen = Log::new();
    explore(|world| {
        let log = seen.clone();
        world.event_or_failure("a", std::io::Error::other("refused")).add_both(move |result| {
            log.note(result.map_or_else(|why| why.check::<std::io::Error>().unwrap().to_string(), |()| "ok".into()));
        })
    });
    assert_eq!(seen.text(), "ok | refused");
}

#[test]
fn a_delayed_call_comes_before_or_after_any_event() {
    let schedules = schedules_of(|world| {
        world.clock().call_later(seconds(5), || ());
        world.event("a").map(|()| ()).detach();
        world.event("b").map(|()| ()).detach();
    });
    let orders = ["a, b, tick", "a, tick, b", "b, a, tick", "b, tick, a", "tick, a, b", "tick, b, a"];
    assert_eq!(schedules.iter().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(orders));
}

#[test]
fn delayed_calls_keep_the_order_of_their_times() {
    let log = Log::new();
    let schedules = schedules_of(|world| {
        let clock = world.clock();
        for (name, at) in [("late", 3), ("early", 1), ("also early", 1)] {
            let (log, timers) = (log.clone(), clock.clone());
            clock.call_later(seconds(at), move || log.note(format!("{name} at {:?}", timers.now())));
        }
    });
    assert_eq!(schedules, ["tick, tick"]);
    assert_eq!(log.text(), "early at 1s | also early at 1s | late at 3s");
}

#[test]
fn an_event_that_was_cancelled_or_whose_deferred_was_dropped_does_not_happen() {
    let schedules = schedules_of(|world| {
        world.event("cancelled").cancel();
        world.event("dropped").detach();
        world.event("kept").map(|()| ()).detach();
    });
    assert_eq!(schedules, ["kept"]);
}

#[test]
fn an_event_that_is_cancelled_on_the_way_does_not_happen() {
    let schedules = schedules_of(|world| race([world.event("hare"), world.event("tortoise")]).map(|_| ()).detach());
    assert_eq!(schedules, ["hare", "tortoise"]);
}

#[test]
fn a_timeout_is_one_of_the_things_that_can_happen_first() {
    let ends = Log::new();
    let schedules = schedules_of(|world| {
        let (ends, event) = (ends.clone(), world.event("answer"));
        let answer = event.add_timeout_on(&world.clock(), seconds(1));
        answer.add_both(move |result| ends.note(if result.is_ok() { "answered" } else { "timed out" })).detach();
    });
    assert_eq!(schedules, ["answer", "tick"]);
    assert_eq!(ends.text(), "answered | timed out");
}

#[test]
fn further_events_with_one_name_are_numbered() {
    let schedules = schedules_of(|world| {
        world.event("a#2").map(|()| ()).detach();
        let world = world.clone();
        world.event("a").add_callback(move |()| world.event("a")).map(|()| ()).detach();
    });
    assert_eq!(schedules, ["a#2, a, a#3", "a, a#2, a#3", "a, a#3, a#2"]);
}

#[test]
fn what_foreign_futures_wake_goes_on_right_after_the_event_that_woke_it() {
    let log = Log::new();
    explore(|world| {
        let (sender, channel) = futures::channel::oneshot::channel::<u32>();
        let sent = world.event("send").map(move |()| sender.send(7).unwrap());
        let (seen, later) = (log.clone(), log.clone());
        let received = Deferred::from_future(channel).map(move |n| seen.note(format!("got {}", n.unwrap())));
        let other = world.event("other").map(move |()| later.note("other"));
        gather_results([sent, received, other])
    });
    assert_eq!(log.text(), "got 7 | other | other | got 7");
}

#[test]
fn a_world_tells_what_has_happened() {
    explore(|world| {
        let seen = world.clone();
        world.event_or_failure("a", Failure::msg("no")).add_both(move |result| {
            let step = if result.is_ok() { Step::Fired("a".into()) } else { Step::Failed("a".into()) };
            assert_eq!(seen.schedule().steps(), [step]);
        })
    });
}

#[test]
fn an_event_needs_a_name_that_can_stand_in_a_schedule() {
    for (name, objection) in [
        ("", "it is empty"),
        ("a, b", "a comma or a line break would end it in a schedule"),
        ("!a", "it begins with `!`, which marks events that failed"),
        ("tick", "in a schedule that means something else"),
        (" a", "it begins or ends with a blank"),
    ] {
        let report = Explorer::new().run(|world| world.event(name));
        let expected = format!("panicked: an event cannot be called {name:?}: {objection}");
        assert!(finding_of(&report).message().starts_with(&expected), "{report}");
        assert!(report.to_string().contains("explore.rs"), "the caller's place: {report}");
    }
}

// ----- What fails a schedule --------------------------------------------------------------------------------------

#[inline_callbacks]
fn count_in(guest: &'static str, count: Rc<Cell<u32>>, world: World) -> Deferred<()> {
    count.set(count.get() + yield_!(world.event(guest).map(|()| 2))?);
}

#[expect(clippy::needless_pass_by_value, reason = "it is a program")]
fn door(world: World) -> impl FnOnce() {
    let count = Rc::new(Cell::new(0));
    for guest in ["ann", "bob"] {
        count_in(guest, Rc::clone(&count), world.clone()).detach();
    }
    move || assert_eq!(count.get(), 4)
}

#[test]
fn a_failed_check_is_reported_with_its_schedule_its_message_and_its_place() {
    let line = line!() - 5;
    let message = message_of(|| drop(explore(door)));
    let expected = format!(
        "a schedule fails, found after 1 schedule\n\n    ann, bob\n\n0 events out of order\n\n    \
         panicked: assertion `left == right` failed\n      left: 2\n     right: 4\n        \
         made in semantics::explore::door at tests/semantics/explore.rs:{line}:13\n\n\
         to run it again: explore::replay(\"ann, bob\", ..)"
    );
    assert_eq!(without_stack(&message.replace("tests/tests/", "tests/")), expected);
}

#[test]
fn explore_and_replay_panic_where_they_are_called() {
    let place = Rc::new(Cell::new(0));
    for call in [|| drop(explore(door)), || drop(replay("ann, bob", door))] {
        let failure = testing::failure_result_of(succeed(()).map(move |()| call()));
        assert!(failure.origin().file().ends_with("semantics/explore.rs"), "{failure:?}");
        place.set(failure.origin().line());
        assert_eq!(place.get(), line!() - 4);
    }
}

#[test]
fn the_deferred_of_a_program_has_to_succeed() {
    #[inline_callbacks]
    fn download(world: World) -> Deferred<u32> {
        yield_!(world.event_or_failure("download", std::io::Error::other("refused")))?;
        return_value!(1)
    }
    let finding = finding_of(&Explorer::new().run(download));
    assert_eq!((finding.script(), finding.out_of_order(), finding.failures()), ("!download", 0, 1));
    assert!(finding.message().starts_with("refused\n"), "{finding}");
    assert!(finding.message().contains("waited for in semantics::explore::the_deferred_of"), "{finding}");

    let kept = RefCell::new(Vec::new());
    let report = Explorer::new().run(|_| {
        let (trigger, deferred) = Deferred::<()>::new();
        kept.borrow_mut().push(trigger);
        deferred
    });
    assert!(finding_of(&report).message().starts_with("the Deferred that the program returned has not fired"));
}

#[test]
fn a_panic_of_the_program_itself_is_reported() {
    let report = Explorer::new().run(|world| {
        world.event("a").detach();
        assert!(world.schedule().steps().len() > 3, "too few");
    });
    assert_eq!(finding_of(&report).script(), "");
    assert!(finding_of(&report).message().starts_with("panicked: too few"), "{report}");
    assert!(report.to_string().contains("(nothing happens)"));
}

#[test]
fn a_panic_of_a_body_that_nobody_waits_for_fails_the_schedule() {
    let report = Explorer::new().run(|world| {
        let (first, second) = (world.event("first"), world.event("second"));
        first
            .add_callback(move |()| -> Result<(), Failure> {
                assert!(!second.is_fired(), "the second was first");
                Ok(())
            })
            .detach();
    });
    let finding = finding_of(&report);
    assert_eq!((finding.script(), finding.out_of_order()), ("second, first", 1));
    assert!(finding.message().starts_with("nobody handled this failure: panicked: the second was first"), "{finding}");
}

#[test]
fn a_failure_that_nobody_handles_fails_the_schedule_unless_the_check_takes_it() {
    let program = |world: World| world.event("a").add_callback(|()| fail::<()>(Failure::msg("unseen"))).detach();
    assert!(finding_of(&Explorer::new().run(program)).message().contains("unseen"));
    let report = explore(|world| {
        program(world);
        || assert_eq!(testing::unhandled_failures().len(), 1)
    });
    assert!(report.is_exhaustive());
}

#[test]
fn a_result_a_list_and_a_pair_are_checks() {
    let of_result = Explorer::new().run(|_| Err::<(), _>(std::io::Error::other("no")));
    assert!(finding_of(&of_result).message().starts_with("no\n"));
    let of_list = Explorer::new().run(|_| vec![succeed(()), fail(Failure::msg("second"))]);
    assert!(finding_of(&of_list).message().starts_with("second\n"));
    for pair in [(Ok(()), Err(Failure::msg("b"))), (Err(Failure::msg("b")), Ok(()))] {
        let report = Explorer::new().run(move |_| pair.clone());
        assert!(finding_of(&report).message().starts_with("b\n"));
    }
    explore(|_| || || Ok::<(), Failure>(()));
    let nested = Explorer::new().run(|_| || || Err::<(), Failure>(Failure::msg("deep")));
    assert!(finding_of(&nested).message().starts_with("deep\n"));
}

#[inline_callbacks]
fn take_both(first: DeferredLock, second: DeferredLock, between: Deferred<()>) -> Deferred<()> {
    let _first = yield_!(first.acquire())?;
    yield_!(between)?;
    let _second = yield_!(second.acquire())?;
}

fn dining(world: World) -> Deferred<Vec<()>> {
    let (fork, knife) = (DeferredLock::new(), DeferredLock::new());
    let clock = world.clock();
    let one = take_both(fork.clone(), knife.clone(), world.event("one has a fork"));
    let other = task::defer_later(&clock, seconds(1), move || take_both(knife, fork, world.event("other has a knife")));
    gather_results([one, other])
}

#[test]
fn a_deadlock_names_who_waits() {
    let finding = finding_of(&Explorer::new().run(dining));
    assert_eq!(finding.out_of_order(), 1);
    assert!(finding.script().starts_with("tick, "), "{finding}");
    let lines: Vec<_> = finding.message().lines().collect();
    assert_eq!(lines.len(), 3, "{finding}");
    assert_eq!(lines[0], "nothing is left that could happen, and these still wait:");
    assert!(lines[1..].iter().all(|line| line.starts_with("    semantics::explore::take_both at ")), "{finding}");
}

#[test]
fn a_program_may_say_that_bodies_wait_for_ever() {
    #[inline_callbacks]
    fn service(requests: Deferred<()>) -> Deferred<()> {
        yield_!(requests)?;
    }
    let kept = RefCell::new(Vec::new());
    let program = |allowed: bool| {
        let kept = &kept;
        move |world: World| {
            let (trigger, requests) = Deferred::new();
            kept.borrow_mut().push(trigger);
            service(requests).detach();
            if allowed {
                world.allow_waiting();
            }
        }
    };
    assert!(Explorer::new().run(program(true)).is_exhaustive());
    assert!(finding_of(&Explorer::new().run(program(false))).message().contains("service at "));
}

#[test]
fn bodies_that_waited_before_are_not_the_program_s() {
    let log = Log::new();
    let (trigger, deferred) = Deferred::<()>::new();
    let outer = {
        let log = log.clone();
        callbacks!(move || {
            (yield deferred)?;
            log.note("went on");
            Ok(())
        })()
    };
    explore(|world| steps("a", 2, world));
    assert_eq!(log.text(), "");
    trigger.callback(());
    assert_eq!(log.text(), "went on");
    testing::success_result_of(outer);
}

#[test]
fn a_program_without_an_end_is_reported_with_a_schedule_that_can_be_run_again() {
    let endless = |world: World| {
        let looping = LoopingCall::new(|| ());
        looping.start(&world.clock(), seconds(1)).detach();
        world.event("a").map(|()| ()).detach();
    };
    let finding = finding_of(&Explorer::new().max_events(50).run(endless));
    assert_eq!(finding.script(), "a, tick, tick, ...");
    assert!(finding.message().starts_with("the program had not ended after 50 events (see `max_events`)"), "{finding}");
    assert_eq!(finding.schedule().steps().len(), 50);
    let again = Explorer::new().max_events(50).replay(finding.script(), endless);
    assert_eq!(finding_of(&again).message(), finding.message());
}

#[test]
fn a_body_that_keeps_waking_itself_has_no_end_either() {
    let report = Explorer::new().max_events(50).run(|_| {
        Deferred::from_future(poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        }))
    });
    assert!(finding_of(&report).message().contains("a body in it keeps waking itself"), "{report}");
}

#[test]
fn a_program_that_offers_other_choices_the_second_time_is_told_so() {
    let calls = Cell::new(0);
    let report = Explorer::new().run(|world| {
        calls.set(calls.get() + 1);
        world.event("a").map(|()| ()).detach();
        world.event(format!("run {}", calls.get())).map(|()| ()).detach();
    });
    let message = finding_of(&report).message().to_owned();
    let expected = "the program is not deterministic: at the start there was a choice of `a, run 1` before, and of `a, run 2` \
                    this time.";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn a_program_that_ends_earlier_the_second_time_is_told_so() {
    let calls = Cell::new(0);
    let report = Explorer::new().run(|world| {
        calls.set(calls.get() + 1);
        let events = if calls.get() == 1 { 2 } else { 0 };
        (0..events).for_each(|n| world.event(format!("{n}")).map(|()| ()).detach());
    });
    assert!(finding_of(&report).message().contains("`0, 1` before, and of nothing this time"), "{report}");
}

#[test]
fn a_check_that_fails_only_once_is_told_so() {
    let calls = Cell::new(0);
    let report = Explorer::new().run(|world| {
        calls.set(calls.get() + 1);
        let is_first = calls.get() == 1;
        world.event("a").map(move |()| assert!(!is_first, "only once"))
    });
    let message = finding_of(&report).message().to_owned();
    assert!(message.starts_with("the program is not deterministic: this schedule failed once"), "{message}");
    assert!(message.contains("only once"), "{message}");
}

// ----- Shrinking --------------------------------------------------------------------------------------------------

/// Fails when `is_bad` of the order in which `events` events happened.
fn failing_when(
    events: usize,
    is_bad: impl Fn(&[usize]) -> bool + Clone + 'static,
) -> impl FnMut(World) -> Box<dyn FnOnce()> {
    move |world| {
        let order = Rc::new(RefCell::new(Vec::new()));
        for n in 0..events {
            let order = Rc::clone(&order);
            world.event(format!("e{n}")).map(move |()| order.borrow_mut().push(n)).detach();
        }
        let is_bad = is_bad.clone();
        Box::new(move || assert!(!is_bad(&order.borrow())))
    }
}

fn place(order: &[usize], event: usize) -> usize {
    order.iter().position(|other| *other == event).unwrap()
}

#[test]
fn a_bug_that_needs_one_event_out_of_order_is_reported_with_one() {
    let needs_one = failing_when(6, |order| place(order, 5) < place(order, 1));
    let finding = finding_of(&Explorer::new().run(needs_one));
    assert_eq!((finding.script(), finding.out_of_order()), ("e0, e2, e3, e4, e5, e1", 1));
    let first_is_last = failing_when(6, |order| order[5] == 0);
    let finding = finding_of(&Explorer::new().run(first_is_last));
    assert_eq!((finding.script(), finding.out_of_order()), ("e1, e2, e3, e4, e5, e0", 1));
}

#[test]
fn a_bug_that_needs_two_events_out_of_order_is_reported_with_two() {
    let needs_two = failing_when(6, |order| order[0] == 3 && order[5] == 0);
    let finding = finding_of(&Explorer::new().run(needs_two));
    assert_eq!((finding.script(), finding.out_of_order()), ("e3, e1, e2, e4, e5, e0", 2));
}

#[test]
fn what_random_sampling_finds_among_many_events_is_shrunk_too() {
    let needs_one = || failing_when(30, |order| place(order, 29) < place(order, 14));
    let finding = finding_of(&Explorer::new().max_schedules(1).seed(3).run(needs_one()));
    assert_eq!(finding.out_of_order(), 1, "{finding}");
    let of_two = failing_when(12, |order| order[11] == 0 && order[0] == 6);
    let finding = finding_of(&Explorer::new().max_schedules(0).samples(100_000).run(of_two));
    assert_eq!(finding.out_of_order(), 2, "{finding}");
}

#[test]
fn an_event_that_was_passed_over_and_cancelled_is_out_of_order() {
    let report = Explorer::new().run(|world| {
        let winner = race([world.event("hare"), world.event("tortoise")]);
        winner.map(|(index, ())| assert_eq!(index, 0))
    });
    let finding = finding_of(&report);
    assert_eq!((finding.script(), finding.out_of_order()), ("tortoise", 1));
}

#[test]
fn failed_events_are_shrunk_away() {
    let finding = finding_of(&Explorer::new().max_schedules(0).run(|world| {
        let events: Vec<_> = (0..4).map(|n| world.event_or_failure(format!("e{n}"), Failure::msg("no"))).collect();
        let results = Rc::new(RefCell::new(Vec::new()));
        for event in events {
            let results = Rc::clone(&results);
            event.add_both(move |result| results.borrow_mut().push(result.is_ok())).detach();
        }
        move || assert!(results.borrow().iter().all(|ok| *ok))
    }));
    assert_eq!((finding.out_of_order(), finding.failures()), (0, 1), "{finding}");
}

#[test]
fn shrinking_does_not_slip_into_another_kind_of_failure() {
    // The first one that fails has two events out of order; another one with fewer of them fails in another way.
    let mut program = failing_when(4, |order| {
        if order == [3, 0, 1, 2] {
            fail::<()>(Failure::msg("nobody looks")).detach();
        }
        order == [0, 3, 2, 1]
    });
    let finding = finding_of(&Explorer::new().run(&mut program));
    assert_eq!((finding.script(), finding.out_of_order()), ("e0, e3, e2, e1", 2));
    let other = Explorer::new().replay("e3, e0, e1, e2", program);
    assert!(finding_of(&other).message().starts_with("nobody handled this failure: nobody looks"));
}

#[test]
fn a_bug_that_needs_many_of_many_events_out_of_order_is_shrunk_as_far_as_it_goes() {
    let needs_four = |order: &[usize]| (0..4).all(|n| place(order, 39 - n) < place(order, n));
    let finding = finding_of(&Explorer::new().max_schedules(0).run(failing_when(40, needs_four)));
    assert!((4..10).contains(&finding.out_of_order()), "{finding}");
}

#[test]
fn a_bug_that_needs_some_of_many_failures_is_reported_with_these() {
    let finding = finding_of(&Explorer::new().max_schedules(0).run(|world| {
        let failed = Rc::new(RefCell::new(BTreeSet::new()));
        for n in 0..40 {
            let (failed, event) = (Rc::clone(&failed), world.event_or_failure(format!("e{n}"), Failure::msg("no")));
            let note = move |_| {
                failed.borrow_mut().insert(n);
                Ok(())
            };
            event.add_errback(note).detach();
        }
        move || assert!(!failed.borrow().is_superset(&BTreeSet::from([7, 17, 27])))
    }));
    assert_eq!((finding.out_of_order(), finding.failures()), (0, 3), "{finding}");
    assert!(finding.script().contains("!e7, e8"), "{finding}");
}

/// Every order of so many events.
fn permutations(events: usize) -> Vec<Vec<usize>> {
    let Some(last) = events.checked_sub(1) else { return vec![vec![]] };
    let with_last = |order: Vec<usize>| {
        (0..events).map(move |place| [&order[..place], &[last], &order[place..]].concat()).collect::<Vec<_>>()
    };
    permutations(last).into_iter().flat_map(with_last).collect()
}

/// How few events have to be taken away so that the others are in order: tries all ways.
fn fewest_out_of_order(order: &[usize]) -> usize {
    let ways = 0..1_u32 << order.len();
    let in_order = |way: &u32| {
        let kept = order.iter().enumerate().filter(|(place, _)| way & (1 << place) == 0).map(|(_, event)| event);
        kept.is_sorted()
    };
    ways.filter(in_order).map(u32::count_ones).min().expect("taking all away is a way") as usize
}

#[test]
fn what_is_reported_has_the_fewest_events_out_of_order_of_all_that_fail() {
    for seed in 1..60_u64 {
        // A dozen arbitrary orders fail.
        let is_bad = move |order: &[usize]| {
            let code =
                order.iter().fold(seed, |code, event| (code ^ (*event as u64 + 1)).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            (code >> 32) % 10 == 0
        };
        let bad = permutations(5).into_iter().filter(|order| is_bad(order));
        let expected = bad.map(|order| fewest_out_of_order(&order)).min();
        let report = Explorer::new().run(failing_when(5, is_bad));
        assert_eq!(report.finding().map(Finding::out_of_order), expected, "{report}");
    }
}

// ----- Replaying --------------------------------------------------------------------------------------------------

#[test]
fn a_reported_schedule_fails_again_in_the_same_way() {
    let finding = finding_of(&Explorer::new().run(dining));
    let again = Explorer::new().replay(finding.script(), dining);
    assert_eq!(finding_of(&again).message(), finding.message());
    assert_eq!(finding_of(&again).schedule(), finding.schedule());
    assert_eq!(again.schedules(), 1);
    assert!(message_of(|| drop(replay("ann, bob", door))).starts_with("the schedule fails\n\n    ann, bob\n"));
}

#[test]
fn replay_runs_exactly_the_schedule_that_is_written() {
    let seen = &RefCell::new(Vec::new());
    let program = |world: World| {
        for name in ["a", "b", "c"] {
            world.event_or_failure(name, Failure::msg("no")).add_both(|_| ()).detach();
        }
        world.clock().call_later(seconds(1), || ());
        move || seen.borrow_mut().push(world.schedule().to_string())
    };
    for (text, schedule) in
        [("c, tick, !a, b", "c, tick, !a, b"), (" ! b ,c,...", "!b, c, a, tick"), ("...", "a, b, c, tick")]
    {
        assert_eq!(replay(text, program).to_string(), "the schedule does not fail");
        assert_eq!(seen.borrow_mut().pop().as_deref(), Some(schedule));
    }
}

#[test]
fn a_schedule_that_does_not_fit_the_program_is_told_so() {
    let program = |world: World| {
        world.event("a").map(|()| ()).detach();
        world.event("b").map(|()| ()).detach();
    };
    for (text, expected) in [
        ("c", "at the start the schedule has `c`, but what can happen is `a, b`"),
        ("a, !b", "after `a` the schedule has `!b`, but what can happen is `b`"),
        ("a", "the schedule ends after `a`, where `b` can still happen; write `...` at its end"),
        ("a, b, c", "after `a, b` the schedule has `c`, but nothing can happen"),
        ("a,, b", "`` is not the name of an event: it is empty"),
    ] {
        let report = Explorer::new().replay(text, program);
        assert!(finding_of(&report).message().starts_with(expected), "{report}");
        assert!(report.to_string().starts_with("the schedule does not fit"), "{report}");
    }
}

// ----- Bounds -----------------------------------------------------------------------------------------------------

/// The schedules that are run of ten independent events and a clock.
fn sampled(explorer: &Explorer) -> (Vec<String>, Report) {
    let seen = &RefCell::new(Vec::new());
    let report = explorer.run(|world| {
        (0..10).for_each(|n| world.event_or_failure(format!("{n}"), Failure::msg("no")).add_both(|_| ()).detach());
        world.clock().call_later(seconds(1), || ());
        move || seen.borrow_mut().push(world.schedule().to_string())
    });
    (seen.take(), report)
}

#[test]
fn beyond_the_bound_schedules_are_drawn_at_random_and_the_report_says_so() {
    let (schedules, report) = sampled(&Explorer::new().max_schedules(20).samples(30).seed(5));
    assert_eq!(schedules.len(), 50);
    assert_eq!((report.schedules(), report.seed(), report.is_exhaustive()), (50, Some(5), false));
    let text =
        "explored 50 schedules (20 depth first, 30 at random with seed 5): not all there are, and none of these fails";
    assert_eq!(report.to_string(), text);
    let all = explore(|world| world.event("a"));
    assert_eq!(all.to_string(), "explored 1 schedule: all there are, and none fails");
    assert_eq!(all.seed(), None);
}

#[test]
fn a_bound_that_is_just_reached_is_still_exhaustive() {
    let program = |world: World| gather_results([world.event("a"), world.event("b")]);
    assert!(Explorer::new().max_schedules(2).run(program).is_exhaustive());
    assert!(!Explorer::new().max_schedules(1).samples(1).run(program).is_exhaustive());
}

#[test]
fn the_same_seed_draws_the_same_schedules() {
    let with = |seed| sampled(&Explorer::new().max_schedules(0).samples(200).seed(seed)).0;
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
    let different = BTreeSet::from_iter(with(1));
    assert!(different.len() > 190, "{} of 200 are different", different.len());
}

#[test]
fn random_schedules_draw_every_order_and_outcome_of_few_events() {
    let seen = &RefCell::new(BTreeSet::new());
    Explorer::new().max_schedules(0).samples(2_000).run(|world| {
        for name in ["a", "b"] {
            world.event_or_failure(name, Failure::msg("no")).add_both(|_| ()).detach();
        }
        world.clock().call_later(seconds(1), || ());
        move || {
            seen.borrow_mut().insert(world.schedule().to_string());
        }
    });
    assert_eq!(seen.borrow().len(), 6 * 4);
}

#[test]
fn random_schedules_let_one_event_wait_for_a_long_row_of_others() {
    let late = Rc::new(Cell::new(0));
    let count = Rc::clone(&late);
    Explorer::new().max_schedules(0).samples(2_000).run(move |world| {
        let (done, count) = (Rc::new(Cell::new(false)), Rc::clone(&count));
        let (row, is_done) = (steps("row", 40, world.clone()), Rc::clone(&done));
        let row = row.map(move |()| is_done.set(true));
        let single = world.event("single").map(move |()| count.set(count.get() + u32::from(done.get())));
        gather_results([row, single])
    });
    assert!(late.get() > 10, "one in 41 is to be expected of 2000, not {}", late.get());
}

// ----- Nothing outlives a schedule --------------------------------------------------------------------------------

#[test]
fn hooks_and_remembered_failures_are_as_before() {
    let unhandled = capture_unhandled();
    drop(fail::<()>(Failure::msg("before")));
    explore(|_| {
        unhandled::set_hook(|_| ());
        drop(fail::<()>(Failure::msg("inside")));
        || assert_eq!(testing::unhandled_failures().len(), 1)
    });
    drop(fail::<()>(Failure::msg("after")));
    assert_eq!(unhandled.text(), "before | after");
    let remembered: Vec<_> = testing::unhandled_failures().iter().map(ToString::to_string).collect();
    assert_eq!(remembered, ["before", "after"]);
}

#[test]
fn what_a_schedule_leaves_behind_is_dropped_without_running_anything() {
    let log = Log::new();
    let kept: RefCell<Vec<Weak<Cell<()>>>> = RefCell::default();
    let program = |world: World| {
        let (lock, witness) = (DeferredLock::new(), Rc::new(Cell::new(())));
        kept.borrow_mut().push(Rc::downgrade(&witness));
        for _ in 0..2 {
            let (log, lock, witness, other) = (log.clone(), lock.clone(), Rc::clone(&witness), Rc::clone(&witness));
            let (trigger, never) = Deferred::<()>::new();
            callbacks!(move || {
                let _guard = (yield lock.acquire())?;
                let _both = (trigger, witness);
                let _ = yield never;
                log.note("went on");
                Ok(())
            })()
            .map(move |()| drop(other))
            .detach();
        }
        world.allow_waiting();
        world.event("a").map(|()| ())
    };
    explore(program);
    explore(program);
    assert_eq!(log.text(), "");
    assert!(kept.borrow().iter().all(|witness| witness.upgrade().is_none()), "a schedule has leaked");
    assert_eq!(testing::unhandled_failures().len(), 0);
}

#[test]
fn after_a_schedule_that_was_cut_off_nothing_goes_on() {
    let (log, witnesses) = (Log::new(), RefCell::new(Vec::new()));
    let report = Explorer::new().max_events(3).run(|world| {
        let (seen, witness, same_world) = (log.clone(), Rc::new(()), world.clone());
        witnesses.borrow_mut().push(Rc::downgrade(&witness));
        world.clock().call_later(seconds(100), move || seen.note(format!("called {witness:?} {same_world:?}")));
        let seen = log.clone();
        callbacks!(move || {
            loop {
                if (yield world.event("again")).is_err() {
                    seen.note("told");
                }
            }
        })()
        .map(|()| ())
        .detach();
    });
    assert!(finding_of(&report).message().contains("had not ended"));
    assert_eq!(log.text(), "");
    assert!(witnesses.take().iter().all(|witness| witness.upgrade().is_none()), "a schedule has leaked");
}

/// Waits for ever, keeps its waker for others, and counts how often it is polled.
fn foreign(wakers: &Rc<RefCell<Vec<Waker>>>, polls: &Rc<Cell<u32>>) -> Deferred<()> {
    let (wakers, polls) = (Rc::clone(wakers), Rc::clone(polls));
    Deferred::from_future(poll_fn(move |context| {
        wakers.borrow_mut().push(context.waker().clone());
        polls.set(polls.get() + 1);
        Poll::Pending
    }))
}

#[test]
fn a_late_wake_of_what_a_schedule_left_behind_reaches_nobody() {
    let (wakers, polls) = (Rc::default(), Rc::default());
    explore(|world| {
        world.allow_waiting();
        foreign(&wakers, &polls).detach();
    });
    assert_eq!(polls.take(), 1);
    let left_behind = wakers.take();
    // Takes the place that the other body had.
    let waiting = foreign(&wakers, &polls);
    left_behind.into_iter().for_each(Waker::wake);
    assert_eq!((host::run_woken(), polls.get()), (0, 1));
    testing::assert_no_result(&waiting);
}

#[cfg(feature = "reactor")]
#[test]
fn what_a_schedule_left_waiting_is_not_reported_later() {
    explore(|world| {
        world.allow_waiting();
        foreign(&Rc::default(), &Rc::default()).detach();
    });
    inline_callbacks::reactor::block_on(|| succeed(())).unwrap();
    assert_eq!(testing::unhandled_failures().len(), 0);
}

#[test]
fn a_body_may_explore() {
    #[inline_callbacks]
    fn outer(start: Deferred<()>) -> Deferred<usize> {
        yield_!(start)?;
        let report = explore(|world| {
            let (trigger, abandoned) = Deferred::<()>::new();
            let forgiven = abandoned.add_errback(|_| Ok(()));
            // Its errback runs now, and not when the body around all this has returned.
            drop(trigger);
            gather_results([world.event("a"), forgiven])
        });
        return_value!(report.schedules())
    }
    let (trigger, start) = Deferred::new();
    let schedules = outer(start);
    trigger.callback(());
    assert_eq!(testing::success_result_of(schedules), 1);
}

#[test]
fn cancelling_is_explored_like_everything_else() {
    let report = explore(|world| {
        let parts =
            [world.event_or_failure("a", Failure::msg("no a")), world.event_or_failure("b", Failure::msg("no b"))];
        let (ended, all) = (Rc::new(Cell::new(false)), gather_results_or_cancel(parts));
        let seen = Rc::clone(&ended);
        all.add_both(move |_| seen.set(true)).detach();
        move || assert!(ended.get())
    });
    // `a, b`, `a, !b`, `!a`, `b, a`, `b, !a`, `!b`.
    assert_eq!(report.schedules(), 6);
}
