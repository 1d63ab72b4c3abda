//! Cooperating iterators: tasks that take turns, step by step. Time is the `Clock`.

use std::cell::Cell;
use std::rc::Rc;

use inline_callbacks::task::{CooperativeTask, Cooperator, NotPaused, TaskFinished};
use inline_callbacks::testing::{failure_result_of, success_result_of, unhandled_failures};
use inline_callbacks::{Abandoned, Clock, Deferred, Failure, Panicked, Trigger, fail, gather_results};

use crate::support::{Log, capture_unhandled, millis};

/// A cooperator that makes `steps` steps on each turn.
fn cooperator(clock: &Clock, steps: usize) -> Cooperator {
    Cooperator::new(clock).termination_predicate(move || {
        let mut left = steps;
        move || {
            left -= 1;
            left == 0
        }
    })
}

/// One turn of a cooperator on a clock.
fn turn(clock: &Clock) {
    clock.advance(millis(1));
}

/// A task that notes each of its steps, endlessly.
fn endless(cooperator: &Cooperator, log: &Log) -> CooperativeTask {
    let log = log.clone();
    cooperator.cooperate((1..).map(move |step: u32| log.note(step)))
}

/// A task whose only step gives the Deferred, and a second one that notes `resumed`.
fn waiting(cooperator: &Cooperator, log: &Log) -> (Trigger<()>, CooperativeTask) {
    let (trigger, deferred) = Deferred::new();
    let (log, mut deferred) = (log.clone(), Some(deferred));
    let steps = std::iter::from_fn(move || {
        let step = deferred.take();
        if step.is_none() {
            log.note("resumed");
        }
        step
    });
    (trigger, cooperator.cooperate(steps))
}

/// After `stop` a new task fails with `SchedulerStopped`.
///
/// Twisted: `CooperatorTests.testStoppedRejectsNewTasks`.
#[test]
fn a_stopped_cooperator_rejects_new_tasks() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    cooperator.stop();
    let rejected = cooperator.coiterate(std::iter::once(()));
    let failure = failure_result_of(rejected);
    assert_eq!(failure.check(), Some(&TaskFinished::SchedulerStopped));
    assert_eq!(clock.pending(), 0);
}

/// `stop` ends a task before its iterator is through.
///
/// Twisted: `CooperatorTests.testStopRunning`.
#[test]
fn stopping_the_cooperator_ends_a_task_that_runs() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let done = endless(&cooperator, &log).when_done();
    turn(&clock);
    cooperator.stop();
    assert_eq!(failure_result_of(done).check(), Some(&TaskFinished::SchedulerStopped));
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("1", 0));
}

/// `stop` ends a task that waits for a Deferred as well.
///
/// Twisted: `CooperatorTests.testStopOutstanding`.
#[test]
fn stopping_the_cooperator_ends_a_task_that_waits() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let (trigger, task) = waiting(&cooperator, &log);
    let done = task.when_done();
    turn(&clock);
    cooperator.stop();
    assert_eq!(failure_result_of(done).check(), Some(&TaskFinished::SchedulerStopped));
    trigger.callback(());
    turn(&clock);
    assert_eq!(log.text(), "");
}

/// An iterator that panics or gives a failure fails its task.
///
/// Twisted: `CooperatorTests.testUnexpectedError`, `RunStateTests.test_whenDoneError`.
#[test]
fn a_failing_iterator_fails_its_task() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let panicking = cooperator.cooperate(std::iter::from_fn(|| -> Option<()> { panic!("oh") }));
    let failing = cooperator.cooperate([Ok(()), Err(Failure::msg("no")), Ok(())]);
    let done = (panicking.when_done(), failing.when_done(), failing.when_done());
    turn(&clock);
    assert!(failure_result_of(done.0).check::<Panicked>().is_some());
    assert_eq!(failure_result_of(done.1).to_string(), "no");
    assert_eq!(failure_result_of(done.2).to_string(), "no");
    assert_eq!(panicking.stop(), Err(TaskFinished::Failed));
}

/// A Deferred that was yielded and fails, later or before, fails the task.
///
/// Twisted: `CooperatorTests.testUnexpectedErrorActuallyLater`, `CooperatorTests.testUnexpectedErrorNotActuallyLater`.
#[test]
fn a_failing_deferred_fails_the_task_that_yielded_it() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let now = cooperator.coiterate(std::iter::once_with(|| fail::<()>(Failure::msg("before"))));
    let (trigger, task) = waiting(&cooperator, &Log::new());
    turn(&clock);
    assert_eq!(failure_result_of(now).to_string(), "before");
    let later = task.when_done();
    trigger.errback(Failure::msg("later"));
    assert_eq!(failure_result_of(later).to_string(), "later");
}

/// Four iterators take turns, element by element; one that is added by a step comes in at the end of the round.
///
/// Twisted: `CooperatorTests.testCooperation`.
#[test]
fn iterators_take_turns() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let done: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| {
            let log = log.clone();
            cooperator.coiterate((0..2).map(move |step| log.note(format!("{name}{step}"))))
        })
        .into_iter()
        .collect();
    assert_eq!(log.text(), "", "the first step is on the next turn");
    turn(&clock);
    assert_eq!(log.text(), "a0 | b0 | c0 | d0 | a1 | b1 | c1 | d1");
    success_result_of(gather_results(done));

    let log = Log::new();
    let (outer, note) = (cooperator.clone(), log.clone());
    let adds = cooperator.coiterate((0..2).map(move |step| {
        note.note(format!("adds{step}"));
        let note = note.clone();
        outer.coiterate((0..1).map(move |_| note.note(format!("added by {step}")))).detach();
    }));
    let note = log.clone();
    let other = cooperator.coiterate((0..2).map(move |step| note.note(format!("other{step}"))));
    turn(&clock);
    assert_eq!(log.text(), "adds0 | other0 | added by 0 | adds1 | other1 | added by 1");
    success_result_of(gather_results([adds, other]));
}

/// The termination predicate ends a turn; without one, the time does.
///
/// Twisted: `CooperatorTests.testResourceExhaustion`.
#[test]
fn the_termination_predicate_ends_a_turn() {
    let clock = Clock::new();
    let log = Log::new();
    let ten = cooperator(&clock, 10);
    let task = endless(&ten, &log);
    turn(&clock);
    assert_eq!(log.text(), "1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10");
    task.stop().unwrap();

    let (timed, log) = (Cooperator::new(&clock), Log::new());
    let (inside, note) = (clock.clone(), log.clone());
    let task = timed.cooperate((1..).map(move |step: u32| {
        note.note(step);
        inside.advance(millis(4));
    }));
    turn(&clock);
    assert_eq!(log.text(), "1 | 2 | 3");
    task.stop().unwrap();
}

/// A termination predicate that panics ends the turn, and is reported; the tasks go on in the next one.
#[test]
fn a_panicking_termination_predicate_ends_the_turn() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock).termination_predicate(|| || panic!("no judge"));
    let task = endless(&cooperator, &log);
    turn(&clock);
    assert_eq!((log.text().as_str(), unhandled.text().as_str()), ("1", "panicked: no judge"));
    turn(&clock);
    assert_eq!(log.text(), "1 | 2");
    task.stop().unwrap();
}

/// A callback of a finished task may cooperate again.
///
/// Twisted: `CooperatorTests.testCallbackReCoiterate`.
#[test]
fn a_callback_of_a_finished_task_may_cooperate_again() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let (again, note, scheduled) = (cooperator.clone(), log.clone(), clock.clone());
    let done = cooperator.coiterate(std::iter::empty::<()>()).add_callback(move |()| {
        note.note("first done");
        let second = again.coiterate((0..1).map(move |_| note.note("second")));
        assert!(scheduled.pending() <= 1, "no turn is scheduled twice");
        second
    });
    assert_eq!(clock.pending(), 1);
    turn(&clock);
    for _ in 0..2 {
        assert_eq!(clock.pending(), 1, "no turn is scheduled twice");
        turn(&clock);
    }
    assert_eq!((log.text().as_str(), clock.pending()), ("first done | second", 0));
    success_result_of(done);
}

/// When the last task is gone the scheduled turn is cancelled.
///
/// Twisted: `CooperatorTests.test_removingLastTaskStopsScheduledCall`.
#[test]
fn without_tasks_no_turn_is_scheduled() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let tasks = [endless(&cooperator, &log), endless(&cooperator, &log)];
    assert_eq!(clock.pending(), 1);
    tasks[0].stop().unwrap();
    assert_eq!(clock.pending(), 1);
    tasks[1].pause().unwrap();
    assert_eq!(clock.pending(), 0);
    tasks[1].resume().unwrap();
    assert_eq!(clock.pending(), 1);
    tasks[1].stop().unwrap();
    assert_eq!(clock.pending(), 0);
    let third = endless(&cooperator, &log);
    assert_eq!(clock.pending(), 1);
    third.stop().unwrap();
    assert_eq!(clock.pending(), 0);
}

/// A cooperator runs from its creation.
///
/// Twisted: `CooperatorTests.test_runningWhenStarted`.
#[test]
fn a_cooperator_runs_from_its_creation() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    assert!(cooperator.is_running());
    cooperator.start();
    assert!(cooperator.is_running());
}

/// One that is made `started(false)` runs, and makes steps, from `start` on; not after `stop`.
///
/// Twisted: `CooperatorTests.test_runningWhenNotStarted`, `CooperatorTests.test_runningWhenRunning`,
/// `CooperatorTests.test_runningWhenStopped`.
#[test]
fn a_cooperator_that_is_not_started_makes_no_steps() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1).started(false);
    assert!(!cooperator.is_running());
    let task = endless(&cooperator, &log);
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("", 0));
    cooperator.start();
    assert!(cooperator.is_running());
    turn(&clock);
    assert_eq!(log.text(), "1");
    cooperator.stop();
    assert!(!cooperator.is_running());
    assert_eq!(task.pause(), Err(TaskFinished::SchedulerStopped));
}

/// A paused task makes no steps until it is resumed.
///
/// Twisted: `RunStateTests.test_pauseResume`.
#[test]
fn a_paused_task_makes_no_steps() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let task = endless(&cooperator, &log);
    turn(&clock);
    task.pause().unwrap();
    turn(&clock);
    turn(&clock);
    assert_eq!(log.text(), "1");
    task.resume().unwrap();
    assert_eq!(log.text(), "1", "the next step is on the next turn");
    turn(&clock);
    assert_eq!(log.text(), "1 | 2");
}

/// Resuming a task that is not paused is an error, also while it waits for a Deferred. (In Twisted the latter makes it run on.)
///
/// Twisted: `RunStateTests.test_resumeNotPaused`.
#[test]
fn a_task_that_is_not_paused_cannot_be_resumed() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let (_trigger, task) = waiting(&cooperator, &log);
    assert_eq!(task.resume(), Err(NotPaused));
    turn(&clock);
    assert_eq!(task.resume(), Err(NotPaused));
    turn(&clock);
    assert_eq!(log.text(), "");
}

/// Pauses are counted.
///
/// Twisted: `RunStateTests.test_resumeNotPaused`, `RunStateTests.test_pauseTwice`.
#[test]
fn pauses_of_a_task_are_counted() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let task = endless(&cooperator, &log);
    task.pause().unwrap();
    task.pause().unwrap();
    task.resume().unwrap();
    turn(&clock);
    assert_eq!(log.text(), "");
    task.resume().unwrap();
    turn(&clock);
    assert_eq!(log.text(), "1");
    assert_eq!(task.resume(), Err(NotPaused));
}

/// A task that is paused while it waits for a Deferred needs both to go on, in either order.
///
/// Twisted: `RunStateTests.test_pauseWhileDeferred`.
#[test]
fn a_task_that_waits_and_is_paused_needs_both() {
    for fire_first in [true, false] {
        let clock = Clock::new();
        let log = Log::new();
        let cooperator = Cooperator::new(&clock);
        let (trigger, task) = waiting(&cooperator, &log);
        turn(&clock);
        task.pause().unwrap();
        let mut trigger = Some(trigger);
        if fire_first {
            trigger.take().unwrap().callback(());
        } else {
            task.resume().unwrap();
        }
        turn(&clock);
        assert_eq!(log.text(), "");
        match trigger {
            Some(trigger) => trigger.callback(()),
            None => task.resume().unwrap(),
        }
        turn(&clock);
        assert_eq!(log.text(), "resumed");
    }
}

/// `when_done` gives an independent Deferred for each call; cancelling one touches neither the task nor the others.
///
/// Twisted: `RunStateTests.test_whenDone`.
#[test]
fn when_done_gives_independent_deferreds() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let task = cooperator.cooperate([(), ()]);
    let done = [task.when_done(), task.when_done(), task.when_done()];
    done[0].cancel();
    turn(&clock);
    let [cancelled, first, second] = done;
    assert!(failure_result_of(cancelled).is_cancelled());
    success_result_of(first.add_callback(|()| fail::<()>(Failure::msg("mine"))).add_errback(|_| Ok(())));
    success_result_of(second);
}

/// `stop` fails `when_done` with `TaskFinished::Stopped`, steps end, and so does every later operation.
///
/// Twisted: `RunStateTests.test_whenDoneStop`, `RunStateTests.test_stopStops`.
#[test]
fn a_stopped_task_makes_no_steps() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let task = endless(&cooperator, &log);
    let done = task.when_done();
    turn(&clock);
    task.stop().unwrap();
    turn(&clock);
    assert_eq!(log.text(), "1");
    assert_eq!(failure_result_of(done).check(), Some(&TaskFinished::Stopped));
    assert_eq!(task.stop(), Err(TaskFinished::Stopped));
    assert_eq!(task.pause(), Err(TaskFinished::Stopped));
}

/// `when_done` of a finished task has fired.
///
/// Twisted: `RunStateTests.test_whenDoneAlreadyDone`.
#[test]
fn when_done_of_a_finished_task_has_fired() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let task = cooperator.cooperate([()]);
    turn(&clock);
    success_result_of(task.when_done());
    success_result_of(task.when_done());
}

/// Resuming a task that was stopped while it was paused does nothing.
///
/// Twisted: `RunStateTests.test_pauseStopResume`.
#[test]
fn resuming_a_stopped_task_does_nothing() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let task = endless(&cooperator, &log);
    task.pause().unwrap();
    task.stop().unwrap();
    task.resume().unwrap();
    turn(&clock);
    assert_eq!((log.text().as_str(), clock.pending()), ("", 0));
}

/// A task that was stopped while it waited is not resumed by its Deferred; a failure of that is reported.
///
/// Twisted: `RunStateTests.test_stopDeferred`.
#[test]
fn a_task_stopped_while_it_waits_is_not_resumed() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let tasks = [waiting(&cooperator, &log), waiting(&cooperator, &log)];
    turn(&clock);
    let [(first, first_task), (second, second_task)] = tasks;
    first_task.stop().unwrap();
    second_task.stop().unwrap();
    first.callback(());
    second.errback(Failure::msg("late"));
    turn(&clock);
    assert_eq!(log.text(), "");
    assert_eq!(unhandled.text(), "late");
    assert_eq!(failure_result_of(second_task.when_done()).check(), Some(&TaskFinished::Stopped));
}

/// Operations on a task that has ended by itself say how: `Done` or `Failed`.
///
/// Twisted: `RunStateTests.test_stopExhausted`, `RunStateTests.test_stopErrored`.
#[test]
fn a_task_that_has_ended_says_how() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let (done, failed) = (cooperator.cooperate([()]), cooperator.cooperate([Err::<(), _>(Failure::msg("no"))]));
    turn(&clock);
    assert_eq!((done.stop(), done.pause()), (Err(TaskFinished::Done), Err(TaskFinished::Done)));
    assert_eq!((failed.stop(), failed.pause()), (Err(TaskFinished::Failed), Err(TaskFinished::Failed)));
    assert_eq!(failure_result_of(failed.when_done()).to_string(), "no");
}

/// A callback of `when_done` may stop the cooperator.
///
/// Twisted: `RunStateTests.test_stopCooperatorReentrancy`.
#[test]
fn a_callback_of_a_task_may_stop_the_cooperator() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let stopper = cooperator.clone();
    let first = cooperator.cooperate([()]).when_done().map(move |()| stopper.stop());
    let second = endless(&cooperator, &log);
    turn(&clock);
    turn(&clock);
    turn(&clock);
    success_result_of(first);
    assert_eq!(second.stop(), Err(TaskFinished::SchedulerStopped));
    assert_eq!(clock.pending(), 0);
}

/// A step may stop its own task: what it yields goes on alone.
#[test]
fn a_step_may_stop_its_own_task() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = Cooperator::new(&clock);
    let own = Rc::new(Cell::new(None::<CooperativeTask>));
    let (inside, dropped) = (Rc::clone(&own), log.on_drop("iterator dropped"));
    let task = cooperator.cooperate(std::iter::from_fn(move || {
        let _kept = &dropped;
        inside.take().expect("one step only").stop().unwrap();
        Some(())
    }));
    own.set(Some(task.clone()));
    turn(&clock);
    assert_eq!(log.text(), "iterator dropped");
    assert_eq!(failure_result_of(task.when_done()).check(), Some(&TaskFinished::Stopped));
}

/// Cancelling what `coiterate` returned stops the task.
#[test]
fn cancelling_a_coiteration_stops_it() {
    let clock = Clock::new();
    let log = Log::new();
    let cooperator = cooperator(&clock, 1);
    let note = log.clone();
    let done = cooperator.coiterate((1..).map(move |step: u32| note.note(step)));
    turn(&clock);
    done.cancel();
    turn(&clock);
    assert!(failure_result_of(done).is_cancelled());
    assert_eq!((log.text().as_str(), clock.pending()), ("1", 0));
    assert_eq!(unhandled_failures().len(), 0);
}

/// Law 12: a task that fails while nobody has asked for its result is reported, once, when it goes away.
#[test]
fn a_failed_task_that_nobody_looked_at_is_reported() {
    let unhandled = capture_unhandled();
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let task = cooperator.cooperate([Err::<(), _>(Failure::msg("unseen"))]);
    let seen = cooperator.cooperate([Err::<(), _>(Failure::msg("seen"))]);
    turn(&clock);
    failure_result_of(seen.when_done());
    drop((task, seen));
    turn(&clock);
    assert_eq!(unhandled.text(), "unseen");
}

/// Dropping the timers ends every task, with what its iterator holds.
#[test]
fn tasks_live_as_long_as_their_timers() {
    let clock = Clock::new();
    let log = Log::new();
    let dropped = log.on_drop("iterator dropped");
    let done = Cooperator::new(&clock).coiterate((0..3).map(move |_| {
        let _kept = &dropped;
    }));
    drop(clock);
    assert_eq!(log.text(), "iterator dropped");
    assert!(failure_result_of(done).check::<Abandoned>().is_some());
}

/// A hundred thousand tasks, each waiting for a Deferred, cost the same each: no queue is searched.
#[test]
fn many_tasks_cost_the_same_each() {
    let clock = Clock::new();
    let cooperator = Cooperator::new(&clock);
    let (triggers, steps): (Vec<_>, Vec<_>) = (0..100_000).map(|_| Deferred::<()>::new()).unzip();
    let done: Vec<_> = steps.into_iter().map(|step| cooperator.coiterate([step])).collect();
    turn(&clock);
    for trigger in triggers {
        trigger.callback(());
    }
    turn(&clock);
    assert_eq!(success_result_of(gather_results(done)).len(), 100_000);
}
