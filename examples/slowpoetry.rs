//! The slow poetry server: says a poem a few characters at a time. Unlike the tutorial's, which blocks, it serves many
//! at once, each from the beginning.
//!
//! ```text
//! cargo run --example slowpoetry -- --port 10002 --delay .1 --num-bytes 30 examples/poetry/kettle.txt
//! nc 127.0.0.1 10002
//! ```

use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use poetry::options::{PoemFile, ServerOptions, parse_poem_file, parse_seconds, serve};
use poetry::server::{Pace, Server, serve_slowly};

/// Serves a poem, slowly
#[derive(Parser)]
#[command(name = "slowpoetry")]
struct Options {
    /// The file with the poem
    #[arg(value_name = "FILE", value_parser = parse_poem_file)]
    file: PoemFile,

    /// The number of seconds between sending
    #[arg(long, value_name = "SECONDS", default_value = "0.7", value_parser = parse_seconds)]
    delay: Duration,

    /// The number of characters to send at a time
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = clap::value_parser!(u32).range(1..))]
    num_bytes: u32,

    #[command(flatten)]
    server: ServerOptions,
}

fn main() -> ExitCode {
    let Options { file, delay, num_bytes, server } = Options::parse();
    let pace = Pace { characters: num_bytes as usize, delay };
    let poem: Rc<str> = file.poem.into();
    let server = Server::start(&server.iface, server.port, move |socket, peer| {
        println!("Somebody at {peer} wants poetry!");
        serve_slowly(socket, Rc::clone(&poem), pace, |bytes| println!("Sending {bytes} bytes"))
    });
    serve(&file.name, server)
}
