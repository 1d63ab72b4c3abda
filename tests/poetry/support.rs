//! Starting the programs, and peers that misbehave as they are told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// A safety net: no read of a test takes this long unless something is wrong.
pub(crate) const FAR_TOO_LONG: Duration = Duration::from_secs(30);

/// The example program `name`, built. It shows no stacks, whatever the tests themselves are told about them.
pub(crate) fn program(name: &str) -> Command {
    static PROGRAMS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(build_programs);
    let path = programs.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
    let mut program = Command::new(path.unwrap_or_else(|| panic!("there is no example {name}")));
    program.env("RUST_BACKTRACE", "0").env_remove("RUST_LIB_BACKTRACE");
    program
}

/// Builds the examples; says where they are. With the whole workspace, whose dependencies `cargo test --workspace` has
/// built already.
fn build_programs() -> Vec<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--examples", "--message-format=json"]);
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "the examples do not build");
    let messages = String::from_utf8(built.stdout).unwrap();
    let executables = messages.split(r#""executable":""#).skip(1);
    executables.map(|rest| rest.split('"').next().unwrap().replace(r"\\", r"\").into()).collect()
}

/// What a program that has ended leaves behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// Runs a program to its end.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Finished {
    finish(program(name).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Waits for the end of a program.
pub(crate) fn finish(child: Child) -> Finished {
    let output = child.wait_with_output().unwrap();
    Finished {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

/// Sends SIGINT, as Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

/// A server program that runs until it is dropped.
pub(crate) struct Serving {
    child: Option<Child>,
    stdout: BufReader<ChildStdout>,
    /// The line that it printed when it was ready.
    pub(crate) greeting: String,
    /// `host:port`, as it says itself.
    pub(crate) address: String,
}

/// Starts a server program on a free port and waits until it is ready.
pub(crate) fn serve(name: &str, arguments: &[&str]) -> Serving {
    let mut command = program(name);
    command.args(arguments).args(["--port", "0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut greeting = String::new();
    stdout.read_line(&mut greeting).unwrap();
    let address = greeting.trim_end().trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
    Serving { child: Some(child), stdout, greeting, address }
}

impl Serving {
    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(FAR_TOO_LONG)).unwrap();
        socket
    }

    /// What it answers before it closes the connection.
    pub(crate) fn answer_to(&self, request: &[u8]) -> Vec<u8> {
        let mut socket = self.connect();
        socket.write_all(request).unwrap();
        rest_of(&mut socket)
    }

    /// Interrupts it and waits for its end.
    pub(crate) fn stop(mut self) -> Finished {
        let child = self.child.take().unwrap();
        interrupt(&child);
        let mut finished = finish(child);
        self.stdout.read_to_string(&mut finished.stdout).unwrap();
        finished
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// Everything until the peer closes the connection.
pub(crate) fn rest_of(socket: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).unwrap();
    rest
}

/// A server on a thread of its own, that does with each connection what `script` says.
pub(crate) fn peer(script: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            script(socket.unwrap());
        }
    });
    address
}

/// A peer that says this and closes the connection.
pub(crate) fn saying(text: impl Into<Vec<u8>>) -> String {
    let text = text.into();
    peer(move |mut socket| {
        // A client that has had enough may close it first.
        let _ = socket.write_all(&text);
    })
}

/// A peer that reads a netstring, says this and closes the connection.
pub(crate) fn answering(text: impl Into<Vec<u8>>) -> String {
    let text = text.into();
    peer(move |mut socket| {
        read_netstring(&mut socket);
        socket.write_all(&text).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let _ = socket.read_to_end(&mut Vec::new());
    })
}

pub(crate) fn read_netstring(socket: &mut TcpStream) {
    let mut reader = BufReader::new(socket);
    let mut length = Vec::new();
    reader.read_until(b':', &mut length).unwrap();
    length.pop();
    let length: usize = String::from_utf8(length).unwrap().parse().unwrap();
    reader.read_exact(&mut vec![0; length + 1]).unwrap();
}

/// A peer that says this and then nothing more, until it is given up.
pub(crate) fn hanging_after(text: &'static [u8]) -> String {
    peer(move |mut socket| {
        socket.write_all(text).unwrap();
        let _ = socket.read_to_end(&mut Vec::new());
    })
}

/// A peer that says this and resets the connection.
pub(crate) fn resetting_after(text: &'static [u8]) -> String {
    peer(move |mut socket| {
        socket.write_all(text).unwrap();
        reset(socket);
    })
}

/// Closes the connection the hard way.
pub(crate) fn reset(socket: TcpStream) {
    socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
    drop(socket);
}

/// An address where nobody listens.
pub(crate) fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}
