//! Laws 7 to 13 against a model: random chains, fired, failed, dropped and cancelled at random points, compared with a plain
//! interpreter of Twisted's chain rules, down to the order of events, the unhandled reports and the drops of values.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use inline_callbacks::{CancelHandle, Deferred, Failure, Trigger, ensure_deferred, succeed, unhandled};
use proptest::prelude::*;

/// How many chains a run has. A callback may return only a chain with a higher number, so that no circle arises.
const CHAINS: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Callback,
    Errback,
    Both,
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Value,
    Fail,
    Panic,
    FiredDeferred,
    FailedDeferred,
    /// The Deferred of another chain, itself or through a body that waits for it.
    Chain {
        number: usize,
        through_body: bool,
    },
}

#[derive(Clone, Copy, Debug)]
enum Effect {
    Fire(usize),
    Fail(usize),
    DropTrigger(usize),
    Cancel(usize),
    DropDeferred(usize),
}

#[derive(Clone, Debug)]
struct Step {
    id: usize,
    kind: Kind,
    effect: Option<Effect>,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Action {
    Add { chain: usize, step: Step },
    Do(Effect),
}

#[derive(Clone, Copy, Debug)]
enum Canceller {
    None,
    Nothing,
    Value,
    Fail,
    Panic,
}

/// A step may return only a chain above its own, and there is none above the last.
fn allowed(outcome: Outcome, own: usize) -> Outcome {
    match outcome {
        Outcome::Chain { number, .. } if number <= own => Outcome::Value,
        outcome => outcome,
    }
}

type Shown = Result<usize, String>;

// ----- The real thing ---------------------------------------------------------------------------------------------

/// A value that is counted while it lives.
struct Counted {
    id: usize,
    alive: Rc<Cell<isize>>,
}

impl Counted {
    fn new(id: usize, alive: &Rc<Cell<isize>>) -> Self {
        alive.set(alive.get() + 1);
        Counted { id, alive: Rc::clone(alive) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.set(self.alive.get() - 1);
    }
}

#[derive(Default)]
struct World {
    log: RefCell<Vec<String>>,
    alive: Rc<Cell<isize>>,
    triggers: RefCell<Vec<Option<Trigger<Counted>>>>,
    deferreds: RefCell<Vec<Option<Deferred<Counted>>>>,
    /// None at all in a run that cancels through the Deferreds themselves.
    handles: RefCell<Vec<CancelHandle>>,
}

impl World {
    fn new(cancellers: &[Canceller], with_handles: bool) -> Rc<Self> {
        let world = Rc::new(World::default());
        for (number, &canceller) in cancellers.iter().enumerate() {
            let (trigger, deferred) = if let Canceller::None = canceller {
                Deferred::new()
            } else {
                let world = Rc::clone(&world);
                Deferred::with_canceller(move |trigger| {
                    world.note(format!("canceller {number}"));
                    match canceller {
                        Canceller::Value => trigger.callback(world.value(100 + number)),
                        Canceller::Fail => trigger.errback(Failure::msg(format!("canceller {number}"))),
                        Canceller::Panic => panic!("canceller {number}"),
                        Canceller::None | Canceller::Nothing => (),
                    }
                })
            };
            world.triggers.borrow_mut().push(Some(trigger));
            if with_handles {
                world.handles.borrow_mut().push(deferred.cancel_handle());
            }
            world.deferreds.borrow_mut().push(Some(deferred));
        }
        world
    }

    fn note(&self, event: String) {
        self.log.borrow_mut().push(event);
    }

    fn value(&self, id: usize) -> Counted {
        Counted::new(id, &self.alive)
    }

    fn run(self: &Rc<Self>, action: Action) {
        match action {
            Action::Do(effect) => self.effect(effect),
            Action::Add { chain, step } => {
                let Some(deferred) = self.take_deferred(chain) else { return };
                let world = Rc::clone(self);
                let added = match step.kind {
                    Kind::Callback => deferred.add_callback(move |value| world.step(&step, Ok(value))),
                    Kind::Errback => deferred.add_errback(move |why| world.step(&step, Err(why))),
                    Kind::Both => deferred.add_both(move |result| world.step(&step, result)),
                };
                self.deferreds.borrow_mut()[chain] = Some(added);
            }
        }
    }

    fn take_deferred(&self, chain: usize) -> Option<Deferred<Counted>> {
        self.deferreds.borrow_mut()[chain].take()
    }

    fn take_trigger(&self, chain: usize) -> Option<Trigger<Counted>> {
        self.triggers.borrow_mut()[chain].take()
    }

    fn step(self: &Rc<Self>, step: &Step, result: Result<Counted, Failure>) -> Deferred<Counted> {
        self.note(format!("step {} {:?}", step.id, shown(&result)));
        drop(result);
        if let Some(effect) = step.effect {
            self.effect(effect);
        }
        match step.outcome {
            Outcome::Value | Outcome::FiredDeferred => succeed(self.value(step.id)),
            Outcome::Fail | Outcome::FailedDeferred => {
                inline_callbacks::fail(Failure::msg(format!("step {}", step.id)))
            }
            Outcome::Panic => panic!("step {}", step.id),
            Outcome::Chain { number, through_body } => match self.take_deferred(number) {
                Some(deferred) if through_body => ensure_deferred(deferred.into_future()),
                Some(deferred) => deferred,
                None => succeed(self.value(step.id)),
            },
        }
    }

    fn effect(&self, effect: Effect) {
        match effect {
            Effect::Fire(chain) => {
                if let Some(trigger) = self.take_trigger(chain) {
                    trigger.callback(self.value(200 + chain));
                }
            }
            Effect::Fail(chain) => {
                if let Some(trigger) = self.take_trigger(chain) {
                    trigger.errback(Failure::msg(format!("chain {chain}")));
                }
            }
            Effect::DropTrigger(chain) => drop(self.take_trigger(chain)),
            Effect::Cancel(chain) => {
                let handle = self.handles.borrow().get(chain).cloned();
                if let Some(handle) = handle {
                    handle.cancel();
                } else if let Some(deferred) = self.take_deferred(chain) {
                    deferred.cancel();
                    self.deferreds.borrow_mut()[chain] = Some(deferred);
                }
            }
            Effect::DropDeferred(chain) => drop(self.take_deferred(chain)),
        }
    }
}

fn shown(result: &Result<Counted, Failure>) -> Shown {
    result
        .as_ref()
        .map(|value| value.id)
        .map_err(|why| why.to_string().replace("panicked: ", "").replace(ABANDONED, "abandoned"))
}

const ABANDONED: &str = "abandoned: the trigger was dropped before it fired";

fn run_for_real(cancellers: &[Canceller], actions: &[Action], with_handles: bool) -> (Vec<String>, isize) {
    let world = World::new(cancellers, with_handles);
    let seen = Rc::downgrade(&world);
    unhandled::set_hook(move |failure| {
        let world = seen.upgrade().expect("the world outlives the run");
        world.note(format!("unhandled {:?}", shown(&Err(failure.clone())).expect_err("a failure")));
    });
    for action in actions.iter().cloned() {
        world.run(action);
        for chain in 0..CHAINS {
            let state = match &world.deferreds.borrow()[chain] {
                None => continue,
                Some(deferred) => deferred.peek(|result| match result {
                    Ok(value) => Ok(value.id),
                    Err(why) => shown(&Err(why.clone())),
                }),
            };
            world.note(format!("chain {chain} has {state:?}"));
        }
    }
    for chain in 0..CHAINS {
        drop(world.take_trigger(chain));
        drop(world.take_deferred(chain));
    }
    let log = world.log.take();
    (log, world.alive.get())
}

// ----- The model --------------------------------------------------------------------------------------------------

/// What a chain waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Waits {
    Trigger,
    Chain(usize),
    Nothing,
}

#[expect(clippy::struct_excessive_bools, reason = "a model is plain, and these are independent")]
struct Chain {
    canceller: Canceller,
    has_trigger: bool,
    /// Somebody can still add callbacks.
    has_deferred: bool,
    /// A callback is being added, so the Deferred is away but will be back.
    is_away: bool,
    steps: VecDeque<Step>,
    waits: Waits,
    result: Option<(Shown, bool)>,
    /// The chain that waits for this one's result.
    waiter: Option<usize>,
    /// Its callback is being added to a result that is there: what it returns is the chain from then on.
    at_once: bool,
    /// It became what such a callback returned, and is nobody who waits for that.
    merged: bool,
    /// Its callbacks run now, or will when the outermost user code has returned.
    busy: bool,
}

struct Model {
    log: Vec<String>,
    chains: Vec<Chain>,
    depth: usize,
    postponed: VecDeque<usize>,
    with_handles: bool,
}

impl Model {
    fn new(cancellers: &[Canceller], with_handles: bool) -> Self {
        let chains = cancellers.iter().map(|&canceller| Chain {
            canceller,
            has_trigger: true,
            has_deferred: true,
            is_away: false,
            steps: VecDeque::new(),
            waits: Waits::Trigger,
            result: None,
            waiter: None,
            at_once: false,
            merged: false,
            busy: false,
        });
        Model { log: Vec::new(), chains: chains.collect(), depth: 0, postponed: VecDeque::new(), with_handles }
    }

    /// User code runs; when the outermost has returned, those whose triggers were dropped in it go on.
    fn inside(&mut self, work: impl FnOnce(&mut Self)) {
        self.depth += 1;
        work(self);
        if self.depth == 1 {
            while let Some(chain) = self.postponed.pop_front() {
                self.go_on(chain);
            }
        }
        self.depth -= 1;
    }

    fn run(&mut self, action: &Action) {
        match action {
            Action::Do(effect) => self.effect(*effect),
            Action::Add { chain, step } => {
                if self.chains[*chain].has_deferred {
                    let chain = *chain;
                    self.chains[chain].steps.push_back(step.clone());
                    if !self.chains[chain].busy && self.chains[chain].result.is_some() {
                        (self.chains[chain].has_deferred, self.chains[chain].is_away) = (false, true);
                        self.chains[chain].at_once = true;
                        self.go_on(chain);
                        self.chains[chain].at_once = false;
                        (self.chains[chain].has_deferred, self.chains[chain].is_away) = (true, false);
                    }
                }
            }
        }
    }

    /// Twisted's `_runCallbacks`.
    fn go_on(&mut self, chain: usize) {
        self.inside(|model| {
            model.chains[chain].busy = true;
            while let Some((result, _)) = model.chains[chain].result.clone() {
                let Some(step) = model.chains[chain].steps.pop_front() else { break };
                match (step.kind, &result) {
                    (Kind::Callback, Ok(_)) | (Kind::Errback, Err(_)) | (Kind::Both, _) => (),
                    _ => continue,
                }
                model.chains[chain].result = None;
                model.step(chain, &step, &result);
            }
            model.chains[chain].busy = false;
            if model.chains[chain].result.is_some() {
                model.finish(chain);
            }
        });
    }

    fn step(&mut self, chain: usize, step: &Step, result: &Shown) {
        self.log.push(format!("step {} {result:?}", step.id));
        self.chains[chain].waits = Waits::Nothing;
        self.chains[chain].merged = false;
        if let Some(effect) = step.effect {
            self.inside(|model| model.effect(effect));
        }
        let value = Some((Ok(step.id), false));
        self.chains[chain].result = match step.outcome {
            Outcome::Fail | Outcome::FailedDeferred | Outcome::Panic => Some((Err(format!("step {}", step.id)), false)),
            Outcome::Chain { number, through_body } if self.chains[number].has_deferred => {
                self.chains[number].has_deferred = false;
                self.chains[chain].merged = self.chains[chain].at_once && !through_body;
                match self.chains[number].result.take() {
                    Some(result) if !self.chains[number].busy => Some(result),
                    unfinished => {
                        self.chains[number].result = unfinished;
                        self.chains[number].waiter = Some(chain);
                        self.chains[chain].waits = Waits::Chain(number);
                        None
                    }
                }
            }
            Outcome::Value | Outcome::FiredDeferred | Outcome::Chain { .. } => value,
        };
    }

    /// All callbacks have run: the result goes to the waiter, stays for later callbacks, or nobody wants it.
    fn finish(&mut self, chain: usize) {
        if let Some(waiter) = self.chains[chain].waiter.take() {
            self.chains[waiter].result = self.chains[chain].result.take();
            self.chains[waiter].waits = Waits::Nothing;
            self.go_on(waiter);
        } else if !self.chains[chain].has_deferred && !self.chains[chain].is_away {
            if let Some((Err(why), asked_for)) = self.chains[chain].result.take() {
                if !asked_for {
                    self.log.push(format!("unhandled {why:?}"));
                }
            }
        }
    }

    fn fire(&mut self, chain: usize, result: Shown, asked_for: bool) {
        if self.chains[chain].waits == Waits::Trigger {
            self.chains[chain].waits = Waits::Nothing;
            self.chains[chain].result = Some((result, asked_for));
            self.go_on(chain);
        }
    }

    fn take_trigger(&mut self, chain: usize) -> bool {
        std::mem::take(&mut self.chains[chain].has_trigger)
    }

    /// Whether somebody has to be resumed when this fires. A handle counts as somebody.
    fn is_waited_for(&self, chain: usize) -> bool {
        let it = &self.chains[chain];
        let waiter = it.waiter.is_some_and(|waiter| !self.chains[waiter].merged || self.is_waited_for(waiter));
        self.with_handles || waiter || !it.steps.is_empty()
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Fire(chain) => {
                if self.take_trigger(chain) {
                    self.fire(chain, Ok(200 + chain), false);
                }
            }
            Effect::Fail(chain) => {
                if self.take_trigger(chain) {
                    self.fire(chain, Err(format!("chain {chain}")), false);
                }
            }
            Effect::DropTrigger(chain) => {
                if self.take_trigger(chain) && self.chains[chain].waits == Waits::Trigger {
                    let abandoned = Err("abandoned".to_owned());
                    if self.depth == 0 || !self.is_waited_for(chain) {
                        self.fire(chain, abandoned, false);
                    } else {
                        self.chains[chain].waits = Waits::Nothing;
                        self.chains[chain].result = Some((abandoned, false));
                        self.chains[chain].busy = true;
                        self.postponed.push_back(chain);
                    }
                }
            }
            Effect::Cancel(chain) if self.with_handles => self.cancel(chain),
            Effect::Cancel(chain) => {
                if self.chains[chain].has_deferred {
                    (self.chains[chain].has_deferred, self.chains[chain].is_away) = (false, true);
                    self.cancel(chain);
                    (self.chains[chain].has_deferred, self.chains[chain].is_away) = (true, false);
                }
            }
            Effect::DropDeferred(chain) => {
                let had = std::mem::take(&mut self.chains[chain].has_deferred);
                if had && !self.chains[chain].busy && self.chains[chain].result.is_some() {
                    self.finish(chain);
                }
            }
        }
    }

    fn cancel(&mut self, chain: usize) {
        match self.chains[chain].waits {
            Waits::Nothing => (),
            Waits::Chain(inner) => self.cancel(inner),
            Waits::Trigger => {
                let canceller = self.chains[chain].canceller;
                if !matches!(canceller, Canceller::None) {
                    self.log.push(format!("canceller {chain}"));
                }
                self.inside(|model| match canceller {
                    Canceller::Value => model.fire(chain, Ok(100 + chain), false),
                    Canceller::Fail => model.fire(chain, Err(format!("canceller {chain}")), false),
                    Canceller::Panic => model.log.push(format!("unhandled {:?}", format!("canceller {chain}"))),
                    Canceller::None | Canceller::Nothing => (),
                });
                self.fire(chain, Err("cancelled".to_owned()), true);
            }
        }
    }

    fn end(mut self) -> Vec<String> {
        for chain in 0..CHAINS {
            self.effect(Effect::DropTrigger(chain));
            self.effect(Effect::DropDeferred(chain));
        }
        self.log
    }
}

fn run_in_the_model(cancellers: &[Canceller], actions: &[Action], with_handles: bool) -> Vec<String> {
    let mut model = Model::new(cancellers, with_handles);
    for action in actions {
        model.run(action);
        for chain in 0..CHAINS {
            let it = &model.chains[chain];
            if it.has_deferred {
                let unfinished = it.busy || it.result.is_none();
                let state = if unfinished { None } else { it.result.clone().map(|(result, _)| result) };
                model.log.push(format!("chain {chain} has {state:?}"));
            }
        }
    }
    model.end()
}

// ----- The comparison ---------------------------------------------------------------------------------------------

fn effects() -> impl Strategy<Value = Effect> {
    (0..CHAINS, 0..5).prop_map(|(chain, what)| match what {
        0 => Effect::Fire(chain),
        1 => Effect::Fail(chain),
        2 => Effect::DropTrigger(chain),
        3 => Effect::Cancel(chain),
        _ => Effect::DropDeferred(chain),
    })
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        2 => Just(Outcome::Value),
        1 => Just(Outcome::Fail),
        1 => Just(Outcome::Panic),
        1 => Just(Outcome::FiredDeferred),
        1 => Just(Outcome::FailedDeferred),
        4 => (1..CHAINS, any::<bool>()).prop_map(|(number, through_body)| Outcome::Chain { number, through_body }),
    ]
}

fn steps() -> impl Strategy<Value = (usize, Step)> {
    let kinds = prop_oneof![Just(Kind::Callback), Just(Kind::Errback), Just(Kind::Both)];
    (0..CHAINS, 0..90_usize, kinds, prop::option::weighted(0.3, effects()), outcomes()).prop_map(
        |(chain, id, kind, effect, outcome)| (chain, Step { id, kind, effect, outcome: allowed(outcome, chain) }),
    )
}

fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => steps().prop_map(|(chain, step)| Action::Add { chain, step }),
        2 => effects().prop_map(Action::Do),
    ]
}

fn cancellers() -> impl Strategy<Value = Vec<Canceller>> {
    let one = prop_oneof![
        2 => Just(Canceller::None),
        1 => Just(Canceller::Nothing),
        1 => Just(Canceller::Value),
        1 => Just(Canceller::Fail),
        1 => Just(Canceller::Panic),
    ];
    prop::collection::vec(one, CHAINS)
}

/// Laws 7 to 13: whatever is done to a few chains, events, results, reports and drops are those of the model.
#[test]
fn random_chains_behave_as_twisteds_rules_say() {
    // The panics are meant: nobody wants to read thousands of them.
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(cancellers in cancellers(), with_handles: bool, actions in prop::collection::vec(actions(), 0..25))| {
        let (log, alive) = run_for_real(&cancellers, &actions, with_handles);
        prop_assert_eq!(log, run_in_the_model(&cancellers, &actions, with_handles));
        prop_assert_eq!(alive, 0, "every value is dropped exactly once");
    });
}
