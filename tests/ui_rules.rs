//! The rules of the messages: each rule of the macro has its ui tests, each ui test its rule or its reason, and none shows what
//! is none of the user's business. `MESSAGES=overwrite` writes the page of messages anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const MACRO: &str = "../inline-callbacks-macro/src";
const PAGE: &str = "../inline-callbacks/src/messages.md";

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("a folder of the workspace").flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == extension)).collect();
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned()
}

/// The names of all rules, in the spelling of ui tests: the functions in the `rules!` of the macro crate.
fn rules() -> Vec<String> {
    let mut names = Vec::new();
    for file in files(MACRO, "rs") {
        let text = read(file);
        let Some(inside) = text.split("\nrules! {\n").nth(1) else { continue };
        let inside = inside.split("\n}\n").next().unwrap_or_default();
        let functions = inside.lines().filter_map(|line| line.strip_prefix("    fn "));
        names.extend(functions.filter_map(|line| line.split('(').next()).map(|name| name.replace('_', "-")));
    }
    names
}

/// A ui test that must not compile, and what the compiler says about it.
struct Mistake {
    name: String,
    code: String,
    said: String,
}

impl Mistake {
    fn all() -> Vec<Self> {
        let read_both =
            |path: PathBuf| Self { name: stem(&path), said: read(path.with_extension("stderr")), code: read(path) };
        files("ui", "rs").into_iter().map(read_both).collect()
    }

    /// Why it is as it is, in its first line.
    fn reason(&self) -> Option<&str> {
        self.code.lines().next().and_then(|line| line.strip_prefix("// "))
    }

    /// The rule after which it is named, if it is: `generator-` and `callbacks-items-` say only where the mistake is made.
    fn rule<'a>(&self, rules: &'a [String]) -> Option<&'a str> {
        let mut name = self.name.as_str();
        loop {
            let is_of = |rule: &&String| {
                name.strip_prefix(rule.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            if let Some(rule) = rules.iter().filter(is_of).max_by_key(|rule| rule.len()) {
                return Some(rule);
            }
            name = ["generator-", "callbacks-", "items-"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
        }
    }

    /// Whether its rule says it, and not the compiler or the runtime.
    fn is_said_by_rule(&self) -> bool {
        !self.reason().is_some_and(|reason| {
            [
                "The compiler finds out",
                "The compiler's own words",
                "The macro is not",
                "The macro may",
                "The parser",
                "Said by",
                "The compiler refuses the attribute there, and",
            ]
            .iter()
            .any(|start| reason.starts_with(start))
        })
    }

    /// The first message and its help.
    fn message(&self) -> (String, Option<String>) {
        let mut lines = self.said.lines().skip_while(|line| !line.starts_with("error") && !line.starts_with("warning"));
        let first = lines.next().expect("a message");
        let text = first.split_once(": ").expect("a kind and a text").1.to_owned();
        let mut paragraph = lines.take_while(|line| !line.trim_start().starts_with("-->"));
        let help = paragraph.find_map(|line| line.trim().strip_prefix("help: ")).map(str::to_owned);
        (text, help)
    }

    /// The message as one line. Of the compiler's "mismatched types" the label tells which.
    fn headline(&self) -> String {
        let text = self.message().0;
        let label = || self.said.lines().find_map(|line| line.find("^ expected ").map(|at| line[at + 2..].to_owned()));
        match label().filter(|_| text == "mismatched types") {
            Some(label) => format!("{text}: {label}"),
            None => text,
        }
    }

    /// Whether the words are ours.
    fn said_by_us(&self, rules: &[String]) -> bool {
        match self.reason() {
            Some(reason) if reason.starts_with("Said by") => true,
            _ => self.rule(rules).is_some() && self.is_said_by_rule(),
        }
    }

    /// The lines of the code that are about something.
    fn shown_code(&self) -> String {
        let is_noise = |line: &&str| {
            !line.starts_with("// ") && !line.starts_with("use inline_callbacks::") && *line != "fn main() {}"
        };
        let kept: Vec<_> = self.code.lines().filter(is_noise).collect();
        kept.join("\n").trim().to_owned()
    }
}

#[test]
fn every_rule_has_a_ui_test() {
    let rules = rules();
    assert!(rules.len() > 30, "only {} rules found", rules.len());
    let mistakes = Mistake::all();
    for rule in &rules {
        let has_test = mistakes.iter().any(|it| it.is_said_by_rule() && it.rule(&rules) == Some(rule));
        assert!(has_test, "no ui test is named after the rule `{rule}`");
    }
}

#[test]
fn every_ui_test_has_a_rule_or_a_reason() {
    let rules = rules();
    for mistake in Mistake::all() {
        let is_explained = mistake.rule(&rules).is_some() || mistake.reason().is_some();
        assert!(is_explained, "{} is named after no rule, and its first line gives no reason", mistake.name);
    }
}

#[test]
fn every_message_of_ours_says_what_to_write_instead() {
    let rules = rules();
    for mistake in Mistake::all().into_iter().filter(|it| it.rule(&rules).is_some() && it.is_said_by_rule()) {
        let (text, help) = mistake.message();
        let says_so = help.is_some() || text.contains("so it needs no") || mistake.name.contains("syntax-error");
        let is_second = mistake.reason().is_some_and(|reason| reason.starts_with("The compiler refuses"));
        assert!(says_so || is_second, "{}: {text}", mistake.name);
    }
}

#[test]
fn every_mistake_draws_one_message() {
    for mistake in Mistake::all() {
        let starts = |start| mistake.said.lines().filter(|line| line.starts_with(start)).count();
        let messages = starts("error") + starts("warning");
        assert!(
            messages == 1 || mistake.reason().is_some(),
            "{} draws {messages} messages without a reason",
            mistake.name
        );
    }
}

#[test]
fn no_message_shows_what_the_user_did_not_write() {
    let hidden = ["Driver", "async block", "inline_callbacks-", "$WORKSPACE", "$RUST", "/rustc/"];
    for mistake in Mistake::all().iter().filter(|it| it.reason().is_none()) {
        // Two underscores before a letter: rustc underlines with them, too.
        let has_underscores =
            mistake.said.split("__").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        assert!(!has_underscores, "{} shows a name with two underscores", mistake.name);
        for word in hidden {
            assert!(!mistake.said.contains(word), "{} shows {word:?}", mistake.name);
        }
    }
}

#[test]
fn no_message_is_recorded_without_its_code() {
    for path in files("ui", "stderr") {
        assert!(path.with_extension("rs").exists(), "{} belongs to nothing", path.display());
    }
}

/// What the sections of the page are called, by the beginning of the names of the tests.
const SECTIONS: [(&str, &[&str]); 9] = [
    (
        "Where the attributes go",
        &["attribute-", "given-", "method-without-body", "without-async-entry", "async-entry", "refuse-options"],
    ),
    ("Signatures", &["not-", "owned-", "returns", "without-foreign-abi", "syntax-error-in-signature", "never-waits"]),
    ("`yield_!` and `.await`", &["yield-", "await-"]),
    ("Ends", &["return-", "end-", "question-mark-"]),
    ("Generators", &["generator-"]),
    ("`callbacks!`", &["callbacks-"]),
    (
        "Deferreds",
        &[
            "deferred-",
            "unused-deferred",
            "must-use",
            "chain-",
            "fire-",
            "ensure-",
            "from-",
            "list-",
            "used-",
            "wait-for-",
        ],
    ),
    ("Callbacks", &["callback-", "errback-", "map-"]),
    ("What is not ours", &[""]),
];

fn section_of(name: &str) -> usize {
    let name = if name.ends_with("-in-generator") { "generator-" } else { name };
    let is_of = |(_, starts): &&(&str, &[&str])| starts.iter().any(|start| name.starts_with(start));
    SECTIONS.iter().position(|section| is_of(&section)).expect("a section")
}

/// The page, from the ui tests alone.
fn page() -> String {
    let rules = rules();
    let mut messages: BTreeMap<String, Vec<Mistake>> = BTreeMap::new();
    for mistake in Mistake::all() {
        let mut key = mistake.message().0;
        // The compiler says the same of many things. What we say is about one.
        if !mistake.said_by_us(&rules) {
            key = format!("{key}\n{}", mistake.name);
        }
        messages.entry(key).or_default().push(mistake);
    }
    let mut sections: BTreeMap<usize, String> = BTreeMap::new();
    for mistakes in messages.values() {
        // One program shows what a message is about: the shortest, and one without further conditions.
        let shown =
            mistakes.iter().min_by_key(|it| (section_of(&it.name), it.shown_code().len())).expect("at least one");
        let entry = sections.entry(section_of(&shown.name)).or_default();
        writeln!(entry, "**{}**\n\n```text\n{}\n```\n", shown.headline(), shown.shown_code()).expect("a string");
        if let Some(mend) = mend_of(shown) {
            writeln!(entry, "Instead: {mend}\n").expect("a string");
        }
    }
    let mut page = read("ui/messages-head.md");
    for (section, entries) in sections {
        writeln!(page, "\n# {}\n\n{}", SECTIONS[section].0, entries.trim_end()).expect("a string");
    }
    page
}

/// What to write instead: what our message says, or the compiler, in its first note or help.
fn mend_of(mistake: &Mistake) -> Option<String> {
    let (_, help) = mistake.message();
    let after = |start: &str| {
        let at = mistake.said.lines().find(|line| line.trim_start().starts_with(start))?;
        Some(at.trim_start().trim_start_matches(start).to_owned())
    };
    let note =
        || after("= note: ").filter(|note| !note.starts_with("expected") && !note.starts_with("this error originates"));
    let of_compiler = || after("help: ").map(|help| help.trim_end_matches(':').to_owned());
    help.or_else(of_compiler).or_else(note)
}

#[test]
fn the_page_of_messages_is_what_the_ui_tests_say() {
    let page = page();
    if std::env::var_os("MESSAGES").is_some_and(|it| it == "overwrite") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        fs::write(path, &page).expect("the page can be written");
    }
    assert!(
        read(PAGE) == page,
        "the page of messages is stale: run this test with MESSAGES=overwrite, and read the difference"
    );
}
