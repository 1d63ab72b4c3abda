//! Random scenarios, each from a seed.

mod callbacks;

use fastrand::Rng;

use super::language::{Canceller, Name, On, Op, Scenario, Until};

/// What a scenario is mostly about, so that a short one is about something.
#[derive(Clone, Copy, PartialEq)]
enum Flavour {
    Chains,
    Bodies,
    Combinators,
    Time,
    Tools,
    Everything,
}

/// The scenario of a seed.
pub fn generate(seed: u64) -> Scenario {
    let mut rng = Rng::with_seed(spread(seed));
    let ops = size(seed, &mut rng);
    let flavour = *pick(
        &mut rng,
        &[
            Flavour::Chains,
            Flavour::Bodies,
            Flavour::Combinators,
            Flavour::Time,
            Flavour::Tools,
            Flavour::Everything,
            Flavour::Everything,
        ],
    );
    let mut maker = Maker { rng, flavour, ..Maker::default() };
    Scenario { name: format!("seed {seed}"), ops: maker.program(ops) }
}

/// How many operations: the last three digits of the seed decide whether it is small, medium or large, so that any thousand
/// seeds in a row have the same share of each.
fn size(seed: u64, rng: &mut Rng) -> usize {
    match seed % 1000 {
        0..600 => rng.usize(4..16),
        600..900 => rng.usize(16..32),
        _ => rng.usize(32..56),
    }
}

/// Neighbouring seeds become strangers (the finalizer of splitmix64).
fn spread(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(..choices.len())]
}

struct Maker {
    rng: Rng,
    flavour: Flavour,
    next: Name,
    next_id: u32,
    deferreds: Vec<Name>,
    triggers: Vec<Name>,
    with_cancellers: Vec<Name>,
    handles: Vec<Name>,
    paused: Vec<Name>,
    calls: Vec<Name>,
    locks: Vec<Name>,
    queues: Vec<Name>,
    loops: Vec<Name>,
    /// How deep in callbacks and bodies.
    depth: usize,
}

impl Default for Maker {
    fn default() -> Self {
        Maker {
            rng: Rng::with_seed(0),
            flavour: Flavour::Everything,
            next: 0,
            next_id: 0,
            deferreds: Vec::new(),
            triggers: Vec::new(),
            with_cancellers: Vec::new(),
            handles: Vec::new(),
            paused: Vec::new(),
            calls: Vec::new(),
            locks: Vec::new(),
            queues: Vec::new(),
            loops: Vec::new(),
            depth: 0,
        }
    }
}

/// What kind of operation comes next.
#[derive(Clone, Copy)]
enum Kind {
    Make,
    Ready,
    Add,
    Pair,
    Fire,
    Chain,
    Cancel,
    Handle,
    Pause,
    Peek,
    Drop,
    Timeout,
    Later,
    ChangeCall,
    DeferLater,
    Advance,
    Start,
    Gather,
    List,
    Race,
    Lock,
    Queue,
    Loop,
}

const BASE: [(Kind, u32); 13] = [
    (Kind::Make, 14),
    (Kind::Ready, 5),
    (Kind::Add, 20),
    (Kind::Pair, 4),
    (Kind::Fire, 14),
    (Kind::Chain, 2),
    (Kind::Cancel, 6),
    (Kind::Handle, 4),
    (Kind::Pause, 4),
    (Kind::Peek, 2),
    (Kind::Drop, 2),
    (Kind::Start, 8),
    (Kind::Advance, 1),
];

impl Flavour {
    fn kinds(self) -> &'static [(Kind, u32)] {
        match self {
            Flavour::Chains => &[(Kind::Add, 20), (Kind::Chain, 3), (Kind::Pair, 6), (Kind::Pause, 5)],
            Flavour::Bodies => &[(Kind::Start, 40), (Kind::Make, 10)],
            Flavour::Combinators => {
                &[(Kind::Gather, 12), (Kind::List, 14), (Kind::Race, 12), (Kind::Make, 20), (Kind::Ready, 8)]
            }
            Flavour::Time => &[
                (Kind::Timeout, 16),
                (Kind::Later, 12),
                (Kind::ChangeCall, 10),
                (Kind::DeferLater, 12),
                (Kind::Advance, 22),
                (Kind::Loop, 8),
            ],
            Flavour::Tools => &[(Kind::Lock, 34), (Kind::Queue, 30), (Kind::Loop, 6), (Kind::Advance, 6)],
            Flavour::Everything => &[
                (Kind::Timeout, 4),
                (Kind::Later, 4),
                (Kind::ChangeCall, 3),
                (Kind::DeferLater, 4),
                (Kind::Advance, 8),
                (Kind::Gather, 3),
                (Kind::List, 3),
                (Kind::Race, 3),
                (Kind::Lock, 6),
                (Kind::Queue, 6),
                (Kind::Loop, 3),
            ],
        }
    }
}

impl Maker {
    fn program(&mut self, count: usize) -> Vec<Op> {
        let mut ops = self.ops(count);
        if self.rng.u8(..100) < 5 {
            let at = self.rng.usize(..=ops.len());
            let block = self.block();
            ops.insert(at, Op::Block { block });
        }
        // Most of what waits gets something at the end.
        for d in std::mem::take(&mut self.triggers) {
            // Those with cancellers seldom: firing them after a cancel is a deliberate difference.
            if self.rng.u8(..10) < if self.with_cancellers.contains(&d) { 2 } else { 6 } {
                ops.push(self.fire(d));
            }
        }
        if self.rng.u8(..10) < 6 {
            ops.push(Op::Advance { by: self.rng.u64(1..12) });
        }
        ops
    }

    fn ops(&mut self, count: usize) -> Vec<Op> {
        (0..count).map(|_| self.op()).collect()
    }

    fn new_name(&mut self) -> Name {
        self.next += 1;
        self.next
    }

    fn new_deferred(&mut self) -> Name {
        let d = self.new_name();
        self.deferreds.push(d);
        d
    }

    fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    fn number(&mut self) -> i64 {
        self.rng.i64(1..100)
    }

    /// One of these, rather a late one.
    fn one_of(&mut self, names: &[Name]) -> Option<Name> {
        if names.is_empty() {
            return None;
        }
        let at = self.rng.usize(..names.len()).max(self.rng.usize(..names.len()));
        Some(names[at])
    }

    fn deferred(&mut self) -> Option<Name> {
        let names = self.deferreds.clone();
        self.one_of(&names)
    }

    /// A Deferred that will be gone afterwards.
    fn consumed(&mut self) -> Option<Name> {
        let d = self.deferred()?;
        if self.rng.u8(..10) < 9 {
            self.deferreds.retain(|other| *other != d);
        }
        Some(d)
    }

    fn op(&mut self) -> Op {
        let kinds = [BASE.as_slice(), self.flavour.kinds()].concat();
        let total: u32 = kinds.iter().map(|(_, weight)| weight).sum();
        let mut at = self.rng.u32(..total);
        let mut kind = Kind::Make;
        for (one, weight) in kinds {
            if at < weight {
                kind = one;
                break;
            }
            at -= weight;
        }
        self.op_of(kind).unwrap_or_else(|| self.make())
    }

    fn make(&mut self) -> Op {
        let canceller = match self.rng.u8(..10) {
            0..5 => Canceller::None,
            5..7 => Canceller::Nothing,
            7..9 => Canceller::Value(self.number()),
            _ => Canceller::Fail(self.number()),
        };
        let d = self.new_deferred();
        self.triggers.push(d);
        if canceller != Canceller::None {
            self.with_cancellers.push(d);
        }
        Op::Make { d, canceller }
    }

    fn fire(&mut self, d: Name) -> Op {
        if self.rng.u8(..10) < 7 {
            Op::Fire { d, value: self.number() }
        } else {
            Op::FireFailure { d, boom: self.number() }
        }
    }

    fn op_of(&mut self, kind: Kind) -> Option<Op> {
        let top = self.depth == 0;
        Some(match kind {
            Kind::Make => self.make(),
            Kind::Ready => {
                let d = self.new_deferred();
                if self.rng.u8(..10) < 7 {
                    Op::Succeed { d, value: self.number() }
                } else {
                    Op::Fail { d, boom: self.number() }
                }
            }
            Kind::Add => {
                let d = self.deferred()?;
                let on = *pick(&mut self.rng, &[On::Callback, On::Callback, On::Errback, On::Both, On::Both]);
                Op::Add { d, on, call: self.call() }
            }
            Kind::Pair => Op::AddPair { d: self.deferred()?, call: self.call(), other: self.call() },
            Kind::Fire => {
                let triggers = self.triggers.clone();
                let d = self.one_of(&triggers)?;
                if self.rng.u8(..10) < 9 {
                    self.triggers.retain(|other| *other != d);
                }
                self.fire(d)
            }
            Kind::Chain => {
                let triggers = self.triggers.clone();
                let into = self.one_of(&triggers)?;
                Op::Chain { d: self.consumed()?, into }
            }
            Kind::Cancel => {
                let d = self.deferred()?;
                if self.rng.u8(..10) < 7 {
                    // Firing it later is a deliberate difference where it has a canceller.
                    self.triggers.retain(|other| *other != d || !self.with_cancellers.contains(&d));
                }
                Op::Cancel { d }
            }
            Kind::Handle => {
                let handles = self.handles.clone();
                match self.one_of(&handles) {
                    Some(d) if self.rng.bool() => Op::CancelHandle { d },
                    _ => {
                        let d = self.deferred()?;
                        self.handles.push(d);
                        Op::Handle { d }
                    }
                }
            }
            Kind::Pause => {
                let paused = self.paused.clone();
                match self.one_of(&paused) {
                    Some(d) if !top || self.rng.bool() => Op::Unpause { d },
                    _ => {
                        let d = self.deferred()?;
                        self.paused.push(d);
                        Op::Pause { d }
                    }
                }
            }
            Kind::Peek => Op::Peek { d: self.deferred()? },
            Kind::Drop => Op::Drop { d: self.consumed()? },
            Kind::Timeout | Kind::Later | Kind::ChangeCall | Kind::DeferLater | Kind::Advance => self.time_op(kind)?,
            Kind::Start => {
                let body = self.body();
                Op::Start { d: self.new_deferred(), body }
            }
            Kind::Gather => {
                let parts = self.parts();
                Op::Gather { d: self.new_deferred(), parts }
            }
            Kind::List => {
                let (parts, consume) = (self.parts(), self.rng.u8(..10) < 9);
                let until = *pick(&mut self.rng, &[Until::All, Until::OneErrback, Until::OneCallback]);
                Op::List { d: self.new_deferred(), parts, until, consume }
            }
            Kind::Race => {
                let parts = self.parts();
                Op::Race { d: self.new_deferred(), parts }
            }
            Kind::Lock => self.lock_op(),
            Kind::Queue => self.queue_op(),
            Kind::Loop => self.loop_op(),
        })
    }

    fn time_op(&mut self, kind: Kind) -> Option<Op> {
        Some(match kind {
            Kind::Timeout => Op::Timeout { d: self.deferred()?, after: self.rng.u64(0..8) },
            Kind::Later => {
                let call = self.new_name();
                self.calls.push(call);
                Op::Later { call, after: self.rng.u64(0..6), ops: self.inner_ops(4) }
            }
            Kind::ChangeCall => {
                let calls = self.calls.clone();
                let call = self.one_of(&calls)?;
                let after = self.rng.u64(0..6);
                match self.rng.u8(..3) {
                    0 => Op::CancelCall { call },
                    1 => Op::ResetCall { call, after },
                    _ => Op::DelayCall { call, after },
                }
            }
            Kind::DeferLater => {
                let (after, call) = (self.rng.u64(0..6), self.call());
                Op::DeferLater { d: self.new_deferred(), after, call }
            }
            _ => Op::Advance { by: self.rng.u64(0..6) },
        })
    }

    fn parts(&mut self) -> Vec<Name> {
        let count = self.rng.usize(0..5);
        (0..count).filter_map(|_| self.consumed()).collect()
    }

    fn lock_op(&mut self) -> Op {
        let locks = self.locks.clone();
        let Some(lock) = self.one_of(&locks).filter(|_| self.rng.u8(..10) > 0) else {
            let lock = self.new_name();
            self.locks.push(lock);
            return Op::NewLock { lock, tokens: self.rng.usize(1..4) };
        };
        match self.rng.u8(..10) {
            0..5 => Op::Acquire { lock, d: self.new_deferred() },
            5..8 => Op::Release { lock },
            _ => {
                let call = self.call();
                Op::RunLocked { lock, d: self.new_deferred(), call }
            }
        }
    }

    fn queue_op(&mut self) -> Op {
        let queues = self.queues.clone();
        let Some(queue) = self.one_of(&queues).filter(|_| self.rng.u8(..10) > 0) else {
            let queue = self.new_name();
            self.queues.push(queue);
            let limit = |rng: &mut Rng| if rng.bool() { None } else { Some(rng.usize(0..3)) };
            return Op::NewQueue { queue, size: limit(&mut self.rng), backlog: limit(&mut self.rng) };
        };
        if self.rng.bool() {
            Op::Put { queue, value: self.number() }
        } else {
            Op::Get { queue, d: self.new_deferred() }
        }
    }

    fn loop_op(&mut self) -> Op {
        let loops = self.loops.clone();
        if let Some(looping) = self.one_of(&loops).filter(|_| self.rng.u8(..10) < 6) {
            return if self.rng.u8(..10) < 7 { Op::StopLoop { looping } } else { Op::ResetLoop { looping } };
        }
        let (looping, call) = (self.new_name(), self.call());
        self.loops.push(looping);
        let (every, now) = (self.rng.u64(1..5), self.rng.u8(..10) < 7);
        Op::Loop { looping, d: self.new_deferred(), every, now, call }
    }

    fn inner_ops(&mut self, most: usize) -> Vec<Op> {
        if self.depth >= 3 {
            return Vec::new();
        }
        let count = self.rng.usize(..=most);
        self.depth += 1;
        let ops = self.ops(count);
        self.depth -= 1;
        ops
    }
}
