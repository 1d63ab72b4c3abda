//! Makes a scenario smaller for as long as it still shows what it is to show.
//!
//! Every part of a scenario is a scenario, so this works on the format itself and knows nothing of the language but what stands
//! for the simplest thing in each place.

use serde_json::{Value, json};

use super::language::Scenario;

/// The smallest scenario found for which `shows` still holds.
///
/// # Panics
///
/// When the scenario cannot be written as JSON.
pub fn shrink(scenario: &Scenario, mut shows: impl FnMut(&Scenario) -> bool) -> Scenario {
    let mut best = serde_json::to_value(scenario).expect("a scenario is JSON");
    loop {
        let before = best.clone();
        for path in paths(&best) {
            // What was there when the paths were listed may be gone.
            while let Some(smaller) = first_that(&best, &path, &mut shows) {
                best = smaller;
            }
        }
        if best == before {
            return serde_json::from_value(best).expect("it was parsed before");
        }
    }
}

fn first_that(value: &Value, path: &str, shows: &mut impl FnMut(&Scenario) -> bool) -> Option<Value> {
    let here = value.pointer(path)?;
    for simpler in simpler_than(path, here) {
        let mut candidate = value.clone();
        *candidate.pointer_mut(path)? = simpler;
        if serde_json::from_value(candidate.clone()).is_ok_and(|scenario| shows(&scenario)) {
            return Some(candidate);
        }
    }
    None
}

/// What could stand in the place of `here`, the boldest first.
fn simpler_than(path: &str, here: &Value) -> Vec<Value> {
    let place = path.rsplit('/').next().unwrap_or_default();
    let simplest = match place {
        "then" => Some(json!("pass")),
        "otherwise" => Some(json!("propagate")),
        "end" => Some(json!("sum")),
        "canceller" => Some(json!("none")),
        "wait" => Some(json!({"fired": 0})),
        _ => None,
    };
    let mut simpler: Vec<Value> = simplest.into_iter().filter(|simplest| simplest != here).collect();
    match here {
        Value::Array(items) => simpler.extend(shorter(items)),
        // An operation's own operations may do without it.
        Value::Object(fields) if fields.contains_key("start") => {
            simpler.push(json!({"fired": 0}));
        }
        Value::Number(number) if matches!(place, "after" | "by" | "every" | "tokens" | "retry") => {
            let number = number.as_u64().unwrap_or(0);
            simpler.extend((1..number).map(|smaller| json!(smaller)).take(2));
        }
        _ => (),
    }
    simpler
}

/// The list without a half, a quarter, and so on down to one item.
fn shorter(items: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    let mut size = items.len();
    while size > 0 {
        for start in (0..items.len()).step_by(size).rev() {
            let kept = items[..start].iter().chain(&items[(start + size).min(items.len())..]).cloned();
            found.push(Value::Array(kept.collect()));
        }
        size /= 2;
    }
    // An operation may be replaced by what it has inside.
    for (at, item) in items.iter().enumerate() {
        for inner in ["/ops", "/call/ops"] {
            if let Some(inside) = item.pointer(inner).and_then(Value::as_array).filter(|inside| !inside.is_empty()) {
                let spliced = items[..at].iter().chain(inside).chain(&items[at + 1..]).cloned();
                found.push(Value::Array(spliced.collect()));
            }
        }
    }
    found
}

/// The places of everything in a value, from the outside in.
fn paths(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut at = 0;
    while at < found.len() {
        let path = found[at].clone();
        match value.pointer(&path) {
            Some(Value::Array(items)) => found.extend((0..items.len()).map(|index| format!("{path}/{index}"))),
            Some(Value::Object(fields)) => found.extend(fields.keys().map(|key| format!("{path}/{key}"))),
            _ => (),
        }
        at += 1;
    }
    found
}
