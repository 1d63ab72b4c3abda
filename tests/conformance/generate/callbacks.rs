//! Random callbacks, bodies and blocks.

use super::super::language::{Block, Body, Call, Canceller, End, Otherwise, Step, Then, Wait};
use super::Maker;

impl Maker {
    pub(super) fn call(&mut self) -> Call {
        let id = self.new_id();
        let ops = if self.rng.u8(..10) < 4 { self.inner_ops(2) } else { Vec::new() };
        Call { id, ops, then: self.then() }
    }

    fn then(&mut self) -> Then {
        let number = self.number();
        match self.rng.u8(..20) {
            0..5 => Then::Pass,
            5..7 => Then::Value(number),
            7..9 => Then::Fail(number),
            9..11 => Then::Raise(number),
            11 => Then::Fired(number),
            12 => Then::Failed(number),
            13..18 => self.consumed().map_or(Then::Value(number), Then::Deferred),
            _ if self.depth < 3 => Then::Start(self.body()),
            _ => Then::Pass,
        }
    }

    pub(super) fn body(&mut self) -> Body {
        let id = self.new_id();
        self.depth += 1;
        let count = self.rng.usize(0..4);
        let steps = (0..count).map(|_| self.step()).collect();
        self.depth -= 1;
        let end = match self.rng.u8(..10) {
            0..7 => End::Sum,
            7..9 => End::Fail(self.number()),
            _ => End::Raise(self.number()),
        };
        Body { id, steps, end }
    }

    fn step(&mut self) -> Step {
        let ops = if self.rng.u8(..10) < 4 { self.inner_ops(2) } else { Vec::new() };
        let wait = self.wait();
        let otherwise = match self.rng.u8(..10) {
            0..3 => Otherwise::Propagate,
            3..5 => Otherwise::Catch,
            5 => Otherwise::Fail(self.number()),
            6 => Otherwise::Return(self.number()),
            7..9 => Otherwise::CleanUp(self.wait()),
            _ => Otherwise::Retry(self.rng.u32(1..3)),
        };
        Step { ops, wait, otherwise }
    }

    fn wait(&mut self) -> Wait {
        let number = self.number();
        match self.rng.u8(..20) {
            0..2 => Wait::Value(number),
            2 => Wait::Fired(number),
            3 => Wait::Failed(number),
            4..14 => self.consumed().map_or(Wait::Fired(number), Wait::Deferred),
            14..17 if self.depth < 4 => Wait::Start(self.body()),
            17 => {
                let queues = self.queues.clone();
                self.one_of(&queues).map_or(Wait::Value(number), Wait::Get)
            }
            _ => Wait::Later(self.rng.u64(0..4)),
        }
    }

    fn cancellers(&mut self) -> Vec<Canceller> {
        let count = self.rng.usize(1..4);
        let mut cancellers = Vec::new();
        for _ in 0..count {
            cancellers.push(match self.rng.u8(..4) {
                0 => Canceller::None,
                1 => Canceller::Nothing,
                2 => Canceller::Value(self.number()),
                _ => Canceller::Fail(self.number()),
            });
        }
        cancellers
    }

    pub(super) fn block(&mut self) -> Block {
        match self.rng.u8(..27) {
            0 => Block::Abandon,
            1 => Block::AbandonInside,
            2 => Block::CancelInCanceller,
            3 => Block::RaisingCanceller,
            4 => Block::RaisingCancellerAtTimeout,
            5 => Block::RaisingCancellerInBody,
            6 => Block::CancelItself,
            7 => Block::CancelGather { parts: self.cancellers() },
            8 => Block::CancelList { parts: self.cancellers() },
            9 => Block::CancelRace { parts: self.cancellers() },
            10 => Block::OfNothing,
            11 => Block::LockedJobs { jobs: (0..self.rng.usize(2..5)).map(|_| self.rng.bool()).collect() },
            12 => Block::ReleaseInside,
            13 => Block::PutInside,
            14 => Block::PauseInside,
            15 => Block::PausedResult,
            16 => Block::TimeoutOfBody,
            17 => Block::CancelLoop,
            18 => Block::DropInLine,
            25 => Block::TimeoutOfPaused,
            21 => Block::CancelFiredList,
            22 => Block::ReturnRunning,
            23 => Block::SameTime,
            24 => Block::DropGather,
            20 => Block::PauseMerged,
            19 => Block::CancelPausedBody,
            _ => Block::CancelFed,
        }
    }
}
