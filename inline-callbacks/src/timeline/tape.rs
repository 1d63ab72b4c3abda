//! What is written down while a thread is recorded, in the order in which it happens.

use std::panic::Location;
use std::time::Duration;

use crate::site::Function;

pub(crate) type Place = &'static Location<'static>;

/// A record's place in its list.
pub(crate) type Id = u32;

/// When something happened: its number among all that was noted, and the time since the recording began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) order: u32,
    pub(crate) time: Duration,
}

/// One call of a body.
pub(crate) struct Lane {
    pub(crate) function: Function,
    pub(crate) called_at: Place,
    /// The segment that called it; `None` when nothing that is recorded did.
    pub(crate) called_by: Option<Id>,
    pub(crate) began: Moment,
    /// It was called before the recording began.
    pub(crate) is_older: bool,
    pub(crate) ended: Option<(Moment, Outcome)>,
}

/// How a body ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Returned,
    Failed(String),
    Panicked(String),
    Cancelled,
    /// It was dropped while it waited.
    Dropped,
}

/// What ran, in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A body, from its call or a wait to its next wait or its end.
    Body,
    /// A callback of a chain.
    Callback,
    /// A call that was scheduled.
    DelayedCall,
}

pub(crate) struct Segment {
    pub(crate) kind: Kind,
    /// The body's; of a callback, the lane of what fired the chain. `None`: outside of any body.
    pub(crate) lane: Option<Id>,
    pub(crate) function: Function,
    pub(crate) began: Moment,
    /// `None` while it runs.
    pub(crate) ended: Option<Moment>,
    /// The wait from which the body was resumed, or the place of the call; where a callback was added or a call scheduled.
    pub(crate) from: Place,
    pub(crate) cause: Cause,
    /// What ran when it began, and is on the stack below it.
    pub(crate) inside: Option<Id>,
    pub(crate) until: Until,
}

/// Why a segment began.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cause {
    /// Its body was called.
    Called,
    Event(Id),
    /// A foreign future that it waits for woke it, or its time had come.
    Woken,
    /// What ran in that segment gave it something it waited for, without firing a trigger: a lock, for one.
    Passed(Id),
    /// What it waited for had fired before the body came to rest.
    Meanwhile,
}

/// What a segment ended with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Wait(Place),
    /// Its body's end, or the callback's.
    End,
    /// It still runs.
    Unknown,
}

/// Something that happened at one moment, and may have resumed others.
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// In which lane; `None`: outside of any.
    pub(crate) lane: Option<Id>,
    /// In which segment.
    pub(crate) inside: Option<Id>,
    /// The function of the user's that ran.
    pub(crate) function: Function,
    pub(crate) moment: Moment,
    /// Where; `None` for what has no place in the code, such as a drop.
    pub(crate) at: Option<Place>,
    /// Where the Deferred was made that it is about.
    pub(crate) made_at: Option<Place>,
    /// The failure's words.
    pub(crate) words: Option<String>,
    /// The function is one that is recorded. What others do is of interest only if it is the reason for something.
    pub(crate) is_wanted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// A trigger was fired.
    Fire,
    /// A trigger was dropped unfired.
    Abandon,
    /// Cancelling was asked for.
    Cancel,
    /// A body ended: its Deferred fired.
    End,
    /// A failure that nobody handles.
    Unhandled,
}

/// Everything noted so far.
#[derive(Default)]
pub(crate) struct Tape {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) events: Vec<Event>,
    pub(crate) left_out: usize,
    limit: usize,
    order: u32,
    latest: Duration,
}

impl Tape {
    pub(crate) fn new(limit: usize) -> Self {
        // The numbers of records, and of their beginnings and ends, are of 32 bits.
        Tape { limit: limit.min(1 << 28), ..Tape::default() }
    }

    /// The present moment, at `time`. Time does not run backwards here, whatever a clock says.
    pub(crate) fn moment(&mut self, time: Duration) -> Moment {
        self.order = self.order.saturating_add(1);
        self.latest = self.latest.max(time);
        Moment { order: self.order, time: self.latest }
    }

    pub(crate) fn add_lane(&mut self, lane: Lane) -> Option<Id> {
        self.has_room().then(|| add(&mut self.lanes, lane))
    }

    pub(crate) fn add_segment(&mut self, segment: Segment) -> Option<Id> {
        self.has_room().then(|| add(&mut self.segments, segment))
    }

    pub(crate) fn add_event(&mut self, event: Event) -> Option<Id> {
        self.has_room().then(|| add(&mut self.events, event))
    }

    pub(crate) fn segment(&mut self, id: Id) -> &mut Segment {
        &mut self.segments[id as usize]
    }

    /// Takes out the events of functions that are not recorded, unless they are the reason for something.
    pub(crate) fn forget_unwanted(&mut self) {
        let mut is_kept: Vec<_> = self.events.iter().map(|event| event.is_wanted).collect();
        for segment in &self.segments {
            if let Cause::Event(event) = segment.cause {
                is_kept[event as usize] = true;
            }
        }
        let mut new_ids = Vec::with_capacity(is_kept.len());
        let mut kept = 0;
        for is_kept in &is_kept {
            new_ids.push(kept);
            kept += Id::from(*is_kept);
        }
        let mut is_kept = is_kept.into_iter();
        self.events.retain(|_| is_kept.next() == Some(true));
        for segment in &mut self.segments {
            if let Cause::Event(event) = &mut segment.cause {
                *event = new_ids[*event as usize];
            }
        }
    }

    /// Whether one more record may be written; counts those that may not.
    fn has_room(&mut self) -> bool {
        let has_room = self.lanes.len() + self.segments.len() + self.events.len() < self.limit;
        if !has_room {
            self.left_out += 1;
        }
        has_room
    }
}

fn add<R>(records: &mut Vec<R>, record: R) -> Id {
    let id = Id::try_from(records.len()).expect("the limit is far below that");
    records.push(record);
    id
}
