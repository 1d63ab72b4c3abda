//! What a person at a terminal sees: one bar per poem on stderr, and lines that do not tear the bars.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// All bars of a program. Nothing is drawn when stderr is not a terminal.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
    /// indicatif takes a bar off the screen when nobody holds it any more.
    held: Rc<RefCell<Vec<ProgressBar>>>,
}

/// The bar of one poem.
#[derive(Clone, Debug)]
pub struct Bar {
    bar: ProgressBar,
}

/// How far a poem has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its server is being connected to.
    Connecting,
    /// It is coming.
    Downloading,
    /// It is with the transform server.
    Transforming,
    /// It is here.
    Done,
    /// It will not come.
    Failed,
}

impl Progress {
    /// Bars on stderr, or none at all when `quiet`.
    pub fn new(quiet: bool) -> Self {
        // indicatif itself hides what would go to something else than a terminal.
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Progress { bars: MultiProgress::with_draw_target(target), held: Rc::default() }
    }

    /// One more bar, for the poem from `peer`.
    pub fn bar(&self, peer: &impl Display) -> Bar {
        let bar = ProgressBar::no_length().with_prefix(peer.to_string()).with_message(State::Connecting.text());
        if let Ok(style) = ProgressStyle::with_template("{prefix:24} {msg:12} {bytes:>10} {spinner}") {
            bar.set_style(style);
        }
        let bar = self.bars.add(bar);
        if !self.bars.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        self.held.borrow_mut().push(bar.clone());
        Bar { bar }
    }

    /// Writes a poem to stdout.
    ///
    /// # Errors
    ///
    /// When stdout takes no more, because its reader has gone, say.
    pub fn print(&self, poem: &str) -> io::Result<()> {
        self.bars.suspend(|| writeln!(io::stdout(), "{poem}"))
    }

    /// Writes a line to stderr.
    pub fn complain(&self, what: impl Display) {
        self.bars.suspend(|| eprintln!("{what}"));
    }
}

impl Bar {
    /// A bar that nobody sees.
    pub fn hidden() -> Self {
        Bar { bar: ProgressBar::hidden() }
    }

    /// Shows the state.
    pub fn show(&self, state: State) {
        match state {
            State::Done | State::Failed => self.bar.abandon_with_message(state.text()),
            _ => self.bar.set_message(state.text()),
        }
    }

    /// Shows how many bytes of the poem there are.
    pub fn show_bytes(&self, bytes: usize) {
        self.bar.set_position(bytes as u64);
    }
}

impl State {
    fn text(self) -> &'static str {
        match self {
            State::Connecting => "connecting",
            State::Downloading => "downloading",
            State::Transforming => "transforming",
            State::Done => "done",
            State::Failed => "failed",
        }
    }
}
