//! The operations that both sides do, and what is asked of ours.

use std::time::Duration;

use crate::table::Bar;
use crate::{bodies, calls, deferreds, turns};

pub(crate) struct Operation {
    pub(crate) what: &'static str,
    /// The function in `peer`.
    pub(crate) theirs: &'static str,
    pub(crate) ours: fn(u32) -> Duration,
    /// A round is a multiple of so many.
    pub(crate) unit: u32,
    pub(crate) bar: Bar,
}

/// Asked where inline callbacks succeed.
const BODY: Bar = Bar::Cheaper(40.0);
/// Asked of Deferreds alone.
const BARE: Bar = Bar::Cheaper(10.0);
/// Where the allocator, a failure or the system is most of the cost, for the reader's information.
const FREE: Bar = Bar::No;

const fn operation(what: &'static str, theirs: &'static str, ours: fn(u32) -> Duration, bar: Bar) -> Operation {
    Operation { what, theirs, ours, unit: 100, bar }
}

pub(crate) const ALL: [Operation; 31] = [
    operation("yield of a plain value", "bodies.immediate", bodies::immediate, BODY),
    operation("yield of one fired Deferred, over and over", "bodies.fired_reused", bodies::fired_reused, BODY),
    operation("yield of a fired Deferred", "bodies.fired", bodies::fired, BODY),
    Operation {
        what: "fire, resume to the next yield",
        theirs: "bodies.resume",
        ours: bodies::resume,
        unit: bodies::MANY,
        bar: BODY,
    },
    operation("create, yield, fire, resume", "bodies.create_resume", bodies::create_resume, BODY),
    operation("the same, failing", "bodies.resume_failing", bodies::resume_failing, FREE),
    operation("call that does not yield", "calls.call", calls::call, BODY),
    operation("call that yields a plain value", "calls.call_immediate", calls::call_immediate, BODY),
    operation("call that waits once, fired", "calls.call_resume", calls::call_resume, BODY),
    operation("yield of a call that ends at once", "calls.inner_call", calls::inner_call, BODY),
    operation("yield of a coroutine that ends at once", "bodies.inner_coroutine", bodies::inner_coroutine, BODY),
    operation("await of a fired Deferred", "bodies.await_fired", bodies::await_fired, BODY),
    operation("await of a coroutine", "bodies.await_coroutine", bodies::await_coroutine, FREE),
    operation("nested 10 deep, a level", "calls.nested_10", calls::nested_10, BODY),
    operation("nested 100 deep, a level", "calls.nested_100", calls::nested_100, BODY),
    operation("call that waits, cancelled", "calls.call_cancelled", calls::call_cancelled, FREE),
    operation("a Deferred made and dropped (ours: fired)", "deferreds.made", deferreds::made, FREE),
    operation("succeed", "deferreds.succeeded", deferreds::succeeded, BARE),
    operation("callback before firing, one of 10", "deferreds.callback_before", deferreds::callback_before, BARE),
    operation("callback after firing", "deferreds.callback_after", deferreds::callback_after, BARE),
    operation("add_both before firing, one of 10", "deferreds.both_before", deferreds::both_before, BARE),
    operation("callback that fails, errback", "deferreds.callback_raises", deferreds::callback_raises, FREE),
    operation("fail, errback", "deferreds.failed", deferreds::failed, FREE),
    operation("callback that returns a Deferred", "deferreds.chained", deferreds::chained, BARE),
    operation("Deferred with an errback, cancelled", "deferreds.cancelled", deferreds::cancelled, FREE),
    operation("gather of 100, for each", "deferreds.gathered", deferreds::gathered, BARE),
    operation("lock, uncontended", "deferreds.lock_run", deferreds::lock_run, BARE),
    operation("queue, put and get", "deferreds.queue", deferreds::queue, BARE),
    Operation {
        what: "chain of 100 000 fired, a link",
        theirs: "deferreds.chain_of_many",
        ours: deferreds::chain_of_many,
        unit: 100_000,
        bar: FREE,
    },
    operation("defer_later of zero, a turn", "turns.defer_later", turns::defer_later, BARE),
    operation("defer_to_thread, a round trip", "turns.defer_to_thread", turns::defer_to_thread, FREE),
];
