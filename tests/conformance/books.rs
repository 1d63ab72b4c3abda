//! The books that both runners keep: who waits for whom, so that both refuse the same operations.
//!
//! The books know nothing of what has fired: they err on the side of refusing, which both sides do alike.

use std::collections::{HashMap, HashSet};

use super::language::{Body, Call, Name, On, Otherwise, Then, Wait};

/// A Deferred in the books: its number, or one from [`FIRST_NAMELESS`] on for a body that has none.
pub(super) type Node = u32;

const FIRST_NAMELESS: Node = 1000;

/// What a Deferred, or something it waits for, may do when it is cancelled.
pub(super) mod traits {
    /// It is a list, a race, a loop, or is fed by another Deferred: cancelling it is a deliberate difference.
    pub(crate) const COMPLEX: u8 = 1;
    /// It has a body with operations of its own, which may be running when somebody else is resumed.
    pub(crate) const NOISY: u8 = 2;
    /// A failure may make it wait for something else.
    pub(crate) const GOES_ON_AFTER_FAILURE: u8 = 4;
    /// A value may make it wait for something else.
    pub(crate) const GOES_ON_AFTER_VALUE: u8 = 8;
    /// A canceller may fire a value or a failure of its own, or somebody may make a value of the cancellation.
    pub(crate) const ANSWERS: u8 = 16;
    /// It was paused itself.
    pub(crate) const PAUSED: u8 = 32;
    /// Something that it waits for was paused.
    pub(crate) const WAITS_FOR_PAUSED: u8 = 64;
}
use traits::{ANSWERS, COMPLEX, GOES_ON_AFTER_FAILURE, GOES_ON_AFTER_VALUE, NOISY, PAUSED, WAITS_FOR_PAUSED};

#[derive(Default)]
pub(super) struct Books {
    parents: HashMap<Node, Node>,
    traits: HashMap<Node, u8>,
    /// Bodies and cancellers that are on the stack now.
    running: Vec<Node>,
    /// Lists, races and loops that have not fired.
    open: HashSet<Node>,
    /// Those with a time limit.
    limited: HashSet<Node>,
    races: HashSet<Node>,
    /// The Deferreds of bodies, under their own numbers.
    bodies: HashSet<Node>,
    /// Those that have become the Deferred which a callback returned as it was added.
    merged: HashSet<Node>,
    /// Gatherings and lists.
    lists: HashSet<Node>,
    /// Those of whom a callback is on the stack now.
    calling: Vec<Node>,
    /// Delayed calls that were moved.
    moved: HashSet<Name>,
    nameless: u32,
}

impl Books {
    pub(super) fn new_node(&mut self) -> Node {
        self.nameless += 1;
        FIRST_NAMELESS + self.nameless - 1
    }

    pub(super) fn enter(&mut self, node: Node) {
        self.running.push(node);
    }

    pub(super) fn leave(&mut self, node: Node) {
        if let Some(at) = self.running.iter().rposition(|&running| running == node) {
            self.running.remove(at);
        }
    }

    pub(super) fn open(&mut self, node: Node) {
        self.open.insert(node);
        *self.traits.entry(node).or_default() |= COMPLEX;
    }

    pub(super) fn open_race(&mut self, node: Node) {
        self.open(node);
        self.races.insert(node);
    }

    pub(super) fn open_list(&mut self, node: Node) {
        self.open(node);
        self.lists.insert(node);
    }

    /// Whether it is kept alive by what it waits for: in Twisted, a failure of such a one that is dropped is reported late.
    pub(super) fn is_list(&self, node: Node) -> bool {
        self.lists.contains(&node) || self.races.contains(&node)
    }

    pub(super) fn begin_call(&mut self, node: Node) {
        self.calling.push(node);
    }

    pub(super) fn end_call(&mut self) {
        self.calling.pop();
    }

    /// Whether a callback of it is on the stack: returning it from a callback is a deliberate difference.
    pub(super) fn is_calling(&self, node: Node) -> bool {
        self.calling.contains(&node)
    }

    /// Notes that a delayed call was moved; says whether it is for the first time.
    pub(super) fn move_call(&mut self, call: Name) -> bool {
        self.moved.insert(call)
    }

    pub(super) fn close(&mut self, node: Node) {
        self.open.remove(&node);
    }

    fn lineage(&self, node: Node) -> Vec<Node> {
        let mut line = vec![node];
        while let Some(&parent) = self.parents.get(line.last().expect("begins with the node")) {
            line.push(parent);
        }
        line
    }

    pub(super) fn is_above(&self, above: Node, below: Node) -> bool {
        self.lineage(below).contains(&above)
    }

    /// Why cancelling `node` is refused.
    pub(super) fn why_not_cancel(&self, node: Node) -> Option<&'static str> {
        if self.running.iter().any(|&running| self.is_above(node, running)) {
            return Some("it runs");
        }
        self.open.iter().any(|&open| self.is_above(node, open)).then_some("it is complex")
    }

    pub(super) fn traits_of(&self, node: Node) -> u8 {
        self.traits.get(&node).copied().unwrap_or(0)
    }

    /// Notes what `node` may do from now on; refuses what somebody above it cannot have.
    pub(super) fn admit(&mut self, node: Node, new: u8) -> bool {
        let line = self.lineage(node);
        for above in &line {
            let together = self.traits_of(*above) | new;
            if self.races.contains(above) && new & (COMPLEX | NOISY) != 0 {
                return false;
            }
            if self.limited.contains(above) && !can_be_limited(together) {
                return false;
            }
        }
        for above in line {
            *self.traits.entry(above).or_default() |= new;
        }
        true
    }

    /// `child` is waited for by `parent` from now on.
    pub(super) fn adopt(&mut self, parent: Node, child: Node) -> bool {
        let mut new = self.traits_of(child) & !PAUSED;
        if self.traits_of(child) & PAUSED != 0 {
            new |= WAITS_FOR_PAUSED;
        }
        if self.is_above(child, parent) || !self.admit(parent, new) {
            return false;
        }
        if self.lists.contains(&parent) && !self.open.contains(&parent) {
            // A list that has fired waits for another Deferred: cancelling that is a deliberate difference.
            self.open.insert(parent);
        }
        self.parents.insert(child, parent);
        true
    }

    pub(super) fn add_body(&mut self, node: Node) {
        self.bodies.insert(node);
    }

    fn note_pause(&mut self, node: Node) -> bool {
        let above = self.parents.get(&node).copied();
        if self.limited.contains(&node) && !can_be_limited(self.traits_of(node) | PAUSED) {
            return false;
        }
        if above.is_some_and(|above| !self.admit(above, WAITS_FOR_PAUSED)) {
            return false;
        }
        *self.traits.entry(node).or_default() |= PAUSED;
        true
    }

    /// A callback ran as it was added, and may have returned a Deferred.
    pub(super) fn merge(&mut self, node: Node, call: &Call) {
        if matches!(call.then, Then::Deferred(_) | Then::Start(_)) {
            self.merged.insert(node);
        }
    }

    /// What `node` waits for is the same to a pause, whatever it is.
    pub(super) fn merge_any(&mut self, node: Node) {
        self.merged.insert(node);
    }

    /// Whether it was returned by a callback that ran as it was added: a handle of it is one of the other, too.
    pub(super) fn is_merged_into_another(&self, node: Node) -> bool {
        self.parents.get(&node).is_some_and(|parent| self.merged.contains(parent))
    }

    /// Whether this may be paused: cancelling a paused body and pausing two as one are deliberate differences.
    pub(super) fn pause(&mut self, node: Node) -> bool {
        if self.merged.contains(&node) || !self.note_pause(node) {
            return false;
        }
        if !self.bodies.contains(&node) {
            return true;
        }
        if !self.admit(node, COMPLEX) {
            return false;
        }
        self.open.insert(node);
        true
    }

    /// The last pause of it has ended.
    pub(super) fn unpause(&mut self, node: Node) {
        if self.bodies.contains(&node) {
            self.open.remove(&node);
        }
    }

    pub(super) fn limit(&mut self, node: Node) -> bool {
        let allowed = can_be_limited(self.traits_of(node));
        if allowed {
            self.limited.insert(node);
        }
        allowed
    }
}

/// Whether it has ended when a cancel returns: otherwise a timeout is a deliberate difference.
fn can_be_limited(traits: u8) -> bool {
    traits & (COMPLEX | GOES_ON_AFTER_FAILURE | WAITS_FOR_PAUSED) == 0
        && (traits & GOES_ON_AFTER_VALUE == 0 || traits & (ANSWERS | PAUSED) == 0)
}

pub(super) fn traits_of_call(call: &Call, on: On) -> u8 {
    let waits = match on {
        On::Callback => GOES_ON_AFTER_VALUE,
        On::Errback => GOES_ON_AFTER_FAILURE,
        On::Both => GOES_ON_AFTER_VALUE | GOES_ON_AFTER_FAILURE,
    };
    match &call.then {
        Then::Deferred(_) => waits,
        Then::Start(body) => waits | traits_of_body(body),
        // A failure becomes a value.
        Then::Value(_) | Then::Fired(_) if on != On::Callback => ANSWERS,
        _ => 0,
    }
}

pub(super) fn traits_of_body(body: &Body) -> u8 {
    let mut traits = if body.steps.len() > 1 { GOES_ON_AFTER_VALUE } else { 0 };
    for (position, step) in body.steps.iter().enumerate() {
        if !step.ops.is_empty() {
            traits |= NOISY;
        }
        traits |= traits_of_wait(&step.wait);
        match &step.otherwise {
            Otherwise::Retry(_) => traits |= GOES_ON_AFTER_FAILURE,
            Otherwise::CleanUp(wait) => traits |= GOES_ON_AFTER_FAILURE | traits_of_wait(wait),
            Otherwise::Catch if position + 1 < body.steps.len() => traits |= GOES_ON_AFTER_FAILURE,
            Otherwise::Catch | Otherwise::Return(_) => traits |= ANSWERS,
            _ => (),
        }
    }
    traits
}

fn traits_of_wait(wait: &Wait) -> u8 {
    match wait {
        Wait::Start(body) => traits_of_body(body),
        _ => 0,
    }
}

/// What a name is in the books.
pub(super) fn node_of(name: Name) -> Node {
    name
}
