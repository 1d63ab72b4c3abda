//! What the tests share: a log of events, threads with a small stack, and a look at unhandled failures.

use std::cell::RefCell;
use std::fmt::{Debug, Display};
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::{Deferred, Failure, unhandled};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What happened, in order; clones write to the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub(crate) fn new() -> Self {
        Log::default()
    }

    pub(crate) fn note(&self, event: impl Display) {
        self.0.borrow_mut().push(event.to_string());
    }

    /// Everything noted so far, joined as in Twisted's traces.
    pub(crate) fn text(&self) -> String {
        self.0.borrow().join(" | ")
    }

    /// Notes the result when the Deferred fires.
    pub(crate) fn watch<T: Debug + 'static>(&self, name: &'static str, deferred: Deferred<T>) -> Deferred<()> {
        let log = self.clone();
        deferred.add_both(move |result| log.note(format!("{name} -> {}", show(&result))))
    }

    /// Notes `event` when it is dropped.
    pub(crate) fn on_drop(&self, event: &'static str) -> NoteOnDrop {
        NoteOnDrop(self.clone(), event)
    }
}

/// Writes its event when it is dropped.
pub(crate) struct NoteOnDrop(Log, &'static str);

impl Drop for NoteOnDrop {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// A result as Twisted's traces write it: the value, or `F[text]`.
pub(crate) fn show<T: Debug>(result: &Result<T, Failure>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(failure) => format!("F[{failure}]"),
    }
}

/// `Ok` with the error type that bodies end with.
#[expect(clippy::unnecessary_wraps, reason = "the wrapping is what it is for")]
pub(crate) fn ok<T>(value: T) -> Result<T, Failure> {
    Ok(value)
}

/// Runs `work` on a thread with a stack of 2 MiB.
pub(crate) fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Writes the unhandled failures of this thread to the log that it returns.
pub(crate) fn capture_unhandled() -> Log {
    let log = Log::new();
    let seen = log.clone();
    unhandled::set_hook(move |failure| seen.note(failure));
    log
}

/// Runs the test named `test` again in a process of its own and returns what that wrote to stderr.
///
/// For what is one per process: the panic hook, stderr, the default hook. Returns `None` in that process.
pub(crate) fn in_own_process(test: &str) -> Option<String> {
    in_own_process_with("0", test)
}

/// The same with this `RUST_BACKTRACE`.
pub(crate) fn in_own_process_with(backtrace: &str, test: &str) -> Option<String> {
    const MARK: &str = "INLINE_CALLBACKS_OWN_PROCESS";
    if std::env::var_os(MARK).is_some() {
        return None;
    }
    let program = std::env::current_exe().expect("a test binary has a path");
    let output = std::process::Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .envs([(MARK, "1"), ("RUST_BACKTRACE", backtrace)])
        .env_remove("RUST_LIB_BACKTRACE")
        .output()
        .expect("the test binary runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stdout.contains("1 passed"), "{test} failed in its own process:\n{stdout}\n{stderr}");
    Some(stderr)
}

/// What `{:?}` prints, without the stack that is there when the tests run with `RUST_BACKTRACE`.
pub(crate) fn without_stack(text: &str) -> String {
    // Its frames stand further in than its heading, and than the line that counts those that were left out.
    let mut heading = None;
    let is_kept = |line: &&str| {
        let indent = line.len() - line.trim_start().len();
        if line.trim() == "the stack where it was made:" {
            heading = Some(indent);
        } else if heading.is_some_and(|heading| indent <= heading) && !line.contains("frames are left out") {
            heading = None;
        }
        heading.is_none()
    };
    text.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
}
