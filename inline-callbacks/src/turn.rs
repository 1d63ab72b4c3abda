//! Running user code: guarded against panics, with the loop that resumes whoever waits.
//!
//! Everything of the user's that this crate calls (a body, a callback, a canceller) runs through [`guarded`], and everybody
//! who waits is resumed by [`resume`]. Both count how deep in user code the thread is, which is what decides when a dropped
//! trigger tells its waiter (law 8).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::rc::Rc;

use crate::deferred::{Others, Step};
use crate::failure::Failure;
use crate::observe::{Reason, Reasons};
use crate::panics;
use crate::site::{self, Function};

thread_local! {
    /// Never destroyed, so that triggers can be dropped at any time, also while the thread ends.
    static TURN: ManuallyDrop<Turn> = const { ManuallyDrop::new(Turn::new()) };
}

struct Turn {
    /// How many calls into user code are on the stack.
    depth: Cell<usize>,
    /// Whether anybody is in `postponed`: looked at after each firing.
    has_postponed: Cell<bool>,
    /// Those whose trigger was dropped while user code ran: resumed when the outermost of it has returned.
    postponed: RefCell<VecDeque<(Rc<dyn Step>, Reason)>>,
    /// The thread is ending: what is dropped now resumes nobody.
    ending: Cell<bool>,
}

impl Turn {
    const fn new() -> Self {
        Turn {
            depth: Cell::new(0),
            has_postponed: Cell::new(false),
            postponed: RefCell::new(VecDeque::new()),
            ending: Cell::new(false),
        }
    }
}

/// Counts one call into user code for as long as it lives; the outermost then resumes the postponed.
struct Inside;

impl Inside {
    #[inline]
    fn enter() -> Self {
        TURN.with(|turn| turn.depth.set(turn.depth.get() + 1));
        Inside
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        TURN.with(|turn| {
            let depth = turn.depth.get() - 1;
            if depth == 0 && turn.has_postponed.get() {
                resume_postponed();
            }
            turn.depth.set(depth);
        });
    }
}

#[cold]
fn resume_postponed() {
    TURN.with(|turn| {
        loop {
            // The borrow ends before anybody is resumed.
            let Some((step, reason)) = turn.postponed.borrow_mut().pop_front() else { break };
            let _reason = reason.holds();
            go_on(turn, step);
        }
        turn.has_postponed.set(false);
    });
}

impl Turn {
    fn postpone(&self, waiter: Rc<dyn Step>) {
        self.postponed.borrow_mut().push_back((waiter, Reason::now()));
        self.has_postponed.set(true);
    }
}

/// Resumes one who was told by a drop; while the thread ends, only takes it apart.
fn go_on(turn: &Turn, step: Rc<dyn Step>) {
    if turn.ending.get() {
        take_apart(step);
    } else {
        run(step);
    }
}

/// Resumes `first` and everybody who is reached from it, depth first, in one loop: nesting costs no stack.
#[inline(never)]
pub(crate) fn resume(first: Rc<dyn Step>) {
    resume_inline(first);
}

/// The same for the one place that resumes in a loop.
#[inline]
pub(crate) fn resume_inline(first: Rc<dyn Step>) {
    let _inside = Inside::enter();
    run(first);
}

#[inline]
fn run(first: Rc<dyn Step>) {
    let mut others = Others::default();
    let mut reasons = Reasons::new();
    let mut next = Some(first);
    while let Some(step) = next {
        next = step.step(&mut others);
        reasons.keep(others.len());
        next = next.or_else(|| {
            reasons.recall();
            others.pop()
        });
    }
}

/// Resumes `waiter` now, or, while user code runs, when the outermost of it has returned.
pub(crate) fn resume_later(waiter: Rc<dyn Step>) {
    TURN.with(|turn| {
        if turn.depth.get() > 0 {
            turn.postpone(waiter);
            return;
        }
        // Also while the thread ends: what is dropped then may hold what others wait for, any number of them.
        let _inside = Inside::enter();
        go_on(turn, waiter);
    });
}

/// Runs `work`, which turns a wheel of its own, as if no user code were on the stack: who is postponed in there is resumed
/// in there, and those who were postponed before wait until it has ended.
pub(crate) fn outside<R>(work: impl FnOnce() -> R) -> R {
    struct Back(usize, VecDeque<(Rc<dyn Step>, Reason)>);
    impl Drop for Back {
        fn drop(&mut self) {
            TURN.with(|turn| {
                turn.depth.set(self.0);
                let mut postponed = turn.postponed.borrow_mut();
                postponed.append(&mut self.1);
                turn.has_postponed.set(!postponed.is_empty());
            });
        }
    }
    let _back = TURN.with(|turn| {
        turn.has_postponed.set(false);
        Back(turn.depth.replace(0), turn.postponed.take())
    });
    work()
}

/// Counts `work`, which contains its panics itself, as user code.
#[inline]
pub(crate) fn inside<R>(work: impl FnOnce() -> R) -> R {
    let _inside = Inside::enter();
    work()
}

/// Calls `work`, which is the user's `function`; a panic becomes a failure made where it panicked.
#[inline]
pub(crate) fn guarded<R>(
    function: Function,
    place: &'static Location<'static>,
    work: impl FnOnce() -> R,
) -> Result<R, Failure> {
    inside(|| guarded_inside(function, place, work))
}

/// The same where user code is counted already: in a step, which [`resume`] makes.
#[inline]
pub(crate) fn guarded_inside<R>(
    function: Function,
    place: &'static Location<'static>,
    work: impl FnOnce() -> R,
) -> Result<R, Failure> {
    let previous = site::enter(function);
    let outcome = panics::contain(work).map_err(|payload| panics::failure_of(payload, place));
    site::restore(previous);
    outcome
}

/// Says that the thread ends: from now on nobody is resumed by a dropped trigger.
pub(crate) fn begin_ending() {
    inside(|| TURN.with(|turn| turn.ending.set(true)));
}

/// Runs `work`, which drops what is left of a program, as if the thread ended: whoever is told by a drop is taken apart
/// instead of being resumed.
pub(crate) fn unresumed<R>(work: impl FnOnce() -> R) -> R {
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            TURN.with(|turn| turn.ending.set(self.0));
        }
    }
    let _back = TURN.with(|turn| Back(turn.ending.replace(true)));
    inside(work)
}

/// Whether the thread ends: nobody is resumed any more.
pub(crate) fn is_ending() -> bool {
    TURN.with(|turn| turn.ending.get())
}

/// Drops a chain of waiters from the bottom to the top, in a loop: dropping its first one would recurse.
pub(crate) fn take_apart(first: Rc<dyn Step>) {
    let mut next = Some(first);
    while let Some(step) = next {
        next = step.next_head().and_then(crate::deferred::Head::take_waiter);
        panics::drop_contained(step);
    }
}
