//! What occurs in scenarios: walks through them, and counts every kind of thing that the language has.

use std::collections::BTreeMap;

use serde_json::Value;

use super::language::{Body, Call, Op, Otherwise, Scenario, Then, Wait};

/// Shows every operation, however deep it is.
pub fn visit_ops<'a>(ops: &'a [Op], visit: &mut impl FnMut(&'a Op)) {
    for op in ops {
        visit(op);
        match op {
            Op::Add { call, .. } | Op::DeferLater { call, .. } | Op::RunLocked { call, .. } | Op::Loop { call, .. } => {
                visit_call(call, visit);
            }
            Op::AddPair { call, other, .. } => {
                visit_call(call, visit);
                visit_call(other, visit);
            }
            Op::Later { ops, .. } => visit_ops(ops, visit),
            Op::Start { body, .. } => visit_body(body, visit),
            _ => (),
        }
    }
}

fn visit_call<'a>(call: &'a Call, visit: &mut impl FnMut(&'a Op)) {
    visit_ops(&call.ops, visit);
    if let Then::Start(body) = &call.then {
        visit_body(body, visit);
    }
}

fn visit_body<'a>(body: &'a Body, visit: &mut impl FnMut(&'a Op)) {
    for step in &body.steps {
        visit_ops(&step.ops, visit);
        visit_wait(&step.wait, visit);
        if let Otherwise::CleanUp(wait) = &step.otherwise {
            visit_wait(wait, visit);
        }
    }
}

fn visit_wait<'a>(wait: &'a Wait, visit: &mut impl FnMut(&'a Op)) {
    if let Wait::Start(body) = wait {
        visit_body(body, visit);
    }
}

/// Every kind that a scenario can have: where it stands, and its name in the format.
const KINDS: [(&str, &str); 10] = [
    (
        "op",
        "make succeed fail add add_pair fire fire_failure chain cancel handle cancel_handle pause unpause peek drop timeout \
         later cancel_call reset_call delay_call defer_later advance start gather list race new_lock acquire release \
         run_locked new_queue put get loop stop_loop reset_loop block",
    ),
    ("canceller", "none nothing value fail"),
    ("on", "callback errback both"),
    ("until", "all one_errback one_callback"),
    ("then", "pass value fail raise fired failed deferred start"),
    ("wait", "value fired failed deferred start later get"),
    ("otherwise", "propagate catch fail return clean_up retry"),
    ("clean_up", "value fired failed deferred start later get"),
    ("end", "sum fail raise"),
    (
        "kind",
        "abandon abandon_inside cancel_in_canceller raising_canceller raising_canceller_at_timeout \
         raising_canceller_in_body cancel_itself cancel_gather cancel_list cancel_race of_nothing locked_jobs \
         release_inside put_inside pause_inside paused_result timeout_of_body cancel_loop drop_in_line pause_merged cancel_paused_body cancel_fired_list \
         return_running same_time drop_gather timeout_of_paused cancel_fed",
    ),
];

/// How often each kind occurred.
pub struct Coverage(BTreeMap<(&'static str, &'static str), u64>);

impl Default for Coverage {
    fn default() -> Self {
        let all = KINDS.iter().flat_map(|(place, names)| names.split_whitespace().map(|name| ((*place, name), 0)));
        Coverage(all.collect())
    }
}

impl Coverage {
    /// Counts what occurs in a scenario.
    ///
    /// # Panics
    ///
    /// When it has a kind that is not in the list of kinds.
    pub fn count(&mut self, scenario: &Scenario) {
        self.walk(&serde_json::to_value(scenario).expect("a scenario is JSON"));
    }

    fn walk(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                for (place, inner) in fields {
                    if KINDS.iter().any(|(known, _)| known == place) {
                        self.note(place, inner);
                    }
                    self.walk(inner);
                }
            }
            _ => (),
        }
    }

    fn note(&mut self, place: &str, inner: &Value) {
        let name = match inner {
            Value::String(name) => name,
            Value::Object(variant) if variant.len() == 1 => variant.keys().next().expect("one key"),
            _ => return,
        };
        // `fail` and `value` are also fields that hold numbers; those have returned above.
        let count = self.0.iter_mut().find(|((at, kind), _)| at == &place && kind == name);
        *count.unwrap_or_else(|| panic!("the list of kinds has no {place} {name}")).1 += 1;
    }

    /// A line for each kind, and whether every one has occurred.
    pub fn report(&self) -> (Vec<String>, bool) {
        let lines = self.0.iter().map(|((place, name), count)| format!("{count:>9}  {place} {name}")).collect();
        (lines, self.0.values().all(|count| *count > 0))
    }
}
