//! Both sides, each on a thread of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use inline_callbacks::reactor;
use poetry::server::{ListenError, Server, listen, serve_poem, serve_transforms};
use tokio::sync::oneshot;

use crate::load::{Kind, Service};
use crate::twin;

/// Where all servers listen, on any free port.
const INTERFACE: &str = "localhost";

/// A thread with a poetry server and a transform server.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    poetry: SocketAddr,
    transforms: SocketAddr,
    stop: Box<dyn FnOnce()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Side {
    pub(crate) fn address_of(&self, service: &Service) -> SocketAddr {
        match service.kind() {
            Kind::Poetry => self.poetry,
            Kind::Transform => self.transforms,
        }
    }

    /// Stops the servers and waits for their thread.
    pub(crate) fn stop(self) -> Result<(), Box<dyn Error>> {
        (self.stop)();
        Ok(self.thread.join().map_err(|_| Panicked(self.name))??)
    }
}

/// Ours: the server of `fastpoetry` and that of `transformedpoetry`, on one reactor.
pub(crate) fn start_ours(poem: &'static str) -> Result<Side, Box<dyn Error>> {
    let (sender, started) = mpsc::channel();
    let thread = named("ours").spawn(move || {
        let servers = start_servers(poem);
        let is_serving = servers.is_ok();
        let told = servers.map(|(poetry, transforms)| {
            let addresses = (poetry.address(), transforms.address());
            reactor::before_shutdown(move || drop((poetry, transforms)));
            (addresses, reactor::handle())
        });
        // The main thread waits for it.
        let _ = sender.send(told);
        if is_serving {
            reactor::run();
        }
        Ok(())
    })?;
    let ((poetry, transforms), handle) = started.recv().map_err(|_| Panicked("ours"))??;
    let stop = Box::new(move || handle.call_from_thread(reactor::stop));
    Ok(Side { name: "ours", poetry, transforms, stop, thread })
}

fn start_servers(poem: &str) -> Result<(Server, Server), ListenError> {
    let poem: Rc<str> = poem.into();
    let poetry = Server::start(INTERFACE, 0, move |socket, _| serve_poem(socket, Rc::clone(&poem)))?;
    Ok((poetry, Server::start(INTERFACE, 0, |socket, _| serve_transforms(socket))?))
}

/// The twin, on a tokio runtime of one thread.
pub(crate) fn start_twin(poem: &'static str) -> Result<Side, Box<dyn Error>> {
    let ((poems, poetry), (requests, transforms)) = (listen(INTERFACE, 0)?, listen(INTERFACE, 0)?);
    let (sender, stop) = oneshot::channel();
    let thread = named("plain tokio").spawn(move || twin::run(poem, poems, requests, stop))?;
    // It may have ended by itself: its result says why.
    let stop = Box::new(move || {
        let _ = sender.send(());
    });
    Ok(Side { name: "plain tokio", poetry, transforms, stop, thread })
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

/// The thread of a side has panicked; what it had to say is on stderr.
#[derive(Debug)]
struct Panicked(&'static str);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the thread of the servers ({}) has panicked", self.0)
    }
}

impl Error for Panicked {}
