//! Client 8: as client 7, but a `DeferredList` knows when all poems are done, and what has become of each.
//!
//! ```text
//! cargo run --example transformedpoetry -- --port 10000
//! cargo run --example fastpoetry -- --port 10001 examples/poetry/kettle.txt
//! cargo run --example slowpoetry -- --port 10002 examples/poetry/promise.txt
//! cargo run --example client8 -- 10000 10001 10002
//! ```

use std::cell::Cell;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use inline_callbacks::prelude::*;
use inline_callbacks::{DeferredList, IntoDeferred, reactor};
use poetry::address::Address;
use poetry::client::{Limits, TransformProxy, get_poetry};
use poetry::options::ClientOptions;
use poetry::progress::{Progress, State};

/// Gets poetry now: downloads poems and has them transformed, and waits for all of them at once
///
/// Poems go to stdout, everything else to stderr. The exit status is 1 when a poem could not be had.
#[derive(Parser)]
#[command(name = "client8")]
struct Options {
    #[command(flatten)]
    client: ClientOptions,
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
    return_value!(transformed.unwrap_or_else(|why| {
        progress.complain(format_args!("Cummingsify failed! {why}"));
        poem
    }))
}

fn main() -> ExitCode {
    let options = Options::parse().client;
    let (transform, addresses) = match options.addresses::<Options>() {
        Ok(addresses) => addresses,
        Err(code) => return code,
    };
    let limits = options.limits();
    let proxy = Rc::new(TransformProxy::new(transform, limits));
    let progress = Progress::new(options.quiet);

    let poems = addresses.into_iter().map(|address| {
        let screen = progress.clone();
        get_transformed_poem(address, Rc::clone(&proxy), limits, progress.clone())
            .add_callback(move |poem| Ok(screen.print(&poem)?))
    });
    let all_are_here = Rc::new(Cell::new(false));
    let verdict = Rc::clone(&all_are_here);
    let done = DeferredList::new(poems).consume_errors(true).into_deferred().add_callback(move |results| {
        verdict.set(results.iter().all(Result::is_ok));
        reactor::stop();
    });
    // An interrupted client gives its poems up.
    reactor::before_shutdown(move || done.cancel());
    reactor::run();
    if all_are_here.get() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
