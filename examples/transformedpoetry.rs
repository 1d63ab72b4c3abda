//! The transform server: takes netstrings `NAME.POEM` and answers with the transformed poem. It knows one transform,
//! `cummingsify`, which is lower case.
//!
//! ```text
//! cargo run --example transformedpoetry -- --port 10000
//! printf '27:cummingsify.HERE IS MY POEM,' | nc 127.0.0.1 10000
//! ```

use std::process::ExitCode;

use clap::Parser;
use poetry::options::{ServerOptions, serve};
use poetry::server::{Server, serve_transforms};

/// Serves transforms of poems
#[derive(Parser)]
#[command(name = "transformedpoetry")]
struct Options {
    #[command(flatten)]
    server: ServerOptions,
}

fn main() -> ExitCode {
    let Options { server } = Options::parse();
    serve("transforms", Server::start(&server.iface, server.port, |socket, _| serve_transforms(socket)))
}
