//! Deferreds behind an ordinary service: a multi-threaded tokio runtime outside, one thread with a reactor inside.
//!
//! A Deferred lives on one thread, and so does whatever is built of them: here a shelf that downloads each poem once, however
//! many ask for it at the same time, without a lock or an atomic in sight. The handlers of the service run on any thread of
//! tokio's, as those of axum, tonic or any other server do. [`reactor::Handle`] is what connects the two: `handle.call(..)`
//! sends a function to the reactor's thread and gives the result of its Deferred as a future that is `Send`.
//!
//! The service speaks a line each way: the name of a poem, and its first line or what went wrong. Here it has six guests of its
//! own, and ends when they have left.
//!
//! ```text
//! cargo run --example service
//! ```

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use inline_callbacks::prelude::*;
use inline_callbacks::reactor::{self, Handle};
use inline_callbacks::{Shared, fail};
use poetry::address::Address;
use poetry::client::{Limits, get_poetry};
use poetry::progress::Bar;
use poetry::server::{Pace, serve_in_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

// ----- Inside: the thread with the reactor ------------------------------------------------------------------------

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::default();
}

/// The poems that were asked for, and where all of them come from.
#[derive(Default)]
struct Shelf {
    servers: HashMap<&'static str, Address>,
    poems: HashMap<String, Shared<String>>,
}

impl Shelf {
    /// Gives a poem from the shelf, where a failed download would stand as well.
    fn poem(&mut self, name: &str) -> Deferred<String> {
        if let Some(poem) = self.poems.get(name) {
            return poem.observe();
        }
        let Some(server) = self.servers.get(name).cloned() else {
            return fail(Failure::msg(format!("nobody knows a poem called {name:?}")));
        };
        println!("downloading {name}");
        let poem = get_poetry(server, Limits::default(), Bar::hidden()).share();
        self.poems.insert(name.to_owned(), poem.clone());
        poem.observe()
    }
}

/// What the handlers ask for. It runs on the reactor's thread.
#[inline_callbacks]
fn first_line(name: String) -> Deferred<String> {
    let poem = yield_!(SHELF.with_borrow_mut(|shelf| shelf.poem(&name)))?;
    return_value!(poem.lines().next().unwrap_or_default().to_owned())
}

/// Starts the thread of the Deferreds and gives its handle.
fn start_reactor() -> Result<(Handle, thread::JoinHandle<()>), Box<dyn Error>> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let poems = [include_str!("poetry/kettle.txt"), include_str!("poetry/winter.txt")];
        let started = serve_in_process(&poems, Pace::BRISK).map(|(_, addresses)| {
            SHELF.with_borrow_mut(|shelf| shelf.servers = ["kettle", "winter"].into_iter().zip(addresses).collect());
            reactor::handle()
        });
        let is_serving = started.is_ok();
        // The main thread waits for it.
        let _ = sender.send(started);
        if is_serving {
            reactor::run();
        }
    });
    Ok((receiver.recv()??, thread))
}

// ----- Outside: the service ---------------------------------------------------------------------------------------

/// Answers the lines of one guest, on whichever thread tokio chooses.
async fn serve_guest(socket: TcpStream, reactor: Handle) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut name = String::new();
    while socket.read_line(&mut name).await? > 0 {
        let wanted = name.trim().to_owned();
        let answer = match reactor.call(move || first_line(wanted)).await {
            Ok(line) => line,
            Err(why) => format!("error: {why}"),
        };
        socket.write_all(format!("{answer}\n").as_bytes()).await?;
        name.clear();
    }
    Ok(())
}

async fn serve(listener: TcpListener, reactor: Handle) {
    while let Ok((socket, _)) = listener.accept().await {
        let reactor = reactor.clone();
        tokio::spawn(async move {
            if let Err(error) = serve_guest(socket, reactor).await {
                eprintln!("a guest was lost: {error}");
            }
        });
    }
}

/// A guest who asks for one poem.
async fn ask(address: SocketAddr, name: &'static str) -> std::io::Result<String> {
    let mut socket = BufReader::new(TcpStream::connect(address).await?);
    socket.write_all(format!("{name}\n").as_bytes()).await?;
    let mut answer = String::new();
    socket.read_line(&mut answer).await?;
    Ok(format!("{name}: {}", answer.trim_end()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (reactor, thread) = start_reactor()?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, reactor.clone()));

    let names = ["kettle", "winter", "kettle", "the albatross", "winter", "kettle"];
    let guests = names.map(|name| tokio::spawn(ask(address, name)));
    for guest in guests {
        println!("{}", guest.await??);
    }

    reactor.call_from_thread(reactor::stop);
    thread.join().map_err(|_| "the reactor's thread has panicked")?;
    Ok(())
}
