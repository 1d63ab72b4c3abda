//! The way of a failure: the waits it has crossed and the callbacks it has gone through, the first and the last of them.

use crate::site::Site;

/// The waits that a [`Failure`](crate::Failure) has crossed, innermost first: the first 32 and the last 32 of them.
///
/// The callbacks that it has gone through on the way are kept as well, and count among the 32 of either end; `{:?}` of the failure
/// prints them between the waits.
///
/// ```
/// let failure = inline_callbacks::Failure::msg("no poem");
/// let trace = failure.trace();
/// assert!(trace.is_empty() && trace.to_vec().is_empty());
/// assert_eq!((trace.len(), trace.left_out()), (0, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Most failures go through one thing, or nothing: those need no list.
    innermost: Option<Step>,
    further: Option<Box<Further>>,
}

/// What a failure went through after the first thing.
#[derive(Clone, Debug, Default)]
struct Further {
    /// The others of the first 32, and then the last 32, in a ring.
    steps: Vec<Step>,
    left_out: LeftOut,
}

/// One thing that a failure went through.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: Kind,
    pub(crate) site: Site,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// It came out of a wait.
    Wait,
    /// It came out of a callback, which got it, made it or let it pass; the site is where that was added.
    Callback,
    /// Nobody had looked at it when its Deferred was dropped.
    Dropped,
    /// Its Deferred had been dropped before it came.
    Late,
}

/// How many there were between the first 32 and the last 32.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeftOut {
    pub(crate) waits: usize,
    pub(crate) callbacks: usize,
}

impl Trace {
    pub(crate) const EMPTY: Trace = Trace { innermost: None, further: None };

    #[inline]
    pub(crate) fn push(&mut self, kind: Kind, site: Site) {
        if self.innermost.is_none() {
            self.innermost = Some(Step { kind, site });
        } else {
            self.push_further(Step { kind, site });
        }
    }

    #[cold]
    #[inline(never)]
    fn push_further(&mut self, step: Step) {
        self.further.get_or_insert_default().push(step);
    }

    /// What is kept of the beginning, and what is kept of the end.
    pub(crate) fn ends(&self) -> (impl Iterator<Item = &Step>, impl Iterator<Item = &Step>) {
        let (first, older, newer) = self.further.as_ref().map(|further| further.ends()).unwrap_or_default();
        (self.innermost.iter().chain(first), older.iter().chain(newer))
    }

    /// What is missing between them.
    pub(crate) fn gap(&self) -> LeftOut {
        self.further.as_ref().map_or(LeftOut::default(), |further| further.left_out)
    }

    /// The kept sites, innermost first.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        let (first, last) = self.ends();
        first.chain(last).filter(|step| step.kind == Kind::Wait).map(|step| &step.site)
    }

    /// The kept sites, innermost first, as a list of their own.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Site> {
        self.iter().cloned().collect()
    }

    /// How many waits there were between the first 32 and the last 32.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.gap().waits
    }

    /// How many sites are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether it has crossed no wait yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl Further {
    /// How many are kept at either end, the innermost one included.
    const KEPT: usize = 32;
    /// Where the ring begins.
    const RING: usize = Self::KEPT - 1;

    fn push(&mut self, step: Step) {
        if self.steps.len() < Self::RING + Self::KEPT {
            self.steps.push(step);
            return;
        }
        let oldest = Self::RING + self.left_out.sum() % Self::KEPT;
        let left_out = std::mem::replace(&mut self.steps[oldest], step);
        self.left_out.count(left_out.kind);
    }

    /// The first ones, and the two parts of the ring.
    fn ends(&self) -> (&[Step], &[Step], &[Step]) {
        let (first, ring) = self.steps.split_at(self.steps.len().min(Self::RING));
        let (newer, older) = ring.split_at(self.left_out.sum() % Self::KEPT);
        (first, older, newer)
    }
}

impl LeftOut {
    fn sum(self) -> usize {
        self.waits + self.callbacks
    }

    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Wait => self.waits += 1,
            // A report in the middle of a way is as rare as a failure that its hook sends on.
            Kind::Callback | Kind::Dropped | Kind::Late => self.callbacks += 1,
        }
    }
}
