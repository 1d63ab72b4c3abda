//! Which call of a body runs on this thread, since when each one waits, and how many there were: what `inspect` is told.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::panic::Location;
use std::time::{Duration, Instant};

use crate::site::{self, Function};

/// The number of a call among those of its thread, from 1.
pub(crate) type Number = NonZeroU64;

thread_local! {
    /// Without a destructor, so that it can be asked at any time, also while the thread ends.
    static CALLS: Calls = const { Calls::new() };
    /// The foreign futures that calls have polled in vain in segments that have not ended yet.
    static FOREIGN: RefCell<Vec<(Number, Foreign)>> = const { RefCell::new(Vec::new()) };
}

struct Calls {
    started: Cell<u64>,
    ended: Cell<u64>,
    abandoned: Cell<u64>,
    running: Cell<Option<Number>>,
    /// Whether there is anything in [`FOREIGN`], which is cheaper to ask.
    has_foreign: Cell<bool>,
}

impl Calls {
    const fn new() -> Self {
        Calls {
            started: Cell::new(0),
            ended: Cell::new(0),
            abandoned: Cell::new(0),
            running: Cell::new(None),
            has_foreign: Cell::new(false),
        }
    }
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// How many calls of bodies this thread has started, ended and abandoned.
pub(crate) fn counted() -> (u64, u64, u64) {
    CALLS.with(|calls| (calls.started.get(), calls.ended.get(), calls.abandoned.get()))
}

/// What is known of one call of a body.
pub(crate) struct Note {
    pub(crate) number: Number,
    /// When its present wait began.
    pub(crate) since: Cell<Option<Instant>>,
    /// Whether the present wait said where it is: a plain `.await` of a foreign future does not.
    pub(crate) says_where: Cell<bool>,
    pub(crate) foreign: RefCell<Vec<Foreign>>,
    waits_for_foreign: Cell<bool>,
    has_ended: Cell<bool>,
}

/// A future that is none of ours, and that a body waits for with `yield_!`.
pub(crate) struct Foreign {
    pub(crate) type_name: Function,
    pub(crate) place: &'static Location<'static>,
    /// For how much longer it sleeps, if it is a timer.
    pub(crate) due_in: Option<Box<dyn Fn() -> Duration>>,
}

impl Note {
    pub(crate) fn new() -> Self {
        let started = CALLS.with(|calls| {
            count(&calls.started);
            calls.started.get()
        });
        Note {
            number: Number::new(started).unwrap_or(Number::MAX),
            since: Cell::new(None),
            says_where: Cell::new(false),
            foreign: RefCell::default(),
            waits_for_foreign: Cell::new(false),
            has_ended: Cell::new(false),
        }
    }

    #[inline]
    pub(crate) fn enter(&self) -> Segment<'_> {
        let outer = CALLS.with(|calls| calls.running.replace(Some(self.number)));
        Segment { outer, _note: PhantomData }
    }

    #[inline]
    pub(crate) fn waits(&self, says_where: bool) {
        self.says_where.set(says_where);
        self.since.set(Some(Instant::now()));
        if self.waits_for_foreign.get() || CALLS.with(|calls| calls.has_foreign.get()) {
            self.take_foreign();
        }
    }

    /// Keeps what the segment that has just ended polled instead of what the one before did.
    #[cold]
    fn take_foreign(&self) {
        // While the thread ends, nobody asks for them any more.
        let taken = FOREIGN.try_with(|polled| {
            let mut polled = polled.borrow_mut();
            let (mine, others) = std::mem::take(&mut *polled).into_iter().partition(|(of, _)| *of == self.number);
            *polled = others;
            CALLS.with(|calls| calls.has_foreign.set(!polled.is_empty()));
            mine
        });
        let mine: Vec<(Number, Foreign)> = taken.unwrap_or_default();
        self.waits_for_foreign.set(!mine.is_empty());
        *self.foreign.borrow_mut() = mine.into_iter().map(|(_, foreign)| foreign).collect();
    }

    #[inline]
    pub(crate) fn ended(&self) {
        if !self.has_ended.replace(true) {
            CALLS.with(|calls| count(&calls.ended));
            if CALLS.with(|calls| calls.has_foreign.get()) {
                self.take_foreign();
            }
        }
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if !self.has_ended.get() {
            CALLS.with(|calls| count(&calls.abandoned));
        }
    }
}

/// The call runs until this is dropped; then whatever ran before does.
pub(crate) struct Segment<'a> {
    outer: Option<Number>,
    _note: PhantomData<&'a Note>,
}

impl Drop for Segment<'_> {
    #[inline]
    fn drop(&mut self) {
        CALLS.with(|calls| calls.running.set(self.outer));
    }
}

/// No body of its own runs until this is dropped: what runs was not called by whoever is further down the stack.
#[must_use]
pub(crate) struct Nobody(Option<Number>);

impl Nobody {
    #[inline]
    pub(crate) fn begin() -> Self {
        Nobody(CALLS.with(|calls| calls.running.take()))
    }
}

impl Drop for Nobody {
    #[inline]
    fn drop(&mut self) {
        CALLS.with(|calls| calls.running.set(self.0));
    }
}

/// The running segment has polled `foreign`, which was not ready.
pub(crate) fn polled(foreign: Foreign) {
    CALLS.with(|calls| {
        let Some(number) = calls.running.get() else { return };
        let noted = FOREIGN.try_with(|polled| polled.borrow_mut().push((number, foreign)));
        calls.has_foreign.set(noted.is_ok());
    });
}

/// Where something was made, and by whom.
#[derive(Clone, Copy)]
pub(crate) struct Made {
    pub(crate) place: &'static Location<'static>,
    /// The function of the user's that ran.
    pub(crate) function: Function,
    /// The call of a body that ran.
    pub(crate) by: Option<Number>,
}

impl Made {
    #[inline]
    pub(crate) fn at(place: &'static Location<'static>) -> Self {
        Made { place, function: site::running(), by: CALLS.with(|calls| calls.running.get()) }
    }
}
