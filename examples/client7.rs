//! Client 7: downloads poems and has them transformed, in straight lines. Each line that waits is resumed by the
//! Deferred that it waits for, and `match` takes the place of callbacks and errbacks.
//!
//! ```text
//! cargo run --example client7
//! ```
//!
//! needs nothing else: it serves three poems and the transform itself. With servers of your own:
//!
//! ```text
//! cargo run --example transformedpoetry -- --port 10000
//! cargo run --example fastpoetry -- --port 10001 examples/poetry/kettle.txt
//! cargo run --example slowpoetry -- --port 10002 examples/poetry/promise.txt
//! cargo run --example client7 -- 10000 10001 10002
//! ```
//!
//! To see which piece of which body ran when, and who resumed it, have it draw itself; any browser shows the page:
//!
//! ```text
//! cargo run --example client7 --features timeline -- --timeline target/poems.html
//! ```

use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use poetry::address::Address;
use poetry::client::{Limits, TransformProxy, get_poetry};
use poetry::options::ClientOptions;
use poetry::progress::{Progress, State};
use poetry::server::{ListenError, Pace, serve_in_process};
use poetry::timeline::Recorded;

/// Gets poetry now: downloads poems and has them transformed
///
/// Poems go to stdout, everything else to stderr. The exit status is 1 when a poem could not be had. Without addresses
/// it serves three poems to itself.
#[derive(Parser)]
#[command(name = "client7")]
struct Options {
    #[command(flatten)]
    client: ClientOptions,

    /// Write down what ran when: a page for a browser, or a trace for Perfetto if the name ends in .json
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,
}

#[inline_callbacks]
fn get_transformed_poem(
    address: Address,
    proxy: Rc<TransformProxy>,
    limits: Limits,
    progress: Progress,
) -> Deferred<String> {
    let bar = progress.bar(&address);
    let poem = match yield_!(get_poetry(address, limits, bar.clone())) {
        Ok(poem) => poem,
        Err(why) => {
            bar.show(State::Failed);
            progress.complain(format_args!("The poem download failed: {why}"));
            return Err(why);
        }
    };
    bar.show(State::Transforming);
    let transformed = yield_!(proxy.xform("cummingsify", &poem));
    bar.show(State::Done);
    match transformed {
        Ok(transformed) => return_value!(transformed),
        Err(why) => progress.complain(format_args!("Cummingsify failed! {why}")),
    }
    return_value!(poem)
}

/// Downloads all poems and prints each as it comes.
fn get_poems(proxy: TransformProxy, addresses: Vec<Address>, limits: Limits, progress: &Progress) -> ExitCode {
    let proxy = Rc::new(proxy);
    let missing = Rc::new(Cell::new(addresses.len()));
    let unfinished = Rc::new(Cell::new(addresses.len()));
    for address in addresses {
        let (screen, had, done) = (progress.clone(), Rc::clone(&missing), Rc::clone(&unfinished));
        let got_poem = move |poem: String| {
            screen.print(&poem)?;
            had.set(had.get() - 1);
            Ok(())
        };
        let poem_done = move |_: Result<(), Failure>| {
            done.set(done.get() - 1);
            if done.get() == 0 {
                reactor::stop();
            }
        };
        let d = get_transformed_poem(address, Rc::clone(&proxy), limits, progress.clone())
            .add_callback(got_poem)
            .add_both(poem_done);
        // An interrupted client gives its poems up.
        reactor::before_shutdown(move || d.cancel());
    }
    reactor::run();
    if missing.get() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Serves transforms and three poems on free ports of this machine, slowly enough to be seen, until the reactor ends.
fn serve_poems() -> Result<(Address, Vec<Address>), ListenError> {
    let poems =
        [include_str!("poetry/promise.txt"), include_str!("poetry/kettle.txt"), include_str!("poetry/winter.txt")];
    serve_in_process(&poems, Pace { characters: 20, delay: Duration::from_millis(25) })
}

/// Runs the client, and draws it if that is asked for. The poems come first: they are printed even if the drawing fails.
fn run(options: &Options) -> Result<ExitCode, String> {
    let recorded = options.timeline.as_deref().map(|path| Recorded::start(path, "client 7")).transpose();
    let recorded = recorded.map_err(|error| error.to_string())?;
    let client = &options.client;
    let (transform, addresses) = if client.is_without_addresses() {
        serve_poems().map_err(|error| error.to_string())?
    } else {
        match client.addresses::<Options>() {
            Ok(addresses) => addresses,
            Err(code) => return Ok(code),
        }
    };
    let proxy = TransformProxy::new(transform, client.limits());
    let code = get_poems(proxy, addresses, client.limits(), &Progress::new(client.quiet));
    recorded.map_or(Ok(()), Recorded::save).map_err(|error| error.to_string())?;
    Ok(code)
}

fn main() -> ExitCode {
    run(&Options::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
