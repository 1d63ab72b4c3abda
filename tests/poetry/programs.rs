//! The programs that need nothing else.

use std::collections::BTreeSet;
use std::process::Stdio;

use crate::support::{finish, program, run};

/// A poem of the examples.
fn poem(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../examples/poetry/{name}.txt", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Whether the poems were printed, transformed, in any order, and nothing else.
#[track_caller]
fn assert_are_poems(stdout: &str, names: &[&str], transform: fn(&str) -> String) {
    let mut rest = stdout.to_owned();
    for name in names {
        let poem = transform(&poem(name)) + "\n";
        assert!(rest.contains(&poem), "{name} is missing in {rest}");
        rest = rest.replacen(&poem, "", 1);
    }
    assert_eq!(rest, "");
}

#[test]
fn client7_without_arguments_serves_itself_three_poems() {
    let finished = run("client7", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_are_poems(&finished.stdout, &["promise", "kettle", "winter"], str::to_lowercase);
}

#[test]
fn client7_without_timelines_says_how_to_build_it_with_them() {
    let finished = run("client7", &["--timeline", "nowhere/poems.html"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(
        finished
            .stderr
            .starts_with("error: this program was built without timelines; build it with `--features timeline`")
    );
    assert_eq!(finished.stderr.lines().count(), 1);
}

#[test]
fn exercise_5_prints_its_poems_in_the_body() {
    let finished = run("exercise_5", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_are_poems(&finished.stdout, &["promise", "kettle"], str::to_lowercase);
}

#[test]
fn exercise_6_stops_whatever_happens() {
    let finished = run("exercise_6", &[]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let known =
        "A poem known by heart\n\n0 poems are missing as the reactor starts\n0 poems are missing as it ends\n\n";
    let (before, after) = ("2 poems are missing as the reactor starts\n", "0 poems are missing as it ends\n\n");
    let rest = finished.stdout.strip_prefix(known).unwrap_or_else(|| panic!("{}", finished.stdout));
    let poem = rest.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    assert_are_poems(poem.unwrap_or_else(|| panic!("{rest}")), &["kettle"], str::to_owned);
    // The forgotten one, and the one that was given up.
    assert_eq!(finished.stderr, "There is a poem less: it is forgotten\nThere is a poem less: cancelled\n");
}

#[test]
fn exercise_7_is_stopped_from_outside_and_cleans_up() {
    let finished = run("exercise_7", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert_eq!(lines[..4], ["the clockwork starts", "tick 1", "tick 2", "tick 3"]);
    assert!(lines[4].starts_with("cleaning up: "), "{lines:?}");
    assert_eq!(lines[5..], ["clean", "the clockwork has been stopped"]);
}

#[test]
fn gen_1_and_gen_2_take_every_value() {
    for name in ["gen_1", "gen_2"] {
        let finished = run(name, &[]);
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{name}");
        let lines = ["starting up", "1", "workin'", "2", "still workin'", "3", "done"];
        assert_eq!(finished.stdout.lines().collect::<Vec<_>>(), lines, "{name}");
    }
}

#[test]
fn gen_3_lets_two_generators_take_turns() {
    let finished = run("gen_3", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(finished.stdout, "1\n10\n2\n20\n3\n30\n40\n");
}

#[test]
fn gen_4_is_sent_two_values_and_an_error() {
    let finished = run("gen_4", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let lines = ["starting up", "1", "got: 10", "2", "got: 20", "3", "malfunction!", "4", "done"];
    assert_eq!(finished.stdout.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn inline_callbacks_1_gets_a_value_a_result_and_a_failure() {
    let finished = run("inline_callbacks_1", &["--scale", "1000"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let lines = ["first callback", "second callback got 1", "third callback got 2", "fourth callback got Exception(3)"];
    assert_eq!(finished.stdout.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn inline_callbacks_2_takes_turns() {
    let finished = run("inline_callbacks_2", &["--scale", "0.02"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let lines = [
        "my_callbacks_1 first callback",
        "my_callbacks_err first callback",
        "my_callbacks_1 second callback",
        "my_callbacks_err second callback",
        "my_callbacks_1 third callback",
        "got result: 1",
        "my_callbacks_err third callback",
        "got error: uh oh",
        "all done",
    ];
    assert_eq!(finished.stdout.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn inline_callbacks_tb_shows_the_stack_of_a_body() {
    let finished = run("inline_callbacks_tb", &[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), ""));
    let frames: BTreeSet<&str> = finished.stderr.split_whitespace().collect();
    for frame in ["inline_callbacks_tb::my_callbacks", "inline_callbacks_tb::main", "inline_callbacks::reactor::run"] {
        assert!(frames.contains(frame), "{frame} is missing in {}", finished.stderr);
    }
}

/// A person has read it: each of the five waits is there, the callbacks between them, and nothing of the library.
#[test]
fn trace_names_all_five_waits() {
    let finished = finish(program("trace").stdout(Stdio::piped()).spawn().unwrap());
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), include_str!("trace.txt")));
}

#[test]
fn trace_adds_the_stack_of_the_origin_on_one_screen() {
    let finished = finish(program("trace").env("RUST_BACKTRACE", "1").stdout(Stdio::piped()).spawn().unwrap());
    let without = include_str!("trace.txt").trim_end();
    let stack = finished.stdout.strip_prefix(without).unwrap_or_else(|| panic!("{}", finished.stdout));
    let lines: Vec<&str> = stack.lines().skip(1).collect();
    assert_eq!(lines[0], "    the stack where it was made:");
    assert!(lines[1].ends_with(": trace::connect::{{closure}}::{{closure}}"), "{stack}");
    assert!(!stack.contains("inline_callbacks") && !stack.contains("tokio"), "{stack}");
    assert!(finished.stdout.lines().count() <= 40, "{}", finished.stdout);
}

#[test]
fn sync_script_downloads_one_poem_after_the_other() {
    let finished = run("sync_script", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(finished.stdout, format!("{}\n{}\n", poem("kettle"), poem("winter")));
}

#[test]
fn written_and_expanded_do_the_same() {
    for name in ["written", "expanded"] {
        let finished = run(name, &[]);
        assert_eq!(finished.stdout, "20 is here\nand now the other\nthe sum is 42\n", "{name}");
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{name}");
    }
}

#[test]
fn service_downloads_each_poem_once_for_all_its_guests() {
    let finished = run("service", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let (downloads, answers): (Vec<&str>, Vec<&str>) =
        finished.stdout.lines().partition(|line| line.starts_with("downloading "));
    assert_eq!(BTreeSet::from_iter(&downloads), BTreeSet::from([&"downloading kettle", &"downloading winter"]));
    assert_eq!(downloads.len(), 2);
    let (kettle, winter) = ("kettle: Three Kettles", "winter: Été, Hiver");
    let nobody = "the albatross: error: nobody knows a poem called \"the albatross\"";
    assert_eq!(answers, [kettle, winter, kettle, nobody, winter, kettle]);
}

#[test]
fn poetry_load_drives_both_services_of_both_sides() {
    let finished = run("poetry_load", &["--clients", "4", "--requests", "45"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{}", finished.stdout);
    let mut lines = finished.stdout.lines();
    assert_eq!(lines.next(), Some("4 clients, 45 requests to each server"));
    let columns = lines.next().unwrap();
    for column in ["answers", "errors", "requests/s", "p50 ms", "p99 ms", "p99.9 ms"] {
        assert!(columns.contains(column), "{columns}");
    }
    for service in ["fastpoetry", "transform"] {
        for server in ["ours", "plain tokio"] {
            let line = lines.next().unwrap();
            let figures = line.strip_prefix(service).unwrap().trim_start().strip_prefix(server).unwrap();
            let figures: Vec<f64> = figures.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
            assert_eq!(figures[..2], [45.0, 0.0], "answers and errors: {line}");
            assert_eq!(figures.len(), 6, "{line}");
            assert!(figures[2..].iter().all(|figure| *figure > 0.0), "{line}");
            assert!(figures[3..].is_sorted(), "{line}");
        }
        for ratio in ["ratio ", "ratio of rounds "] {
            let line = lines.next().unwrap();
            assert!(line.strip_prefix(service).unwrap().trim_start().starts_with(ratio), "{line}");
        }
    }
    assert_eq!(lines.filter(|line| !line.starts_with("ratio: ")).count(), 0, "nothing went wrong: {}", finished.stdout);
}

#[test]
fn poetry_load_says_what_it_cannot_do() {
    for (arguments, code, reason) in [
        (["--clients", "0"], 2, "number would be zero"),
        (["--requests", "many"], 2, "invalid digit"),
        (["--requests", "10"], 2, "10 requests are too few for 1000 clients to get one each"),
    ] {
        let finished = run("poetry_load", &arguments);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(code), ""), "{arguments:?}");
        assert!(finished.stderr.contains(reason), "{arguments:?}: {}", finished.stderr);
    }
    let finished = run("poetry_load", &["--clients", "1000000000000", "--requests", "1000000000000"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(finished.stderr.contains("need 4000000000064 open files"), "{}", finished.stderr);
}

#[test]
fn a_failure_at_the_end_of_main_says_where_it_comes_from() {
    let finished = run("report", &[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    // The folder that the compiler was started in differs, and so do the separators.
    let stderr = finished.stderr.replace('\\', "/").replace("examples/", "");
    let lines = [
        "Error: nobody listens",
        "    made in report::get_poetry at report.rs:20:5",
        "    waited for in report::get_transformed_poem at report.rs:26:16",
        "    waited for in report::count_lines at report.rs:32:16",
    ];
    assert_eq!(stderr.lines().collect::<Vec<_>>(), lines);
}
