//! Client 6: downloads poems and has them transformed, with callbacks only. Compare `client7`, which does the same in
//! straight lines.
//!
//! ```text
//! cargo run --example transformedpoetry -- --port 10000
//! cargo run --example fastpoetry -- --port 10001 examples/poetry/kettle.txt
//! cargo run --example client6 -- 10000 10001
//! ```

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use poetry::address::Address;
use poetry::client::{Limits, TransformProxy, get_poetry};
use poetry::options::ClientOptions;
use poetry::progress::{Progress, State};

/// Gets poetry now: downloads poems and has them transformed, with callbacks
///
/// Poems go to stdout, everything else to stderr. The exit status is 1 when a poem could not be had.
#[derive(Parser)]
#[command(name = "client6")]
struct Options {
    #[command(flatten)]
    client: ClientOptions,
}

/// What has come of the poems so far.
#[derive(Default)]
struct Results {
    poems: Vec<String>,
    errors: Vec<Failure>,
    expected: usize,
}

impl Results {
    fn are_complete(&self) -> bool {
        self.poems.len() + self.errors.len() == self.expected
    }
}

fn try_to_cummingsify(poem: String, proxy: &TransformProxy, progress: Progress) -> Deferred<String> {
    proxy.xform("cummingsify", &poem).add_errback(move |why| {
        progress.complain(format_args!("Cummingsify failed! {why}"));
        Ok(poem)
    })
}

fn fetch(address: Address, proxy: TransformProxy, limits: Limits, progress: &Progress, results: &Rc<RefCell<Results>>) {
    let bar = progress.bar(&address);
    let (transforming, done, failed) = (bar.clone(), bar.clone(), bar.clone());
    let (callback_progress, errback_progress) = (progress.clone(), progress.clone());
    let (poems, errors, results) = (Rc::clone(results), Rc::clone(results), Rc::clone(results));
    let d = get_poetry(address, limits, bar)
        .add_callback(move |poem| {
            transforming.show(State::Transforming);
            try_to_cummingsify(poem, &proxy, callback_progress)
        })
        .add_callbacks(
            move |poem| {
                done.show(State::Done);
                poems.borrow_mut().poems.push(poem);
            },
            move |why| {
                failed.show(State::Failed);
                errback_progress.complain("The poem download failed.");
                errors.borrow_mut().errors.push(why);
            },
        )
        .add_both(move |_| {
            if results.borrow().are_complete() {
                reactor::stop();
            }
        });
    // An interrupted client gives its poems up.
    reactor::before_shutdown(move || d.cancel());
}

fn main() -> ExitCode {
    let options = Options::parse().client;
    let (transform, addresses) = match options.addresses::<Options>() {
        Ok(addresses) => addresses,
        Err(code) => return code,
    };
    let proxy = TransformProxy::new(transform, options.limits());
    let progress = Progress::new(options.quiet);
    let results = Rc::new(RefCell::new(Results { expected: addresses.len(), ..Results::default() }));
    for address in addresses {
        fetch(address, proxy.clone(), options.limits(), &progress, &results);
    }
    reactor::run();
    report(&results.borrow(), &progress)
}

fn report(results: &Results, progress: &Progress) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for poem in &results.poems {
        if let Err(error) = progress.print(poem) {
            progress.complain(format_args!("A poem could not be printed: {error}"));
            code = ExitCode::FAILURE;
        }
    }
    for error in &results.errors {
        progress.complain(error);
        code = ExitCode::FAILURE;
    }
    code
}
