//! The clients, and peers that disappoint them. What is said here of a client holds for clients 6, 7 and 8.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::mpsc;

use crate::support::{
    Finished, Serving, answering, finish, hanging_after, interrupt, nobody, peer, program, read_netstring, reset,
    resetting_after, run, saying, serve,
};

const CLIENTS: [&str; 3] = ["client6", "client7", "client8"];

/// Runs each client on these addresses and checks what it leaves behind; `stderr` is what its errors contain.
#[track_caller]
fn expect(arguments: &[&str], code: i32, stdout: &str, stderr: &[&str]) {
    for client in CLIENTS {
        check(client, &run(client, arguments), code, stdout, stderr);
    }
}

#[track_caller]
fn check(client: &str, finished: &Finished, code: i32, stdout: &str, stderr: &[&str]) {
    assert_eq!(finished.stdout, stdout, "{client}: {}", finished.stderr);
    for expected in stderr {
        assert!(finished.stderr.contains(expected), "{client}: {expected:?} is missing in {}", finished.stderr);
    }
    assert!(!stderr.is_empty() || finished.stderr.is_empty(), "{client}: {}", finished.stderr);
    assert_eq!(finished.code, Some(code), "{client}");
}

fn transforms() -> Serving {
    serve("transformedpoetry", &[])
}

#[test]
fn poems_are_printed_in_lower_case() {
    let transforms = transforms();
    expect(&[&transforms.address, &saying("Two\nLINES\n")], 0, "two\nlines\n\n", &[]);
    let twice = saying("OH");
    expect(&[&transforms.address, &twice, &twice], 0, "oh\noh\n", &[]);
}

#[test]
fn a_host_may_be_a_name() {
    let transforms = transforms();
    let (transform, poem) = (transforms.address.replace("127.0.0.1", "localhost"), saying("OH"));
    expect(&[&transform, poem.strip_prefix("127.0.0.1:").unwrap()], 0, "oh\n", &[]);
}

#[test]
fn an_empty_poem_is_a_poem() {
    expect(&[&transforms().address, &saying("")], 0, "\n", &[]);
}

#[test]
fn poems_are_printed_in_the_order_of_their_completion() {
    let transforms = transforms();
    for client in CLIENTS {
        let (release, released) = mpsc::channel::<()>();
        let late = peer(move |mut socket| {
            released.recv().unwrap();
            socket.write_all(b"LATE").unwrap();
        });
        let mut command = program(client);
        command.args([&transforms.address, &late, &saying("EARLY")]).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines = (String::new(), String::new());
        // Client 6 prints at the end.
        if client == "client6" {
            release.send(()).unwrap();
            stdout.read_line(&mut lines.0).unwrap();
        } else {
            stdout.read_line(&mut lines.0).unwrap();
            assert_eq!(lines.0, "early\n", "{client}");
            release.send(()).unwrap();
        }
        stdout.read_line(&mut lines.1).unwrap();
        assert_eq!(lines.0.len() + lines.1.len(), "early\nlate\n".len(), "{client}");
        assert_eq!(finish(child).code, Some(0), "{client}");
    }
}

#[test]
fn a_poem_is_printed_as_it_is_when_the_transform_server_is_down() {
    let down = nobody();
    let said = format!("Cummingsify failed! {down} could not be connected to: Connection refused");
    expect(&[&down, &saying("OH")], 0, "OH\n", &[&said]);
}

#[test]
fn a_poem_is_printed_as_it_is_when_the_transform_server_closes_without_an_answer() {
    let transform = answering("");
    let said = format!("Cummingsify failed! {transform} closed the connection without an answer\n");
    expect(&[&transform, &saying("OH")], 0, "OH\n", &[&said]);
}

#[test]
fn a_poem_is_printed_as_it_is_when_the_answer_is_garbage() {
    for (answer, reason) in [
        (&b"lorem ipsum"[..], "its length has a `l` in it"),
        (b"02:oh,", "its length begins with a zero"),
        (b"2:oh!", "a `!` follows its payload instead of a comma"),
        (b"100000:", "it is 100000 bytes long, and 99999 are allowed"),
    ] {
        let transform = answering(answer);
        let said = format!("Cummingsify failed! {transform} sent a netstring that breaks the rules: {reason}\n");
        expect(&[&transform, &saying("OH")], 0, "OH\n", &[&said]);
    }
}

#[test]
fn a_poem_is_printed_as_it_is_when_the_answer_is_cut_short() {
    let transform = answering("40:hello, world");
    let said = format!("Cummingsify failed! {transform} closed the connection after 12 of 40 bytes\n");
    expect(&[&transform, &saying("OH")], 0, "OH\n", &[&said]);
}

#[test]
fn a_poem_is_printed_as_it_is_when_the_answer_is_not_utf_8() {
    let transform = answering(b"3:o\xff\xfe,");
    let said = format!("Cummingsify failed! the poem from {transform} is not valid UTF-8 at byte 1\n");
    expect(&[&transform, &saying("OH")], 0, "OH\n", &[&said]);
}

///
/// Hazard 14.
#[test]
fn a_poem_is_printed_as_it_is_when_the_transform_server_hangs() {
    for (said_first, reason) in
        [(&b""[..], "did not answer within 0.2 s\n"), (b"2:o", "sent nothing for 0.2 s after 3 bytes\n")]
    {
        let transform = hanging_after(said_first);
        let said = format!("Cummingsify failed! {transform} {reason}");
        expect(&["--timeout", "0.2", &transform, &saying("OH")], 0, "OH\n", &[&said]);
    }
}

#[test]
fn a_poem_is_printed_as_it_is_when_the_transform_server_resets_the_connection() {
    let transform = peer(|mut socket| {
        read_netstring(&mut socket);
        socket.write_all(b"40:hello").unwrap();
        reset(socket);
    });
    let said = format!("Cummingsify failed! the connection to {transform} broke after ");
    expect(&[&transform, &saying("OH")], 0, "OH\n", &[&said]);
}

#[test]
fn the_first_of_two_answers_is_used() {
    expect(&[&answering("2:oh,2:no,"), &saying("OH")], 0, "oh\n", &[]);
    expect(&[&answering("2:oh,garbage"), &saying("OH")], 0, "oh\n", &[]);
}

#[test]
fn a_poem_that_is_too_long_for_the_transform_server_is_printed_as_it_is() {
    let transforms = transforms();
    let longest = "A".repeat(99_987);
    expect(&[&transforms.address, &saying(longest.clone())], 0, &format!("{}\n", longest.to_lowercase()), &[]);
    let longer = "A".repeat(99_988);
    let said = format!(
        "Cummingsify failed! the poem has 99988 bytes, which is too long for {}: it takes 99987\n",
        transforms.address
    );
    expect(&[&transforms.address, &saying(longer.clone())], 0, &format!("{longer}\n"), &[&said]);
}

/// Runs each client on one poetry server that fails, and one that does not, whose poem comes all the same.
#[track_caller]
fn expect_no_poem(options: &[&str], poem: &str, reason: &str) {
    let (transforms, good) = (transforms(), saying("OH"));
    for client in CLIENTS {
        let mut arguments = options.to_vec();
        arguments.extend([&*transforms.address, poem, &good]);
        // Client 6 gives the reasons at the end.
        let first = if client == "client6" { "The poem download failed.\n" } else { "The poem download failed: " };
        check(client, &run(client, &arguments), 1, "oh\n", &[first, reason]);
    }
}

///
/// Hazard 14.
#[test]
fn a_poetry_server_that_is_down_is_an_error() {
    let down = nobody();
    expect_no_poem(&[], &down, &format!("{down} could not be connected to: Connection refused"));
}

#[test]
fn an_unknown_host_is_an_error() {
    // A name that no resolver has to be asked about.
    expect_no_poem(&[], "no..such..host:1", "no..such..host could not be looked up: ");
}

///
/// Hazard 14.
#[test]
fn a_poetry_server_that_hangs_is_an_error() {
    let silent = hanging_after(b"");
    expect_no_poem(&["--timeout", "0.2"], &silent, &format!("{silent} did not answer within 0.2 s\n"));
    let stuck = hanging_after(b"OH, WAIT");
    expect_no_poem(&["--timeout", "0.2"], &stuck, &format!("{stuck} sent nothing for 0.2 s after 8 bytes\n"));
}

#[test]
fn a_poem_that_is_not_utf_8_is_an_error() {
    let poem = saying(b"seventeen letters\xff and more");
    expect_no_poem(&[], &poem, &format!("the poem from {poem} is not valid UTF-8 at byte 17\n"));
}

///
/// Hazard 14.
#[test]
fn a_connection_that_is_reset_is_an_error_and_not_a_short_poem() {
    // Perhaps before the client has noticed that it is connected.
    let poem = resetting_after(b"HALF A POEM,");
    expect_no_poem(&[], &poem, "Connection reset by peer");
    expect_no_poem(&[], &poem, &poem);
}

#[test]
fn a_poem_that_does_not_end_is_an_error() {
    let endless = peer(|mut socket| while socket.write_all(b"AND ON ").is_ok() {});
    expect_no_poem(&["--max-bytes", "5000"], &endless, &format!("{endless} sent more than 5000 bytes\n"));
    expect(&["--max-bytes", "5", &transforms().address, &saying("EXACT")], 0, "exact\n", &[]);
}

#[test]
fn an_interrupted_client_gives_its_poems_up() {
    let (down, silent, poem) = (nobody(), hanging_after(b""), saying("OH"));
    for client in CLIENTS {
        let mut command = program(client);
        let mut child =
            command.args([&down, &silent, &poem]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // When it says that there is no transform server, its reactor runs.
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first_line = String::new();
        stderr.read_line(&mut first_line).unwrap();
        interrupt(&child);
        let mut finished = finish(child);
        stderr.read_to_string(&mut finished.stderr).unwrap();
        check(client, &finished, 1, "OH\n", &["The poem download failed", "cancelled"]);
        assert!(!finished.stderr.contains("still waiting"), "{client}: {}", finished.stderr);
    }
}

#[test]
fn help_is_what_a_client_without_two_addresses_gives() {
    for (client, arguments) in [("client6", &[][..]), ("client8", &[]), ("client6", &["1"]), ("client7", &["1"])] {
        let finished = run(client, arguments);
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{client}");
        assert!(
            finished.stdout.contains(&format!("Usage: {client} [OPTIONS] [[HOST:]PORT]...")),
            "{}",
            finished.stdout
        );
    }
}

#[test]
fn a_wrong_command_line_is_refused() {
    for (arguments, reason) in [
        (&["1", "http"][..], "Ports must be integers."),
        (&["1", "0"], "Ports are numbers from 1 to 65535."),
        (&["1", "::1:1"], "An IPv6 address goes in brackets: [::1]:1"),
        (&["--timeout", "0", "1", "2"], "A timeout has to be longer than nothing."),
        (&["--timeout", "-1", "1", "2"], "error: "),
        (&["--slowly", "1", "2"], "unexpected argument '--slowly'"),
    ] {
        for client in CLIENTS {
            let finished = run(client, arguments);
            assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{client} {arguments:?}");
            assert!(finished.stderr.contains(reason), "{client} {arguments:?}: {}", finished.stderr);
        }
    }
}
