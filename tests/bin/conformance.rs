//! Compares this crate with Twisted on random programs; see `tests/conformance/`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use inline_callbacks_tests::conformance::compare::{Verdict, compare};
use inline_callbacks_tests::conformance::coverage::Coverage;
use inline_callbacks_tests::conformance::generate::generate;
use inline_callbacks_tests::conformance::language::Scenario;
use inline_callbacks_tests::conformance::python::{self, Trouble, Twisted};
use inline_callbacks_tests::conformance::{corpus, shrink, world};
use serde_json::Value;

/// How many scenarios are sent to Python at once.
const BATCH: u64 = 250;

/// Runs random programs of Deferreds with Twisted and with this crate, and compares their traces.
#[derive(Parser)]
struct Options {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    count: u64,
    /// An interpreter that has Twisted; otherwise one is made below `target`.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Runs the scenarios of a file (one or more JSON objects, or a file of the corpus) and prints their traces.
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// How many differences to make small and show.
    #[arg(long, default_value_t = 1)]
    show: u64,
    /// Counts what occurs in the seeds instead; fails when something does not.
    #[arg(long)]
    coverage: bool,
    /// Records Twisted's traces of the corpus again.
    #[arg(long)]
    record: bool,
    /// Prints the scenario of the first seed instead of running anything.
    #[arg(long)]
    print: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("conformance: {trouble}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<bool, Trouble> {
    if options.print {
        println!("{}", serde_json::to_string(&generate(options.from))?);
        return Ok(true);
    }
    if options.coverage {
        return Ok(cover(options.from..options.from + options.count));
    }
    let python = match &options.python {
        Some(python) => python.clone(),
        None => python::interpreter(&target_folder())?,
    };
    let mut twisted = Twisted::start(&python)?;
    if options.record {
        return corpus::record(&mut twisted).map(|()| true);
    }
    match &options.scenario {
        Some(file) => show_file(file, &mut twisted),
        None => compare_seeds(options, &mut twisted),
    }
}

/// The build folder in which this program lies.
fn target_folder() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.ancestors().nth(2).unwrap_or(Path::new("target")).to_owned()
}

fn cover(seeds: std::ops::Range<u64>) -> bool {
    let mut coverage = Coverage::default();
    seeds.for_each(|seed| coverage.count(&generate(seed)));
    let (lines, complete) = coverage.report();
    for line in lines {
        println!("{line}");
    }
    println!("{}", if complete { "everything occurred" } else { "something never occurred" });
    complete
}

fn show_file(file: &Path, twisted: &mut Twisted) -> Result<bool, Trouble> {
    let text = std::fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
    let mut all_well = true;
    for (object, number) in serde_json::Deserializer::from_str(&text).into_iter::<Value>().zip(1..) {
        let mut object = object?;
        // In a line of the corpus the scenario stands beside Twisted's trace.
        let scenario = object.get_mut("scenario").map(Value::take).unwrap_or(object);
        let scenario: Scenario = serde_json::from_value(scenario).map_err(|why| format!("object {number}: {why}"))?;
        let theirs = twisted.traces([&scenario])?.remove(0);
        let ours = world::run(&scenario);
        let verdict = compare(&scenario, &theirs, &ours);
        println!("{} (left Twisted, right ours)", scenario.name);
        print_beside(&theirs, &ours);
        match verdict {
            Verdict::Agreed => println!("agreed"),
            Verdict::Deviated(entries) => println!("deviated: {}", entries.join(", ")),
            Verdict::Differed { why, .. } => {
                println!("differed: {why}");
                all_well = false;
            }
        }
    }
    Ok(all_well)
}

fn compare_seeds(options: &Options, twisted: &mut Twisted) -> Result<bool, Trouble> {
    let mut tally = Tally::default();
    let end = options.from + options.count;
    let mut from = options.from;
    while from < end {
        let scenarios: Vec<Scenario> = (from..end.min(from + BATCH)).map(generate).collect();
        let traces = twisted.traces(&scenarios)?;
        for ((scenario, theirs), seed) in scenarios.iter().zip(traces).zip(from..) {
            let verdict = compare(scenario, &theirs, &world::run(scenario));
            if let Verdict::Differed { .. } = verdict {
                if tally.differed < options.show {
                    show_difference(scenario, twisted)?;
                } else {
                    println!("seed {seed} differs as well");
                }
            }
            tally.add(verdict);
        }
        from += BATCH;
    }
    tally.print();
    Ok(tally.differed == 0)
}

fn show_difference(scenario: &Scenario, twisted: &mut Twisted) -> Result<(), Trouble> {
    let mut trouble = None;
    let small = shrink::shrink(scenario, |candidate| match twisted.traces([candidate]) {
        Ok(theirs) => matches!(compare(candidate, &theirs[0], &world::run(candidate)), Verdict::Differed { .. }),
        Err(why) => {
            trouble = Some(why);
            false
        }
    });
    if let Some(why) = trouble {
        return Err(why);
    }
    let theirs = twisted.traces([&small])?.remove(0);
    let ours = world::run(&small);
    println!("{} differs; as small as it gets:", scenario.name);
    println!("{}", serde_json::to_string(&small)?);
    if let Verdict::Differed { expected, why } = compare(&small, &theirs, &ours) {
        println!("{why}; left Twisted, right ours");
        print_beside(&theirs, &ours);
        if expected != theirs {
            println!("left what the rules make of Twisted's trace, right ours");
            print_beside(&expected, &ours);
        }
    }
    Ok(())
}

fn print_beside(theirs: &[String], ours: &[String]) {
    let nothing = String::new();
    let width = theirs.iter().map(String::len).max().unwrap_or(0).max(20);
    for at in 0..theirs.len().max(ours.len()) {
        let (left, right) = (theirs.get(at).unwrap_or(&nothing), ours.get(at).unwrap_or(&nothing));
        println!("  {left:width$} {} {right}", if left == right { ' ' } else { '|' });
    }
}

#[derive(Default)]
struct Tally {
    agreed: u64,
    deviated: u64,
    differed: u64,
    kinds: std::collections::BTreeMap<&'static str, u64>,
}

impl Tally {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Agreed => self.agreed += 1,
            Verdict::Differed { .. } => self.differed += 1,
            Verdict::Deviated(entries) => {
                self.deviated += 1;
                for entry in entries {
                    *self.kinds.entry(entry).or_default() += 1;
                }
            }
        }
    }

    fn print(&self) {
        for (entry, count) in &self.kinds {
            println!("{count:>7}  deviated as in DEVIATIONS.md, \"{entry}\"");
        }
        println!("agreed {}, deviated {}, differed {}", self.agreed, self.deviated, self.differed);
    }
}
