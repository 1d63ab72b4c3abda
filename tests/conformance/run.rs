//! Runs the operations of a scenario.

use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::{Deferred, fail, succeed, task};

use super::bodies::{boom, run_body};
use super::books::{node_of, traits, traits_of_body, traits_of_call};
use super::language::{Call, Canceller, Name, On, Op};
use super::world::{World, show};

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl World {
    pub(super) fn run_ops(self: &Rc<Self>, ops: &[Op]) {
        for op in ops {
            if self.is_closed() {
                return;
            }
            self.run_op(op);
        }
    }

    fn run_op(self: &Rc<Self>, op: &Op) {
        match op {
            Op::Make { d, canceller } => self.make(*d, *canceller),
            Op::Succeed { d, value } => self.hold_new(*d, format!("succeed {d} {value}"), || succeed(*value)),
            Op::Fail { d, boom: number } => self.hold_new(*d, format!("fail {d} {number}"), || fail(boom(*number))),
            Op::Add { d, on, call } => self.add(*d, *on, call),
            Op::AddPair { d, call, other } => self.add_pair(*d, call, other),
            Op::Fire { d, value } => {
                if let Some(trigger) = self.take_trigger(*d) {
                    self.line(format!("fire {d} {value}"));
                    trigger.callback(*value);
                    self.line(format!("/fire {d}"));
                }
            }
            Op::FireFailure { d, boom: number } => {
                if let Some(trigger) = self.take_trigger(*d) {
                    self.line(format!("fire {d} boom-{number}"));
                    trigger.errback(boom(*number));
                    self.line(format!("/fire {d}"));
                }
            }
            Op::Chain { d, into } => self.chain(*d, *into),
            Op::Cancel { d } => self.cancel(*d),
            Op::Handle { d } => self.take_handle(*d),
            Op::CancelHandle { d } => self.cancel_handle(*d),
            Op::Pause { d } => self.pause(*d),
            Op::Unpause { d } => self.unpause(*d),
            Op::Peek { d } => self.peek(*d),
            Op::Drop { d } => {
                if self.books.borrow().is_list(node_of(*d)) {
                    self.line(format!("drop {d}: it is a list"));
                } else if let Some(deferred) = self.take(*d) {
                    self.line(format!("drop {d}"));
                    drop(deferred);
                    self.line(format!("/drop {d}"));
                }
            }
            Op::Timeout { d, after } => self.timeout(*d, *after),
            Op::Later { call, after, ops } => self.later(*call, *after, ops),
            Op::CancelCall { call } => self.change_call(*call, "cancel", inline_callbacks::DelayedCall::cancel),
            Op::ResetCall { call: name, after } => {
                self.change_call(*name, "reset", |call| call.reset(seconds(*after) + Self::own_time(*name)));
                self.note_move(*name);
            }
            Op::DelayCall { call: name, after } => {
                let first = self.note_move(*name);
                let more = if first { Self::own_time(*name) } else { Duration::ZERO };
                self.change_call(*name, "delay", |call| call.delay(seconds(*after) + more));
            }
            Op::DeferLater { d, after, call } => {
                let (world, call, node) = (Rc::clone(self), call.clone(), node_of(*d));
                self.books.borrow_mut().admit(node, traits_of_call(&call, On::Callback));
                self.hold_new(*d, format!("defer_later {d}"), || {
                    task::defer_later(&self.clock, seconds(*after), move || world.call(&call, node, Ok(0)))
                });
            }
            Op::Advance { by } => {
                if self.is_top("advance") {
                    self.line(format!("advance {by}"));
                    self.clock.advance(seconds(*by));
                    self.line("/advance");
                }
            }
            Op::Start { d, body } => {
                if self.bind("deferred", *d) {
                    self.line(format!("start {d}"));
                    self.books.borrow_mut().admit(node_of(*d), traits_of_body(body));
                    self.books.borrow_mut().add_body(node_of(*d));
                    let deferred = run_body(Rc::clone(self), Rc::new(body.clone()), node_of(*d));
                    self.hold(*d, deferred);
                    self.line(format!("/start {d}"));
                }
            }
            Op::Block { block } => {
                if self.is_top("block") {
                    self.run_block(block);
                }
            }
            tool => self.run_tool(tool),
        }
    }

    /// Binds, writes the line, and holds what was made.
    pub(super) fn hold_new(&self, name: Name, line: String, make: impl FnOnce() -> Deferred<i64>) {
        if self.bind("deferred", name) {
            self.line(line);
            self.hold(name, make());
        }
    }

    fn make(self: &Rc<Self>, name: Name, canceller: Canceller) {
        if !self.bind("deferred", name) {
            return;
        }
        self.line(format!("make {name}"));
        let (trigger, deferred) = self.pending(name.to_string(), canceller);
        if matches!(canceller, Canceller::Value(_) | Canceller::Fail(_)) {
            self.books.borrow_mut().admit(node_of(name), traits::ANSWERS);
        }
        self.triggers.borrow_mut().insert(name, trigger);
        self.hold(name, deferred);
    }

    /// A pending Deferred whose canceller writes `label`.
    pub(super) fn pending(
        self: &Rc<Self>,
        label: String,
        canceller: Canceller,
    ) -> (inline_callbacks::Trigger<i64>, Deferred<i64>) {
        if canceller == Canceller::None {
            return Deferred::new();
        }
        let world = Rc::clone(self);
        Deferred::with_canceller(move |trigger| {
            world.line(format!("canceller {label}"));
            // It counts as user code, but not as a run of the node: it does nothing but fire, and in Twisted the callbacks of a body
            // that this ends run when it has returned.
            world.inside(|| match canceller {
                Canceller::None | Canceller::Nothing => (),
                Canceller::Value(value) => trigger.callback(value),
                Canceller::Fail(number) => trigger.errback(boom(number)),
            });
        })
    }

    fn add(self: &Rc<Self>, name: Name, on: On, call: &Call) {
        if !self.is_held(name) || !self.may_add(name, &[(on, call)]) {
            return;
        }
        self.merge(name, &[call]);
        let Some(deferred) = self.take(name) else { return };
        let (world, own, node) = (Rc::clone(self), call.clone(), node_of(name));
        self.line(format!("add {} to {name}", call.id));
        let added = match on {
            On::Callback => deferred.add_callback(move |value| world.call(&own, node, Ok(value))),
            On::Errback => deferred.add_errback(move |failure| world.call(&own, node, Err(failure))),
            On::Both => deferred.add_both(move |result| world.call(&own, node, result)),
        };
        self.hold(name, added);
        self.line(format!("/add to {name}"));
    }

    fn add_pair(self: &Rc<Self>, name: Name, call: &Call, other: &Call) {
        if !self.is_held(name) || !self.may_add(name, &[(On::Callback, call), (On::Errback, other)]) {
            return;
        }
        self.merge(name, &[call, other]);
        let Some(deferred) = self.take(name) else { return };
        let (world, own, node) = (Rc::clone(self), call.clone(), node_of(name));
        let (again, others) = (Rc::clone(self), other.clone());
        self.line(format!("add {} or {} to {name}", call.id, other.id));
        let added = deferred.add_callbacks(
            move |value| world.call(&own, node, Ok(value)),
            move |failure| again.call(&others, node, Err(failure)),
        );
        self.hold(name, added);
        self.line(format!("/add to {name}"));
    }

    /// Tells the books of callbacks that run as they are added.
    fn merge(&self, name: Name, calls: &[&Call]) {
        if self.deferreds.borrow()[&name].is_fired() && !self.books.borrow().is_calling(node_of(name)) {
            for call in calls {
                self.books.borrow_mut().merge(node_of(name), call);
            }
        }
    }

    fn may_add(&self, name: Name, calls: &[(On, &Call)]) -> bool {
        let new = calls.iter().fold(0, |new, (on, call)| new | traits_of_call(call, *on));
        let may = self.books.borrow_mut().admit(node_of(name), new);
        if !may {
            self.line(format!("add to {name}: not here"));
        }
        may
    }

    fn chain(&self, name: Name, into: Name) {
        let (node, fed) = (node_of(name), node_of(into));
        if !self.is_held(name) {
            return;
        }
        if self.books.borrow().is_above(node, fed) || self.books.borrow().is_above(fed, node) {
            return self.line(format!("chain {name} into {into}: a circle"));
        }
        if self.triggers.borrow().get(&into).is_some_and(inline_callbacks::Trigger::is_cancelled) {
            return self.line(format!("chain {name} into {into}: it was cancelled"));
        }
        if !self.books.borrow_mut().admit(fed, traits::COMPLEX) {
            return self.line(format!("chain {name} into {into}: not here"));
        }
        let Some(trigger) = self.take_trigger(into) else { return };
        let Some(deferred) = self.take(name) else { return };
        self.books.borrow_mut().open(fed);
        self.line(format!("chain {name} into {into}"));
        deferred.chain_into(trigger);
        self.line(format!("/chain {name}"));
    }

    fn may_cancel(&self, name: Name) -> bool {
        let why_not = self.books.borrow().why_not_cancel(node_of(name));
        if let Some(why) = why_not {
            self.line(format!("cancel {name}: {why}"));
        }
        why_not.is_none()
    }

    fn cancel(&self, name: Name) {
        if !self.is_held(name) || !self.may_cancel(name) {
            return;
        }
        let Some(deferred) = self.take(name) else { return };
        self.line(format!("cancel {name}"));
        deferred.cancel();
        self.hold(name, deferred);
        self.line(format!("/cancel {name}"));
    }

    fn take_handle(&self, name: Name) {
        if !self.is_held(name) {
            return;
        }
        self.line(format!("handle {name}"));
        let handle = self.deferreds.borrow()[&name].cancel_handle();
        let old = self.handles.borrow_mut().insert(name, handle);
        drop(old);
    }

    fn cancel_handle(&self, name: Name) {
        let handle = self.handles.borrow().get(&name).cloned();
        let Some(handle) = handle else { return self.line(format!("{name} has no handle")) };
        if self.books.borrow().is_merged_into_another(node_of(name)) {
            self.line(format!("cancel_handle {name}: not here"));
        } else if self.may_cancel(name) {
            self.line(format!("cancel_handle {name}"));
            handle.cancel();
            self.line(format!("/cancel_handle {name}"));
        }
    }

    fn pause(&self, name: Name) {
        if !self.is_top("pause") || !self.is_held(name) {
            return;
        }
        if !self.books.borrow_mut().pause(node_of(name)) {
            return self.line(format!("pause {name}: not here"));
        }
        self.line(format!("pause {name}"));
        let pause = self.deferreds.borrow()[&name].pause();
        self.pauses.borrow_mut().entry(name).or_default().push(pause);
    }

    fn unpause(&self, name: Name) {
        let pause = self.pauses.borrow_mut().get_mut(&name).and_then(Vec::pop);
        let Some(pause) = pause else { return self.line(format!("{name} is not paused")) };
        if self.pauses.borrow()[&name].is_empty() {
            self.books.borrow_mut().unpause(node_of(name));
        }
        self.line(format!("unpause {name}"));
        pause.unpause();
        self.line(format!("/unpause {name}"));
    }

    fn peek(&self, name: Name) {
        if !self.is_top("peek") || !self.is_held(name) {
            return;
        }
        let shown = self.deferreds.borrow()[&name].peek(|result| show(&result.copied().map_err(Clone::clone)));
        self.line(format!("peek {name}: {}", shown.as_deref().unwrap_or("nothing")));
    }

    fn timeout(&self, name: Name, after: u64) {
        if !self.is_held(name) {
            return;
        }
        if !self.books.borrow_mut().limit(node_of(name)) {
            return self.line(format!("timeout {name}: not here"));
        }
        let Some(deferred) = self.take(name) else { return };
        self.line(format!("timeout {name} {after}"));
        self.hold(name, deferred.add_timeout_on(&self.clock, seconds(after)));
    }

    fn later(self: &Rc<Self>, name: Name, after: u64, ops: &[Op]) {
        if !self.bind("call", name) {
            return;
        }
        self.line(format!("later {name}"));
        let (world, own) = (Rc::clone(self), ops.to_vec());
        let call = self.clock.call_later(seconds(after), move || {
            world.inside(|| {
                world.line(format!("call {name}"));
                world.run_ops(&own);
                world.line(format!("/call {name}"));
            });
        });
        self.calls.borrow_mut().insert(name, call);
    }

    /// A time after a full second that no other moved call has: among calls that are due at the same time, one that was moved
    /// is a deliberate difference.
    fn own_time(call: Name) -> Duration {
        Duration::from_nanos(1_953_125) * call
    }

    /// Notes that a call was moved, if there is such a call; says whether it is for the first time.
    fn note_move(&self, call: Name) -> bool {
        self.calls.borrow().contains_key(&call) && self.books.borrow_mut().move_call(call)
    }

    fn change_call(&self, name: Name, what: &str, change: impl FnOnce(&inline_callbacks::DelayedCall) -> bool) {
        let call = self.calls.borrow().get(&name).cloned();
        let Some(call) = call else { return self.line(format!("call {name} is unknown")) };
        let changed = change(&call);
        self.line(format!("{what} call {name}: {}", if changed { "done" } else { "over" }));
    }
}
