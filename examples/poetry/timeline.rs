//! `--timeline FILE`: what ran when in a client and who resumed it, as a page to look at or as JSON for trace viewers.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A recording that will be written to a file; it goes on until [`save`](Self::save).
#[derive(Debug)]
pub struct Recorded {
    path: PathBuf,
    #[cfg(feature = "timeline")]
    recording: inline_callbacks::timeline::Recording,
}

impl Recorded {
    /// Records the client's side of this thread from now on: bodies of the servers, which may run on the same thread, are left
    /// out. Whether the file can be written is known at once, before anything is downloaded; its text stays until then.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or this program was built without timelines: a [`TimelineError`].
    #[cfg(feature = "timeline")]
    pub fn start(path: &Path, title: &str) -> Result<Recorded, TimelineError> {
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
        opened.map_err(|error| TimelineError::unwritable(path, error))?;
        let recorder = inline_callbacks::timeline::Recorder::new().title(title);
        let recording = recorder.only(|function| !function.starts_with("poetry::server::")).record();
        Ok(Recorded { path: path.to_owned(), recording })
    }

    /// Says that there are no timelines here.
    ///
    /// # Errors
    ///
    /// Always: a [`TimelineError`].
    #[cfg(not(feature = "timeline"))]
    pub fn start(_: &Path, _: &str) -> Result<Recorded, TimelineError> {
        Err(TimelineError(Fault::NotBuilt))
    }

    /// Ends the recording and writes the file: the JSON if its name ends in `.json`, or else the page.
    ///
    /// # Errors
    ///
    /// When the file cannot be written: a [`TimelineError`].
    pub fn save(self) -> Result<(), TimelineError> {
        #[cfg(feature = "timeline")]
        let saved = self.recording.finish().save(&self.path);
        #[cfg(not(feature = "timeline"))]
        let saved = Ok(());
        saved.map_err(|error| TimelineError::unwritable(&self.path, error))
    }
}

/// Why there is no timeline: one sentence.
#[derive(Debug)]
pub struct TimelineError(Fault);

#[derive(Debug)]
enum Fault {
    #[cfg_attr(feature = "timeline", expect(dead_code))]
    NotBuilt,
    Unwritable {
        path: PathBuf,
        error: io::Error,
    },
}

impl TimelineError {
    fn unwritable(path: &Path, error: io::Error) -> Self {
        TimelineError(Fault::Unwritable { path: path.to_owned(), error })
    }
}

impl fmt::Display for TimelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::NotBuilt => f.write_str(
                "this program was built without timelines; build it with `--features timeline`, as in `cargo run --example \
                 client7 --features timeline -- --timeline poems.html`",
            ),
            Fault::Unwritable { path, error } => {
                write!(f, "the timeline cannot be written to {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for TimelineError {}
