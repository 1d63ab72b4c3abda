//! The programs that need nothing else.

use std::collections::BTreeSet;

use crate::support::run;

#[test]
fn client7_without_arguments_serves_itself_three_poems() {
    let finished = run("client7", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let mut rest = finished.stdout.clone();
    for name in ["promise", "kettle", "winter"] {
        let path = format!("{}/../examples/poetry/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let poem = std::fs::read_to_string(path).unwrap().to_lowercase() + "\n";
        assert!(rest.contains(&poem), "{name} is missing in {rest}");
        rest = rest.replacen(&poem, "", 1);
    }
    assert_eq!(rest, "");
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

#[test]
fn written_and_expanded_do_the_same() {
    for name in ["written", "expanded"] {
        let finished = run(name, &[]);
        assert_eq!(finished.stdout, "20 is here\nand now the other\nthe sum is 42\n", "{name}");
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{name}");
    }
}
