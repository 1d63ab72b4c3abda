//! Interleaved rounds of several ways to do the same.

use std::time::Duration;

use crate::table::{self, Bar, Row};

const ROUNDS: usize = 101;

/// Does the operation that many times; says how long that took, without what it had to set up before.
pub(crate) type Work = fn(u32) -> Duration;

/// One way of ours and those of its peers.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// A round is a multiple of so many operations.
    unit: u32,
    ours: Work,
    peers: Vec<Peer>,
}

struct Peer {
    name: &'static str,
    work: Work,
    bar: Bar,
}

impl Case {
    pub(crate) fn new(name: &'static str, ours: Work) -> Self {
        Case { name, unit: 1, ours, peers: Vec::new() }
    }

    pub(crate) fn in_units_of(mut self, unit: u32) -> Self {
        self.unit = unit;
        self
    }

    pub(crate) fn against(mut self, name: &'static str, work: Work, bar: Bar) -> Self {
        self.peers.push(Peer { name, work, bar });
        self
    }

    /// Runs a round of ours and of each peer in turn, again and again.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let works: Vec<Work> = [self.ours].into_iter().chain(self.peers.iter().map(|peer| peer.work)).collect();
        let times: Vec<u32> = works.iter().map(|work| table::times_of_a_round(*work, self.unit)).collect();
        let mut samples = vec![Vec::new(); works.len()];
        for _ in 0..ROUNDS {
            for ((work, times), samples) in works.iter().zip(&times).zip(&mut samples) {
                samples.push(table::nanoseconds(work(*times), *times));
            }
        }
        let ours = samples.remove(0);
        let row = |(peer, theirs): (&Peer, Vec<f64>)| Row {
            case: self.name.to_owned(),
            peer: peer.name.to_owned(),
            bar: peer.bar,
            unit: "ns",
            ours: ours.clone(),
            theirs,
        };
        self.peers.iter().zip(samples).map(row).collect()
    }
}
