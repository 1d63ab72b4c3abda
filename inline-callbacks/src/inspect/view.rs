//! Reading the picture.

use std::collections::HashSet;
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::{Facts, Node, Standing, State, Tree, Waiting};
use crate::describing::{Tool, What, name_of};
use crate::site::Site;

impl Waiting {
    /// Every inline callback that has waited and has not ended, in the order of their calls.
    #[must_use = "it is to be read"]
    pub fn bodies(&self) -> impl ExactSizeIterator<Item = Body<'_>> {
        (0..self.bodies).map(|index| Body { all: self, index })
    }

    /// The inline callback with that [number](Body::number), if it waits.
    #[must_use]
    pub fn body(&self, number: u64) -> Option<Body<'_>> {
        let index = self.nodes[..self.bodies].binary_search_by_key(&number, |node| facts(node).number.get()).ok()?;
        Some(Body { all: self, index })
    }

    /// Whether no inline callback waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bodies == 0
    }

    /// What [`waiting_for`](super::waiting_for) was asked about, unless that has fired.
    #[must_use]
    pub fn asked_for(&self) -> Option<Awaited<'_>> {
        self.asked_for.map(|index| Awaited { all: self, index, part: None })
    }

    /// The tree to print, whose limits can be set.
    pub fn tree(&self) -> Tree<'_> {
        Tree::new(self)
    }

    /// What is below a node, with the holders of a lock in place of the lock.
    pub(super) fn below(&self, index: usize) -> impl Iterator<Item = (Option<usize>, usize)> {
        self.nodes[index].below.iter().flat_map(|(part, below)| {
            let hidden = &self.nodes[*below];
            let (itself, instead) =
                if hidden.is_hidden { (None, &hidden.below[..]) } else { (Some((*part, *below)), &[][..]) };
            itself.into_iter().chain(instead.iter().copied())
        })
    }

    /// The waiting body whose call made this one.
    pub(super) fn maker_of(&self, index: usize) -> Option<usize> {
        let number = self.nodes[index].about.made_by?;
        Some(self.body(number.get())?.index)
    }
}

/// Every body has them.
pub(super) fn facts(node: &Node) -> &Facts {
    node.body.as_ref().expect("asked of bodies only")
}

/// Prints the [`tree`](Waiting::tree).
impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree().fmt(f)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waiting({} inline callbacks)", self.bodies)
    }
}

/// An inline callback that waits.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    all: &'a Waiting,
    index: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(all: &'a Waiting, index: usize) -> Self {
        Body { all, index }
    }

    fn facts(self) -> &'a Facts {
        facts(&self.all.nodes[self.index])
    }

    /// Its number among all calls of this thread, from 1: the same in every picture.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.facts().number.get()
    }

    /// The function that it is a call of.
    #[must_use]
    pub fn function(&self) -> &'a str {
        self.facts().site.function()
    }

    /// The function and the place of its present wait, or, where that [does not say](Self::says_where), of the one before, or
    /// of its beginning.
    #[must_use]
    pub fn site(&self) -> &'a Site {
        &self.facts().site
    }

    /// Whether the place is that of the present wait: a plain `.await` of a foreign future does not say where it is.
    #[must_use]
    pub fn says_where(&self) -> bool {
        self.facts().says_where
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.facts().state
    }

    /// When its present wait began, or, while it runs, the one before; in real time.
    #[must_use]
    pub fn since(&self) -> Option<Instant> {
        self.facts().since
    }

    /// How long that was ago when the picture was taken.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.facts().waited
    }

    /// What it waits for: usually one thing; several in a `select!` or a `join!`.
    #[must_use = "it is to be read"]
    pub fn waits_for(&self) -> impl Iterator<Item = Awaited<'a>> + use<'a> {
        below(self.all, self.index)
    }

    /// The inline callbacks that wait for it, through whatever is between: its Deferred, or a lock that it holds.
    #[must_use]
    pub fn waited_for_by(&self) -> Vec<Body<'a>> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let mut todo: Vec<usize> = self.all.nodes[self.index].above.clone();
        while let Some(index) = todo.pop() {
            if !seen.insert(index) {
                continue;
            }
            match &self.all.nodes[index] {
                node if node.body.is_some() => found.push(Body { all: self.all, index }),
                node => todo.extend(&node.above),
            }
        }
        found.sort_by_key(|body| body.index);
        found
    }

    /// Who has its Deferred, when nothing that is [waited for](Self::waits_for) by an inline callback needs it.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        self.facts().standing
    }
}

impl PartialEq for Body<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for Body<'_> {}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body(#{} {})", self.number(), self.site())
    }
}

fn below(all: &Waiting, index: usize) -> impl Iterator<Item = Awaited<'_>> {
    all.below(index).map(move |(part, index)| Awaited { all, index, part })
}

/// Something that is waited for.
#[derive(Clone, Copy)]
pub struct Awaited<'a> {
    all: &'a Waiting,
    index: usize,
    part: Option<usize>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Another inline callback: see [`Awaited::body`].
    InlineCallback,
    /// A plain Deferred, whose trigger somebody has. If it gets the result of another one, that is below it.
    Deferred,
    /// A callback of a chain, which waits for what is below it.
    Callback,
    /// A chain with a timeout.
    Timeout {
        /// The limit that was set.
        after: Duration,
    },
    /// A chain that is paused.
    Pause,
    /// Several Deferreds gathered: those that are pending are below it.
    List {
        /// How many it has.
        parts: usize,
        /// How many of them have fired.
        fired: usize,
    },
    /// A place in the line of a lock, whose holder is below it.
    Lock {
        /// How many are in line.
        waiting: usize,
    },
    /// A place in the line of a semaphore, whose holders are below it.
    Semaphore {
        /// How many can hold it at a time.
        tokens: usize,
        /// How many are in line.
        waiting: usize,
    },
    /// A place in the line of a queue.
    Queue {
        /// How many are in line.
        waiting: usize,
    },
    /// The guard of a lock or a semaphore; below it is the inline callback that acquired it, if that waits as well.
    Holder {
        /// Since when it is held.
        since: Instant,
    },
    /// A delayed call: of a `Clock`, of the reactor, of any other timers. See [`Awaited::due_in`].
    DelayedCall,
    /// A trigger that was given to another thread.
    RemoteTrigger,
    /// An event of an exploration: see [`Awaited::name`].
    Event,
    /// A future that is none of this crate's. What it waits for is not known, except Deferreds that it polls itself.
    ForeignFuture,
    /// A future that keeps no waker: nothing can resume who waits for it.
    Nothing,
}

impl<'a> Awaited<'a> {
    fn what(self) -> &'a What {
        &self.all.nodes[self.index].about.what
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match *self.what() {
            What::Body => Kind::InlineCallback,
            What::Callback => Kind::Callback,
            What::Timeout { after, .. } => Kind::Timeout { after },
            What::Pause => Kind::Pause,
            What::List { parts, fired } => Kind::List { parts, fired },
            What::InLine { tool: Tool::Lock, waiting } => Kind::Lock { waiting },
            What::InLine { tool: Tool::Semaphore { tokens }, waiting } => Kind::Semaphore { tokens, waiting },
            What::InLine { tool: Tool::Queue, waiting } => Kind::Queue { waiting },
            What::Holder { since } => Kind::Holder { since },
            What::DelayedCall { .. } => Kind::DelayedCall,
            What::RemoteTrigger => Kind::RemoteTrigger,
            What::Event(_) => Kind::Event,
            What::Foreign { .. } => Kind::ForeignFuture,
            What::Nothing => Kind::Nothing,
            What::Deferred | What::Passing => Kind::Deferred,
        }
    }

    /// The inline callback, if it is one.
    #[must_use]
    pub fn body(&self) -> Option<Body<'a>> {
        self.all.nodes[self.index].body.as_ref().map(|_| Body { all: self.all, index: self.index })
    }

    /// Where it was made, added, gathered, asked for, acquired or scheduled; of a foreign future, where it is waited for.
    #[must_use]
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.all.nodes[self.index].about.place
    }

    /// The function in which that was; the name of an event; the type of a foreign future.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        let about = &self.all.nodes[self.index].about;
        match (&about.what, about.function) {
            (What::Event(name), _) => Some(name),
            (What::Body, _) => self.body().map(|body| body.function()),
            (What::Foreign { .. } | What::Nothing, function) => function.map(|type_name| type_name()),
            (_, function) => function.map(name_of).filter(|name| !name.is_empty()),
        }
    }

    /// The inline callback that made it, asked for it or acquired it, if that waits itself.
    #[must_use]
    pub fn made_by(&self) -> Option<Body<'a>> {
        self.all.maker_of(self.index).map(|index| Body { all: self.all, index })
    }

    /// How long it was until it is due, in the time of its own timers, when the picture was taken: of a delayed call, a timeout,
    /// a timer of tokio's.
    #[must_use]
    pub fn due_in(&self) -> Option<Duration> {
        match self.what() {
            What::DelayedCall { due_in } | What::Timeout { due_in, .. } | What::Foreign { due_in } => *due_in,
            _ => None,
        }
    }

    /// Its number in the list that it is a part of, from 0.
    #[must_use]
    pub fn part(&self) -> Option<usize> {
        self.part
    }

    /// Whether its result is there, although whoever waits for it has not gone on yet.
    #[must_use]
    pub fn is_fired(&self) -> bool {
        self.all.nodes[self.index].is_fired
    }

    /// What it waits for itself, as far as that is known.
    #[must_use = "it is to be read"]
    pub fn waits_for(&self) -> impl Iterator<Item = Awaited<'a>> + use<'a> {
        below(self.all, self.index)
    }
}

/// Names it, as in `a Deferred made at src/main.rs:3:5`.
impl fmt::Display for Awaited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.body() {
            Some(body) => write!(f, "#{} {}", body.number(), body.site()),
            None => self.all.nodes[self.index].about.fmt(f),
        }
    }
}

impl fmt::Debug for Awaited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Awaited({self})")
    }
}
