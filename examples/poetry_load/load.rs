//! The clients: what they ask, and how long they wait for it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use indicatif::ProgressBar;
use poetry::netstring::{Netstring, NetstringError};
use poetry::server::cummingsify;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinSet};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::Encoder;

/// A request that takes longer counts as an error.
const PATIENCE: Duration = Duration::from_secs(30);

/// Files that the program has open besides the connections.
const OTHER_FILES: u64 = 64;

/// Sees to it that the process may have that many clients.
///
/// Both ends of a connection are in this process, and the server may still hold the end of a client's last connection when the
/// client makes its next one.
///
/// # Errors
///
/// When the system allows fewer.
#[cfg(unix)]
pub(crate) fn allow_clients(clients: usize) -> Result<(), Box<dyn Error>> {
    let needed = (clients as u64).saturating_mul(4).saturating_add(OTHER_FILES);
    let allowed = rlimit::increase_nofile_limit(needed)?;
    if allowed < needed {
        let possible = allowed.saturating_sub(OTHER_FILES) / 4;
        let why = format!(
            "{clients} clients need {needed} open files, and this process may have {allowed}: \
             raise the limit (`ulimit -Hn`), or use at most {possible} clients"
        );
        return Err(why.into());
    }
    Ok(())
}

/// Sees to it that the process may have that many clients, which is so where files are not counted.
#[cfg(not(unix))]
pub(crate) fn allow_clients(_: usize) -> Result<(), Box<dyn Error>> {
    Ok(())
}

/// The services that are driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Poetry,
    Transform,
}

/// A service: what is sent to it, and what has to come back.
pub(crate) struct Service {
    kind: Kind,
    request: BytesMut,
    answer: BytesMut,
}

impl Service {
    pub(crate) fn poetry(poem: &str) -> Service {
        Service { kind: Kind::Poetry, request: BytesMut::new(), answer: poem.as_bytes().into() }
    }

    pub(crate) fn transform(poem: &str) -> Result<Service, NetstringError> {
        let (mut request, mut answer) = (BytesMut::new(), BytesMut::new());
        Netstring.encode(format!("cummingsify.{poem}").as_bytes(), &mut request)?;
        Netstring.encode(cummingsify(poem).as_bytes(), &mut answer)?;
        Ok(Service { kind: Kind::Transform, request, answer })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Poetry => "fastpoetry",
            Kind::Transform => "transform",
        }
    }
}

/// What a round brought.
pub(crate) struct Round {
    /// In nanoseconds, from connecting to the end of the answer.
    pub(crate) latencies: Histogram<u64>,
    pub(crate) elapsed: Duration,
    /// What went wrong, and how often.
    pub(crate) errors: BTreeMap<String, u64>,
}

impl Round {
    /// A round in which nothing happened.
    pub(crate) fn new() -> Round {
        let latencies = Histogram::new_with_bounds(1_000, as_nanos(PATIENCE), 3).expect("bounds in order");
        Round { latencies, elapsed: Duration::ZERO, errors: BTreeMap::new() }
    }

    /// Makes one of the two.
    pub(crate) fn absorb(&mut self, other: &Round) {
        self.latencies += &other.latencies;
        self.elapsed += other.elapsed;
        for (error, times) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += times;
        }
    }

    /// Answers per second.
    #[allow(clippy::cast_precision_loss)] // fewer than 2^52
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn percentile(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latencies.value_at_quantile(quantile))
    }

    fn record(&mut self, latency: Duration, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.latencies.saturating_record(as_nanos(latency)),
            Err(error) => *self.errors.entry(error).or_default() += 1,
        }
    }
}

/// Makes `requests` requests, by `clients` clients at a time.
pub(crate) async fn drive(
    service: &Service,
    server: SocketAddr,
    clients: usize,
    requests: usize,
    bar: &ProgressBar,
) -> Result<Round, JoinError> {
    let work = Rc::new(Work {
        server,
        request: service.request.to_vec(),
        answer: service.answer.to_vec(),
        left: Cell::new(requests),
        round: RefCell::new(Round::new()),
        bar: bar.clone(),
    });
    let started = Instant::now();
    let mut at_work = JoinSet::new();
    for _ in 0..clients {
        at_work.spawn_local(Rc::clone(&work).be_a_client());
    }
    while let Some(client) = at_work.join_next().await {
        client?;
    }
    let elapsed = started.elapsed();
    let round = work.round.replace(Round::new());
    Ok(Round { elapsed, ..round })
}

/// What the clients of a round share.
struct Work {
    server: SocketAddr,
    request: Vec<u8>,
    answer: Vec<u8>,
    /// The requests that nobody has taken on yet.
    left: Cell<usize>,
    round: RefCell<Round>,
    bar: ProgressBar,
}

impl Work {
    async fn be_a_client(self: Rc<Self>) {
        while let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            let started = Instant::now();
            let outcome = match tokio::time::timeout(PATIENCE, self.ask()).await {
                Ok(outcome) => outcome,
                Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            };
            self.round.borrow_mut().record(started.elapsed(), outcome);
            self.bar.inc(1);
        }
    }

    async fn ask(&self) -> Result<(), String> {
        let broken = |doing: &'static str| move |error: io::Error| format!("{doing}: {error}");
        let mut socket = TcpStream::connect(self.server).await.map_err(broken("connecting"))?;
        socket.write_all(&self.request).await.map_err(broken("writing"))?;
        let mut answer = Vec::with_capacity(self.answer.len() + 1);
        socket.read_to_end(&mut answer).await.map_err(broken("reading"))?;
        if answer != self.answer {
            return Err(format!("a wrong answer of {} bytes", answer.len()));
        }
        Ok(())
    }
}

fn as_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
