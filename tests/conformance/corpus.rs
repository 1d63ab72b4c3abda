//! The corpus: scenarios with Twisted's recorded traces, which the ordinary tests compare with ours.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::language::Scenario;
use super::python::{Trouble, Twisted};

/// A scenario and what Twisted did.
#[derive(Serialize, Deserialize)]
pub struct Recorded {
    /// The program.
    pub scenario: Scenario,
    /// Twisted's trace.
    pub twisted: Vec<String>,
}

/// The files of the corpus.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn files() -> Result<Vec<PathBuf>, Trouble> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/corpus");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    Ok(files)
}

/// What a file holds: one scenario a line.
///
/// # Errors
///
/// When it cannot be read or is not of that form.
pub fn read(file: &Path) -> Result<Vec<Recorded>, Trouble> {
    let text = fs::read_to_string(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|why| format!("{}:{}: {why}", file.display(), number + 1).into())
        })
        .collect()
}

/// Writes Twisted's traces of today into every file of the corpus.
///
/// # Errors
///
/// When Python or a file fails.
pub fn record(twisted: &mut Twisted) -> Result<(), Trouble> {
    for file in files()? {
        let recorded = read(&file)?;
        let traces = twisted.traces(recorded.iter().map(|recorded| &recorded.scenario))?;
        let mut text = String::new();
        for (recorded, twisted) in recorded.into_iter().zip(traces) {
            text.push_str(&serde_json::to_string(&Recorded { twisted, ..recorded })?);
            text.push('\n');
        }
        fs::write(file, text)?;
    }
    Ok(())
}
