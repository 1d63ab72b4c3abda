//! Twisted in a Python of its own: one process for the whole run, asked for a round at a time.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The comparison of traces runs against the same Twisted, in the same folder.
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/requirements.txt");
const FOLDER: &str = "conformance-venv";

pub(crate) struct Python {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    pub(crate) fn start(interpreter: &Path) -> Self {
        let mut process = Command::new(interpreter)
            .args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/benches/twisted/peer/run.py")])
            .env_remove("PYTHONPATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|why| panic!("{}: {why}", interpreter.display()));
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let questions = process.stdin.take();
        Python { process, questions, answers }
    }

    /// How long the operation takes, done so many times.
    pub(crate) fn time(&mut self, operation: &str, times: u32) -> Duration {
        let questions = self.questions.as_mut().expect("open until the end");
        writeln!(questions, "{operation} {times}").and_then(|()| questions.flush()).expect("Python listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("Python answers");
        let seconds = answer.trim().parse().unwrap_or_else(|_| panic!("{operation}: Python said {answer:?}"));
        Duration::from_secs_f64(seconds)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The end of its questions ends it.
        drop(self.questions.take());
        let _ = self.process.wait();
    }
}

/// The Python of `--python PATH`, or one with the pinned Twisted, made in the target folder if it is not there yet.
pub(crate) fn interpreter(target: &Path) -> PathBuf {
    let mut arguments = env::args().skip_while(|argument| argument != "--python");
    if arguments.next().is_some() {
        return arguments.next().expect("`--python` takes a path").into();
    }
    let wanted = fs::read_to_string(REQUIREMENTS).unwrap_or_else(|why| panic!("{REQUIREMENTS}: {why}"));
    let folder = target.join(FOLDER);
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
    if !python.exists() || !fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        make(&folder, &python);
        fs::write(&stamp, wanted).unwrap_or_else(|why| panic!("{}: {why}", stamp.display()));
    }
    python
}

fn make(folder: &Path, python: &Path) {
    eprintln!("making {} with Twisted", folder.display());
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder));
    let install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", REQUIREMENTS];
    succeed(Command::new(python).args(install));
}

fn succeed(command: &mut Command) {
    // What it says goes to stderr: stdout is the table's.
    let status = command.stdout(Stdio::null()).status().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    assert!(status.success(), "{command:?}: {status}");
}
