//! The accept loop, written out because the server must be able to do what `axum::serve` cannot:
//! reset a connection, and close the port and open it again in the same process.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};

use crate::wire;

/// How long a request may take to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How many connections may wait to be accepted. Usual are 128, and who comes beyond that tries again
/// only after a second: too few where a crowd comes back.
const BACKLOG: u32 = 1024;
/// How long a stop waits for connections to end by themselves.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the port at the first of the host's addresses where that is possible.
pub(crate) async fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut problem = io::ErrorKind::AddrNotAvailable.into();
    for address in lookup_host((host, port)).await? {
        match listen_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart finds connections of its predecessor that are not quite over.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A listener and all connections that came from it.
pub(crate) struct Acceptor {
    connections: TaskTracker,
    stopping: CancellationToken,
    /// Parent of every connection's reset.
    abort: CancellationToken,
}

impl Acceptor {
    pub(crate) fn start(listener: TcpListener, router: Router) -> Self {
        let acceptor = Self {
            connections: TaskTracker::new(),
            stopping: CancellationToken::new(),
            abort: CancellationToken::new(),
        };
        let Self { connections, stopping, abort } = &acceptor;
        connections.spawn(accept(
            listener,
            router,
            connections.clone(),
            stopping.clone(),
            abort.clone(),
        ));
        acceptor
    }

    /// Closes the port, lets requests and closing handshakes finish, and resets what is left.
    pub(crate) async fn stop(self) {
        self.stopping.cancel();
        self.connections.close();
        if timeout(STOP_TIMEOUT, self.connections.wait()).await.is_err() {
            warn!("resetting {} connections that did not end in time", self.connections.len());
            self.abort.cancel();
            self.connections.wait().await;
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    connections: TaskTracker,
    stopping: CancellationToken,
    abort: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let reset = abort.child_token();
                connections.spawn(serve(stream, peer, router.clone(), stopping.clone(), reset));
            }
            Err(error) if is_about_the_connection(&error) => debug!("not accepted: {error}"),
            Err(error) => {
                // Most often too many open files: some will be closed by and by.
                warn!("cannot accept: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn is_about_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection, from its first request to the end of the WebSocket it may become.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stopping: CancellationToken,
    reset: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let (wire, handle, returned) = wire::wrap(stream, peer, stopping.clone(), reset);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(handle.clone());
        let response = router.clone().oneshot(request.map(Body::new));
        async { Ok::<_, Infallible>(response.await.unwrap_or_else(|never| match never {})) }
    });
    {
        // On the heap, so that a WebSocket does not hold the memory that its handshake needed.
        let mut http = Box::pin(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(wire), service)
                .with_upgrades(),
        );
        let mut told = false;
        loop {
            tokio::select! {
                ended = http.as_mut() => {
                    if let Err(error) = ended {
                        debug!("{peer}: {error}");
                    }
                    break;
                }
                () = handle.until_reset() => break,
                () = stopping.cancelled(), if !told => {
                    told = true;
                    http.as_mut().graceful_shutdown();
                }
            }
        }
    }
    if let Ok(stream) = returned.await {
        wire::close(stream, &handle).await;
    }
}
