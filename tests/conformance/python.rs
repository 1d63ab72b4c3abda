//! Twisted in a Python of its own: the interpreter, and the process that runs scenarios.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use super::language::Scenario;

/// What goes wrong with Python itself.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

/// An interpreter with the Twisted of `requirements.txt`, made below `target` if it is not there yet.
///
/// # Errors
///
/// When the environment cannot be made.
pub fn interpreter(target: &Path) -> Result<PathBuf, Trouble> {
    let requirements = sources().join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)?;
    let folder = target.join("conformance-venv");
    let python = folder.join("bin/python");
    let stamp = folder.join("requirements.txt");
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    eprintln!("making {} with Twisted", folder.display());
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    succeed(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"])
            .arg(&requirements),
    )?;
    std::fs::write(stamp, wanted)?;
    Ok(python)
}

fn succeed(command: &mut Command) -> Result<(), Trouble> {
    // What the tools say must not get between our lines.
    let output = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{command:?}: {}\n{said}{complained}", output.status).into())
}

/// A process that runs scenarios with Twisted.
pub struct Twisted {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Twisted {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// When the interpreter cannot be started.
    pub fn start(python: &Path) -> Result<Self, Trouble> {
        let mut child = Command::new(python)
            .arg("-B")
            .arg(sources().join("python/run.py"))
            .env_remove("PYTHONPATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("{}: {why}", python.display()))?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe from Python")?);
        Ok(Twisted { child, answers })
    }

    /// The traces of these scenarios.
    ///
    /// # Errors
    ///
    /// When the process has ended, or a scenario made the runner itself fail.
    pub fn traces<'a>(
        &mut self,
        scenarios: impl IntoIterator<Item = &'a Scenario>,
    ) -> Result<Vec<Vec<String>>, Trouble> {
        let mut input = String::new();
        let mut count = 0;
        for scenario in scenarios {
            input.push_str(&serde_json::to_string(scenario)?);
            input.push('\n');
            count += 1;
        }
        let (stdin, answers) = (&mut self.child.stdin, &mut self.answers);
        let stdin = stdin.as_mut().ok_or("no pipe to Python")?;
        // Written from a thread of its own: both pipes have an end to what they hold.
        thread::scope(|scope| {
            let writing = scope.spawn(move || stdin.write_all(input.as_bytes()).and_then(|()| stdin.flush()));
            let mut traces = Vec::with_capacity(count);
            for _ in 0..count {
                let mut answer = String::new();
                if answers.read_line(&mut answer)? == 0 {
                    return Err("Python has ended before its time".into());
                }
                traces.push(serde_json::from_str(&answer)?);
            }
            writing.join().map_err(|_| "the writing thread panicked")??;
            Ok(traces)
        })
    }
}

impl Drop for Twisted {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
