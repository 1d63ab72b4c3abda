//! Judges a scenario by its two traces.

use super::language::Scenario;
use super::rules;

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Both traces are the same.
    Agreed,
    /// They are the same but for deliberate differences, each of which is as its rule says; the titles of their entries.
    Deviated(Vec<&'static str>),
    /// They differ: what Twisted's trace should have made of ours, and why it does not.
    Differed {
        /// Twisted's trace, rewritten by the rules.
        expected: Vec<String>,
        /// A sentence.
        why: String,
    },
}

/// Judges our trace of a scenario by Twisted's.
pub fn compare(scenario: &Scenario, twisted: &[String], ours: &[String]) -> Verdict {
    let rewritten = match rules::rewrite(scenario, twisted) {
        Ok(rewritten) => rewritten,
        Err(why) => return Verdict::Differed { expected: twisted.to_vec(), why },
    };
    if rewritten.lines != ours {
        let at = rewritten.lines.iter().zip(ours).take_while(|(theirs, ours)| theirs == ours).count();
        return Verdict::Differed { expected: rewritten.lines, why: format!("line {} differs", at + 1) };
    }
    if rewritten.applied.is_empty() { Verdict::Agreed } else { Verdict::Deviated(rewritten.applied) }
}
