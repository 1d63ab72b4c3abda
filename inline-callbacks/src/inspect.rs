//! Who waits for what: every pending inline callback of this thread, where it waits, for what, and since when. (Feature
//! `inspect`.)
//!
//! [`waiting`] takes a picture of the calling thread, to be read by a program or printed as a tree:
//!
//! ```
//! use inline_callbacks::prelude::*;
//! use inline_callbacks::{DeferredLock, inspect};
//!
//! #[inline_callbacks]
//! fn transfer(from: DeferredLock, to: DeferredLock, order: Deferred<()>) -> Deferred<()> {
//!     let _from = yield_!(from.acquire())?;
//!     yield_!(order)?;
//!     let _to = yield_!(to.acquire())?;
//! }
//!
//! let (ann, bob) = (DeferredLock::new(), DeferredLock::new());
//! let (start, order) = Deferred::new();
//! let order = order.share();
//! let first = transfer(ann.clone(), bob.clone(), order.observe());
//! let second = transfer(bob, ann, order.observe());
//! start.callback(());
//!
//! let waiting = inspect::waiting();
//! assert_eq!(waiting.bodies().count(), 2);
//! assert_eq!(waiting.circles().len(), 1, "each waits for the lock that the other one holds");
//! println!("{waiting}");
//! # let _ = (first, second);
//! ```
//!
//! It prints each inline callback with its number, and below it what it waits for, down to what nothing is known of:
//!
//! ```text
//! 2 inline callbacks wait:
//! #1 bank::transfer at src/bank.rs:9:15, for 1.2s
//! └─ a lock, asked for at src/bank.rs:9:24
//!    └─ held for 1.2s, acquired at src/bank.rs:7:26 by #2
//!       └─ #2 bank::transfer at src/bank.rs:9:15, for 1.2s
//!          └─ a lock, asked for at src/bank.rs:9:24
//!             └─ held for 1.2s, acquired at src/bank.rs:7:26 by #1
//!                └─ #1 bank::transfer again: a circle
//! a circle: #1 waits for #2 waits for #1
//! ```
//!
//! # What cannot be known
//!
//! Who has the trigger of a plain Deferred: it is a value that can be anywhere. What is known is who *made* the Deferred, and
//! that is what is shown: a body that waits for what it made itself, and whose trigger has not left it, waits for ever. Such a
//! circle is a suspicion ([`Circle::is_certain`] is false). Nor is it known what a foreign future waits for; of one that is
//! waited for with `yield_!`, the type and the place are, and the due time of tokio's `Sleep`; a plain `.await` of a foreign
//! future does not even say where it is, and then the place of the wait before is shown, as such.
//!
//! # Time
//!
//! How long something has waited is measured with [`std::time::Instant`]: on a [`Clock`](crate::Clock), while
//! [`explore`](crate::explore())'s virtual time passes, or under tokio's paused clock, it is the real time all the same, since a
//! program that hangs does so in real time. When a delayed call or a timeout is *due* is said in the time of its own timers.
//!
//! # What it costs
//!
//! Every Deferred remembers where it was made, and every wait when it began; a foreign future under `yield_!` goes on the heap.
//! That is why this is a feature. Taking the picture looks at every waiting body and everything it waits for once, without
//! recursion, and runs no code of the program's.

mod circles;
mod collect;
mod tree;
mod view;

use std::rc::Rc;
use std::time::{Duration, Instant};

pub use self::circles::Circle;
pub use self::tree::Tree;
pub use self::view::{Awaited, Body, Kind};
use crate::calls::{self, Number};
use crate::deferred::{Deferred, Waitable};
use crate::describing::About;
pub use crate::describing::{Standing, State};
use crate::site::Site;

/// The pending inline callbacks of this thread, and what each waits for, as it is now.
///
/// It may be called anywhere, in a body or a callback as well: whoever runs at that moment is shown as running, if it has
/// waited before.
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::inspect;
///
/// #[inline_callbacks]
/// fn double(number: Deferred<u32>) -> Deferred<u32> {
///     let number = yield_!(number)?;
///     return_value!(2 * number)
/// }
/// let (trigger, number) = Deferred::new();
/// let doubled = double(number);
///
/// let waiting = inspect::waiting();
/// let body = waiting.bodies().next().unwrap();
/// assert!(body.function().ends_with("double"));
/// assert_eq!(body.waits_for().next().unwrap().kind(), inspect::Kind::Deferred);
/// trigger.callback(21);
/// assert_eq!(inspect::waiting().bodies().count(), 0);
/// # let _ = doubled;
/// ```
#[must_use = "it is to be read or printed"]
pub fn waiting() -> Waiting {
    collect::collect(None)
}

/// As [`waiting`], with what `deferred` waits for at the top.
///
/// ```
/// use inline_callbacks::{Deferred, gather_results, inspect};
///
/// let (_trigger, poem) = Deferred::<String>::new();
/// let poems = gather_results([poem]);
/// let waiting = inspect::waiting_for(&poems);
/// let list = waiting.asked_for().unwrap();
/// assert_eq!(list.kind(), inspect::Kind::List { parts: 1, fired: 0 });
/// assert_eq!(list.waits_for().next().unwrap().kind(), inspect::Kind::Deferred);
/// ```
#[must_use = "it is to be read or printed"]
pub fn waiting_for<T: 'static>(deferred: &Deferred<T>) -> Waiting {
    collect::collect(deferred.node().map(|node| node as Rc<dyn Waitable>))
}

pub(crate) fn waiting_for_node(node: Rc<dyn Waitable>) -> Waiting {
    collect::collect(Some(node))
}

/// A picture of all that waits on one thread: what it shows does not change when the program goes on.
///
/// Printed with `{}`, it is the whole [`tree`](Self::tree) within its limits.
pub struct Waiting {
    /// The bodies come first, in the order of their calls.
    nodes: Vec<Node>,
    bodies: usize,
    /// What was asked about in particular.
    asked_for: Option<usize>,
}

/// An inline callback, or something else that is waited for.
struct Node {
    about: About,
    /// Its result is there, although whoever waits for it has not gone on yet.
    is_fired: bool,
    body: Option<Facts>,
    /// What it waits for, each with its number in a list.
    below: Vec<(Option<usize>, usize)>,
    above: Vec<usize>,
    /// It stands for what the line before it is for: those who read see what is below it instead.
    is_hidden: bool,
}

/// What is known of an inline callback only.
struct Facts {
    number: Number,
    site: Site,
    says_where: bool,
    state: State,
    since: Option<Instant>,
    waited: Duration,
    standing: Option<Standing>,
}

/// How many inline callbacks this thread has had.
///
/// Every one that was started is live, has ended or was abandoned.
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::inspect;
///
/// #[inline_callbacks]
/// fn pass_on(number: Deferred<u32>) -> Deferred<u32> {
///     return_value!(yield_!(number)?)
/// }
/// let before = inspect::counts();
/// let (trigger, number) = Deferred::new();
/// pass_on(number).detach();
/// assert_eq!(inspect::counts().live(), before.live() + 1);
/// trigger.callback(1);
/// assert_eq!(inspect::counts().live(), before.live(), "nothing is left behind");
/// assert_eq!(inspect::counts().ended(), before.ended() + 1);
/// ```
#[must_use = "it is to be read"]
pub fn counts() -> Counts {
    let (started, ended, abandoned) = calls::counted();
    Counts { started, ended, abandoned }
}

/// What [`counts`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Counts {
    started: u64,
    ended: u64,
    abandoned: u64,
}

impl Counts {
    /// How many were called, `callbacks!` blocks and futures made into Deferreds included.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.started
    }

    /// How many came to their end: with a value, a failure or a panic, or cancelled where they waited.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// How many were dropped where they waited, without an end: because nothing was left that could have resumed them (what they
    /// waited for keeps no waker), or because an exploration was over.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// How many were called and have neither ended nor been abandoned: those that wait, and those that run now.
    ///
    /// A leak test looks whether this is the same before and after. One that waits for what it keeps alive itself stays live for
    /// ever.
    #[must_use]
    pub fn live(&self) -> u64 {
        self.started - self.ended - self.abandoned
    }
}
