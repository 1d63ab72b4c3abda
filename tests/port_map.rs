//! The map of Twisted's tests, `semantics/twisted.md`, agrees with the list of their names, with our tests, with the comments
//! of these, and with what the compiler refuses.

mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use workspace::{read, root, rust_files};

const MAP: &str = "tests/semantics/twisted.md";
const INVENTORY: &str = "tests/semantics/twisted-inventory.txt";

// ----- The map ----------------------------------------------------------------------------------------------------

/// One of Twisted's tests and where it is here.
struct Row {
    /// As the inventory writes it: `test_defer.py DeferredTests.test_x`.
    name: String,
    here: Here,
}

enum Here {
    Same(Vec<String>),
    DoesNotCompile(Vec<String>),
    Differs { title: String, tests: Vec<String> },
}

impl Row {
    /// As comments write it: without the file.
    fn short(&self) -> &str {
        self.name.split_once(' ').map_or("", |(_, short)| short)
    }

    /// Those of our tests that it names.
    fn tests(&self) -> &[String] {
        match &self.here {
            Here::Same(tests) | Here::Differs { tests, .. } => tests,
            Here::DoesNotCompile(_) => &[],
        }
    }
}

/// The names in "`one`, `two`"; `None` when it is anything else.
fn names(text: &str) -> Option<Vec<String>> {
    text.split(", ")
        .map(|quoted| quoted.strip_prefix('`')?.strip_suffix('`').map(str::to_owned))
        .map(|name| name.filter(|name| !name.is_empty() && !name.contains(['`', ' '])))
        .collect()
}

fn parse_here(cell: &str) -> Option<Here> {
    if let Some(files) = cell.strip_prefix("does not compile: ") {
        return names(files).map(Here::DoesNotCompile);
    }
    let Some(rest) = cell.strip_prefix("differs: **") else {
        return names(cell).map(Here::Same);
    };
    let (title, tests) = rest.split_once("** ")?;
    Some(Here::Differs { title: bare(title).to_owned(), tests: names(tests)? })
}

/// A title without the full stop that it ends with in some places.
fn bare(title: &str) -> &str {
    title.trim_end_matches('.')
}

fn rows() -> Vec<Row> {
    let (mut file, mut class, mut rows) = (String::new(), String::new(), Vec::new());
    for line in read(MAP).lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut file);
        } else if let Some(heading) = line.strip_prefix("### ") {
            heading.clone_into(&mut class);
        } else if let Some(row) = line.strip_prefix("| `") {
            let parsed = row.strip_suffix(" |").and_then(|row| row.split_once("` | "));
            let parsed = parsed.and_then(|(test, cell)| Some((test, parse_here(cell)?)));
            let (test, here) = parsed.unwrap_or_else(|| panic!("{MAP}: what does this row say? {line}"));
            rows.push(Row { name: format!("{file} {class}.{test}"), here });
        }
    }
    rows
}

fn inventory() -> Vec<String> {
    read(INVENTORY).lines().map(str::to_owned).collect()
}

// ----- Our tests --------------------------------------------------------------------------------------------------

/// A test function and its comment.
struct Test {
    name: String,
    comment: Vec<String>,
}

fn is_test_attribute(line: &str) -> bool {
    line == "#[test]" || line.starts_with("#[tokio::test")
}

/// The name of the function that a line begins.
fn function_in(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ").unwrap_or(line);
    let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

fn tests_in(text: &str) -> Vec<Test> {
    let (mut comment, mut is_test, mut tests) = (Vec::new(), false, Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            comment.push(words.trim().to_owned());
        } else if line.starts_with("#[") {
            is_test |= is_test_attribute(line);
        } else {
            if let Some(name) = function_in(line).filter(|_| is_test) {
                tests.push(Test { name: name.to_owned(), comment: std::mem::take(&mut comment) });
            }
            comment.clear();
            is_test = false;
        }
    }
    tests
}

fn tests() -> Vec<Test> {
    let mut files = Vec::new();
    rust_files(&root().join("tests"), &mut files);
    let programs = root().join("tests/ui");
    files.retain(|file| !file.starts_with(&programs));
    files.iter().flat_map(|file| tests_in(&read(file))).collect()
}

/// What a comment says of Twisted's tests.
struct Listed {
    rows: Vec<String>,
    one_case_each: bool,
}

/// `None` when no line of the comment starts such a list; an error when it is not written as it should be, or not once.
fn listed_in(comment: &[String]) -> Option<Result<Listed, String>> {
    const ONE_CASE_EACH: &str = "Twisted, one case each: ";
    let starts_list = |line: &String| line.starts_with("Twisted: ") || line.starts_with(ONE_CASE_EACH);
    let start = comment.iter().position(starts_list)?;
    let last =
        comment[start..].iter().position(|line| line.ends_with('.')).map_or(comment.len(), |end| start + end + 1);
    let sentence = comment[start..last].join(" ");
    let one_case_each = sentence.starts_with(ONE_CASE_EACH);
    let rows = sentence.split_once(": ").and_then(|(_, list)| names(list.strip_suffix('.')?));
    let rows = rows.filter(|_| !comment[start + 1..].iter().any(starts_list));
    Some(rows.map(|rows| Listed { rows, one_case_each }).ok_or(sentence))
}

/// The rows that each test lists, those of tests with the same name together.
fn listed_by_test() -> BTreeMap<String, BTreeSet<String>> {
    let mut listed = BTreeMap::<_, BTreeSet<_>>::new();
    for test in tests() {
        let rows = listed_in(&test.comment).and_then(Result::ok).map(|list| list.rows);
        listed.entry(test.name).or_default().extend(rows.unwrap_or_default());
    }
    listed
}

// ----- The rules --------------------------------------------------------------------------------------------------

#[track_caller]
fn none(what: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{} {what}:\n  {}", offenders.len(), offenders.join("\n  "));
}

/// Those that are there more than once.
fn repeated<'a>(all: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|&name| !seen.insert(name)).map(str::to_owned).collect()
}

#[test]
fn every_test_of_the_inventory_is_in_the_map_once() {
    let rows = rows();
    let mapped: BTreeSet<_> = rows.iter().map(|row| row.name.as_str()).collect();
    let inventory = inventory();
    assert!(inventory.len() > 300, "the inventory is not empty");
    none("names are in the inventory twice", &repeated(inventory.iter().map(String::as_str)));
    none("rows are in the map twice", &repeated(rows.iter().map(|row| row.name.as_str())));
    let missing: Vec<_> = inventory.iter().filter(|name| !mapped.contains(name.as_str())).cloned().collect();
    none("of Twisted's tests are not in the map", &missing);
}

#[test]
fn the_map_has_no_row_that_the_inventory_lacks() {
    let inventory: BTreeSet<_> = inventory().into_iter().collect();
    let names = rows().into_iter().map(|row| row.name);
    let unknown: Vec<_> = names.filter(|name| !inventory.contains(name)).collect();
    none("rows of the map are not in the inventory", &unknown);
}

#[test]
fn every_test_in_the_map_exists_once() {
    let mut counts = BTreeMap::<_, usize>::new();
    for test in tests() {
        *counts.entry(test.name).or_default() += 1;
    }
    let (mut unknown, mut ambiguous) = (Vec::new(), Vec::new());
    for row in rows() {
        for test in row.tests() {
            match counts.get(test) {
                None => unknown.push(format!("{test}, in the row {}", row.name)),
                Some(1) => (),
                Some(count) => ambiguous.push(format!("{test} is the name of {count}")),
            }
        }
    }
    none("tests in the map do not exist", &unknown);
    none("names in the map are those of several tests", &ambiguous);
}

#[test]
fn every_test_in_the_map_lists_its_rows() {
    let listed = listed_by_test();
    let mut missing = Vec::new();
    for row in rows() {
        for test in row.tests() {
            if !listed.get(test).is_some_and(|rows| rows.contains(row.short())) {
                missing.push(format!("{test}: {}", row.short()));
            }
        }
    }
    none("rows of the map are not in the comments of their tests", &missing);
}

#[test]
fn no_test_lists_a_row_that_the_map_does_not_give_it() {
    let rows = rows();
    let mut mapped = BTreeSet::new();
    for row in &rows {
        mapped.extend(row.tests().iter().map(|test| (test.as_str(), row.short())));
    }
    let mut unmapped = Vec::new();
    for (test, listed) in &listed_by_test() {
        let extra = listed.iter().filter(|row| !mapped.contains(&(test.as_str(), row.as_str())));
        unmapped.extend(extra.map(|row| format!("{test}: {row}")));
    }
    none("rows in comments of tests are not in the map", &unmapped);
}

#[test]
fn what_comments_say_of_twisteds_tests_is_written_in_one_way() {
    let tests = tests();
    let (mut malformed, mut scattered) = (Vec::new(), Vec::new());
    for test in &tests {
        if let Some(Err(sentence)) = listed_in(&test.comment) {
            malformed.push(format!("{}: {sentence}", test.name));
        }
        let others = test.comment.iter().filter(|line| line.contains("Twisted's `test"));
        scattered.extend(others.map(|line| format!("{}: {line}", test.name)));
    }
    none("lists of Twisted's tests are not of the form \"Twisted: `Class.test`, `Class.test`.\"", &malformed);
    none("mentions of Twisted's tests are not in such a list", &scattered);
}

#[test]
fn a_test_stands_for_three_rows_at_most_unless_it_has_a_case_for_each() {
    let mut crowded = Vec::new();
    for test in tests() {
        if let Some(Ok(list)) = listed_in(&test.comment) {
            if list.rows.len() > 3 && !list.one_case_each {
                crowded.push(format!("{}: {}", test.name, list.rows.len()));
            }
        }
    }
    none("tests stand for more than three of Twisted's", &crowded);
}

#[test]
fn every_file_that_does_not_compile_is_recorded() {
    let mut missing = Vec::new();
    for row in rows() {
        let Here::DoesNotCompile(files) = &row.here else { continue };
        for file in files {
            let path = root().join(file);
            let is_there = file.starts_with("tests/ui/") && path.is_file() && path.with_extension("stderr").is_file();
            if !is_there {
                missing.push(format!("{file}, in the row {}", row.name));
            }
        }
    }
    none("files are not in tests/ui with what the compiler says", &missing);
}

#[test]
fn every_difference_is_explained() {
    let deviations = read("DEVIATIONS.md");
    let entries = deviations.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**"));
    let titles: BTreeSet<_> = entries.map(|(title, _)| bare(title)).collect();
    assert!(titles.len() > 20, "the entries are found");
    let mut unknown = Vec::new();
    for row in rows() {
        if let Here::Differs { title, .. } = &row.here {
            if !titles.contains(title.as_str()) {
                unknown.push(format!("{title}, in the row {}", row.name));
            }
        }
    }
    none("titles are not in DEVIATIONS.md", &unknown);
}
