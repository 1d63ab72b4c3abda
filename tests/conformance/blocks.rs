//! Runs the deliberate differences, each a program of its own; `expect.rs` says what each writes on either side.

use std::cell::RefCell;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::task::LoopingCall;
use inline_callbacks::{
    CancelHandle, Clock, DeferredList, DeferredLock, DeferredQueue, IntoDeferred, fail, gather_results, race, succeed,
};

use super::bodies::boom;
use super::expect;
use super::language::{Block, Canceller};
use super::run::seconds;
use super::world::{World, show, show_failure};

/// From here on, names that no scenario uses.
const FIRST_UNUSED: u32 = u32::MAX / 2;

impl World {
    pub(super) fn run_block(self: &Rc<Self>, block: &Block) {
        self.line(expect::opening(block));
        match block {
            Block::Abandon => self.abandon(),
            Block::AbandonInside => self.abandon_inside(),
            Block::CancelInCanceller => self.cancel_in_canceller(),
            Block::RaisingCanceller => self.raising_canceller(),
            Block::RaisingCancellerAtTimeout => self.raising_canceller_at_timeout(),
            Block::RaisingCancellerInBody => self.raising_canceller_in_body(),
            Block::CancelItself => self.cancel_itself(),
            Block::CancelGather { parts } => {
                let gathered = gather_results(self.labelled(parts));
                self.cancel_shown(gathered, |values| show_values(&values.into_iter().map(Ok).collect::<Vec<_>>()));
            }
            Block::CancelList { parts } => {
                let list = DeferredList::new(self.labelled(parts)).consume_errors(true).into_deferred();
                self.cancel_shown(list, |results| show_values(&results));
            }
            Block::CancelRace { parts } => {
                self.cancel_shown(race(self.labelled(parts)), |(position, value)| format!("{value} from {position}"));
            }
            Block::OfNothing => self.of_nothing(),
            Block::LockedJobs { jobs } => self.locked_jobs(jobs),
            Block::ReleaseInside => self.release_inside(),
            Block::PutInside => self.put_inside(),
            Block::PauseInside => self.pause_inside(),
            Block::PausedResult => {
                let deferred = succeed(1);
                let pause = deferred.pause();
                self.line(format!("fired: {}", deferred.is_fired()));
                pause.unpause();
            }
            Block::TimeoutOfBody => self.timeout_of_body(),
            Block::CancelLoop => self.cancel_loop(),
            Block::DropInLine => self.drop_in_line(),
            Block::CancelPausedBody => self.cancel_paused_body(),
            Block::PauseMerged => self.pause_merged(),
            Block::CancelFiredList => self.cancel_fired_list(),
            Block::ReturnRunning => self.return_running(),
            Block::SameTime => self.same_time(),
            Block::DropGather => self.drop_gather(),
            Block::TimeoutOfPaused => self.timeout_of_paused(),
            Block::CancelFed => self.cancel_fed(),
        }
        self.line("} block");
    }

    /// Writes `got` and the result.
    fn watch(self: &Rc<Self>, deferred: Deferred<i64>) {
        self.watch_shown(deferred, |value| value.to_string());
    }

    fn watch_shown<T: 'static>(self: &Rc<Self>, deferred: Deferred<T>, shown: impl FnOnce(T) -> String + 'static) {
        let world = Rc::clone(self);
        deferred
            .add_both(move |result| {
                let shown = result.map_or_else(|failure| show_failure(&failure), shown);
                world.line(format!("got {shown}"));
            })
            .detach();
    }

    fn cancel_shown<T: 'static>(self: &Rc<Self>, deferred: Deferred<T>, shown: impl FnOnce(T) -> String + 'static) {
        let handle = deferred.cancel_handle();
        self.watch_shown(deferred, shown);
        handle.cancel();
    }

    fn labelled(self: &Rc<Self>, parts: &[Canceller]) -> Vec<Deferred<i64>> {
        let parts = parts.iter().enumerate();
        parts
            .map(|(position, canceller)| {
                let (trigger, part) = self.pending(format!("of part {position}"), *canceller);
                self.keep(trigger);
                let world = Rc::clone(self);
                part.add_both(move |result| {
                    world.line(format!("part {position}: {}", show(&result)));
                    result
                })
            })
            .collect()
    }

    /// Nobody is to be told of a trigger that is dropped before the end.
    fn keep(&self, trigger: Trigger<i64>) {
        let free = self.triggers.borrow().keys().last().map_or(FIRST_UNUSED, |last| last + 1).max(FIRST_UNUSED);
        self.triggers.borrow_mut().insert(free, trigger);
    }

    fn noting<L: Into<String>>(self: &Rc<Self>, line: L) -> impl FnOnce() + use<L> {
        let (world, line) = (Rc::clone(self), line.into());
        move || world.line(line)
    }

    fn raising(self: &Rc<Self>) -> (Trigger<i64>, Deferred<i64>) {
        let note = self.noting("canceller");
        Deferred::with_canceller(move |_| {
            note();
            panic!("raised-1");
        })
    }

    fn abandon(self: &Rc<Self>) {
        let (trigger, deferred) = Deferred::new();
        self.watch(deferred);
        self.line("dropping");
        drop(trigger);
        self.line("dropped");
    }

    fn abandon_inside(self: &Rc<Self>) {
        let (trigger, deferred) = Deferred::new();
        self.watch(deferred);
        let note = self.noting("callback ends");
        succeed(())
            .map(move |()| {
                drop(trigger);
                note();
            })
            .detach();
        self.line("after");
    }

    fn cancel_in_canceller(self: &Rc<Self>) {
        let own = Rc::new(RefCell::new(None::<CancelHandle>));
        let (note, inside) = (self.noting("canceller"), Rc::clone(&own));
        let (trigger, deferred) = Deferred::with_canceller(move |_| {
            note();
            let handle = inside.borrow().clone();
            handle.expect("set below").cancel();
        });
        self.keep(trigger);
        let handle = deferred.cancel_handle();
        *own.borrow_mut() = Some(handle.clone());
        self.watch(deferred);
        handle.cancel();
    }

    fn raising_canceller(self: &Rc<Self>) {
        let (trigger, deferred) = self.raising();
        self.keep(trigger);
        let handle = deferred.cancel_handle();
        self.watch(deferred);
        handle.cancel();
    }

    fn raising_canceller_at_timeout(self: &Rc<Self>) {
        let (clock, (trigger, deferred)) = (Clock::new(), self.raising());
        self.keep(trigger);
        self.watch(deferred.add_timeout_on(&clock, seconds(1)));
        clock.advance(seconds(1));
    }

    fn raising_canceller_in_body(self: &Rc<Self>) {
        let (trigger, deferred) = self.raising();
        let body = two_waits(Rc::clone(self), deferred, succeed(0));
        let handle = body.cancel_handle();
        self.watch(body);
        handle.cancel();
        self.line("cancelled");
        trigger.callback(5);
    }

    fn cancel_itself(self: &Rc<Self>) {
        let (first, first_wait) = Deferred::new();
        let (second, second_wait) = self.pending("of the second".to_owned(), Canceller::Nothing);
        let own = Rc::new(RefCell::new(None::<CancelHandle>));
        let body = cancels_itself(Rc::clone(self), Rc::clone(&own), first_wait, second_wait);
        *own.borrow_mut() = Some(body.cancel_handle());
        self.watch(body);
        first.callback(1);
        self.line("fired");
        second.callback(2);
        self.line("fired again");
    }

    fn of_nothing(self: &Rc<Self>) {
        let show = |(position, value): (usize, i64)| format!("{value} from {position}");
        self.line("race");
        self.watch_shown(race(Vec::new()), show);
        self.line("list");
        self.watch_shown(DeferredList::new(Vec::new()).fire_on_one_callback(), show);
        self.line("end");
    }

    fn locked_jobs(self: &Rc<Self>, jobs: &[bool]) {
        let lock = DeferredLock::new();
        let guard = inline_callbacks::testing::success_result_of(lock.acquire());
        for (number, &ends_well) in jobs.iter().enumerate() {
            let note = self.noting(format!("job {number}"));
            let job = lock.run(move || {
                note();
                if ends_well { succeed(1) } else { fail(boom(1)) }
            });
            let world = Rc::clone(self);
            job.add_both(move |result| world.line(format!("result {number}: {}", show(&result)))).detach();
        }
        guard.release();
        self.line("released");
    }

    fn release_inside(self: &Rc<Self>) {
        let lock = DeferredLock::new();
        let guard = inline_callbacks::testing::success_result_of(lock.acquire());
        let world = Rc::clone(self);
        lock.acquire().map(move |_guard| world.line("second has it")).detach();
        let world = Rc::clone(self);
        succeed(guard)
            .map(move |guard| {
                world.line("releasing");
                guard.release();
                world.line("released");
            })
            .detach();
        self.line("after");
    }

    fn put_inside(self: &Rc<Self>) {
        let queue = DeferredQueue::new();
        self.watch(queue.get());
        let world = Rc::clone(self);
        succeed(queue)
            .map(move |queue| {
                world.line("putting");
                let put = queue.put(1);
                world.line(if put.is_ok() { "put" } else { "overflow" });
            })
            .detach();
        self.line("after");
    }

    fn pause_inside(self: &Rc<Self>) {
        let (trigger, deferred) = Deferred::new();
        let (own, taken) = (Rc::new(RefCell::new(None::<Deferred<i64>>)), Rc::new(RefCell::new(None)));
        let (world, inside, pauses) = (Rc::clone(self), Rc::clone(&own), Rc::clone(&taken));
        let first = deferred.map(move |value| {
            world.line("first");
            *pauses.borrow_mut() = inside.borrow().as_ref().map(Deferred::pause);
            value
        });
        let world = Rc::clone(self);
        *own.borrow_mut() = Some(first.map(move |value| {
            world.line("second");
            value
        }));
        trigger.callback(1);
        self.line("fired");
        let pause = taken.take();
        drop(pause);
        self.line("unpaused");
    }

    fn timeout_of_body(self: &Rc<Self>) {
        let clock = Clock::new();
        let ((first, first_wait), (second, second_wait)) = (Deferred::new(), Deferred::new());
        self.keep(first);
        self.watch(two_waits(Rc::clone(self), first_wait, second_wait).add_timeout_on(&clock, seconds(1)));
        clock.advance(seconds(1));
        self.line("advanced");
        second.callback(7);
        self.line("fired");
    }

    fn cancel_loop(self: &Rc<Self>) {
        let (clock, world) = (Clock::new(), Rc::clone(self));
        let looping = LoopingCall::new(move || world.line("tick"));
        let ended = looping.start(&clock, seconds(1)).map(|()| 0);
        let handle = ended.cancel_handle();
        self.watch(ended);
        handle.cancel();
        self.line("cancelled");
        clock.advance(seconds(1));
        self.line("advanced");
    }

    fn drop_in_line(self: &Rc<Self>) {
        let queue = DeferredQueue::<i64>::new();
        drop(queue.get());
        let put = queue.put(1);
        self.line(if put.is_ok() { "put" } else { "overflow" });
        let second = queue.get();
        self.line(format!("second has it: {}", second.is_fired()));
        second.detach();
    }

    fn cancel_paused_body(self: &Rc<Self>) {
        let (trigger, deferred) = Deferred::new();
        self.keep(trigger);
        let body = two_waits(Rc::clone(self), deferred, succeed(0));
        let (handle, pause) = (body.cancel_handle(), body.pause());
        self.watch(body);
        handle.cancel();
        self.line("cancelled");
        pause.unpause();
        self.line("unpaused");
    }

    fn pause_merged(self: &Rc<Self>) {
        let (trigger, deferred) = Deferred::new();
        let world = Rc::clone(self);
        let inner = deferred.map(move |value: i64| {
            world.line(format!("inner got {value}"));
            value
        });
        let outer = succeed(0).add_callback(move |_: i64| inner);
        let pause = outer.pause();
        self.watch(outer);
        trigger.callback(1);
        self.line("fired");
        pause.unpause();
        self.line("unpaused");
    }

    fn cancel_fired_list(self: &Rc<Self>) {
        let (trigger, inner) = self.pending("of the inner".to_owned(), Canceller::Nothing);
        self.keep(trigger);
        let list = gather_results(Vec::<Deferred<i64>>::new()).add_callback(move |_values| inner);
        let handle = list.cancel_handle();
        self.watch(list);
        handle.cancel();
        self.line("cancelled");
    }

    fn return_running(self: &Rc<Self>) {
        let (trigger, deferred) = Deferred::new();
        let own = Rc::new(RefCell::new(None::<Deferred<i64>>));
        let (world, inside) = (Rc::clone(self), Rc::clone(&own));
        let ran = deferred.map(move |value: i64| {
            world.line(format!("callback got {value}"));
            let own = inside.take().expect("set before it fires");
            world.watch(succeed(0).add_callback(move |_: i64| own));
            18
        });
        *own.borrow_mut() = Some(ran);
        trigger.callback(91);
        self.line("fired");
    }

    fn same_time(self: &Rc<Self>) {
        let clock = Clock::new();
        let moved = clock.call_later(seconds(1), self.noting("moved"));
        clock.call_later(seconds(2), self.noting("other"));
        moved.reset(seconds(2));
        clock.advance(seconds(2));
        self.line("advanced");
    }

    fn drop_gather(self: &Rc<Self>) {
        let ((first, first_part), (second, second_part)) = (Deferred::<i64>::new(), Deferred::<i64>::new());
        drop(gather_results([first_part, second_part]));
        second.errback(boom(1));
        self.line("failed");
        first.callback(1);
        self.line("fired");
    }

    fn timeout_of_paused(self: &Rc<Self>) {
        let (clock, (trigger, deferred)) = (Clock::new(), Deferred::new());
        self.keep(trigger);
        let pause = deferred.pause();
        self.watch(two_waits(Rc::clone(self), deferred, succeed(0)).add_timeout_on(&clock, seconds(1)));
        clock.advance(seconds(1));
        self.line("advanced");
        pause.unpause();
        self.line("unpaused");
    }

    fn cancel_fed(self: &Rc<Self>) {
        let (upstream, source) = self.pending("upstream".to_owned(), Canceller::Nothing);
        let (trigger, fed) = Deferred::new();
        source.chain_into(trigger);
        let handle = fed.cancel_handle();
        self.watch(fed);
        handle.cancel();
        self.line("cancelled");
        upstream.callback(1);
        self.line("fired");
    }
}

fn show_values(results: &[Result<i64, Failure>]) -> String {
    format!("[{}]", results.iter().map(show).collect::<Vec<_>>().join(", "))
}

/// Waits for one, whatever comes of it, then for the other.
#[inline_callbacks]
fn two_waits(world: Rc<World>, first: Deferred<i64>, second: Deferred<i64>) -> Deferred<i64> {
    let result = yield_!(first);
    world.line(format!("body got {}", show(&result)));
    let result = yield_!(second);
    world.line(format!("body got {}", show(&result)));
    return_value!(result?)
}

type Own = Rc<RefCell<Option<CancelHandle>>>;

#[inline_callbacks]
fn cancels_itself(world: Rc<World>, own: Own, first: Deferred<i64>, second: Deferred<i64>) -> Deferred<i64> {
    yield_!(first)?;
    world.line("cancelling");
    let handle = own.borrow().clone();
    handle.expect("set before the first wait ends").cancel();
    world.line("goes on");
    let result = yield_!(second);
    world.line(format!("body got {}", show(&result)));
    return_value!(result?)
}
