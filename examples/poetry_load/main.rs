//! Load on the poetry servers, and the same load on servers of plain tokio, written with async and await as usual.
//!
//! Each side has one thread. A third thread is the clients of both: each connects, asks, reads to the end, compares the answer
//! and begins again. The sides take turns, so that whatever else the machine does meets both of them; the first round of
//! each only warms up.
//!
//! Over loopback, a client's half of a connection takes more time than the server's. With one thread of clients, requests per
//! second is therefore what the clients can do, and the server has time to spare: the percentiles say more about it.
//!
//! ```text
//! cargo run --release -q --example poetry_load -- --clients 1000 --requests 100000
//! ```

mod load;
mod report;
mod sides;
mod twin;

use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use load::Service;
use report::{Score, Table};
use sides::Side;
use tokio::runtime::LocalRuntime;

/// The rounds that count, of each server; fewer when each client would not get a request in each of them.
const ROUNDS: usize = 10;

/// Drives the poetry servers, and plain tokio ones that do the same
#[derive(Parser)]
#[command(name = "poetry_load")]
struct Options {
    /// How many clients there are at a time
    #[arg(long, value_name = "NUMBER", default_value = "1000")]
    clients: NonZeroUsize,

    /// How many requests each server gets; a round to warm up comes on top
    #[arg(long, value_name = "NUMBER", default_value = "100000")]
    requests: NonZeroUsize,

    /// Show no progress bar
    #[arg(long, short)]
    quiet: bool,
}

impl Options {
    /// What clap cannot check by itself.
    fn check(self) -> Options {
        if self.requests < self.clients {
            let why = format!("{} requests are too few for {} clients to get one each", self.requests, self.clients);
            Options::command().error(ErrorKind::ValueValidation, why).exit();
        }
        self
    }

    /// How many requests each round has; the first one only warms up.
    fn rounds(&self) -> Vec<usize> {
        let rounds = ROUNDS.min(self.requests.get() / self.clients);
        let upto = |round: usize| round * self.requests.get() / rounds;
        let counted = (0..rounds).map(|round| upto(round + 1) - upto(round));
        [upto(1)].into_iter().chain(counted).collect()
    }

    fn bar(&self, length: usize) -> ProgressBar {
        // indicatif itself hides what would go to something else than a terminal.
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(length as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {wide_bar} {human_pos}/{human_len} {eta:>4}") {
            bar.set_style(style);
        }
        bar
    }
}

fn main() -> ExitCode {
    let options = Options::parse().check();
    match measure(&options) {
        Ok(table) => {
            println!("{} clients, {} requests to each server", options.clients, options.requests);
            print!("{table}");
            if table.has_errors() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<Table, Box<dyn Error>> {
    load::allow_clients(options.clients.get())?;
    let poem = include_str!("../poetry/kettle.txt");
    let sides = [sides::start_ours(poem)?, sides::start_twin(poem)?];
    let services = [Service::poetry(poem), Service::transform(poem)?];
    let rounds = options.rounds();
    let bar = options.bar(rounds.iter().sum::<usize>() * services.len() * sides.len());
    let runtime = LocalRuntime::new()?;
    let mut scores = Vec::new();
    for service in services {
        let mut score = Score { service: service.name(), rounds: Vec::new() };
        for (number, &requests) in rounds.iter().enumerate() {
            let drive = |side: &Side| {
                bar.set_message(format!("{}, {}", service.name(), side.name));
                let server = side.address_of(&service);
                runtime.block_on(load::drive(&service, server, options.clients.get(), requests, &bar))
            };
            // Whoever goes second finds another machine than whoever goes first: they take turns in that as well.
            score.rounds.push(if number % 2 == 0 {
                let ours = drive(&sides[0])?;
                [ours, drive(&sides[1])?]
            } else {
                let twin = drive(&sides[1])?;
                [drive(&sides[0])?, twin]
            });
        }
        scores.push(score);
    }
    bar.finish_and_clear();
    let table = Table { scores, sides: [sides[0].name, sides[1].name] };
    for side in sides {
        side.stop()?;
    }
    Ok(table)
}
