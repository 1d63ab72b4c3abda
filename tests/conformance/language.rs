//! The scenario language: programs over Deferreds that Twisted and this crate can both run, line by line of their traces.
//!
//! # Names and values
//!
//! Deferreds have numbers, and so have the triggers that fire them, locks, queues, loops and delayed calls, each kind for
//! itself. A number is bound once: what would bind it again writes `.. is taken` and does nothing else. All values are `i64`.
//! Failures are `boom-N` (returned or fired), `raised-N` (raised or a panic), `Cancelled`, `TimedOut`, and what combinators and
//! queues make: `FirstError#INDEX(FAILURE)`, `AllFailed[..]`, `QueueUnderflow`.
//!
//! # Holding
//!
//! A Deferred is *held* under its number until something takes it: waiting for it, returning it from a callback, a combinator,
//! dropping it. While a callback is being added to it, or [`Op::Cancel`] cancels it, it is out as well. An operation
//! on something that is not held (or a trigger that is used up, and so on) writes a line that says so, and does nothing. So every
//! part of a scenario is a scenario, and the shrinker may take anything away.
//!
//! # Refusals
//!
//! Both runners keep the same books on who waits for whom (`books.rs`) and refuse, with a line of their own,
//! what would run into a deliberate difference whose effects could not be told from a mistake: cancelling what reaches a running
//! body, a list, or a loop, say. Those differences have their own [`Block`]s, programs of a few lines that are run for themselves.
//!
//! # The trace
//!
//! Each operation writes a line before it does something and, when it may run other parts of the program, one that starts
//! with `/` afterwards. Each callback, canceller, body, delayed call and part of a combinator writes a line, and so does each
//! failure that nobody has handled. At the end every Deferred that is still held is shown, and the trace is closed:
//! what the runners do to clean up writes nothing.

#![allow(missing_docs)] // The names of the variants' fields say what they are.

use serde::{Deserialize, Serialize};

/// The number of a Deferred, lock, queue, loop or call.
pub type Name = u32;

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Where it comes from: a seed, or an experiment of the reference.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it does.
    pub ops: Vec<Op>,
}

/// What a new Deferred does when it is cancelled. All but `None` write a line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canceller {
    /// It has no canceller.
    None,
    /// Fires nothing.
    Nothing,
    /// Fires a value.
    Value(i64),
    /// Fires `boom-N`.
    Fail(i64),
}

/// Which results a callback is for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// `add_callback`
    Callback,
    /// `add_errback`
    Errback,
    /// `add_both`
    Both,
}

/// When a list fires.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// When all have fired.
    All,
    /// Or at the first failure.
    OneErrback,
    /// Or at the first success.
    OneCallback,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// A pending Deferred and its trigger.
    Make { d: Name, canceller: Canceller },
    /// A Deferred that has succeeded.
    Succeed { d: Name, value: i64 },
    /// A Deferred that has failed with `boom-N`.
    Fail { d: Name, boom: i64 },
    /// Adds a callback.
    Add { d: Name, on: On, call: Call },
    /// Adds a pair: `call` for values, `other` for failures.
    AddPair { d: Name, call: Call, other: Call },
    /// Fires a trigger with a value.
    Fire { d: Name, value: i64 },
    /// Fires a trigger with `boom-N`.
    FireFailure { d: Name, boom: i64 },
    /// Fires the trigger of `into` with the result of `d`.
    Chain { d: Name, into: Name },
    /// Cancels through the Deferred, which is out meanwhile.
    Cancel { d: Name },
    /// Takes a handle for cancelling.
    Handle { d: Name },
    /// Cancels through the handle, wherever the Deferred has gone.
    CancelHandle { d: Name },
    /// Pauses; at top level only.
    Pause { d: Name },
    /// Takes one pause back.
    Unpause { d: Name },
    /// Shows the result if it is there; at top level only.
    Peek { d: Name },
    /// Drops the Deferred.
    Drop { d: Name },
    /// Limits the time.
    Timeout { d: Name, after: u64 },
    /// Has the clock run operations later.
    Later { call: Name, after: u64, ops: Vec<Op> },
    /// Cancels a delayed call.
    CancelCall { call: Name },
    /// Makes a delayed call due that long from now.
    ResetCall { call: Name, after: u64 },
    /// Makes a delayed call due that much later.
    DelayCall { call: Name, after: u64 },
    /// A Deferred of a call that is made later.
    DeferLater { d: Name, after: u64, call: Call },
    /// Moves the clock on; at top level only.
    Advance { by: u64 },
    /// Starts an inline callback.
    Start { d: Name, body: Body },
    /// Gathers results; the value is their sum.
    Gather { d: Name, parts: Vec<Name> },
    /// A list; the value is the sum of its values.
    List { d: Name, parts: Vec<Name>, until: Until, consume: bool },
    /// A race; the value is the winner's.
    Race { d: Name, parts: Vec<Name> },
    /// A lock (one token) or a semaphore.
    NewLock { lock: Name, tokens: usize },
    /// Asks for a token; the value is 0.
    Acquire { lock: Name, d: Name },
    /// Gives the token back that was had first; at top level only.
    Release { lock: Name },
    /// Runs a call with a token, where nobody has to be handed anything afterwards.
    RunLocked { lock: Name, d: Name, call: Call },
    /// A queue.
    NewQueue { queue: Name, size: Option<usize>, backlog: Option<usize> },
    /// Puts an item; at top level only when somebody waits for it.
    Put { queue: Name, value: i64 },
    /// Asks for an item.
    Get { queue: Name, d: Name },
    /// Starts a looping call; the value of its Deferred is 0.
    Loop { looping: Name, d: Name, every: u64, now: bool, call: Call },
    /// Stops it.
    StopLoop { looping: Name },
    /// Begins a new grid.
    ResetLoop { looping: Name },
    /// A deliberate difference; at top level only.
    Block { block: Block },
}

/// A callback: writes a line with what it got, runs its operations, and returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// How it is called in the trace.
    pub id: u32,
    /// What it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ops: Vec<Op>,
    /// What it returns.
    pub then: Then,
}

/// What a callback returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// What it got.
    Pass,
    /// A value.
    Value(i64),
    /// The failure `boom-N`.
    Fail(i64),
    /// Raises, or panics with, `raised-N`.
    Raise(i64),
    /// A Deferred that has succeeded.
    Fired(i64),
    /// A Deferred that has failed with `boom-N`.
    Failed(i64),
    /// The Deferred of that number; the value 0 if it is not there.
    Deferred(Name),
    /// An inline callback, started now.
    Start(Body),
}

/// An inline callback: a line for each of its waits' results, and one at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// How it is called in the trace.
    pub id: u32,
    /// Its steps, one after the other.
    pub steps: Vec<Step>,
    /// Its end.
    pub end: End,
}

/// One step of a body: operations, then a wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it does first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ops: Vec<Op>,
    /// What it yields.
    pub wait: Wait,
    /// What it does with a failure.
    pub otherwise: Otherwise,
}

/// What a body yields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// A plain value.
    Value(i64),
    /// A Deferred that has succeeded.
    Fired(i64),
    /// A Deferred that has failed with `boom-N`.
    Failed(i64),
    /// The Deferred of that number; the value 0 if it is not there.
    Deferred(Name),
    /// Another inline callback.
    Start(Body),
    /// A Deferred that fires later; its value is 0.
    Later(u64),
    /// An item of the queue.
    Get(Name),
}

/// What a body does with a failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// Ends with it.
    Propagate,
    /// Goes on.
    Catch,
    /// Fails with `boom-N` instead.
    Fail(i64),
    /// Ends with a value.
    Return(i64),
    /// Waits for something first, then ends with it (or with what that wait failed with).
    CleanUp(Wait),
    /// Waits again, so many times at most.
    Retry(u32),
}

/// How a body ends after its last step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// With the sum of what it got.
    Sum,
    /// Fails with `boom-N`.
    Fail(i64),
    /// Raises, or panics with, `raised-N`.
    Raise(i64),
}

/// A deliberate difference, run for itself: what each side has to write is in [`expect`](super::expect).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Block {
    /// A trigger that is dropped unfired.
    Abandon,
    /// The same inside a body.
    AbandonInside,
    /// A canceller that cancels its own Deferred.
    CancelInCanceller,
    /// A canceller that raises.
    RaisingCanceller,
    /// The same at a timeout.
    RaisingCancellerAtTimeout,
    /// The same where a body waits.
    RaisingCancellerInBody,
    /// A body that cancels itself and then waits.
    CancelItself,
    /// Cancelling `gather_results` of Deferreds with these cancellers.
    CancelGather { parts: Vec<Canceller> },
    /// Cancelling a list of them.
    CancelList { parts: Vec<Canceller> },
    /// Cancelling a race of them.
    CancelRace { parts: Vec<Canceller> },
    /// A race of nothing, and a list of nothing that fires on one success.
    OfNothing,
    /// Jobs in line for a lock, which end at once: with a value, or `boom-N`.
    LockedJobs { jobs: Vec<bool> },
    /// A callback that releases a lock for which somebody waits.
    ReleaseInside,
    /// A callback that puts an item for which somebody waits.
    PutInside,
    /// A callback that pauses its own chain.
    PauseInside,
    /// `called` of a paused result.
    PausedResult,
    /// A timeout of a body that goes on when it is cancelled.
    TimeoutOfBody,
    /// Cancelling the Deferred of a looping call.
    CancelLoop,
    /// A Deferred of one in line for an item, dropped before an item comes.
    DropInLine,
    /// Cancelling a body whose Deferred is paused.
    CancelPausedBody,
    /// Pausing a Deferred to which a callback was added that returned another at once.
    PauseMerged,
    /// Cancelling a list that has fired and then waits for another Deferred.
    CancelFiredList,
    /// Returning a Deferred while a callback of its own runs.
    ReturnRunning,
    /// Two calls that are due at the same time, one of which was moved there.
    SameTime,
    /// A gathering that is dropped and fails while a part is pending.
    DropGather,
    /// A timeout of a body that waits for something paused.
    TimeoutOfPaused,
    /// Cancelling what another Deferred feeds (no difference, but the rest of a program could not tell).
    CancelFed,
}
