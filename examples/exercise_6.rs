//! Exercise 6: `poem_done` inside the inline callback as well.
//!
//! What has to be done however a body ends belongs into a destructor: a guard that the body owns is dropped when it
//! returns, fails, panics, or is cancelled at a wait that nobody handles. Each guard counts down, and the last one stops the
//! reactor. Two traps remain. The failure itself still leaves through the Deferred, where somebody has to take it. And all
//! bodies may end before the reactor runs: then [`reactor::stop`] stops the next run at its first turn, where Twisted
//! raises `ReactorNotRunning`. One `add_both` outside, as client 7 has it, does all this in one line.
//!
//! ```text
//! cargo run --example exercise_6
//! ```

use std::cell::Cell;
use std::net::TcpListener;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::{fail, reactor, succeed};
use poetry::client::{Limits, get_poetry};
use poetry::progress::{Bar, Progress};
use poetry::server::{Pace, serve_in_process};

/// One poem that is to come. The last one to go stops the reactor.
struct PoemDone(Rc<Cell<usize>>);

impl Drop for PoemDone {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
        if self.0.get() == 0 {
            reactor::stop();
        }
    }
}

#[inline_callbacks]
fn print_poem(download: Deferred<String>, screen: Progress, done: PoemDone) -> Deferred<()> {
    // Python's `try` around the whole body, with a `finally`.
    let _done = done;
    let poem = yield_!(download)?;
    screen.print(&poem)?;
}

/// Prints the poems as they come, and runs the reactor until none is missing any more.
fn print_poems(downloads: Vec<Deferred<String>>) {
    let screen = Progress::new(false);
    let unfinished = Rc::new(Cell::new(downloads.len()));
    for download in downloads {
        let complaints = screen.clone();
        print_poem(download, screen.clone(), PoemDone(Rc::clone(&unfinished)))
            .add_errback(move |why| complaints.complain(format_args!("There is a poem less: {why}")))
            .detach();
    }
    println!("{} poems are missing as the reactor starts", unfinished.get());
    reactor::run();
    println!("{} poems are missing as it ends\n", unfinished.get());
}

fn main() -> ExitCode {
    // Both are here before the reactor runs.
    print_poems(vec![succeed("A poem known by heart\n".to_owned()), fail(Failure::msg("it is forgotten"))]);

    // One comes while the reactor runs; the server of the other says nothing, until it is given up.
    let served = serve_in_process(&[include_str!("poetry/kettle.txt")], Pace::BRISK);
    let silent = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (mut addresses, (silent, _listener)) = match (served, silent) {
        (Ok((_, addresses)), Ok(silent)) => (addresses, silent),
        (Err(error), _) => return complain(&error),
        (_, Err(error)) => return complain(&error),
    };
    addresses.push(silent.into());
    let get = |address| get_poetry(address, Limits::default(), Bar::hidden());
    let downloads: Vec<_> = addresses.into_iter().map(get).collect();
    let silence = downloads[1].cancel_handle();
    reactor::call_later(Duration::from_millis(200), move || silence.cancel());
    print_poems(downloads);
    ExitCode::SUCCESS
}

fn complain(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
