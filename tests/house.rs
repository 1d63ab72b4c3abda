//! The rules of the house that no compiler checks: the order of the rooms, and that documents say what is so.

mod workspace;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use workspace::{read, root, rust_files};

/// The modules of a crate in the order in which its `lib.rs` lists them.
fn rooms(library: &str) -> Vec<String> {
    library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .filter_map(|rest| rest.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// The rooms that a file names: in `use crate::{..}`, `use crate::room` and `crate::room::` in its text.
fn imports(text: &str) -> HashSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        // Exported macros are of the crate, not of a room.
        .map(|line| line.replace("$crate::", ""))
        .collect::<Vec<_>>()
        .join("\n");
    let first_word =
        |rest: &str| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("").to_owned();
    let mut found = HashSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, path)| (at, &code[at + path.len()..])) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = &list[..list.find('}').expect("a closed list")];
                found.extend(list.split(',').map(|name| first_word(name.trim())));
            }
            None => {
                found.insert(first_word(rest));
            }
        }
    }
    found
}

/// A room is a file, and perhaps a folder with parts of it.
fn text_of_room(source: &Path, room: &str) -> String {
    let mut files = vec![root().join(source).join(format!("{room}.rs"))];
    let folder = root().join(source).join(room);
    if folder.is_dir() {
        rust_files(&folder, &mut files);
    }
    files.iter().map(read).collect::<Vec<_>>().join("\n")
}

fn check_order_of_rooms(source: &str) {
    let folder = Path::new(source);
    let rooms = rooms(&read(folder.join("lib.rs")));
    assert!(rooms.len() > 5, "{source}/lib.rs lists its rooms one by one");
    for (position, room) in rooms.iter().enumerate() {
        let imported = imports(&text_of_room(folder, room));
        for later in &rooms[position..] {
            assert!(!imported.contains(later), "{source}: `{room}` uses `{later}`, which is not listed before it");
        }
    }
}

#[test]
fn a_room_of_the_runtime_uses_only_rooms_listed_before_it() {
    check_order_of_rooms("inline-callbacks/src");
}

#[test]
fn a_room_of_the_macro_uses_only_rooms_listed_before_it() {
    check_order_of_rooms("inline-callbacks-macro/src");
}

#[test]
fn both_crates_forbid_unsafe_code() {
    for library in ["inline-callbacks/src/lib.rs", "inline-callbacks-macro/src/lib.rs"] {
        assert!(read(library).contains("#![forbid(unsafe_code)]"), "{library}");
    }
}

/// The words in backticks that follow `Test:` in the list of deviations.
fn tests_named_in(text: &str) -> Vec<String> {
    let one_line = text.replace('\n', " ");
    one_line.split("Test: `").skip(1).filter_map(|rest| rest.split('`').next()).map(str::to_owned).collect()
}

#[test]
fn every_deviation_names_a_test_that_exists() {
    let text = read("DEVIATIONS.md");
    let mut files = Vec::new();
    rust_files(&root().join("tests"), &mut files);
    let tests: String = files.iter().map(read).collect();
    let named = tests_named_in(&text);
    assert_eq!(named.len(), text.matches("\n- **").count(), "each entry names one test");
    for name in named {
        assert!(tests.contains(&format!("fn {name}(")), "there is no test `{name}`");
    }
}

/// Whether the file defines a function, a type or a constant of that name.
fn defines(code: &str, name: &str) -> bool {
    ["fn ", "struct ", "enum ", "const "].iter().any(|word| {
        code.match_indices(&format!("{word}{name}"))
            .any(|(at, found)| !code[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

#[test]
fn what_the_answers_say_about_the_driver_is_there() {
    let text = read("inline-callbacks/docs/part_17.md");
    let mut checked = 0;
    for named in text.split('`').skip(1).step_by(2) {
        let Some((room, name)) = named.split_once("::") else { continue };
        let is_name = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name(room) && is_name(name) {
            let code = read(format!("inline-callbacks/src/{room}.rs"));
            assert!(defines(&code, name), "there is no `{named}`");
            checked += 1;
        }
    }
    assert!(checked >= 15, "only {checked} names found");
}

#[test]
fn ci_begins_with_the_test_command_of_the_readme() {
    let readme = read("README.md");
    let command = readme.lines().filter_map(|line| line.strip_prefix("$ ")).nth(1).expect("a second command");
    let command = command.split(" #").next().unwrap_or_default().trim();
    let script = read(".ci/run");
    let first = script.lines().find_map(|line| line.strip_prefix("step ")).expect("a step");
    assert_eq!(first, command);
}

#[test]
fn the_messages_in_the_readme_are_those_that_users_see() {
    let readme = read("README.md");
    let table = readme.split("## Limits").nth(1).expect("the limits").split("\n\n").nth(1).expect("their table");
    let mut recorded = String::new();
    for entry in fs::read_dir(root().join("tests/ui")).expect("the ui tests").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "stderr") {
            recorded += &read(entry.path());
        }
    }
    let reactor = read("inline-callbacks/src/reactor.rs").replace("reactor::{what}", "reactor::run");
    let mut checked = 0;
    for row in table.lines().skip(2) {
        let message = row.split(" | ").nth(1).expect("a message").trim_end_matches('|').trim();
        // Advice of the table's own follows some of them, and `Rc<..>` stands for a type of the runtime's.
        let message = message.split(": write").next().unwrap_or_default().replace("`Rc<..>` ", "");
        let message = message.trim_matches('`').trim();
        // The name of the user's own argument, and of what is not `Send`, differ from program to program.
        let (_, tail) = message.split_once("` is borrowed").unwrap_or(("", message));
        assert!(recorded.contains(tail) || reactor.contains(tail), "nobody sees {message:?}");
        checked += 1;
    }
    assert!(checked >= 8, "only {checked} messages found");
}

/// The comment above a test, by the test's name.
fn comment_of<'a>(test: &str, sources: &'a [String]) -> Option<Vec<&'a str>> {
    let start = format!("fn {test}(");
    sources.iter().find_map(|source| {
        let before = &source[..source.find(&start)?];
        let lines = before.lines().rev().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with("#["));
        Some(lines.map_while(|line| line.strip_prefix("///")).map(str::trim).collect())
    })
}

/// The numbers of the hazards, and the words in backticks in the last column: tests, and files that do not compile.
fn hazards(text: &str) -> Vec<(&str, Vec<&str>)> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let numbered = rows.filter(|(number, _)| number.parse::<u32>().is_ok());
    numbered
        .map(|(number, rest)| {
            let (_, here) = rest.rsplit_once(" | ").expect("three columns");
            (number, here.split('`').skip(1).step_by(2).collect())
        })
        .collect()
}

#[test]
fn every_hazard_has_its_test() {
    let mut files = Vec::new();
    rust_files(&root().join("tests"), &mut files);
    let programs = root().join("tests/ui");
    files.retain(|file| !file.starts_with(&programs));
    let sources: Vec<_> = files.iter().map(read).collect();
    let text = read("tests/semantics/hazards.md");
    let hazards = hazards(&text);
    let numbers: Vec<_> = hazards.iter().map(|(number, _)| (*number).to_owned()).collect();
    assert_eq!(numbers, (1..=14).map(|number: u32| number.to_string()).collect::<Vec<_>>());
    let mut missing = Vec::new();
    for (number, here) in hazards {
        let (programs, tests): (Vec<_>, Vec<_>) = here.into_iter().partition(|name| name.contains('/'));
        assert!(!tests.is_empty(), "hazard {number} has no test");
        for test in tests {
            let listed = comment_of(test, &sources).is_some_and(|lines| lines.contains(&&*format!("Hazard {number}.")));
            if !listed {
                missing.push(format!("there is no test `{test}` with \"Hazard {number}.\" in its comment"));
            }
        }
        for program in programs {
            let recorded = root().join(program).with_extension("stderr");
            assert!(root().join(program).is_file() && recorded.is_file(), "{program} is not there, or not recorded");
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The lines that a patch wants to find, hunk by hunk, each with the file.
fn wanted_by(patch: &str) -> Vec<(String, String)> {
    let (mut file, mut wanted): (String, Vec<(String, String)>) = (String::new(), Vec::new());
    for line in patch.lines() {
        if let Some(path) = line.strip_prefix("--- a/") {
            path.clone_into(&mut file);
        } else if line.starts_with("@@") {
            wanted.push((file.clone(), String::new()));
        } else if let (Some((_, lines)), Some(kept)) = (wanted.last_mut(), line.strip_prefix([' ', '-'])) {
            lines.push_str(kept);
            lines.push('\n');
        }
    }
    wanted
}

#[test]
fn every_mutation_can_still_be_made() {
    let folder = root().join("tests/mutations");
    let entries = fs::read_dir(folder).expect("a folder of the workspace").flatten().map(|entry| entry.path());
    let patches: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == "patch")).collect();
    assert!(patches.len() >= 10);
    for patch in patches {
        let wanted = wanted_by(&fs::read_to_string(&patch).expect("a text"));
        assert!(!wanted.is_empty(), "{}", patch.display());
        for (file, lines) in wanted {
            assert!(read(&file).contains(&lines), "{} does not find its lines in {file}", patch.display());
        }
    }
}
