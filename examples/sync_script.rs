//! A synchronous script that calls an asynchronous download twice, one after the other.
//!
//! The reactor of Twisted runs once in the life of a process, so a script has to become asynchronous as a whole, in one
//! inline callback under `task.react`. Here a reactor runs any number of times: [`reactor::block_on`] runs it until one
//! Deferred has fired and gives its result, and the script calls it for each download as it would call a blocking
//! function. The downloads do not overlap; those that should, belong into one call.
//!
//! ```text
//! cargo run --example sync_script
//! ```

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use poetry::address::Address;
use poetry::client::{Limits, get_poetry};
use poetry::progress::Bar;
use poetry::server::{Pace, serve_in_process};

/// The download, for those who want to wait.
fn download(address: &Address) -> Result<String, Failure> {
    reactor::block_on(|| get_poetry(address.clone(), Limits::default(), Bar::hidden()))
}

fn script(first: &Address, second: &Address) -> Result<(), Failure> {
    let poem = download(first)?;
    println!("{poem}");
    let poem = download(second)?;
    println!("{poem}");
    Ok(())
}

/// Serves a poem to each of two addresses, on a thread with a reactor of its own: that of the script runs only during the
/// downloads. The thread ends with the program.
fn serve_poems() -> Result<[Address; 2], String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let served =
            serve_in_process(&[include_str!("poetry/kettle.txt"), include_str!("poetry/winter.txt")], Pace::BRISK);
        // The script waits for it.
        let _ = sender.send(served.map_err(|error| error.to_string()));
        reactor::run();
    });
    let (_, addresses) = receiver.recv().map_err(|error| error.to_string())??;
    addresses.try_into().map_err(|_| "there are not two addresses".to_owned())
}

fn main() -> ExitCode {
    let outcome = serve_poems().and_then(|[first, second]| script(&first, &second).map_err(|why| why.to_string()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
