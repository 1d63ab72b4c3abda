//! A recording of what ran when and who resumed it, to look at: one HTML page, or the JSON that trace viewers read.
//!
//! Nobody sees in the text of a program in which order its bodies run. [`record`] notes it: every *segment*, which is what runs from
//! the call or a wait of a body to its next wait or its end, with the place of both, and why it ran: which trigger was fired, by
//! which function and where, which other body ended, what was cancelled. A page shows each call of a body as a lane, its segments
//! in it, and arrows from each fire to the segment that it resumed.
//!
//! ```
//! use inline_callbacks::prelude::*;
//! use inline_callbacks::timeline;
//!
//! #[inline_callbacks]
//! fn get_poem(line: Deferred<&'static str>) -> Deferred<usize> {
//!     return_value!(yield_!(line)?.len())
//! }
//!
//! let recording = timeline::record();
//! let (trigger, line) = Deferred::new();
//! let poem = get_poem(line);
//! trigger.callback("the kettle sings");
//! let timeline = recording.finish();
//! # poem.detach();
//!
//! let mut page = Vec::new();
//! timeline.write_html(&mut page)?;
//! assert!(String::from_utf8(page).unwrap().contains("get_poem"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A recording is of one thread, and its memory is bounded: see [`Recorder::limit`]. Callbacks of chains appear in the lane of the
//! body that fired their chain; what runs outside of any body, such as a delayed call, has a lane of its own at the top.
//!
//! A wait is known by its `yield_!`, and by its `.await` if what is awaited is a Deferred. Where a body awaits a foreign future by
//! `.await`, the wait before is named.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

mod json;
pub(crate) mod noting;
mod page;
mod tape;
mod trace;
mod words;

use noting::{Filter, Time};
use tape::{Moment, Tape};

/// How many records a recording has room for, if nothing else is said: 30 MB.
const LIMIT: usize = 300_000;

/// Records this thread from now on, with the settings of [`Recorder::new`].
///
/// # Panics
///
/// When the thread is being recorded already.
///
/// ```
/// let recording = inline_callbacks::timeline::record();
/// // What is to be looked at.
/// assert_eq!(recording.finish().left_out(), 0);
/// ```
#[track_caller]
pub fn record() -> Recording {
    Recorder::new().record()
}

/// How a recording is to be made.
///
/// ```
/// use inline_callbacks::Clock;
/// use inline_callbacks::timeline::Recorder;
///
/// let clock = Clock::new();
/// let time = clock.clone();
/// let recorder = Recorder::new()
///     .title("two poems")
///     .limit(10_000)
///     .time(move || time.now())
///     .only(|function| !function.starts_with("server::"));
/// let recording = recorder.record();
/// # drop(recording);
/// ```
#[must_use = "nothing is recorded before `record` is called"]
pub struct Recorder {
    title: String,
    limit: usize,
    time: Option<Rc<dyn Fn() -> Duration>>,
    only: Option<Filter>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// Records everything, 300 000 records at most, in real time.
    pub fn new() -> Self {
        Recorder { title: "Timeline".to_owned(), limit: LIMIT, time: None, only: None }
    }

    /// What the page is called.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// How many records there is room for: each call of a body is one, and so is each segment and each event (a fire, a
    /// cancellation, a failure that nobody handles). What comes later is left out and counted. A record takes about 100 bytes.
    pub fn limit(mut self, records: usize) -> Self {
        self.limit = records;
        self
    }

    /// What time it is: of a [`Clock`](crate::Clock), for example. `time` is called for each beginning and end of a segment and each
    /// event; one that runs backwards stands still here.
    pub fn time(mut self, time: impl Fn() -> Duration + 'static) -> Self {
        self.time = Some(Rc::new(time));
        self
    }

    /// Only bodies, callbacks, delayed calls and events are recorded for whose function `wanted` says yes; it is given the path of
    /// the function, which is empty outside of any. What others fire is recorded when it resumes something that is; it then comes
    /// from outside, as far as the timeline knows.
    pub fn only(mut self, wanted: impl Fn(&str) -> bool + 'static) -> Self {
        self.only = Some(Rc::new(wanted));
        self
    }

    /// Records this thread from now on.
    ///
    /// # Panics
    ///
    /// When the thread is being recorded already.
    #[track_caller]
    pub fn record(self) -> Recording {
        let time = self.time.map_or_else(|| Time::Since(Instant::now()), Time::Of);
        assert!(noting::begin(self.limit, time, self.only), "this thread is being recorded already");
        Recording { title: self.title, of_this_thread: PhantomData }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recorder({:?}, limit {})", self.title, self.limit)
    }
}

/// The recording of this thread: it ends when this is dropped, or with [`finish`](Self::finish).
#[must_use = "a dropped `Recording` ends, and what it noted is lost: call `finish`"]
pub struct Recording {
    title: String,
    of_this_thread: PhantomData<Rc<()>>,
}

impl Recording {
    /// Ends the recording and gives what was noted. What runs or waits at this moment is shown as such.
    #[must_use = "this is what was recorded"]
    pub fn finish(mut self) -> Timeline {
        let nothing = || (Tape::default(), Moment { order: 0, time: Duration::ZERO });
        let (tape, end) = noting::end().unwrap_or_else(nothing);
        Timeline { title: std::mem::take(&mut self.title), tape, end }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        drop(noting::end());
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recording({:?})", self.title)
    }
}

/// What was recorded.
pub struct Timeline {
    title: String,
    tape: Tape,
    end: Moment,
}

impl Timeline {
    /// How many records were left out because there was no room for them.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.tape.left_out
    }

    /// Writes one HTML page that needs nothing else: a browser shows the lanes, offline too.
    ///
    /// # Errors
    ///
    /// Those of `writer`.
    pub fn write_html(&self, writer: impl Write) -> io::Result<()> {
        page::write(self, writer)
    }

    /// Writes the trace-event JSON that [Perfetto](https://ui.perfetto.dev) and Chrome's `about:tracing` read: a complete event for
    /// each segment, a flow from each fire to what it resumed, an instant event for each failure and cancellation.
    ///
    /// # Errors
    ///
    /// Those of `writer`.
    pub fn write_trace(&self, writer: impl Write) -> io::Result<()> {
        trace::write(self, writer)
    }

    /// Writes the file at `path`: the trace-event JSON if its name ends in `.json`, or else the page.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    ///
    /// ```
    /// # let path = std::env::temp_dir().join("inline-callbacks-timeline-doc.json");
    /// let recording = inline_callbacks::timeline::record();
    /// recording.finish().save(&path)?;
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            self.write_trace(&mut file)?;
        } else {
            self.write_html(&mut file)?;
        }
        file.into_inner()?.sync_data()
    }
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tape { lanes, segments, events, .. } = &self.tape;
        write!(f, "Timeline({} lanes, {} segments, {} events)", lanes.len(), segments.len(), events.len())
    }
}
