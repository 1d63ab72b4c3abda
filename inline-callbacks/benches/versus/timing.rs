//! Interleaved rounds of several ways to do the same.

use std::time::Duration;

const ROUNDS: usize = 101;
/// A round lasts at least this long, and about twice at most. Longer ones would not get through without the system letting
/// something else run, and the dearer side would meet that more often.
const ROUND: Duration = Duration::from_micros(500);

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

/// What is asked of ours beside a peer.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// Nothing: for the reader's information.
    No,
    /// So many times cheaper.
    Cheaper(f64),
    /// At most so many times as dear.
    Within(f64),
    /// At most so many nanoseconds more.
    Above(f64),
    /// Smaller than the peer, and than so many bytes.
    Smaller(f64),
}

/// What was measured of ours beside one peer.
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) peer: String,
    pub(crate) bar: Bar,
    pub(crate) unit: &'static str,
    pub(crate) ours: Vec<f64>,
    pub(crate) theirs: Vec<f64>,
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
        let times: Vec<u32> = works.iter().map(|work| times_of_a_round(*work, self.unit)).collect();
        let mut samples = vec![Vec::new(); works.len()];
        for _ in 0..ROUNDS {
            for ((work, times), samples) in works.iter().zip(&times).zip(&mut samples) {
                samples.push(work(*times).as_secs_f64() * 1e9 / f64::from(*times));
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

fn times_of_a_round(work: Work, unit: u32) -> u32 {
    let mut times = unit;
    while work(times) < ROUND {
        times *= 2;
    }
    times
}

impl Row {
    pub(crate) fn medians(&self) -> (f64, f64) {
        (median(&self.ours), median(&self.theirs))
    }

    /// How many times cheaper ours is.
    pub(crate) fn ratio(&self) -> f64 {
        let (ours, theirs) = self.medians();
        theirs / ours
    }

    /// Whether ours keeps to the bar, if there is one.
    pub(crate) fn holds(&self) -> Option<bool> {
        let (ours, theirs) = self.medians();
        match self.bar {
            Bar::No => None,
            Bar::Cheaper(times) => Some(theirs >= ours * times),
            Bar::Within(times) => Some(ours <= theirs * times),
            Bar::Above(more) => Some(ours <= theirs + more),
            Bar::Smaller(limit) => Some(ours < theirs && ours < limit),
        }
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
