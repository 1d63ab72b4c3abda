//! What the rooms that run programs tell, turned into records: who runs now, and why.
//!
//! A thread has one [`Context`]: what runs, and what was told last, which is why the next body to be resumed is resumed. Whoever
//! changes it holds a guard that puts it back, so that it follows the stack.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::errors::Panicked;
use crate::failure::Failure;
use crate::panics;
use crate::site::{self, Function};

use super::tape::{Cause, Event, EventKind, Id, Kind, Lane, Moment, Outcome, Place, Segment, Tape, Until};

/// How much of a failure's words is kept.
const MOST_WORDS: usize = 300;

thread_local! {
    /// The number of the recording that goes on; 0: none does. Needs no destructor, as the next one, so that bodies can still run
    /// while the thread ends.
    static RECORDING: Cell<u32> = const { Cell::new(0) };
    static CONTEXT: Cell<Context> = const { Cell::new(Context::outside(0)) };
    /// How many recordings this thread has seen.
    static RECORDINGS: Cell<u32> = const { Cell::new(0) };
    static RECORDER: RefCell<Option<Running>> = const { RefCell::new(None) };
}

/// A recording that goes on.
struct Running {
    tape: Tape,
    time: Time,
    keeps: Option<Filter>,
}

/// What time is asked of.
#[derive(Clone)]
pub(crate) enum Time {
    Since(Instant),
    Of(Rc<dyn Fn() -> Duration>),
}

/// Whether calls of a function are recorded.
pub(crate) type Filter = Rc<dyn Fn(&str) -> bool>;

#[derive(Clone, Copy)]
struct Context {
    /// The recording that it belongs to.
    recording: u32,
    /// The segment that runs.
    segment: Option<Id>,
    /// Its lane.
    lane: Option<Id>,
    why: Why,
    /// The latest wait that the segment has come to.
    wait: Option<Place>,
}

/// What was told last in the segment that runs.
#[derive(Clone, Copy)]
enum Why {
    Nothing,
    Event(Id),
    /// Something else that this segment did.
    Segment(Id),
}

impl Context {
    const fn outside(recording: u32) -> Self {
        Context { recording, segment: None, lane: None, why: Why::Nothing, wait: None }
    }

    fn now() -> Self {
        let (context, recording) = (CONTEXT.get(), RECORDING.get());
        if context.recording == recording { context } else { Context::outside(recording) }
    }

    /// Makes this the context again, unless its recording is over.
    fn restore(self) {
        if self.recording == RECORDING.get() {
            CONTEXT.set(self);
        }
    }
}

/// Begins a recording; says whether none was going on.
pub(crate) fn begin(limit: usize, time: Time, keeps: Option<Filter>) -> bool {
    if RECORDING.get() != 0 {
        return false;
    }
    let running = Running { tape: Tape::new(limit), time, keeps };
    let began = RECORDER.try_with(|recorder| recorder.replace(Some(running))).is_ok();
    if began {
        RECORDINGS.set(RECORDINGS.get().wrapping_add(1).max(1));
        RECORDING.set(RECORDINGS.get());
    }
    true
}

/// Ends the recording that goes on, if there is one, and gives what was noted, with the moment.
pub(crate) fn end() -> Option<(Tape, Moment)> {
    let moment = note(|_, moment| moment);
    RECORDING.set(0);
    let running = RECORDER.try_with(RefCell::take).ok().flatten();
    running.map(|Running { mut tape, time, keeps }| {
        tape.forget_unwanted();
        // They are the user's: they are dropped after the borrow has ended.
        panics::drop_contained((time, keeps));
        (tape, moment.unwrap_or(Moment { order: 0, time: Duration::ZERO }))
    })
}

/// Writes to the tape, if a recording goes on. Nothing of the user's is called by `write`.
fn note<R>(write: impl FnOnce(&mut Tape, Moment) -> R) -> Option<R> {
    let time = with_recorder(|running| running.time.clone())?;
    let time = match time {
        Time::Since(start) => start.elapsed(),
        Time::Of(time) => unrecorded(|| time()).unwrap_or_default(),
    };
    with_recorder(|running| {
        let moment = running.tape.moment(time);
        write(&mut running.tape, moment)
    })
}

fn with_recorder<R>(work: impl FnOnce(&mut Running) -> R) -> Option<R> {
    if RECORDING.get() == 0 {
        return None;
    }
    RECORDER.try_with(|recorder| recorder.borrow_mut().as_mut().map(work)).ok().flatten()
}

/// Calls something of the user's that belongs to the recording itself: what it does is not recorded, a panic goes no further.
fn unrecorded<R>(work: impl FnOnce() -> R) -> Option<R> {
    let (recording, context) = (RECORDING.replace(0), CONTEXT.get());
    let outcome = panics::contain(work).ok();
    RECORDING.set(recording);
    CONTEXT.set(context);
    outcome
}

/// A record of one recording.
#[derive(Clone, Copy)]
struct Mark {
    recording: u32,
    id: Id,
}

impl Mark {
    fn new(id: Option<Id>) -> Option<Self> {
        id.map(|id| Mark { recording: RECORDING.get(), id })
    }

    /// The record, if its recording still goes on.
    fn id(self) -> Option<Id> {
        (self.recording == RECORDING.get()).then_some(self.id)
    }
}

/// What the timeline keeps of one call of a body.
pub(crate) struct Call {
    function: Function,
    called_at: Place,
    lane: Cell<Option<Mark>>,
    /// The recording that does not want it.
    unwanted_by: Cell<u32>,
    /// Its latest segment.
    segment: Cell<Option<Mark>>,
    stage: Cell<Stage>,
    /// Its present or last wait; before the first, the call.
    wait: Cell<Place>,
    /// The wait that its latest segment came to last.
    reached: Cell<Option<Place>>,
    /// What was told last when somebody would have resumed it while it ran, or when it went on at once.
    meanwhile: Cell<Option<Reason>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Called,
    Entered,
    /// It has waited: somebody may wait for it.
    Waited,
    Ended,
}

impl Call {
    pub(crate) fn new(function: Function, called_at: Place) -> Self {
        Call {
            function,
            called_at,
            lane: Cell::new(None),
            unwanted_by: Cell::new(0),
            segment: Cell::new(None),
            stage: Cell::new(Stage::Called),
            wait: Cell::new(called_at),
            reached: Cell::new(None),
            meanwhile: Cell::new(None),
        }
    }

    /// A segment of the body begins.
    pub(crate) fn enter(&self) -> Entered<'_> {
        Entered { call: self, _guard: self.begin() }
    }

    fn begin(&self) -> Guard {
        let is_first = self.stage.get() == Stage::Called;
        if is_first {
            self.stage.set(Stage::Entered);
        }
        let meanwhile = self.meanwhile.take();
        if RECORDING.get() == 0 {
            return Guard::nothing();
        }
        let before = Context::now();
        let Some(lane) = self.lane(before, is_first) else { return Guard::around(before, None, None) };
        let cause = match meanwhile {
            _ if is_first => Cause::Called,
            Some(reason) => reason.cause_of_going_on(),
            None => cause_of(before),
        };
        let segment = begin_segment(before, Kind::Body, Some(lane), self.function, self.wait.get(), cause);
        self.segment.set(Mark::new(segment));
        Guard::around(before, segment, Some(lane))
    }

    /// Its lane in the recording that goes on: a new one, if it has none yet.
    fn lane(&self, before: Context, is_first: bool) -> Option<Id> {
        if let Some(lane) = self.lane.get().and_then(Mark::id) {
            return Some(lane);
        }
        if self.unwanted_by.get() == RECORDING.get() {
            return None;
        }
        if !is_wanted(self.function) {
            self.unwanted_by.set(RECORDING.get());
            return None;
        }
        let called_by = before.segment.filter(|_| is_first);
        let lane = note(|tape, began| {
            let (function, called_at) = (self.function, self.called_at);
            tape.add_lane(Lane { function, called_at, called_by, began, is_older: !is_first, ended: None })
        });
        self.lane.set(Mark::new(lane.flatten()));
        lane.flatten()
    }

    /// The segment has ended at the latest wait that it came to. If it came to none, it still waits where it did before: `place`,
    /// unless that was recorded.
    pub(crate) fn waits(&self, place: Place) {
        self.stage.set(Stage::Waited);
        let is_recorded = self.segment.get().and_then(Mark::id).is_some();
        let before = if is_recorded { self.wait.get() } else { place };
        self.wait.set(self.reached.take().unwrap_or(before));
        self.end_segment(Until::Wait(self.wait.get()));
    }

    /// Somebody would resume it while it runs.
    pub(crate) fn told_meanwhile(&self) {
        self.meanwhile.set(Some(Reason::now()));
    }

    /// It runs on at once: what it waits for is there.
    pub(crate) fn goes_on(&self) {
        let told = self.meanwhile.take().unwrap_or(Reason(Context::outside(0)));
        self.meanwhile.set(Some(told));
    }

    /// The body has ended: whoever waits for it is resumed because of that.
    pub(crate) fn ended(&self, result: Result<(), &Failure>) {
        let had_waited = self.stage.replace(Stage::Ended) == Stage::Waited;
        let Some(lane) = self.lane.get().and_then(Mark::id) else { return };
        let outcome = outcome_of(result);
        let words = outcome.words().map(str::to_owned);
        // A body that is cancelled where it waits ends in no segment.
        let segment = self.end_segment(Until::End);
        end_lane(lane, outcome);
        // Nobody can wait for a body that ends in its own call: it causes nothing.
        if had_waited {
            let told = Told { kind: EventKind::End, at: None, made_at: Some(self.called_at), words };
            tell(&Context { segment, lane: Some(lane), ..Context::now() }, self.function, told);
        }
    }

    /// Says what its latest segment has ended with, and gives that segment, unless it is known already.
    fn end_segment(&self, until: Until) -> Option<Id> {
        let id = self.segment.get().and_then(Mark::id)?;
        with_recorder(|running| {
            let segment = running.tape.segment(id);
            let is_open = matches!(segment.until, Until::Unknown);
            if is_open {
                segment.until = until;
            }
            is_open.then_some(id)
        })
        .flatten()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.stage.get() == Stage::Waited {
            if let Some(lane) = self.lane.get().and_then(Mark::id) {
                end_lane(lane, Outcome::Dropped);
            }
        }
    }
}

fn end_lane(lane: Id, outcome: Outcome) {
    note(|tape, moment| tape.lanes[lane as usize].ended = Some((moment, outcome)));
}

impl Outcome {
    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Outcome::Failed(words) | Outcome::Panicked(words) => Some(words),
            Outcome::Returned | Outcome::Cancelled | Outcome::Dropped => None,
        }
    }
}

fn outcome_of(result: Result<(), &Failure>) -> Outcome {
    match result {
        Ok(()) => Outcome::Returned,
        Err(failure) if failure.is_cancelled() => Outcome::Cancelled,
        Err(failure) if failure.check::<Panicked>().is_some() => Outcome::Panicked(words_of(failure)),
        Err(failure) => Outcome::Failed(words_of(failure)),
    }
}

/// What a failure says, in short. Its error's words are the user's code: nothing is borrowed meanwhile.
fn words_of(failure: &Failure) -> String {
    let words = unrecorded(|| failure.to_string()).unwrap_or_default();
    match words.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => words[..end].to_owned() + "…",
        None => words,
    }
}

fn is_wanted(function: Function) -> bool {
    match with_recorder(|running| running.keeps.clone()).flatten() {
        Some(keeps) => unrecorded(|| keeps(site::path_of(function))).unwrap_or(true),
        None => true,
    }
}

/// Whether it is a callback of this crate's own, which is nobody's concern.
fn is_ours(function: Function, added_at: Place) -> bool {
    let own_path = module_path!().split_once("::").map_or("", |(own, _)| own);
    let own_folder = &file!()[..file!().len() - "timeline/noting.rs".len()];
    let is_own_function = site::path_of(function).strip_prefix(own_path).is_some_and(|rest| rest.starts_with("::"));
    is_own_function || added_at.file().starts_with(own_folder)
}

/// Why whatever begins in `context` begins.
fn cause_of(context: Context) -> Cause {
    match (context.why, context.segment) {
        (Why::Event(event), _) => Cause::Event(event),
        (Why::Segment(segment), _) | (Why::Nothing, Some(segment)) => Cause::Passed(segment),
        (Why::Nothing, None) => Cause::Woken,
    }
}

fn begin_segment(
    before: Context,
    kind: Kind,
    lane: Option<Id>,
    function: Function,
    from: Place,
    cause: Cause,
) -> Option<Id> {
    note(|tape, began| {
        let inside = before.segment;
        tape.add_segment(Segment {
            kind,
            lane,
            function,
            began,
            ended: None,
            from,
            cause,
            inside,
            until: Until::Unknown,
        })
    })
    .flatten()
}

/// Ends what has begun when it is dropped: a segment, or the time in which something is the reason for what happens.
#[must_use]
pub(crate) struct Guard {
    segment: Option<Mark>,
    /// A callback's segment ends with it; a body's has ended at a wait or its end.
    until: Until,
    before: Option<Context>,
}

impl Guard {
    fn nothing() -> Self {
        Guard { segment: None, until: Until::Unknown, before: None }
    }

    /// Around something that is no segment.
    fn back_to(before: Context) -> Self {
        Guard { segment: None, until: Until::Unknown, before: Some(before) }
    }

    /// Around a segment; without one, around something that is not recorded.
    fn around(before: Context, segment: Option<Id>, lane: Option<Id>) -> Self {
        Context { segment, lane, ..Context::outside(before.recording) }.restore();
        Guard { segment: Mark::new(segment), until: Until::Unknown, before: Some(before) }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(segment) = self.segment.and_then(Mark::id) {
            note(|tape, moment| {
                let segment = tape.segment(segment);
                segment.ended = Some(moment);
                if matches!(segment.until, Until::Unknown) {
                    segment.until = self.until;
                }
            });
        }
        if let Some(before) = self.before {
            before.restore();
        }
    }
}

/// A segment of a body, while it runs.
pub(crate) struct Entered<'a> {
    call: &'a Call,
    _guard: Guard,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if RECORDING.get() != 0 {
            self.call.reached.set(Context::now().wait);
        }
    }
}

/// The body that runs has come to a wait at `place`.
pub(crate) fn comes_to_wait(place: Place) {
    if RECORDING.get() != 0 {
        Context { wait: Some(place), ..Context::now() }.restore();
    }
}

/// A callback of a chain runs until the guard is dropped.
pub(crate) fn callback(function: Function, added_at: Place) -> Guard {
    call(Kind::Callback, function, added_at)
}

/// A call that was scheduled runs until the guard is dropped.
pub(crate) fn delayed_call(function: Function, scheduled_at: Place) -> Guard {
    call(Kind::DelayedCall, function, scheduled_at)
}

fn call(kind: Kind, function: Function, from: Place) -> Guard {
    if RECORDING.get() == 0 {
        return Guard::nothing();
    }
    let before = Context::now();
    if !is_wanted(function) || kind == Kind::Callback && is_ours(function, from) {
        return Guard::around(before, None, None);
    }
    let lane = if kind == Kind::DelayedCall { None } else { lane_of(before) };
    let segment = begin_segment(before, kind, lane, function, from, cause_of(before));
    let mut guard = Guard::around(before, segment, lane);
    guard.until = Until::End;
    guard
}

/// The lane in which something happens that is no body: that of its reason, or else of what runs.
fn lane_of(context: Context) -> Option<Id> {
    match context.why {
        Why::Event(event) => with_recorder(|running| running.tape.events[event as usize].lane).flatten(),
        Why::Segment(segment) => with_recorder(|running| running.tape.segment(segment).lane).flatten(),
        Why::Nothing => context.lane,
    }
}

struct Told {
    kind: EventKind,
    at: Option<Place>,
    made_at: Option<Place>,
    words: Option<String>,
}

/// Notes an event, which is the reason for what happens until the context is put back.
fn tell(context: &Context, function: Function, told: Told) {
    let Told { kind, at, made_at, words } = told;
    let (lane, inside, is_wanted) = (context.lane, context.segment, is_wanted(function));
    let event = note(|tape, moment| {
        tape.add_event(Event { kind, lane, inside, function, moment, at, made_at, words, is_wanted })
    });
    // If there was no room for it, there is none for what it causes either.
    let why = event.flatten().map_or(Why::Nothing, Why::Event);
    Context { why, ..Context::now() }.restore();
}

/// As [`tell`], until the guard is dropped.
fn tell_for_a_while(told: Told) -> Guard {
    let before = Context::now();
    tell(&before, site::running(), told);
    Guard::back_to(before)
}

/// A trigger is fired at `place`.
pub(crate) fn fires(made_at: Option<Place>, failure: Option<&Failure>, place: Place) -> Guard {
    if RECORDING.get() == 0 {
        return Guard::nothing();
    }
    tell_for_a_while(Told { kind: EventKind::Fire, at: Some(place), made_at, words: failure.map(words_of) })
}

/// A trigger is dropped unfired.
pub(crate) fn abandons(made_at: Option<Place>) -> Guard {
    if RECORDING.get() == 0 {
        return Guard::nothing();
    }
    tell_for_a_while(Told { kind: EventKind::Abandon, at: None, made_at, words: None })
}

/// Cancelling is asked for at `place`.
pub(crate) fn cancels(place: Place) -> Guard {
    if RECORDING.get() == 0 {
        return Guard::nothing();
    }
    tell_for_a_while(Told { kind: EventKind::Cancel, at: Some(place), made_at: None, words: None })
}

/// Nobody handles the failure.
pub(crate) fn is_unhandled(failure: &Failure) {
    if RECORDING.get() != 0 {
        let words = Some(words_of(failure));
        let before = Context::now();
        let context = Context { lane: lane_of(before), ..before };
        tell(&context, site::running(), Told { kind: EventKind::Unhandled, at: None, made_at: None, words });
        // It causes nothing.
        before.restore();
    }
}

/// Why things go on, as it is known at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Reason(Context);

impl Reason {
    pub(crate) fn now() -> Self {
        let context = Context::now();
        let why = match (context.why, context.segment) {
            (Why::Nothing, Some(segment)) => Why::Segment(segment),
            (why, _) => why,
        };
        Reason(Context { why, ..context })
    }

    /// Makes it the reason for what happens until the guard is dropped.
    pub(crate) fn holds(self) -> Guard {
        let guard = Guard::back_to(Context::now());
        self.recall();
        guard
    }

    /// Why a body goes on that was told of this while it ran.
    fn cause_of_going_on(self) -> Cause {
        match self.0.why {
            Why::Event(event) if self.0.recording == RECORDING.get() => Cause::Event(event),
            Why::Event(_) | Why::Segment(_) | Why::Nothing => Cause::Meanwhile,
        }
    }

    /// Makes it the reason for what happens from now on.
    fn recall(self) {
        if self.0.recording == RECORDING.get() {
            Context { why: self.0.why, ..Context::now() }.restore();
        }
    }
}

/// The reasons for which those on the stack of a turn are resumed.
pub(crate) struct Reasons {
    of_others: Vec<Reason>,
    /// Puts back what was known before.
    _guard: Guard,
}

impl Reasons {
    pub(crate) fn new() -> Self {
        Reasons { of_others: Vec::new(), _guard: Reason::now().holds() }
    }

    /// There are `others` on the stack now; the new ones came with what was told last.
    pub(crate) fn keep(&mut self, others: usize) {
        self.of_others.resize(others, Reason::now());
    }

    /// The topmost has been taken from the stack, and is resumed for the reason it came with.
    pub(crate) fn recall(&mut self) {
        if let Some(reason) = self.of_others.pop() {
            reason.recall();
        }
    }
}
