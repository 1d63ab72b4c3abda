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
    /// The others of the first 32, and then the last 32, in a ring.
    further: Vec<Step>,
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
    /// How many are kept at either end.
    const KEPT: usize = 32;
    /// Where the ring begins in `further`.
    const RING: usize = Self::KEPT - 1;

    pub(crate) fn push(&mut self, kind: Kind, site: Site) {
        let step = Step { kind, site };
        if self.innermost.is_none() {
            self.innermost = Some(step);
        } else if self.further.len() < Self::RING + Self::KEPT {
            self.further.push(step);
        } else {
            let oldest = Self::RING + self.left_out.sum() % Self::KEPT;
            let left_out = std::mem::replace(&mut self.further[oldest], step);
            self.left_out.count(left_out.kind);
        }
    }

    /// What is kept of the beginning, and what is kept of the end.
    pub(crate) fn ends(&self) -> (impl Iterator<Item = &Step>, impl Iterator<Item = &Step>) {
        let (first, ring) = self.further.split_at(self.further.len().min(Self::RING));
        let (newer, older) = ring.split_at(self.left_out.sum() % Self::KEPT);
        (self.innermost.iter().chain(first), older.iter().chain(newer))
    }

    /// What is missing between them.
    pub(crate) fn gap(&self) -> LeftOut {
        self.left_out
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
        self.left_out.waits
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
