//! The client side of both protocols, with a limit on everything that a peer may do to us.

use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;
use std::{fmt, io};

use inline_callbacks::fail;
use inline_callbacks::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_util::bytes::{Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::address::Address;
use crate::netstring::{MAX_LENGTH, Netstring, NetstringError};
use crate::progress::{Bar, State};

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a peer may be silent; a slow poem takes longer than that as a whole.
    pub silence: Duration,
    /// How many bytes a poem may have.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { silence: Duration::from_secs(10), bytes: 1 << 20 }
    }
}

/// Downloads a poem: all that its server sends until it closes the connection. Whether it closed too early cannot be
/// known; a connection that breaks is an error.
///
/// # Cancellation
///
/// Closes the connection.
///
/// # Errors
///
/// A [`PeerError`].
#[inline_callbacks]
pub fn get_poetry(address: Address, limits: Limits, bar: Bar) -> Deferred<String> {
    let mut connection = yield_!(Connection::open(address, limits))?;
    bar.show(State::Downloading);
    let mut poem = BytesMut::new();
    while yield_!(connection.read(&mut poem))? > 0 {
        bar.show_bytes(poem.len());
        if poem.len() > limits.bytes {
            return Err(connection.error(Fault::TooMuch { limit: limits.bytes }).into());
        }
    }
    return_value!(connection.text(&poem)?)
}

/// The transform server, as seen from here.
#[derive(Clone, Debug)]
pub struct TransformProxy {
    address: Address,
    limits: Limits,
}

impl TransformProxy {
    /// Stands for the server at `address`; connects when asked for a transform.
    pub fn new(address: Address, limits: Limits) -> Self {
        TransformProxy { address, limits }
    }

    /// Has a poem transformed.
    ///
    /// # Cancellation
    ///
    /// Closes the connection.
    ///
    /// # Errors
    ///
    /// A [`PeerError`], also for a poem that is too long to be sent.
    pub fn xform(&self, name: &str, poem: &str) -> Deferred<String> {
        let mut request = BytesMut::new();
        if Netstring.encode(format!("{name}.{poem}").as_bytes(), &mut request).is_err() {
            let fault = Fault::PoemTooLong { length: poem.len(), limit: MAX_LENGTH - name.len() - 1 };
            return fail(PeerError { peer: self.address.clone(), fault });
        }
        converse(self.address.clone(), self.limits, request.freeze())
    }
}

/// Sends a request and gives the text of the netstring that comes back; what may follow it is not looked at.
#[inline_callbacks]
fn converse(address: Address, limits: Limits, request: Bytes) -> Deferred<String> {
    let mut connection = yield_!(Connection::open(address, limits))?;
    yield_!(connection.write(&request))?;
    let reply = yield_!(connection.read_netstring())?;
    return_value!(connection.text(&reply)?)
}

/// A connection that names its peer in every error.
struct Connection {
    socket: TcpStream,
    peer: Address,
    limits: Limits,
    /// How many bytes have come.
    received: usize,
}

impl Connection {
    async fn open(peer: Address, limits: Limits) -> Result<Connection, PeerError> {
        match within(limits.silence, 0, connect(&peer)).await {
            Ok(socket) => Ok(Connection { socket, peer, limits, received: 0 }),
            Err(fault) => Err(PeerError { peer, fault }),
        }
    }

    /// Appends what comes next to `buffer`; 0 when the peer has closed the connection.
    async fn read(&mut self, buffer: &mut BytesMut) -> Result<usize, PeerError> {
        let received = self.received;
        let broken = |error| Fault::Broken { error, received };
        let reading = async { self.socket.read_buf(buffer).await.map_err(broken) };
        let read = within(self.limits.silence, received, reading).await.map_err(|fault| self.error(fault))?;
        self.received += read;
        Ok(read)
    }

    async fn read_netstring(&mut self) -> Result<Bytes, PeerError> {
        let mut buffer = BytesMut::new();
        loop {
            let read = self.read(&mut buffer).await?;
            let decoded = if read > 0 { Netstring.decode(&mut buffer) } else { Netstring.decode_eof(&mut buffer) };
            match decoded {
                Ok(Some(payload)) => return Ok(payload),
                Ok(None) if read > 0 => {}
                Ok(None) => return Err(self.error(Fault::NoReply)),
                Err(error) => return Err(self.error(Fault::Netstring(error))),
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), PeerError> {
        let broken = |error| Fault::Broken { error, received: 0 };
        let writing = async { self.socket.write_all(bytes).await.map_err(broken) };
        within(self.limits.silence, 0, writing).await.map_err(|fault| self.error(fault))
    }

    fn text(&self, bytes: &[u8]) -> Result<String, PeerError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(self.error(Fault::NotText { at: error.valid_up_to() })),
        }
    }

    fn error(&self, fault: Fault) -> PeerError {
        PeerError { peer: self.peer.clone(), fault }
    }
}

async fn connect(peer: &Address) -> Result<TcpStream, Fault> {
    let addresses = look_up(peer).await.map_err(Fault::Lookup)?;
    TcpStream::connect(&*addresses).await.map_err(Fault::Connect)
}

/// The addresses that the peer's name stands for. The system's resolver cannot be interrupted, and a program waits at
/// its end for the threads of tokio's pool: on a thread of its own, nobody waits for it longer than the limit.
async fn look_up(peer: &Address) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = peer.host().parse::<IpAddr>() {
        return Ok(vec![(ip, peer.port()).into()]);
    }
    let (host, port) = (peer.host().to_owned(), peer.port());
    let (sender, found) = oneshot::channel();
    std::thread::Builder::new().spawn(move || {
        // The limit may have passed.
        let _ = sender.send((host, port).to_socket_addrs().map(Iterator::collect));
    })?;
    found.await.map_err(io::Error::other)?
}

/// The output of `operation`, unless the peer keeps it waiting.
async fn within<T>(
    limit: Duration,
    received: usize,
    operation: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(limit, operation).await {
        Ok(output) => output,
        Err(_) => Err(Fault::Silent { limit, received }),
    }
}

/// What went wrong with a peer: one sentence that names the peer and the fault.
#[derive(Debug)]
pub struct PeerError {
    peer: Address,
    fault: Fault,
}

impl PeerError {
    /// With whom.
    pub fn peer(&self) -> &Address {
        &self.peer
    }

    /// What.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }
}

/// The ways in which a peer can disappoint.
#[derive(Debug)]
pub enum Fault {
    /// The name of its host leads nowhere.
    Lookup(io::Error),
    /// It cannot be connected to.
    Connect(io::Error),
    /// It keeps us waiting.
    Silent {
        /// For this long.
        limit: Duration,
        /// After this many bytes.
        received: usize,
    },
    /// The connection broke.
    Broken {
        /// How.
        error: io::Error,
        /// After this many bytes.
        received: usize,
    },
    /// It sends more than we take.
    TooMuch {
        /// What we take, in bytes.
        limit: usize,
    },
    /// What it sent is not valid UTF-8.
    NotText {
        /// Where the first bad byte is.
        at: usize,
    },
    /// It closed the connection instead of answering.
    NoReply,
    /// It does not keep the rules of netstrings.
    Netstring(NetstringError),
    /// The poem cannot be sent to it.
    PoemTooLong {
        /// How many bytes the poem has.
        length: usize,
        /// How many would be taken.
        limit: usize,
    },
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = &self.peer;
        match &self.fault {
            Fault::Lookup(error) => write!(f, "{} could not be looked up: {error}", peer.host()),
            Fault::Connect(error) => write!(f, "{peer} could not be connected to: {error}"),
            Fault::Silent { limit, received: 0 } => write!(f, "{peer} did not answer within {} s", limit.as_secs_f64()),
            Fault::Silent { limit, received } => {
                write!(f, "{peer} sent nothing for {} s after {received} bytes", limit.as_secs_f64())
            }
            Fault::Broken { error, received } => {
                write!(f, "the connection to {peer} broke after {received} bytes: {error}")
            }
            Fault::TooMuch { limit } => write!(f, "{peer} sent more than {limit} bytes"),
            Fault::NotText { at } => write!(f, "the poem from {peer} is not valid UTF-8 at byte {at}"),
            Fault::NoReply => write!(f, "{peer} closed the connection without an answer"),
            Fault::Netstring(NetstringError::Cut { have, of }) => {
                write!(f, "{peer} closed the connection after {have} of {of} bytes")
            }
            Fault::Netstring(error) => write!(f, "{peer} sent a netstring that breaks the rules: {error}"),
            Fault::PoemTooLong { length, limit } => {
                write!(f, "the poem has {length} bytes, which is too long for {peer}: it takes {limit}")
            }
        }
    }
}

impl Error for PeerError {}
