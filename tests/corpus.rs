//! The comparison with Twisted without Twisted: the corpus has its recorded traces. See `tests/conformance/corpus/README.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use inline_callbacks_tests::conformance::compare::{Verdict, compare};
use inline_callbacks_tests::conformance::coverage::{Coverage, visit_ops};
use inline_callbacks_tests::conformance::generate::generate;
use inline_callbacks_tests::conformance::language::{Op, Scenario};
use inline_callbacks_tests::conformance::shrink::shrink;
use inline_callbacks_tests::conformance::{corpus, expect, rules, world};

fn whole_corpus() -> Vec<corpus::Recorded> {
    let files = corpus::files().expect("the folder of the corpus");
    files.iter().flat_map(|file| corpus::read(file).expect("a file of the corpus")).collect()
}

/// Every scenario of the corpus gives the trace that Twisted gave when it was recorded, but for the deliberate differences.
#[test]
fn the_corpus_agrees_with_twisted() {
    let corpus = whole_corpus();
    assert!(corpus.len() > 300, "only {} scenarios", corpus.len());
    for recorded in corpus {
        let ours = world::run(&recorded.scenario);
        if let Verdict::Differed { expected, why } = compare(&recorded.scenario, &recorded.twisted, &ours) {
            panic!("{}: {why}\nexpected {expected:#?}\nours {ours:#?}", recorded.scenario.name);
        }
    }
}

/// A trace in which any one line is missing, or in which two neighbours have changed places, is no longer agreed with.
#[test]
fn a_line_that_is_missing_or_out_of_its_place_is_a_difference() {
    for recorded in whole_corpus() {
        let ours = world::run(&recorded.scenario);
        let is_fine =
            |ours: &[String]| !matches!(compare(&recorded.scenario, &recorded.twisted, ours), Verdict::Differed { .. });
        for at in 0..ours.len() {
            let mut without = ours.clone();
            let line = without.remove(at);
            assert!(!is_fine(&without), "{}: nobody misses {line:?}", recorded.scenario.name);
            if at + 1 < ours.len() && ours[at] != ours[at + 1] {
                let mut swapped = ours.clone();
                swapped.swap(at, at + 1);
                assert!(!is_fine(&swapped), "{}: nobody sees that {line:?} is late", recorded.scenario.name);
            }
        }
    }
}

/// Every deliberate difference that a rule or a block knows has its entry in DEVIATIONS.md.
#[test]
fn every_difference_has_its_entry() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../DEVIATIONS.md")).expect("DEVIATIONS.md");
    let mut titles: BTreeSet<&str> = rules::TITLES.into_iter().collect();
    for seed in 0..20_000 {
        visit_ops(&generate(seed).ops, &mut |op| {
            if let Op::Block { block } = op {
                titles.insert(expect::expected(block).entry);
            }
        });
    }
    titles.remove("");
    assert!(titles.len() > 20, "only {titles:?}");
    for title in titles {
        assert!(
            text.contains(&format!("- **{}", title.trim_end_matches('.'))),
            "DEVIATIONS.md says nothing of {title:?}"
        );
    }
}

/// The generator reaches everything that the language has.
#[test]
fn everything_occurs_in_five_thousand_seeds() {
    let mut coverage = Coverage::default();
    (0..5000).for_each(|seed| coverage.count(&generate(seed)));
    let (lines, complete) = coverage.report();
    assert!(complete, "{lines:#?}");
}

/// The same seed gives the same scenario, and the same scenario the same trace.
#[test]
fn a_seed_is_a_scenario_is_a_trace() {
    for seed in 0..50 {
        let scenario = generate(seed);
        assert_eq!(scenario, generate(seed));
        assert_eq!(world::run(&scenario), world::run(&scenario));
        let text = serde_json::to_string(&scenario).expect("JSON");
        assert_eq!(serde_json::from_str::<Scenario>(&text).expect("a scenario"), scenario);
    }
}

/// The shrinker leaves nothing that is not needed.
#[test]
fn a_scenario_shrinks_to_what_is_needed() {
    let wanted = |scenario: &Scenario| world::run(scenario).iter().any(|line| line.starts_with("unhandled boom-"));
    let seed = (0..1000).find(|seed| generate(*seed).ops.len() > 30 && wanted(&generate(*seed))).expect("there is one");
    let small = shrink(&generate(seed), wanted);
    assert!(wanted(&small));
    assert!(small.ops.len() <= 6, "{small:?}");
}
