//! The command lines that several programs have in common.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory};
use inline_callbacks::reactor;

use crate::address::Address;
use crate::client::Limits;
use crate::server::{ListenError, Server};

/// What the clients take.
#[derive(Args, Clone, Debug)]
pub struct ClientOptions {
    /// The transform server, then the poetry servers; an IPv6 host goes in brackets
    #[arg(value_name = "[HOST:]PORT")]
    addresses: Vec<Address>,

    /// Give a server up when it is silent for this long
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_patience)]
    timeout: Duration,

    /// Give a poem up when it has more bytes than this
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().bytes)]
    max_bytes: usize,

    /// Show no progress bars
    #[arg(long, short)]
    pub quiet: bool,
}

impl ClientOptions {
    /// Whether no address at all was given.
    pub fn is_without_addresses(&self) -> bool {
        self.addresses.is_empty()
    }

    /// How patient the client is to be.
    pub fn limits(&self) -> Limits {
        Limits { silence: self.timeout, bytes: self.max_bytes }
    }

    /// The address of the transform server and those of the poetry servers. Without at least one of each, the program
    /// `C` prints its help and ends well, as the tutorial's clients do.
    ///
    /// # Errors
    ///
    /// The exit code to end with.
    pub fn addresses<C: CommandFactory>(&self) -> Result<(Address, Vec<Address>), ExitCode> {
        match self.addresses.split_first() {
            Some((transform, poetry)) if !poetry.is_empty() => Ok((transform.clone(), poetry.to_vec())),
            _ => Err(match C::command().print_help() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }),
        }
    }
}

/// What the servers take.
#[derive(Args, Clone, Debug)]
pub struct ServerOptions {
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,

    /// The interface to listen on
    #[arg(long, default_value = "localhost")]
    pub iface: String,
}

/// Says where the server listens and runs the reactor until SIGINT.
pub fn serve(what: &str, started: Result<Server, ListenError>) -> ExitCode {
    let server = match started {
        Ok(server) => server,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("Serving {what} on {}.", server.address());
    reactor::before_shutdown(move || drop(server));
    reactor::run();
    ExitCode::SUCCESS
}

/// A poem and the name of the file it comes from.
#[derive(Clone, Debug)]
pub struct PoemFile {
    /// The name, as it was given.
    pub name: String,
    /// The poem.
    pub poem: String,
}

/// Reads the file that an argument names.
///
/// # Errors
///
/// What is wrong with the file.
pub fn parse_poem_file(name: &str) -> Result<PoemFile, String> {
    let bytes = std::fs::read(name).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("No such file: {name}"),
        _ => error.to_string(),
    })?;
    let poem = String::from_utf8(bytes)
        .map_err(|error| format!("It is not valid UTF-8 at byte {}.", error.utf8_error().valid_up_to()))?;
    Ok(PoemFile { name: name.to_owned(), poem })
}

/// A positive number of seconds.
fn parse_patience(text: &str) -> Result<Duration, String> {
    match parse_seconds(text)? {
        Duration::ZERO => Err("A timeout has to be longer than nothing.".to_owned()),
        limit => Ok(limit),
    }
}

/// A number of seconds, with or without a fraction.
///
/// # Errors
///
/// When it is not one, or negative, or beyond all measure.
pub fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|_| "Seconds are a number, such as 0.7.".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "Seconds are a number from 0 on.".to_owned())
}

/// The factor for durations that runs a program faster than in real time.
///
/// `10` and `0.1` are the same: ten times faster. Nobody has to remember which way round a scale is meant, since slower is
/// not on offer.
///
/// # Errors
///
/// When it is not a number from 0 on.
pub fn parse_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if (0.0..=1.0).contains(&scale) => Ok(scale),
        Ok(scale) if scale > 1.0 && scale.is_finite() => Ok(scale.recip()),
        _ => Err("A scale is a number from 0 on.".to_owned()),
    }
}
