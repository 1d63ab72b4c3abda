//! Exercise 7: an inline callback that never ends.
//!
//! A loop around a wait is a service: something that goes on for as long as the program does, one piece per turn, with its
//! state in ordinary variables. Its Deferred never has a result; it is what the service is stopped by. Cancelling it
//! cancels the wait, which then gives the body a failure, and the body may still clean up, and wait while it does. What such
//! a loop must not do is wait only for what is already there: nothing else would ever get a turn.
//!
//! ```text
//! cargo run --example exercise_7
//! ```

use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::{CancelHandle, DeferredQueue, reactor, task};

/// Fires a few milliseconds from now.
fn a_moment() -> Deferred<()> {
    task::defer_later(&reactor::timers(), Duration::from_millis(5), || ())
}

/// Ticks for ever.
#[inline_callbacks]
fn clockwork(ticks: Rc<DeferredQueue<u32>>) -> Deferred<()> {
    println!("the clockwork starts");
    let mut tick = 0;
    loop {
        if let Err(why) = yield_!(a_moment()) {
            println!("cleaning up: {why}");
            yield_!(a_moment())?;
            println!("clean");
            return Err(why);
        }
        tick += 1;
        ticks.put(tick)?;
    }
}

/// Listens to three ticks, and then cannot bear it any longer.
#[inline_callbacks]
fn listener(ticks: Rc<DeferredQueue<u32>>, clockwork: CancelHandle) -> Deferred<()> {
    for _ in 0..3 {
        println!("tick {}", yield_!(ticks.get())?);
    }
    clockwork.cancel();
}

fn main() {
    let end = reactor::block_on(|| {
        let ticks = Rc::new(DeferredQueue::new());
        let clockwork = clockwork(Rc::clone(&ticks));
        listener(ticks, clockwork.cancel_handle()).detach();
        clockwork
    });
    match end {
        Err(why) if why.is_cancelled() => println!("the clockwork has been stopped"),
        other => println!("the clockwork has ended by itself: {other:?}"),
    }
}
