//! The servers, on the wire.

use std::io::{ErrorKind, Write};
use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::net::TcpStream;

#[cfg(target_os = "linux")]
use crate::support::FAR_TOO_LONG;
use crate::support::{Serving, rest_of, run, serve};

const KETTLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/poetry/kettle.txt");
const WINTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/poetry/winter.txt");

fn transforms() -> Serving {
    serve("transformedpoetry", &[])
}

fn request(text: &str) -> Vec<u8> {
    format!("{}:{text},", text.len()).into_bytes()
}

#[test]
fn a_request_is_answered_in_lower_case_and_the_connection_closed() {
    let server = transforms();
    assert!(server.greeting.starts_with("Serving transforms on 127.0.0.1:"), "{}", server.greeting);
    assert_eq!(server.answer_to(b"27:cummingsify.HERE IS MY POEM,"), b"15:here is my poem,");
    assert_eq!(server.answer_to(b"12:cummingsify.,"), b"0:,");
    assert_eq!(server.answer_to(b"15:cummingsify.A.B,"), b"3:a.b,");
}

#[test]
fn a_request_may_come_in_pieces() {
    let server = transforms();
    let mut socket = server.connect();
    socket.set_nodelay(true).unwrap();
    for byte in b"27:cummingsify.HERE IS MY POEM," {
        socket.write_all(&[*byte]).unwrap();
    }
    assert_eq!(rest_of(&mut socket), b"15:here is my poem,");
}

#[test]
fn two_requests_in_one_segment_are_both_answered() {
    assert_eq!(transforms().answer_to(b"15:cummingsify.A.B,15:cummingsify.C.D,"), b"3:a.b,3:c.d,");
}

#[test]
fn lengths_are_in_bytes() {
    assert_eq!(transforms().answer_to(&request("cummingsify.ÉÀ")), "4:éà,".as_bytes());
}

#[test]
fn a_request_that_makes_no_sense_gets_no_answer() {
    let server = transforms();
    for request in [&b"5:hello,"[..], b"0:,", b"7:foo.BAR,", b"4:.BAR,", b"14:cummingsify.\xff\xfe,"] {
        assert_eq!(server.answer_to(request), b"", "{}", request.escape_ascii());
    }
    assert_eq!(server.answer_to(b"13:cummingsify.A,"), b"1:a,", "the server lives");
    let stderr = server.stop().stderr;
    assert_eq!(stderr.matches("the request names no transform: it has no dot").count(), 2, "{stderr}");
    assert!(stderr.contains(r#"no such transform: "foo""#), "{stderr}");
    assert!(stderr.contains(r#"no such transform: """#), "{stderr}");
    assert!(stderr.contains("the request is not valid UTF-8 at byte 12"), "{stderr}");
}

#[test]
fn a_request_that_makes_no_sense_does_not_hide_the_one_behind_it() {
    let server = transforms();
    assert_eq!(server.answer_to(b"5:hello,13:cummingsify.A,"), b"1:a,");
    assert_eq!(server.answer_to(b"14:cummingsify.\xff\xfe,13:cummingsify.A,"), b"", "unless it cannot be read");
}

#[test]
fn a_broken_netstring_ends_the_connection_at_once() {
    let server = transforms();
    for request in [&b"027:"[..], b"x", b" 5:", b"-1:", b":", b"13:cummingsify.AB,", b"100000:", b"100000", b"9999999"]
    {
        assert_eq!(server.answer_to(request), b"", "{}", request.escape_ascii());
    }
    assert_eq!(server.answer_to(b"13:cummingsify.A,x"), b"1:a,", "what came before is answered");
    let stderr = server.stop().stderr;
    assert_eq!(stderr.matches("the netstring breaks the rules").count(), 10, "{stderr}");
}

#[test]
fn an_incomplete_request_is_waited_for() {
    let server = transforms();
    let mut patient = server.connect();
    patient.write_all(b"99999:cummingsify.ABC").unwrap();
    // The server has been around, and more than once, when it has answered these.
    for _ in 0..3 {
        assert_eq!(server.answer_to(b"13:cummingsify.A,"), b"1:a,");
    }
    patient.set_nonblocking(true).unwrap();
    assert_eq!(patient.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);

    patient.set_nonblocking(false).unwrap();
    patient.write_all(&vec![b'D'; 99_999 - "cummingsify.ABC".len()]).unwrap();
    patient.write_all(b",").unwrap();
    assert!(rest_of(&mut patient).starts_with(b"99987:abcddd"));
}

#[test]
fn the_longest_poem_has_99987_bytes() {
    let server = transforms();
    let answer = server.answer_to(&request(&format!("cummingsify.{}", "A".repeat(99_987))));
    assert_eq!(answer, request(&"a".repeat(99_987)));
    assert_eq!(server.answer_to(&request(&format!("cummingsify.{}", "A".repeat(99_988)))), b"");
}

#[test]
fn an_answer_that_nobody_could_take_is_not_sent() {
    // In lower case this letter has three bytes instead of two.
    let server = transforms();
    assert_eq!(server.answer_to(&request(&format!("cummingsify.{}", "İ".repeat(49_000)))), b"");
    let stderr = server.stop().stderr;
    assert!(stderr.contains("it is 147000 bytes long, and 99999 are allowed"), "{stderr}");
}

#[test]
fn fastpoetry_says_its_file_to_everybody() {
    let poem = std::fs::read(KETTLE).unwrap();
    let server = serve("fastpoetry", &[KETTLE]);
    assert!(server.greeting.starts_with(&format!("Serving {KETTLE} on 127.0.0.1:")), "{}", server.greeting);
    for _ in 0..3 {
        assert_eq!(server.answer_to(b""), poem);
    }
    assert_eq!(server.answer_to(b"it reads nothing, but what it says is not lost"), poem);
}

#[test]
fn slowpoetry_says_its_file_piece_by_piece_to_several_at_once() {
    let poem = std::fs::read_to_string(WINTER).unwrap();
    let server = serve("slowpoetry", &["--delay", "0.001", "--num-bytes", "100", WINTER]);
    let mut sockets: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for socket in &mut sockets {
        assert_eq!(rest_of(socket), poem.as_bytes());
    }
    let stdout = server.stop().stdout;
    assert_eq!(stdout.matches("Somebody at 127.0.0.1:").count(), 3, "{stdout}");
    // Characters, of which some have two bytes.
    let first: String = poem.chars().take(100).collect();
    assert!(first.len() > 100);
    assert_eq!(stdout.matches(&format!("Sending {} bytes", first.len())).count(), 3, "{stdout}");
}

#[test]
fn an_interrupted_server_ends_well_whatever_it_was_doing() {
    let waiting = transforms();
    let mut socket = waiting.connect();
    socket.write_all(b"20:half a req").unwrap();
    assert_eq!(waiting.answer_to(b"13:cummingsify.A,"), b"1:a,");
    let slow = serve("slowpoetry", &["--delay", "1000", KETTLE]);
    let mut listener = slow.connect();
    std::io::Read::read_exact(&mut listener, &mut [0; 10]).unwrap();
    for server in [waiting, slow] {
        let finished = server.stop();
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    }
    assert_eq!(rest_of(&mut socket), b"");
}

/// What finds the queue full is dropped, and its client waits for seconds before it tries again.
#[cfg(target_os = "linux")]
#[test]
fn a_crowd_that_comes_at_once_finds_room_in_the_queue() {
    let (_nobody_accepts, address) = poetry::server::listen("localhost", 0).unwrap();
    let crowd = (0..300).map(|_| TcpStream::connect_timeout(&address, FAR_TOO_LONG));
    assert_eq!(crowd.collect::<Result<Vec<_>, _>>().unwrap().len(), 300);
}

#[test]
fn servers_can_listen_on_ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // This machine has none.
    }
    let server = serve("transformedpoetry", &["--iface", "::1"]);
    assert!(server.address.starts_with("[::1]:"), "{}", server.greeting);
    let poem = serve("fastpoetry", &["--iface", "::1", KETTLE]);
    let client = run("client7", &[&server.address, &poem.address]);
    assert_eq!(client.code, Some(0), "{}", client.stderr);
}

#[test]
fn what_a_server_cannot_do_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let finished = run("transformedpoetry", &["--port", &port]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.starts_with(&format!("error: could not listen on localhost:{port}: Address already in use"))
    );

    for (name, arguments, reason) in [
        ("fastpoetry", &[][..], "required arguments were not provided"),
        ("fastpoetry", &["a", "b"], "unexpected argument 'b'"),
        ("fastpoetry", &["no such file"], "No such file: no such file"),
        ("slowpoetry", &["--num-bytes", "0", KETTLE], "0 is not in 1.."),
        ("slowpoetry", &["--delay", "soon", KETTLE], "Seconds are a number, such as 0.7."),
        ("transformedpoetry", &["poem"], "unexpected argument 'poem'"),
        ("transformedpoetry", &["--port", "65536"], "65536 is not in 0..=65535"),
    ] {
        let finished = run(name, arguments);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{name} {arguments:?}");
        assert!(finished.stderr.contains(reason), "{name} {arguments:?}: {}", finished.stderr);
    }
}
