//! The fast poetry server: says a whole poem at once to everybody who connects.
//!
//! ```text
//! cargo run --example fastpoetry -- --port 10001 examples/poetry/kettle.txt
//! nc 127.0.0.1 10001
//! ```

use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use poetry::options::{PoemFile, ServerOptions, parse_poem_file, serve};
use poetry::server::{Server, serve_poem};

/// Serves a poem, as fast as it can
#[derive(Parser)]
#[command(name = "fastpoetry")]
struct Options {
    /// The file with the poem
    #[arg(value_name = "FILE", value_parser = parse_poem_file)]
    file: PoemFile,

    #[command(flatten)]
    server: ServerOptions,
}

fn main() -> ExitCode {
    let Options { file, server } = Options::parse();
    let poem: Rc<str> = file.poem.into();
    serve(&file.name, Server::start(&server.iface, server.port, move |socket, _| serve_poem(socket, Rc::clone(&poem))))
}
