//! The table of cases: what ours is measured beside, and what is asked of it there.

use crate::table::Bar;
use crate::timing::Case;
use crate::{
    bare_callbacks, boxed_futures, futures_ext, futures_unordered, guarded_callbacks, join_all, ours, ours_foreign,
    ours_gather, plain_loop, ready_future, smol_executor, tokio_foreign, tokio_task,
};

/// tokio's runtime as `LocalRuntime::new` makes it, or without I/O and time.
const DRIVERS: bool = true;
const NO_DRIVERS: bool = false;

pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::from(immediate());
    cases.extend([fired(), resume(), call_and_resume(), call()]);
    cases.extend(deep());
    cases.push(chain());
    cases.extend(foreign());
    cases.extend(gather());
    cases.push(cancel());
    cases
}

fn immediate() -> [Case; 2] {
    [
        Case::new("immediate", ours::immediate).against("no yield at all", plain_loop::immediate, Bar::Within(1.05)),
        Case::new("immediate", ours::immediate_boxed).against(
            "no yield at all, both with black_box",
            plain_loop::immediate_boxed,
            Bar::No,
        ),
    ]
}

fn fired() -> Case {
    Case::new("fired", ours::fired)
        .against("future::ready in an async block", ready_future::fired, Bar::Above(3.0))
        .against("tokio oneshot, sent", tokio_task::fired::<DRIVERS>, Bar::Cheaper(10.0))
}

fn resume() -> Case {
    Case::new("resume", ours::resume)
        .against("tokio local task + oneshot", tokio_task::resume::<DRIVERS>, Bar::Cheaper(12.0))
        .against("  runtime without drivers", tokio_task::resume::<NO_DRIVERS>, Bar::No)
        .against("tokio spawn_local + oneshot", tokio_task::spawn_and_resume::<DRIVERS>, Bar::Cheaper(12.0))
        .against("  runtime without drivers", tokio_task::spawn_and_resume::<NO_DRIVERS>, Bar::No)
        .against("smol local task + channel", smol_executor::resume, Bar::Cheaper(12.0))
        .against("smol spawn + channel", smol_executor::spawn_and_resume, Bar::Cheaper(12.0))
        .against("callbacks by hand, guarded", guarded_callbacks::resume, Bar::Within(1.25))
        .against("callbacks by hand, bare", bare_callbacks::resume, Bar::Within(2.6))
}

/// No bar is asked of it: it is `resume` with the call that the peers pay for, too.
fn call_and_resume() -> Case {
    Case::new("call+resume", ours::call_and_resume)
        .against("tokio spawn_local + oneshot", tokio_task::spawn_and_resume::<DRIVERS>, Bar::No)
        .against("  runtime without drivers", tokio_task::spawn_and_resume::<NO_DRIVERS>, Bar::No)
        .against("smol spawn + channel", smol_executor::spawn_and_resume, Bar::No)
}

fn call() -> Case {
    Case::new("call", ours::call)
        .against("tokio spawn_local + await", tokio_task::call::<DRIVERS>, Bar::Cheaper(20.0))
        .against("  runtime without drivers", tokio_task::call::<NO_DRIVERS>, Bar::No)
        .against("smol spawn + await", smol_executor::call, Bar::No)
        .against("Box::pin + ready", ready_future::call, Bar::Within(2.6))
}

fn deep() -> [Case; 2] {
    [
        Case::new("deep", ours::deep_1000)
            .against("boxed futures, both 1000 deep", boxed_futures::deep_1000, Bar::Cheaper(120.0))
            .against("ours, 1 deep", ours::deep_1, Bar::Within(1.15)),
        Case::new("deep", ours::deep_1).against("boxed futures, both 1 deep", boxed_futures::deep_1, Bar::No),
    ]
}

fn chain() -> Case {
    Case::new("chain", ours::chain)
        .against("10 .map().boxed_local(), spawned", futures_ext::chain_spawned, Bar::Cheaper(2.0))
        .against("10 .map().boxed_local(), in place", futures_ext::chain_in_place, Bar::No)
}

fn foreign() -> [Case; 3] {
    [
        Case::new("foreign", ours_foreign::oneshot).against(
            "tokio local task: oneshot",
            tokio_foreign::oneshot,
            Bar::Within(1.1),
        ),
        Case::new("foreign", ours_foreign::yield_now).against(
            "tokio local task: yield_now",
            tokio_foreign::yield_now,
            Bar::Within(1.1),
        ),
        Case::new("foreign", ours_foreign::timer).against(
            "tokio local task: timer of zero",
            tokio_foreign::timer,
            Bar::Within(1.1),
        ),
    ]
}

fn gather() -> [Case; 2] {
    [
        Case::new("gather", ours_gather::gather)
            .in_units_of(ours_gather::ELEMENTS)
            .against("join_all of 1000, for each", join_all::gather, Bar::Cheaper(5.0))
            .against("FuturesUnordered of 1000, for each", futures_unordered::gather, Bar::Cheaper(5.0)),
        Case::new("gather", ours_gather::gather_100_000).in_units_of(100_000).against(
            "ours, 100 instead of 100 000",
            ours_gather::gather_100,
            Bar::Within(3.0),
        ),
    ]
}

fn cancel() -> Case {
    Case::new("cancel", ours::cancel)
        .against("tokio spawn_local, poll, abort, await", tokio_task::cancel::<DRIVERS>, Bar::Cheaper(8.0))
        .against("  runtime without drivers", tokio_task::cancel::<NO_DRIVERS>, Bar::No)
}
