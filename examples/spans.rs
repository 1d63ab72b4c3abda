//! What a subscriber of `tracing` sees of inline callbacks: each call is a span, entered for each segment of the body, in the span
//! that was current at the call, whoever fires; failures are events.
//!
//! ```text
//! cargo run -q --example spans --features tracing
//! cargo run -q --example spans --features tracing -- --json
//! ```
//!
//! Two requests wait for the same poem, which comes in the span `network`, and yet each goes on in its own. The first has no
//! second poem to fall back on: its failure is one of those that nobody handles.

use std::cell::RefCell;
use std::collections::VecDeque;

use inline_callbacks::prelude::*;
use inline_callbacks::unhandled;
use tracing::{Level, info, info_span};
use tracing_subscriber::fmt::format::FmtSpan;

thread_local! {
    /// Who waits for a poem, in order.
    static WAITING: RefCell<VecDeque<Trigger<&'static str>>> = const { RefCell::new(VecDeque::new()) };
}

/// A poem from the network, some time.
fn receive() -> Deferred<&'static str> {
    let (trigger, poem) = Deferred::new();
    WAITING.with_borrow_mut(|waiting| waiting.push_back(trigger));
    poem
}

#[inline_callbacks]
fn get_poem(name: &'static str) -> Deferred<&'static str> {
    let poem = yield_!(receive())?;
    info!(name, "the poem is here");
    return_value!(poem)
}

#[inline_callbacks]
fn answer(name: &'static str, instead: Option<&'static str>) -> Deferred<usize> {
    let poem = match (yield_!(get_poem(name)), instead) {
        (Err(_), Some(instead)) => yield_!(get_poem(instead))?,
        (poem, _) => poem?,
    };
    return_value!(poem.len())
}

fn main() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::NEW | FmtSpan::ENTER | FmtSpan::CLOSE)
        // The same output each time.
        .without_time();
    if std::env::args().any(|argument| argument == "--json") {
        subscriber.json().init();
    } else {
        subscriber.init();
    }
    // The subscriber is told of those; nothing more need be printed.
    unhandled::set_hook(|_| ());

    info_span!("request", number = 1).in_scope(|| answer("kettle", None).detach());
    info_span!("request", number = 2).in_scope(|| answer("winter", Some("promise")).detach());
    info_span!("network").in_scope(|| {
        let next = || WAITING.with_borrow_mut(VecDeque::pop_front).expect("somebody waits");
        next().errback(Failure::msg("no poem"));
        next().errback(Failure::msg("no poem today"));
        next().callback("I will come");
    });
}
