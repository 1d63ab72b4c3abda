//! What an inline callback may wait for, each kind with what is known of it.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, pending};
use std::rc::Rc;
use std::time::Duration;

use futures::StreamExt;
use futures::channel::oneshot;
use futures::stream::FuturesUnordered;
use inline_callbacks::inspect::{self, Kind, Standing, State, waiting};
use inline_callbacks::prelude::*;
use inline_callbacks::{
    Clock, DeferredList, DeferredLock, DeferredQueue, DeferredSemaphore, gather_dict, gather_results, host, race,
    reactor, succeed, task, testing,
};

use crate::read::{assert_is_in_line, named, only, only_below, only_wait};
use crate::support::{SECOND, seconds};

#[inline_callbacks]
fn wait_for<T: 'static>(inner: Deferred<T>) -> Deferred<T> {
    return_value!(yield_!(inner)?)
}

#[inline_callbacks]
fn wait_outside<T: 'static>(inner: Deferred<T>) -> Deferred<T> {
    return_value!(yield_!(inner)?)
}

/// A plain Deferred is shown with the place where it was made, and the wait with its own.
#[test]
fn a_deferred_is_shown_with_the_place_where_it_was_made() {
    let made_in = line!() + 1;
    let (_trigger, deferred) = Deferred::<()>::new();
    let _held = wait_for(deferred);
    let all = waiting();
    let body = only(&all);
    assert_eq!(body.function(), "inspect::things::wait_for<()>");
    assert_eq!((body.state(), body.says_where(), body.site().file()), (State::Waiting, true, file!()));
    let thing = only_wait(&body);
    assert_eq!((thing.kind(), thing.made_by(), thing.body()), (Kind::Deferred, None, None));
    assert_is_in_line(thing.place(), file!(), made_in);
}

/// The place of the wait is that of the present one, not of the first.
#[test]
fn the_place_is_that_of_the_present_wait() {
    let (first, waited_first) = Deferred::<()>::new();
    let (_second, waited_second) = Deferred::<()>::new();
    let line = Rc::new(Cell::new(0));
    let seen = Rc::clone(&line);
    let _body = callbacks! {
        (yield waited_first)?;
        seen.set(line!() + 1);
        (yield waited_second)?;
        Ok(())
    };
    let before = waiting();
    first.callback(());
    let after = waiting();
    assert_eq!(only(&after).site().line(), line.get());
    assert_ne!(only(&before).site().line(), line.get(), "a picture does not change");
    assert_eq!(only(&before).number(), only(&after).number());
    assert!(only(&after).since() > only(&before).since());
    assert!(only(&after).waited() < Duration::from_secs(3600));
}

/// One inline callback that waits for another is above it, and the other knows.
#[test]
fn another_inline_callback_is_shown_as_such_and_knows_who_waits_for_it() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let _outer = wait_outside(wait_for(deferred));
    let all = waiting();
    let (inner, outer) = (named(&all, "wait_for"), named(&all, "wait_outside"));
    let thing = only_wait(&outer);
    assert_eq!((thing.kind(), thing.body()), (Kind::InlineCallback, Some(inner)));
    assert_eq!((inner.waited_for_by(), outer.waited_for_by()), (vec![outer], vec![]));
    assert_eq!((inner.standing(), outer.standing()), (None, Some(Standing::Held)));
}

/// Also through a callback chain: the callback is between them.
#[test]
fn a_callback_chain_is_shown_with_what_it_waits_for() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    let added_in = line!() + 1;
    let chain = wait_for(deferred).map(|n| n + 1);
    let _outer = wait_outside(chain);
    let all = waiting();
    let (inner, outer) = (named(&all, "wait_for"), named(&all, "wait_outside"));
    let callback = only_wait(&outer);
    assert_eq!(callback.kind(), Kind::Callback);
    assert_is_in_line(callback.place(), file!(), added_in);
    assert!(callback.name().unwrap().ends_with("a_callback_chain_is_shown_with_what_it_waits_for"), "{callback}");
    assert_eq!(only_below(&callback).body(), Some(inner));
    assert_eq!(inner.waited_for_by(), [outer]);
}

/// A callback that returned a Deferred waits for that one.
#[test]
fn a_callback_is_shown_with_the_deferred_that_it_returned() {
    let (first, deferred) = Deferred::<()>::new();
    let (_second, later) = Deferred::<()>::new();
    let made_in = line!() - 1;
    let _body = wait_for(deferred.add_callback(move |()| later));
    first.callback(());
    let all = waiting();
    let callback = only_wait(&only(&all));
    assert_eq!(callback.kind(), Kind::Callback);
    assert_is_in_line(only_below(&callback).place(), file!(), made_in);
}

/// A handle adds a link to the chain that nobody added, and that is not shown.
#[test]
fn what_only_hands_a_result_on_is_not_shown() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let _handle = deferred.cancel_handle();
    drop(deferred.pause());
    let _body = wait_for(deferred);
    assert_eq!(only_wait(&only(&waiting())).kind(), Kind::Deferred);
}

/// A future that is none of ours, under `yield_!`: its type and the place.
#[test]
fn a_foreign_future_is_shown_with_its_type_and_place() {
    let (sender, receiver) = oneshot::channel::<()>();
    let line = Rc::new(Cell::new(0));
    let seen = Rc::clone(&line);
    let _body = callbacks! {
        seen.set(line!() + 1);
        let _ = yield receiver;
        Ok(())
    };
    let all = waiting();
    let (body, thing) = (only(&all), only_wait(&only(&all)));
    assert_eq!((thing.kind(), body.says_where(), body.site().line()), (Kind::ForeignFuture, true, line.get()));
    assert_is_in_line(thing.place(), file!(), line.get());
    assert!(thing.name().unwrap().contains("oneshot::Receiver"), "{thing}");
    drop(sender);
    assert_eq!(host::run_woken(), 1);
    assert!(waiting().is_empty());
}

/// A plain `.await` of one does not say where it is: that is said.
#[test]
fn a_foreign_future_that_is_awaited_does_not_say_where() {
    let (_sender, receiver) = oneshot::channel::<()>();
    let (trigger, deferred) = Deferred::<()>::new();
    let _body = callbacks! {
        deferred.await?;
        let _ = receiver.await;
        Ok(())
    };
    assert!(only(&waiting()).says_where());
    trigger.callback(());
    let all = waiting();
    let (body, thing) = (only(&all), only_wait(&only(&all)));
    assert_eq!((thing.kind(), thing.name(), thing.place()), (Kind::ForeignFuture, None, None));
    assert!(!body.says_where());
    assert!(all.to_string().contains(", somewhere after "), "{all}");
}

/// One that keeps no waker can resume nobody.
#[test]
fn a_future_that_keeps_no_waker_is_shown_as_such() {
    let _yields: Deferred<()> = callbacks! { yield pending::<()>(); Ok(()) };
    let _awaits: Deferred<()> = callbacks! { pending::<()>().await; Ok(()) };
    let all = waiting();
    let kinds: Vec<_> = all.bodies().map(|body| only_wait(&body).kind()).collect();
    assert_eq!(kinds, [Kind::Nothing, Kind::Nothing]);
    assert!(all.to_string().contains("keeps no waker"), "{all}");
}

/// A wake that nobody on the thread has delivered is a reason of its own.
#[test]
fn a_body_that_was_woken_and_not_resumed_is_shown_as_such() {
    let (sender, receiver) = oneshot::channel::<()>();
    let body = Deferred::from_future(receiver);
    sender.send(()).unwrap();
    let all = waiting();
    assert_eq!(only(&all).state(), State::Woken);
    assert!(all.to_string().contains("woken, but nobody has resumed it"), "{all}");
    host::run_woken();
    assert!(testing::success_result_of(body).is_ok());
}

/// A lock is shown with the body that holds it, where it acquired it, and how many stand in line.
#[test]
fn a_lock_is_shown_with_its_holder() {
    let lock = DeferredLock::new();
    let (_trigger, deferred) = Deferred::<()>::new();
    let held = lock.clone();
    let line = Rc::new(Cell::new(0));
    let seen = Rc::clone(&line);
    let _holder = callbacks! {
        seen.set(line!() + 1);
        let _guard = (yield held.acquire())?;
        yield deferred
    };
    let asked_in = line!() + 1;
    let _waits = wait_for(lock.acquire());
    let _also = wait_outside(lock.acquire());
    let all = waiting();
    let place_in_line = only_wait(&named(&all, "wait_for"));
    assert_eq!(place_in_line.kind(), Kind::Lock { waiting: 2 });
    assert_is_in_line(place_in_line.place(), file!(), asked_in);
    let guard = only_below(&place_in_line);
    assert!(matches!(guard.kind(), Kind::Holder { since } if since.elapsed() < seconds(3600)));
    assert_is_in_line(guard.place(), file!(), line.get());
    let holder = named(&all, "a_lock_is_shown_with_its_holder");
    assert_eq!((guard.made_by(), only_below(&guard).body()), (Some(holder), Some(holder)));
    assert_eq!(holder.waited_for_by().len(), 2);
}

/// The holder of a lock that was handed over is the one who asked for it, not the one who released it.
#[test]
fn a_lock_that_was_handed_over_is_held_by_whoever_asked() {
    let lock = DeferredLock::new();
    let first = testing::success_result_of(lock.acquire());
    let (_trigger, deferred) = Deferred::<()>::new();
    let second = lock.clone();
    let _second = callbacks! {
        let _guard = (yield second.acquire())?;
        yield deferred
    };
    first.release();
    let _third = wait_for(lock.acquire());
    let all = waiting();
    let guard = only_below(&only_wait(&named(&all, "wait_for")));
    let holder = named(&all, "a_lock_that_was_handed_over_is_held_by_whoever_asked");
    assert_eq!(guard.made_by(), Some(holder));
}

/// A lock that was acquired outside of any body is held by the place; what was released is held by nobody.
#[test]
fn a_lock_held_by_no_body_is_shown_with_the_place() {
    let lock = DeferredLock::new();
    let acquired_in = line!() + 1;
    let guard = testing::success_result_of(lock.acquire());
    let _waits = wait_for(lock.acquire());
    let all = waiting();
    let holder = only_below(&only_wait(&only(&all)));
    assert_eq!((holder.made_by(), holder.waits_for().count()), (None, 0));
    assert_is_in_line(holder.place(), file!(), acquired_in);
    drop(guard);
    assert!(waiting().is_empty());
}

/// The holder of `lock.run` is the body that called it.
#[test]
fn a_lock_that_runs_something_is_held_by_whoever_called_run() {
    let lock = DeferredLock::new();
    let (_trigger, deferred) = Deferred::<()>::new();
    let held = lock.clone();
    let line = Rc::new(Cell::new(0));
    let seen = Rc::clone(&line);
    let _holder = callbacks! {
        seen.set(line!() + 1);
        yield held.run(move || deferred)
    };
    let _waits = wait_for(lock.acquire());
    let all = waiting();
    let guard = only_below(&only_wait(&named(&all, "wait_for")));
    assert_is_in_line(guard.place(), file!(), line.get());
    let holder = named(&all, "a_lock_that_runs_something_is_held_by_whoever_called_run");
    assert_eq!(guard.made_by(), Some(holder));
    assert_eq!(only_wait(&holder).kind(), Kind::Deferred, "the callbacks of `run` are not shown: {all}");
}

/// A semaphore is shown with everybody who holds a token.
#[test]
fn a_semaphore_is_shown_with_its_holders() {
    let semaphore = DeferredSemaphore::new(2);
    let guards = [semaphore.acquire(), semaphore.acquire()].map(testing::success_result_of);
    let _waits = wait_for(semaphore.acquire());
    let all = waiting();
    let place_in_line = only_wait(&only(&all));
    assert_eq!(place_in_line.kind(), Kind::Semaphore { tokens: 2, waiting: 1 });
    assert_eq!(place_in_line.waits_for().filter(|thing| matches!(thing.kind(), Kind::Holder { .. })).count(), 2);
    drop(guards);
}

/// A queue.
#[test]
fn a_queue_is_shown_with_the_place_of_the_get() {
    let queue = DeferredQueue::<u32>::new();
    let asked_in = line!() + 1;
    let _waits = wait_for(queue.get());
    let all = waiting();
    let thing = only_wait(&only(&all));
    assert_eq!((thing.kind(), thing.waits_for().count()), (Kind::Queue { waiting: 1 }, 0));
    assert_is_in_line(thing.place(), file!(), asked_in);
}

/// A delayed call of a `Clock`: when it is due, by that clock.
#[test]
fn a_delayed_call_of_a_clock_says_when_it_is_due() {
    let clock = Clock::new();
    let scheduled_in = line!() + 1;
    let _waits = wait_for(task::defer_later(&clock, seconds(10), || Ok(())));
    clock.advance(seconds(3));
    let all = waiting();
    let call = only_wait(&only(&all));
    assert_eq!((call.kind(), call.due_in()), (Kind::DelayedCall, Some(seconds(7))));
    assert_is_in_line(call.place(), file!(), scheduled_in);
    assert!(all.to_string().contains("a delayed call due in 7.0s, scheduled at "), "{all}");
}

/// A delayed call of the reactor: the same.
#[test]
fn a_delayed_call_of_the_reactor_says_when_it_is_due() {
    let _waits = wait_for(task::defer_later(&reactor::timers(), seconds(3600), || Ok(())));
    let all = waiting();
    let call = only_wait(&only(&all));
    assert_eq!(call.kind(), Kind::DelayedCall);
    assert!(call.due_in().is_some_and(|due| due > seconds(3000) && due <= seconds(3600)), "{call}");
}

/// A timer of tokio's under `yield_!`: when it is due, by tokio's clock.
#[test]
fn atimer_of_tokios_says_when_it_is_due() {
    let due = Rc::new(Cell::new(None));
    let seen = Rc::clone(&due);
    let result = reactor::block_on(move || {
        let timer: Deferred<()> = callbacks! {
            let mut sleep = Box::pin(tokio::time::sleep(seconds(3600)));
            yield sleep.as_mut();
            Ok(())
        };
        let plain: Deferred<()> = callbacks! { yield tokio::time::sleep(seconds(1800)); Ok(()) };
        let all = waiting();
        seen.set(Some(all.bodies().map(|body| only_wait(&body).due_in()).collect::<Vec<_>>()));
        plain.cancel();
        timer.cancel();
        plain.add_errback(|_| Ok(())).detach();
        timer.add_errback(|_| Ok(())).detach();
        Ok(())
    });
    result.unwrap();
    let due = due.take().unwrap();
    assert!(due[0].is_some_and(|due| due > seconds(3500) && due <= seconds(3600)), "{due:?}");
    assert!(due[1].is_some_and(|due| due > seconds(1700) && due <= seconds(1800)), "{due:?}");
}

/// A trigger that another thread has.
#[test]
fn a_remote_trigger_is_shown_as_such() {
    let made_in = line!() + 1;
    let (trigger, deferred) = Deferred::<()>::new();
    let _remote = trigger.remote();
    let _waits = wait_for(deferred);
    let all = waiting();
    let thing = only_wait(&only(&all));
    assert_eq!(thing.kind(), Kind::RemoteTrigger);
    assert_is_in_line(thing.place(), file!(), made_in);
}

/// A gathered list is shown with the parts that are pending, by their numbers.
#[test]
fn a_gathered_list_is_shown_with_its_pending_parts() {
    let mut parts: Vec<_> = (0..3).map(|_| Deferred::<()>::new()).collect();
    let (triggers, deferreds): (Vec<_>, Vec<_>) = parts.drain(..).unzip();
    let mut triggers = triggers.into_iter();
    let gathered_in = line!() + 1;
    let _waits = wait_for(gather_results(deferreds));
    triggers.next().unwrap().callback(());
    let all = waiting();
    let list = only_wait(&only(&all));
    assert_eq!(list.kind(), Kind::List { parts: 3, fired: 1 });
    assert_is_in_line(list.place(), file!(), gathered_in);
    assert_eq!(list.waits_for().map(|part| part.part()).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

/// A tuple, a race, a dict and a list with flags are lists too, at the user's place, and nothing of this crate's is between.
#[test]
fn every_way_to_gather_is_shown_as_a_list_at_its_place() {
    let mut triggers = Vec::new();
    let mut pending = || {
        let (trigger, deferred) = Deferred::<u8>::new();
        triggers.push(trigger);
        deferred
    };
    let (first, second, third, fourth, fifth) = (pending(), pending(), pending(), pending(), pending());
    let first_line = line!();
    let _tuple: Deferred<()> = callbacks! { (yield gather_results((first, second)))?; Ok(()) };
    let _race: Deferred<()> = callbacks! { (yield race([third]))?; Ok(()) };
    let _dict: Deferred<()> = callbacks! { (yield gather_dict([("d", fourth)]))?; Ok(()) };
    let _list: Deferred<()> = callbacks! { (yield DeferredList::new([fifth]))?; Ok(()) };
    let all = waiting();
    let lists: Vec<_> = all.bodies().map(|body| only_wait(&body)).collect();
    for (list, line) in lists.iter().zip(first_line + 1..) {
        assert!(matches!(list.kind(), Kind::List { .. }), "{all}");
        assert_is_in_line(list.place(), file!(), line);
        assert!(list.waits_for().all(|part| part.kind() == Kind::Deferred), "{all}");
    }
    assert_eq!(lists[0].waits_for().count(), 2);
    assert_eq!(triggers.len(), 5);
}

/// A chain with a timeout says how much is left of it.
#[test]
fn a_timeout_is_shown_with_what_it_limits() {
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::<()>::new();
    let added_in = line!() + 1;
    let _waits = wait_for(deferred.add_timeout_on(&clock, seconds(5)));
    clock.advance(SECOND);
    let all = waiting();
    let timeout = only_wait(&only(&all));
    assert_eq!((timeout.kind(), timeout.due_in()), (Kind::Timeout { after: seconds(5) }, Some(seconds(4))));
    assert_is_in_line(timeout.place(), file!(), added_in);
    assert_eq!(only_below(&timeout).kind(), Kind::Deferred);
}

/// A pause.
#[test]
fn a_paused_chain_is_shown_as_such() {
    let (trigger, deferred) = Deferred::<()>::new();
    let pause = deferred.pause();
    let _waits = wait_for(deferred);
    trigger.callback(());
    assert_eq!(only_wait(&only(&waiting())).kind(), Kind::Pause);
    pause.unpause();
    assert!(waiting().is_empty());
}

/// Several at once: each is shown, the foreign one as well.
#[test]
fn a_select_is_shown_with_all_its_branches() {
    let (first, second) = (Deferred::<()>::new(), Deferred::<()>::new());
    let (_sender, receiver) = oneshot::channel::<()>();
    let _body = wait_for(Deferred::from_future(async move {
        tokio::select! {
            _ = first.1 => {}
            _ = second.1 => {}
            _ = receiver => {}
        }
    }));
    let all = waiting();
    let body = all.bodies().next().unwrap();
    let kinds: Vec<_> = body.waits_for().map(|thing| thing.kind()).collect();
    assert_eq!(kinds, [Kind::Deferred, Kind::Deferred, Kind::ForeignFuture]);
    drop((first.0, second.0));
}

/// What something foreign with wakers of its own waits for is below that.
#[test]
fn deferreds_in_futures_unordered_are_shown_below_it() {
    let (first, second) = (Deferred::<u8>::new(), Deferred::<u8>::new());
    let _body: Deferred<()> = callbacks! {
        let mut both: FuturesUnordered<_> = [first.1, second.1].into_iter().map(IntoFuture::into_future).collect();
        while both.next().await.is_some() {}
        Ok(())
    };
    let all = waiting();
    let foreign = only_wait(&only(&all));
    assert_eq!((foreign.kind(), foreign.waits_for().count()), (Kind::ForeignFuture, 2));
    first.0.callback(1);
    assert_eq!(only_below(&only_wait(&only(&waiting()))).kind(), Kind::Deferred);
    drop(second.0);
}

/// A Deferred that gets the result of another one waits for that.
#[test]
fn a_deferred_that_is_chained_into_is_shown_with_what_feeds_it() {
    let (_source, fed) = Deferred::<()>::new();
    let (trigger, deferred) = Deferred::<()>::new();
    let inner = wait_for(fed);
    inner.chain_into(trigger);
    let _outer = wait_outside(deferred);
    let all = waiting();
    let (inner, outer) = (named(&all, "wait_for"), named(&all, "wait_outside"));
    let between = only_wait(&outer);
    assert_eq!((between.kind(), only_below(&between).body()), (Kind::Deferred, Some(inner)));
    assert_eq!(inner.waited_for_by(), [outer]);
}

/// The observers of a shared result wait for what is shared.
#[test]
fn an_observer_of_a_shared_result_is_shown_with_what_is_shared() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let shared = wait_for(deferred).share();
    let observed_in = line!() + 1;
    let _observers = (wait_outside(shared.observe()), wait_outside(shared.observe()));
    let all = waiting();
    let inner = named(&all, "wait_for");
    assert_eq!(inner.waited_for_by().len(), 2);
    let observer = only_wait(&inner.waited_for_by()[0]);
    assert_is_in_line(observer.place(), file!(), observed_in);
}

/// The events of an exploration have names.
#[test]
fn an_event_of_an_exploration_is_shown_with_its_name() {
    inline_callbacks::explore(|world| {
        let waits = wait_for(world.event("bell"));
        let all = waiting();
        let event = only_wait(&only(&all));
        assert_eq!((event.kind(), event.name()), (Kind::Event, Some("bell")));
        move || assert!(waiting().is_empty() && waits.is_fired())
    });
}

/// Who made a plain Deferred is shown while that waits itself.
#[test]
fn a_deferred_is_shown_with_the_body_that_made_it() {
    type Made = Rc<RefCell<Vec<(Trigger<()>, Deferred<()>)>>>;
    let (_trigger, deferred) = Deferred::<()>::new();
    let made = Made::default();
    let kept = Rc::clone(&made);
    let _maker = callbacks! {
        // Another one that has run meanwhile is not the maker.
        testing::success_result_of(wait_for(succeed(())));
        kept.borrow_mut().push(Deferred::new());
        yield deferred
    };
    let (_other, of_maker) = made.borrow_mut().pop().unwrap();
    let _waits = wait_for(of_maker);
    let all = waiting();
    let maker = named(&all, "a_deferred_is_shown_with_the_body_that_made_it");
    assert_eq!(only_wait(&named(&all, "wait_for")).made_by(), Some(maker));
    // A callback that a body fires is not the body.
    let (trigger, fired) = Deferred::<()>::new();
    let kept = Rc::clone(&made);
    fired.map(move |()| kept.borrow_mut().push(Deferred::new())).detach();
    let _firing = callbacks! {
        trigger.callback(());
        yield Deferred::<()>::new().1
    };
    let (_trigger, of_callback) = made.borrow_mut().pop().unwrap();
    let _waits = wait_outside(of_callback);
    assert_eq!(only_wait(&named(&waiting(), "wait_outside")).made_by(), None);
}

/// Who has the result of a body that no other one waits for.
#[test]
fn it_is_known_who_has_the_result_of_a_body() {
    let triggers: RefCell<Vec<Trigger<()>>> = RefCell::default();
    let pending = || {
        let (trigger, deferred) = Deferred::new();
        triggers.borrow_mut().push(trigger);
        wait_for(deferred)
    };
    let _held = pending().map(drop);
    pending().detach();
    pending().map(drop).detach();
    let mut awaited = Box::pin(pending().into_future());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(awaited.as_mut().poll(&mut context).is_pending());
    let all = waiting();
    let standing: Vec<_> = all.bodies().map(|body| body.standing().unwrap()).collect();
    assert_eq!(standing, [Standing::Held, Standing::Detached, Standing::Detached, Standing::Outside]);
    let text = all.to_string();
    assert!(text.contains(", detached") && text.contains(", awaited from outside"), "{text}");
}

/// What has its result and has not been resumed yet is about to go on.
#[test]
fn a_body_whose_wait_is_over_is_about_to_go_on() {
    let (trigger, deferred) = Deferred::<()>::new();
    let states: Rc<RefCell<Vec<State>>> = Rc::default();
    let seen = Rc::clone(&states);
    let waits = wait_for(deferred);
    // The trigger is dropped as the body ends; whoever waits is resumed when the outermost one has returned.
    let _dropping: Deferred<()> = callbacks! {
        drop(trigger);
        seen.borrow_mut().extend(waiting().bodies().map(|body| body.state()));
        Ok(())
    };
    assert_eq!(*states.borrow(), [State::Due]);
    assert!(testing::failure_result_of(waits).check::<inline_callbacks::Abandoned>().is_some());
}

/// The picture of one Deferred has it at the top, also when no body is involved.
#[test]
fn one_deferred_can_be_asked_about() {
    let (_trigger, deferred) = Deferred::<()>::new();
    let _other = wait_for(Deferred::<()>::new().1.add_errback(move |_| deferred));
    let (_trigger, plain) = Deferred::<()>::new();
    let chain = plain.map(drop);
    let all = inspect::waiting_for(&chain);
    assert_eq!(all.bodies().len(), 1);
    let asked_for = all.asked_for().unwrap();
    assert_eq!((asked_for.kind(), only_below(&asked_for).kind()), (Kind::Callback, Kind::Deferred));
    assert_eq!(all.to_string().lines().nth(1).unwrap(), asked_for.to_string());
    assert!(inspect::waiting_for(&inline_callbacks::succeed(1)).asked_for().is_none());
}
