//! Those who wait for one another in a circle.

use std::fmt;

use super::{Body, Waiting};
use crate::describing::What;

/// Inline callbacks each of which waits for the next one, and the last for the first.
pub struct Circle<'a> {
    bodies: Vec<Body<'a>>,
    is_certain: bool,
}

impl<'a> Circle<'a> {
    /// Those in it, each of which waits for the one after it.
    #[must_use]
    pub fn bodies(&self) -> &[Body<'a>] {
        &self.bodies
    }

    /// Whether every one of them surely waits for the next one. If not, one of them waits for a Deferred that the next one made,
    /// and of which it may have the trigger, or may have given it away.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.is_certain
    }
}

impl fmt::Display for Circle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.bodies.first() else { return Ok(()) };
        f.write_str(if self.is_certain { "a circle: " } else { "perhaps a circle: " })?;
        let shown = self.bodies.iter().take(MOST_SHOWN);
        for body in shown {
            write!(f, "#{} waits for ", body.number())?;
        }
        if self.bodies.len() > MOST_SHOWN {
            write!(f, "... {} more ... waits for ", self.bodies.len() - MOST_SHOWN)?;
        }
        match (self.is_certain, self.bodies.len()) {
            (true, _) => write!(f, "#{}", first.number()),
            (false, 1) => f.write_str("a Deferred that it made itself: if it has the trigger, nothing can fire it"),
            (false, _) => write!(f, "#{}, if those who made the Deferreds have their triggers", first.number()),
        }
    }
}

/// How many of a circle are named.
const MOST_SHOWN: usize = 16;

impl fmt::Debug for Circle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Circle({self})")
    }
}

impl Waiting {
    /// Those who wait for one another in a circle, the certain ones first.
    ///
    /// Where circles have parts in common, at least one of them is given, not every way round. One who waits for any of several things (in a `select!`, for a semaphore with several holders) may get out of it.
    #[must_use]
    pub fn circles(&self) -> Vec<Circle<'_>> {
        let mut circles = Search::new(self, false).run();
        circles.extend(Search::new(self, true).run().into_iter().filter(|circle| !circle.is_certain));
        circles
    }
}

/// Goes through everything depth first, and takes note of each way that leads back to where it came from.
struct Search<'a> {
    all: &'a Waiting,
    /// Whether a Deferred is taken to wait for whoever made it.
    with_makers: bool,
    /// The way from the top, and for each on it what is still to be tried below.
    way: Vec<(usize, Vec<usize>)>,
    /// Where each node is on the way, from 1; 0 before and after.
    position: Vec<usize>,
    is_done: Vec<bool>,
    found: Vec<Circle<'a>>,
}

impl<'a> Search<'a> {
    fn new(all: &'a Waiting, with_makers: bool) -> Self {
        let count = all.nodes.len();
        let (position, is_done) = (vec![0; count], vec![false; count]);
        Search { all, with_makers, way: Vec::new(), position, is_done, found: Vec::new() }
    }

    fn run(mut self) -> Vec<Circle<'a>> {
        for start in 0..self.all.bodies {
            self.enter(start);
            while let Some((index, rest)) = self.way.last_mut() {
                let index = *index;
                match rest.pop() {
                    Some(next) => self.enter(next),
                    None => self.leave(index),
                }
            }
        }
        self.found
    }

    fn enter(&mut self, index: usize) {
        if self.position[index] > 0 {
            self.note_circle(self.position[index] - 1);
        } else if !self.is_done[index] {
            let mut below: Vec<_> = self.all.below(index).map(|(_, below)| below).collect();
            below.extend(self.maker(index));
            self.way.push((index, below));
            self.position[index] = self.way.len();
        }
    }

    fn leave(&mut self, index: usize) {
        self.way.pop();
        self.position[index] = 0;
        self.is_done[index] = true;
    }

    /// Who made a Deferred of which it is not known who fires it.
    fn maker(&self, index: usize) -> Option<usize> {
        let node = &self.all.nodes[index];
        let is_wanted = self.with_makers && node.below.is_empty() && matches!(node.about.what, What::Deferred);
        if is_wanted { self.all.maker_of(index) } else { None }
    }

    fn note_circle(&mut self, from: usize) {
        let way = &self.way[from..];
        let bodies = way.iter().filter(|(index, _)| *index < self.all.bodies);
        let bodies: Vec<_> = bodies.map(|(index, _)| Body::new(self.all, *index)).collect();
        if bodies.is_empty() {
            // A chain that waits for itself: the tree shows that.
            return;
        }
        let is_certain = !way.iter().any(|(index, _)| self.maker(*index).is_some());
        self.found.push(Circle { bodies, is_certain });
    }
}
