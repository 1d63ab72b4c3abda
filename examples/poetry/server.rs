//! The server side: a listener, and what is said to those who connect.

use std::error::Error;
use std::net::{SocketAddr, TcpListener as StdTcpListener, ToSocketAddrs};
use std::rc::Rc;
use std::str::Utf8Error;
use std::time::Duration;
use std::{fmt, io};

use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use crate::address::Address;
use crate::netstring::{Netstring, NetstringError};

/// How long a peer may go on sending after we have said all we have to say.
const LINGER: Duration = Duration::from_secs(1);

/// How long to wait when the system has no socket left for one more connection.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// How many connections may wait to be accepted; the system may allow fewer. The standard library's 128 are too few for a crowd
/// that comes at once: what finds the queue full is dropped without a word, and the client tries again after a second, or two,
/// or four.
const QUEUE: i32 = 4096;

/// A server that accepts connections until it is dropped.
#[derive(Debug)]
#[must_use = "a dropped server stops listening"]
pub struct Server {
    address: SocketAddr,
    accepting: Deferred<()>,
}

impl Server {
    /// Listens on `interface`; port 0 picks a free one. Each connection is given to `serve`.
    ///
    /// # Errors
    ///
    /// When it cannot listen there: a [`ListenError`].
    pub fn start<F>(interface: &str, port: u16, serve: F) -> Result<Server, ListenError>
    where
        F: Fn(TcpStream, SocketAddr) -> Deferred<()> + 'static,
    {
        let (listener, address) = listen(interface, port)?;
        Ok(Server { address, accepting: accept_all(listener, Rc::new(serve)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.cancel();
    }
}

/// A listener on `interface` that does not block, and where it listens; port 0 picks a free one. A name may stand for several
/// addresses; as in Twisted, `localhost` is 127.0.0.1.
///
/// # Errors
///
/// When it cannot listen there: a [`ListenError`].
pub fn listen(interface: &str, port: u16) -> Result<(StdTcpListener, SocketAddr), ListenError> {
    let bound = || {
        let interface = interface.trim_start_matches('[').trim_end_matches(']');
        let mut addresses: Vec<SocketAddr> = (interface, port).to_socket_addrs()?.collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let listener = listen_on_first(&addresses)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound().map_err(|error| ListenError { interface: interface.to_owned(), port, error })
}

/// As `StdTcpListener::bind`, with a longer queue.
fn listen_on_first(addresses: &[SocketAddr]) -> io::Result<StdTcpListener> {
    let mut outcome = Err(io::Error::new(io::ErrorKind::InvalidInput, "the name has no address"));
    for &address in addresses {
        outcome = listen_on(address);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn listen_on(address: SocketAddr) -> io::Result<StdTcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // What this means elsewhere, that others may take the port over, nobody wants.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(QUEUE)?;
    Ok(socket.into())
}

#[inline_callbacks]
fn accept_all<F>(listener: StdTcpListener, serve: Rc<F>) -> Deferred<()>
where
    F: Fn(TcpStream, SocketAddr) -> Deferred<()> + 'static,
{
    let listener = TcpListener::from_std(listener)?;
    let mut connections = Connections::default();
    loop {
        match yield_!(listener.accept()) {
            Ok((socket, peer)) => connections.add(serve(socket, peer), peer),
            Err(error) => {
                eprintln!("A connection could not be accepted: {error}");
                yield_!(tokio::time::sleep(OUT_OF_SOCKETS));
            }
        }
    }
}

/// The connections being served. They end with the server, because a cancelled server drops them.
#[derive(Default)]
struct Connections {
    open: Vec<Deferred<()>>,
    /// How many there may be before those that have ended are forgotten: twice as many as were open the last time, so that
    /// looking through them costs each connection the same, however many there are.
    enough: usize,
}

impl Connections {
    fn add(&mut self, connection: Deferred<()>, peer: SocketAddr) {
        if self.open.len() >= self.enough {
            self.open.retain(|connection| !connection.is_fired());
            self.enough = self.open.len() * 2 + 16;
        }
        self.open.push(connection.add_errback(move |why| {
            if !why.is_cancelled() {
                eprintln!("{peer}: {why}");
            }
            Ok(())
        }));
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        for connection in &self.open {
            connection.cancel();
        }
    }
}

/// Says the whole poem at once.
#[inline_callbacks]
pub fn serve_poem(mut socket: TcpStream, poem: Rc<str>) -> Deferred<()> {
    yield_!(socket.write_all(poem.as_bytes()))?;
    yield_!(hang_up(socket))?;
}

/// How slowly a poem is said.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many characters at a time.
    pub characters: usize,
    /// How long to wait after each time.
    pub delay: Duration,
}

impl Pace {
    /// For examples in which nobody watches a poem coming.
    pub const BRISK: Pace = Pace { characters: 100, delay: Duration::from_millis(5) };
}

/// Says the poem piece by piece, and `report`s the bytes of each piece before it is sent.
#[inline_callbacks]
pub fn serve_slowly(mut socket: TcpStream, poem: Rc<str>, pace: Pace, report: fn(usize)) -> Deferred<()> {
    let mut rest = &*poem;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(pace.characters).map_or(rest.len(), |(end, _)| end);
        let (piece, after) = rest.split_at(end);
        report(piece.len());
        yield_!(socket.write_all(piece.as_bytes()))?;
        yield_!(tokio::time::sleep(pace.delay));
        rest = after;
    }
    yield_!(hang_up(socket))?;
}

/// Serves transforms, and each of these poems, on free ports of this machine until the reactor ends. Gives the address of
/// the transform server and those of the poems.
///
/// # Errors
///
/// When one of them cannot listen: a [`ListenError`].
pub fn serve_in_process(poems: &[&'static str], pace: Pace) -> Result<(Address, Vec<Address>), ListenError> {
    let transforms = Server::start("localhost", 0, |socket, _| serve_transforms(socket))?;
    let serve = |poem: &'static str| move |socket, _| serve_slowly(socket, poem.into(), pace, |_| ());
    let started = poems.iter().map(|poem| Server::start("localhost", 0, serve(poem)));
    let poems = started.collect::<Result<Vec<_>, _>>()?;
    let addresses = (transforms.address().into(), poems.iter().map(|server| server.address().into()).collect());
    reactor::before_shutdown(move || drop((transforms, poems)));
    Ok(addresses)
}

/// Answers transform requests: all that have come with the first complete one, then hangs up.
#[inline_callbacks]
pub fn serve_transforms(mut socket: TcpStream) -> Deferred<()> {
    let mut buffer = BytesMut::new();
    let mut answers = Ok(Answers::None);
    while let Ok(Answers::None) = answers {
        if yield_!(socket.read_buf(&mut buffer))? == 0 {
            return_value!();
        }
        let mut replies = BytesMut::new();
        answers = answer_all(&mut buffer, &mut replies);
        yield_!(socket.write_all(&replies))?;
    }
    yield_!(hang_up(socket))?;
    answers?;
}

/// Whether any request was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// No request.
    None,
    /// A request, or several.
    Some,
}

/// Moves the complete requests out of `requests` and puts their answers into `replies`. As in Twisted, what asks for
/// something that there is not is passed over, and what cannot be read at all ends it.
///
/// # Errors
///
/// Why a request has no answer; those before it have theirs.
pub fn answer_all(requests: &mut BytesMut, replies: &mut BytesMut) -> Result<Answers, RequestError> {
    let mut answers = Answers::None;
    let mut refused = None;
    while let Some(request) = Netstring.decode(requests)? {
        answers = Answers::Some;
        let request = std::str::from_utf8(&request).map_err(RequestError::NotText)?;
        match transform(request) {
            Ok(poem) => Netstring.encode(poem.as_bytes(), replies)?,
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(answers), Err)
}

/// The transformed poem that a request, `NAME.POEM`, asks for.
fn transform(request: &str) -> Result<String, RequestError> {
    let (name, poem) = request.split_once('.').ok_or(RequestError::NoDot)?;
    match name {
        "cummingsify" => Ok(cummingsify(poem)),
        _ => Err(RequestError::NoSuchTransform(name.to_owned())),
    }
}

/// The poem as E. E. Cummings might have written it.
pub fn cummingsify(poem: &str) -> String {
    poem.to_lowercase()
}

/// Ends our side of the connection, and then waits for the peer to end its own: a socket that is closed with unread
/// bytes in it resets the connection, and the peer may then lose what we sent last.
///
/// # Errors
///
/// When the connection is broken already.
pub async fn hang_up(mut socket: TcpStream) -> io::Result<()> {
    socket.shutdown().await?;
    let rest = async { while !matches!(socket.read(&mut [0; 4096]).await, Ok(0) | Err(_)) {} };
    let _ = tokio::time::timeout(LINGER, rest).await;
    Ok(())
}

/// Why a request got no answer.
#[derive(Debug)]
pub enum RequestError {
    /// It breaks the rules of netstrings, or its answer would.
    Netstring(NetstringError),
    /// It is not valid UTF-8.
    NotText(Utf8Error),
    /// It names no transform.
    NoDot,
    /// It names one that there is not.
    NoSuchTransform(String),
}

impl From<NetstringError> for RequestError {
    fn from(error: NetstringError) -> Self {
        RequestError::Netstring(error)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Netstring(error) => write!(f, "the netstring breaks the rules: {error}"),
            Self::NotText(error) => write!(f, "the request is not valid UTF-8 at byte {}", error.valid_up_to()),
            Self::NoDot => f.write_str("the request names no transform: it has no dot"),
            Self::NoSuchTransform(name) => write!(f, "no such transform: {name:?}"),
        }
    }
}

impl Error for RequestError {}

/// A server that could not begin to listen.
#[derive(Debug)]
pub struct ListenError {
    interface: String,
    port: u16,
    error: io::Error,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not listen on {}:{}: {}", self.interface, self.port, self.error)
    }
}

impl Error for ListenError {}
