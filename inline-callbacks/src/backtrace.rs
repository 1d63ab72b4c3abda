//! The real backtrace of a failure's origin: captured only where `RUST_BACKTRACE` asks for one, printed without our own frames.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::sync::Arc;

/// Frames of these crates stand between the user's code and the operating system, and say nothing about either.
const NOT_THE_USERS: [&str; 6] = ["inline_callbacks", "std", "core", "alloc", "tokio", "test"];

/// As many frames as a screen has room for, below what else there is to say.
const MOST_FRAMES: usize = 12;

/// The backtrace of the caller, if the environment asks for backtraces. Otherwise it costs a look at a variable of std's.
pub(crate) fn capture() -> Option<Arc<Backtrace>> {
    let backtrace = Backtrace::capture();
    (backtrace.status() == BacktraceStatus::Captured).then(|| Arc::new(backtrace))
}

/// The same for what a thread may make a million of at once: only the first few have one.
pub(crate) fn capture_rarely() -> Option<Arc<Backtrace>> {
    thread_local! {
        static LEFT: Cell<u32> = const { Cell::new(100) };
    }
    let left = LEFT.get().checked_sub(1)?;
    let captured = capture();
    if captured.is_some() {
        LEFT.set(left);
    }
    captured
}

/// The user's frames, a line or two each; all frames where the environment asks for a `full` backtrace.
pub(crate) fn lines_of(backtrace: &Backtrace) -> Vec<String> {
    let text = backtrace.to_string();
    let is_full =
        ["RUST_LIB_BACKTRACE", "RUST_BACKTRACE"].iter().find_map(std::env::var_os).is_some_and(|v| v == "full");
    if is_full { text.lines().map(str::to_owned).collect() } else { without_ours(&text) }
}

/// std prints a frame as its number and symbol, and below that its place, further in.
fn without_ours(text: &str) -> Vec<String> {
    let (mut lines, mut kept, mut left_out, mut keeps) = (Vec::new(), 0, 0, false);
    for line in text.lines() {
        if let Some(symbol) = symbol_in(line) {
            keeps = is_the_users(symbol) && kept < MOST_FRAMES;
            *(if keeps { &mut kept } else { &mut left_out }) += 1;
        }
        if keeps {
            lines.push(line.to_owned());
        }
    }
    if left_out > 0 {
        lines.push(format!("... {left_out} frames are left out; RUST_BACKTRACE=full has them ..."));
    }
    lines
}

/// `a::b` of `  3: a::b`.
fn symbol_in(line: &str) -> Option<&str> {
    let (number, symbol) = line.trim_start().split_once(": ")?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then_some(symbol)
}

/// What has no path comes from the system: `_start`, or `<unknown>`.
fn is_the_users(symbol: &str) -> bool {
    crate_of(symbol).is_some_and(|name| !NOT_THE_USERS.contains(&name) && !name.starts_with("__"))
}

/// The crate whose code it is: that of `a::b`, of the type in `<a::B as c::D>::e`, and of the trait in `<T as c::D>::e`, where the
/// type is generic or belongs to nobody.
fn crate_of(symbol: &str) -> Option<&str> {
    let path = symbol.trim_start_matches(['<', '&']).trim_start_matches("mut ");
    let (of, by) = path.split_once(" as ").unwrap_or((path, ""));
    [of, by].into_iter().find_map(|path| path.split_once("::").map(|(name, _)| name).filter(|name| is_word(name)))
}

fn is_word(name: &str) -> bool {
    name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}
