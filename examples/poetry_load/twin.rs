//! The same servers in plain tokio: a task for each connection, on a runtime of one thread. What is said on the wire and
//! where it is said is shared with the other side; how one waits for it is not.

use std::future::Future;
use std::io;
use std::net::TcpListener as StdTcpListener;
use std::sync::Arc;
use std::time::Duration;

use poetry::server::{Answers, answer_all, hang_up};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio_util::bytes::BytesMut;

/// How long to wait when the system has no socket left for one more connection.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// Serves the poem and the transforms until `stop` says so, or its other end is gone.
pub(crate) fn run(
    poem: &str,
    poetry: StdTcpListener,
    transforms: StdTcpListener,
    stop: oneshot::Receiver<()>,
) -> io::Result<()> {
    let poem: Arc<str> = poem.into();
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (poetry, transforms) = (TcpListener::from_std(poetry)?, TcpListener::from_std(transforms)?);
        tokio::spawn(accept_all(poetry, move |socket| serve_poem(socket, Arc::clone(&poem))));
        tokio::spawn(accept_all(transforms, serve_transforms));
        let _ = stop.await;
        Ok(())
    })
}

async fn accept_all<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                let connection = serve(socket);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        eprintln!("{peer}: {error}");
                    }
                });
            }
            Err(error) => {
                eprintln!("A connection could not be accepted: {error}");
                tokio::time::sleep(OUT_OF_SOCKETS).await;
            }
        }
    }
}

async fn serve_poem(mut socket: TcpStream, poem: Arc<str>) -> io::Result<()> {
    socket.write_all(poem.as_bytes()).await?;
    hang_up(socket).await
}

async fn serve_transforms(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    let mut answers = Ok(Answers::None);
    while let Ok(Answers::None) = answers {
        if socket.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        let mut replies = BytesMut::new();
        answers = answer_all(&mut buffer, &mut replies);
        socket.write_all(&replies).await?;
    }
    hang_up(socket).await?;
    answers.map(drop).map_err(io::Error::other)
}
