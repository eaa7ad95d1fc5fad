//! One TCP connection, with the handles that hyper and axum hide: reset it, mute it, and have
//! the stream back at the end, so that it is closed in a way that loses nothing.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How long the end of a connection waits for what the peer is still sending.
const LINGER: Duration = Duration::from_secs(1);

/// The connection as hyper sees it.
pub(crate) struct Wire {
    stream: Option<TcpStream>,
    give_back: Option<oneshot::Sender<TcpStream>>,
    reset: Pin<Box<WaitForCancellationFutureOwned>>,
    flow: watch::Receiver<Flow>,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// The handle on a connection that everybody else holds.
#[derive(Clone)]
pub(crate) struct WireHandle {
    pub(crate) peer: SocketAddr,
    stopping: CancellationToken,
    reset: CancellationToken,
    flow: watch::Sender<Flow>,
}

#[derive(Clone, Copy)]
enum Flow {
    Open,
    /// Nothing is read or written until then.
    Paused(Instant),
    /// What comes in is thrown away and what goes out is not sent.
    Swallowing,
}

/// Splits a connection into hyper's part, the handle, and the way the stream comes back once
/// hyper, or the WebSocket that followed it, is done.
pub(crate) fn wrap(
    stream: TcpStream,
    peer: SocketAddr,
    stopping: CancellationToken,
    reset: CancellationToken,
) -> (Wire, WireHandle, oneshot::Receiver<TcpStream>) {
    let (give_back, returned) = oneshot::channel();
    let (flow, flow_receiver) = watch::channel(Flow::Open);
    let wire = Wire {
        stream: Some(stream),
        give_back: Some(give_back),
        reset: Box::pin(reset.clone().cancelled_owned()),
        flow: flow_receiver,
        pause: None,
    };
    (wire, WireHandle { peer, stopping, reset, flow }, returned)
}

/// Closes a stream for good: reset if that was asked for, otherwise in two steps, because closing
/// with unread data would reset the connection and destroy our last words on their way.
pub(crate) async fn close(mut stream: TcpStream, handle: &WireHandle) {
    if !handle.reset.is_cancelled() {
        let _ = stream.shutdown().await;
        let drain = async { tokio::io::copy(&mut stream, &mut tokio::io::sink()).await };
        tokio::select! {
            _ = timeout(LINGER, drain) => {}
            () = handle.until_reset() => {}
        }
    }
    if handle.reset.is_cancelled() {
        let _ = stream.set_zero_linger();
    }
}

impl WireHandle {
    /// TCP reset, now.
    pub(crate) fn reset(&self) {
        self.reset.cancel();
    }

    pub(crate) async fn until_reset(&self) {
        self.reset.cancelled().await;
    }

    /// For those who wait without end: the server's stop is one.
    pub(crate) async fn until_stopping(&self) {
        self.stopping.cancelled().await;
    }

    pub(crate) fn pause_until(&self, until: Instant) {
        self.flow.send_replace(Flow::Paused(until));
    }

    pub(crate) fn swallow(&self) {
        self.flow.send_replace(Flow::Swallowing);
    }

    /// Whether silence on this connection is our own doing.
    pub(crate) fn is_muted(&self) -> bool {
        match *self.flow.borrow() {
            Flow::Open => false,
            Flow::Paused(until) => until > Instant::now(),
            Flow::Swallowing => true,
        }
    }
}

impl Wire {
    /// Ready when bytes may pass; true if they are to be swallowed.
    fn poll_flow(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.reset.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            let flow = *self.flow.borrow();
            match flow {
                Flow::Swallowing => return Poll::Ready(Ok(true)),
                Flow::Paused(until) if until > Instant::now() => {
                    self.pause = Some(Box::pin(unpaused(self.flow.clone())));
                }
                Flow::Open | Flow::Paused(_) => return Poll::Ready(Ok(false)),
            }
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

async fn unpaused(mut flow: watch::Receiver<Flow>) {
    loop {
        let Flow::Paused(until) = *flow.borrow_and_update() else { return };
        let Ok(Ok(())) = timeout_at(until, flow.changed()).await else { return };
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !ready!(this.poll_flow(cx))? {
            return this.stream()?.poll_read(cx, buf);
        }
        loop {
            let mut waste = [0; 4096];
            let mut waste = ReadBuf::new(&mut waste);
            ready!(this.stream()?.poll_read(cx, &mut waste))?;
            if waste.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if ready!(this.poll_flow(cx))? {
            return Poll::Ready(Ok(buf.len()));
        }
        this.stream()?.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_shutdown(cx)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let (Some(stream), Some(give_back)) = (self.stream.take(), self.give_back.take()) {
            let _ = give_back.send(stream);
        }
    }
}
