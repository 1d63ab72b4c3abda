//! Interleaved rounds of two ways to do the same.

use std::time::Instant;

const ROUNDS: usize = 21;
const OPERATIONS: u32 = 100_000;

/// Does the operation that many times.
type Work = fn(u32);

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) peer: &'static str,
    ours: Work,
    theirs: Work,
}

impl Case {
    pub(crate) fn new(name: &'static str, peer: &'static str, ours: Work, theirs: Work) -> Self {
        Case { name, peer, ours, theirs }
    }

    /// The medians of both, in nanoseconds for one operation.
    pub(crate) fn medians(&self) -> (f64, f64) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(nanoseconds(self.ours));
            theirs.push(nanoseconds(self.theirs));
        }
        (median(ours), median(theirs))
    }
}

fn nanoseconds(work: Work) -> f64 {
    let start = Instant::now();
    work(OPERATIONS);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
