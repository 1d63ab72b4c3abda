//! Runs the callbacks and the bodies of a scenario.

use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::{fail, succeed, task};

use super::books::{Node, node_of, traits_of_body};
use super::language::{Body, Call, End, Otherwise, Then, Wait};
use super::run::seconds;
use super::world::{World, show};

pub(super) fn boom(number: i64) -> Failure {
    Failure::msg(format!("boom-{number}"))
}

impl World {
    /// A callback of `node`, called with a result.
    pub(super) fn call(self: &Rc<Self>, call: &Call, node: Node, result: Result<i64, Failure>) -> Deferred<i64> {
        self.inside(|| {
            self.line(format!("{} got {}", call.id, show(&result)));
            let _calling = self.calling(node);
            self.run_ops(&call.ops);
            self.outcome(&call.then, node, result)
        })
    }

    fn outcome(self: &Rc<Self>, then: &Then, node: Node, result: Result<i64, Failure>) -> Deferred<i64> {
        match then {
            Then::Pass => result.map_or_else(fail, succeed),
            Then::Value(value) | Then::Fired(value) => succeed(*value),
            Then::Fail(number) | Then::Failed(number) => fail(boom(*number)),
            Then::Raise(_) if self.is_closed() => succeed(0),
            Then::Raise(number) => panic!("raised-{number}"),
            Then::Deferred(name) if self.books.borrow().is_calling(node_of(*name)) => {
                self.line(format!("{name} is kept: it runs"));
                succeed(0)
            }
            Then::Deferred(name) => self.give_to(node, *name).unwrap_or_else(|| succeed(0)),
            Then::Start(body) => self.start_for(node, body),
        }
    }

    /// The Deferred `name`, for which `node` will wait.
    pub(super) fn give_to(&self, node: Node, name: u32) -> Option<Deferred<i64>> {
        if self.is_closed() || !self.is_held(name) {
            return None;
        }
        if !self.books.borrow_mut().adopt(node, node_of(name)) {
            self.line(format!("{name} is kept"));
            return None;
        }
        self.take(name)
    }

    /// A body without a name, for which `node` will wait.
    fn start_for(self: &Rc<Self>, node: Node, body: &Body) -> Deferred<i64> {
        if self.is_closed() {
            return succeed(0);
        }
        let own = self.books.borrow_mut().new_node();
        self.books.borrow_mut().admit(own, traits_of_body(body));
        if !self.books.borrow_mut().adopt(node, own) {
            self.line(format!("body {} is kept", body.id));
            return succeed(0);
        }
        run_body(Rc::clone(self), Rc::new(body.clone()), own)
    }

    /// What a body yields.
    fn operand(self: &Rc<Self>, wait: &Wait, node: Node) -> Deferred<i64> {
        match wait {
            _ if self.is_closed() => succeed(0),
            Wait::Value(value) | Wait::Fired(value) => succeed(*value),
            Wait::Failed(number) => fail(boom(*number)),
            Wait::Deferred(name) => self.give_to(node, *name).unwrap_or_else(|| succeed(0)),
            Wait::Start(body) => self.start_for(node, body),
            Wait::Later(after) => task::defer_later(&self.clock, seconds(*after), || Ok(0)),
            Wait::Get(queue) => self.get_item(*queue).unwrap_or_else(|| succeed(0)),
        }
    }
}

/// A body. It is off the books' stack while it waits.
#[inline_callbacks]
pub(super) fn run_body(world: Rc<World>, body: Rc<Body>, node: Node) -> Deferred<i64> {
    world.enter(node);
    world.line(format!("body {} begins", body.id));
    let mut sum = 0;
    let mut ended = None;
    for (position, step) in body.steps.iter().enumerate() {
        let at = format!("body {}.{position}", body.id);
        world.run_ops(&step.ops);
        let mut tries = if let Otherwise::Retry(times) = step.otherwise { times } else { 0 };
        let result = loop {
            let result = if let Wait::Value(value) = step.wait {
                Ok(yield_!(value))
            } else {
                let operand = world.operand(&step.wait, node);
                world.leave(node);
                let result = yield_!(operand);
                world.enter(node);
                result
            };
            world.line(format!("{at} got {}", show(&result)));
            if result.is_ok() || tries == 0 {
                break result;
            }
            tries -= 1;
        };
        let failure = match result {
            Ok(value) => {
                sum += value;
                continue;
            }
            Err(failure) => failure,
        };
        ended = match &step.otherwise {
            Otherwise::Propagate | Otherwise::Retry(_) => Some(Err(failure)),
            Otherwise::Catch => None,
            Otherwise::Fail(number) => Some(Err(boom(*number))),
            Otherwise::Return(value) => Some(Ok(*value)),
            Otherwise::CleanUp(wait) => {
                let operand = world.operand(wait, node);
                world.leave(node);
                let cleaned = yield_!(operand);
                world.enter(node);
                world.line(format!("{at} cleaned up with {}", show(&cleaned)));
                Some(Err(cleaned.err().unwrap_or(failure)))
            }
        };
        if ended.is_some() {
            break;
        }
    }
    let shown = match (&ended, body.end) {
        (Some(result), _) => show(result),
        (None, End::Sum) => sum.to_string(),
        (None, End::Fail(number)) => format!("boom-{number}"),
        (None, End::Raise(number)) => format!("raised-{number}"),
    };
    world.line(format!("body {} ends {shown}", body.id));
    world.leave(node);
    match (ended, body.end) {
        (Some(result), _) => return_value!(result?),
        (None, End::Sum) => return_value!(sum),
        (None, End::Fail(number)) => Err(boom(number)),
        (None, End::Raise(_)) if world.is_closed() => Ok(0),
        (None, End::Raise(number)) => panic!("raised-{number}"),
    }
}
