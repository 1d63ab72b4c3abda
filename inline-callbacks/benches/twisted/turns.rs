//! What takes a turn of the reactor, with this crate. Each does what the function of the same name in `peer/turns.py` does.

use std::time::{Duration, Instant};

use inline_callbacks::prelude::*;
use inline_callbacks::{reactor, task, threads};

pub(crate) fn defer_later(times: u32) -> Duration {
    let taken = reactor::block_on(callbacks!(move || {
        let start = Instant::now();
        for n in 0..times {
            let later = task::defer_later(&reactor::timers(), Duration::ZERO, move || Ok(n));
            assert_eq!((yield later)?, n);
        }
        Ok(start.elapsed())
    }));
    taken.expect("no failure")
}

pub(crate) fn defer_to_thread(times: u32) -> Duration {
    let taken = reactor::block_on(callbacks!(move || {
        let start = Instant::now();
        for n in 0..times {
            assert_eq!((yield threads::defer_to_thread(move || n))?, n);
        }
        Ok(start.elapsed())
    }));
    taken.expect("no failure")
}
