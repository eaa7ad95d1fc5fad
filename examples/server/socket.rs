//! One wrapper around axum's WebSocket that owns the rules every endpoint keeps:
//!
//! - nothing is received after the end, nothing is sent after it;
//! - every ending has a code and a reason, is logged once, and waits a bounded time for the peer;
//! - a message over the limit is answered by 1009, a peer that does not read by 1013;
//! - a silent peer is pinged, and given up when it does not answer.
//!
//! An endpoint's `serve` can only say `?` when the socket is over, so it cannot break the first
//! rule by accident; should it ever, the log says so at error level.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use tracing::{debug, error, info};

use crate::app::{self, App};
use crate::hub::{Close, Seat};
use crate::message::{self, Request};
use crate::wire::WireHandle;

/// How much is read at once. It is there for as long as the connection, and by default 128 KiB.
const READ_BUFFER: usize = 3 << 10;
/// How long an ending waits for the peer's part of it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a WebSocket route does once it is open.
pub(crate) trait Endpoint: Send + 'static {
    const PATH: &'static str;

    /// Runs until the socket is over; returning first closes it with 1000.
    fn serve(self, socket: &mut Socket) -> impl Future<Output = Result<(), Over>> + Send;
}

/// The socket has ended; why is known to the socket.
#[derive(Debug)]
pub(crate) struct Over;

/// What a peer sends.
pub(crate) enum Incoming {
    Text(Utf8Bytes),
    Binary(Bytes),
}

impl Incoming {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// A request to become a WebSocket.
pub(crate) struct Upgrade {
    request: WebSocketUpgrade,
    first_protocol: Option<HeaderValue>,
    /// The largest message that may come.
    limit: usize,
    wire: WireHandle,
    app: App,
}

pub(crate) struct Socket {
    ws: WebSocket,
    seat: Seat,
    ending: Option<Ending>,
    last_words: Option<Utf8Bytes>,
    slow_consumer: Duration,
    keepalive: Duration,
    next_check: Instant,
    pinged: bool,
}

enum Ending {
    ByPeer(Close),
    ByUs(Close),
    Lost(String),
}

impl FromRequestParts<App> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // axum's own list of them is sorted.
        let first_protocol = app::text(&parts.headers, SEC_WEBSOCKET_PROTOCOL)
            .and_then(|offered| offered.split(',').next())
            .and_then(|first| first.trim().parse().ok());
        let request = WebSocketUpgrade::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let Extension(wire) =
            Extension::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let limit = app.config.max_message;
        Ok(Self { request, first_protocol, limit, wire, app: app.clone() })
    }
}

impl Upgrade {
    /// Takes the first subprotocol that the client offers, whatever it is.
    pub(crate) fn with_first_protocol(mut self) -> Self {
        if let Some(protocol) = self.first_protocol.take() {
            self.request.set_selected_protocol(protocol);
        }
        self
    }

    /// Takes this subprotocol, if the client offers it.
    pub(crate) fn speaking(mut self, protocol: &'static str) -> Option<Self> {
        self.request = self.request.protocols([protocol]);
        self.request.selected_protocol().is_some().then_some(self)
    }

    pub(crate) fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    pub(crate) fn serve<E: Endpoint>(self, endpoint: E) -> Response {
        let Self { request, limit, wire, app, .. } = self;
        let config = &app.config;
        let (slow_consumer, keepalive) = (config.slow_consumer, config.keepalive);
        // Taken before the handshake is answered: whoever is connected is counted.
        let seat = app.hub.join(E::PATH, wire);
        request
            .read_buffer_size(READ_BUFFER)
            .max_message_size(limit)
            .max_frame_size(limit)
            .on_failed_upgrade(|error| debug!("handshake not finished: {error}"))
            .on_upgrade(move |ws| {
                info!("{} #{}: open, from {}", seat.endpoint, seat.id, seat.wire.peer);
                // On the heap: a future has room for each place that a value is moved to.
                let mut socket = Box::new(Socket {
                    ws,
                    seat,
                    ending: None,
                    last_words: None,
                    slow_consumer,
                    keepalive,
                    next_check: Instant::now() + keepalive,
                    pinged: false,
                });
                async move {
                    let _ = endpoint.serve(&mut socket).await;
                    socket.finish().await;
                }
            })
    }
}

impl Socket {
    pub(crate) fn id(&self) -> u64 {
        self.seat.id
    }

    pub(crate) fn wire(&self) -> &WireHandle {
        &self.seat.wire
    }

    /// The next message. Safe to cancel, so it can stand in a `select!`.
    pub(crate) async fn recv(&mut self) -> Result<Incoming, Over> {
        if self.ending.is_some() {
            error!("{} #{}: receive after disconnect", self.seat.endpoint, self.seat.id);
            return Err(Over);
        }
        loop {
            let message = tokio::select! {
                biased;
                close = self.seat.ordered_to_close() => return Err(self.end(Ending::ByUs(close))),
                message = self.ws.recv() => message,
                () = sleep_until(self.next_check) => {
                    self.check_for_life().await?;
                    continue;
                }
            };
            self.next_check = Instant::now() + self.keepalive;
            self.pinged = false;
            match message {
                Some(Ok(Message::Text(text))) => return Ok(Incoming::Text(text)),
                Some(Ok(Message::Binary(bytes))) => return Ok(Incoming::Binary(bytes)),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => {
                    let close = frame.map_or_else(
                        || Close::new(1005, ""),
                        |frame| Close::new(frame.code, frame.reason.to_string()),
                    );
                    return Err(self.end(Ending::ByPeer(close)));
                }
                Some(Err(error)) => return Err(self.end(ending_of(error))),
                None => return Err(self.end(Ending::Lost("end of stream".into()))),
            }
        }
    }

    /// Waits, without reading, for the order to close. Safe to cancel.
    pub(crate) async fn dismissed(&mut self) -> Over {
        let wire = self.seat.wire.clone();
        let ending = tokio::select! {
            close = self.seat.ordered_to_close() => Ending::ByUs(close),
            () = wire.until_reset() => Ending::Lost("reset".into()),
        };
        self.end(ending)
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), Over> {
        self.send(Message::Text(text.into())).await
    }

    pub(crate) async fn send_json(&mut self, message: &Value) -> Result<(), Over> {
        self.send_text(message.to_string()).await
    }

    pub(crate) async fn send_binary(&mut self, bytes: Bytes) -> Result<(), Over> {
        self.send(Message::Binary(bytes)).await
    }

    /// Reads a JSON message; answers a ping, and what is no message, by itself.
    pub(crate) async fn request(&mut self, text: &str) -> Result<Option<Request>, Over> {
        match message::parse(text).or_answer() {
            Ok(request) => Ok(Some(request)),
            Err(answer) => self.send_json(&answer).await.map(|()| None),
        }
    }

    /// For endpoints that only listen to pings: answers one message.
    pub(crate) async fn expect_nothing(&mut self, incoming: Incoming) -> Result<(), Over> {
        let problem = match incoming {
            Incoming::Text(text) => match self.request(&text).await? {
                None => return Ok(()),
                Some(request) => message::unknown(&request),
            },
            Incoming::Binary(_) => message::error("no binary message is expected here"),
        };
        self.send_json(&problem).await
    }

    /// Closes: for `return Err(socket.close(…))`.
    pub(crate) fn close(&mut self, code: u16, reason: impl Into<String>) -> Over {
        self.end(Ending::ByUs(Close::new(code, reason.into())))
    }

    /// The close frame that somebody ordered, or a rule demands.
    pub(crate) fn ordered(&self) -> Option<&Close> {
        match &self.ending {
            Some(Ending::ByUs(close)) => Some(close),
            Some(Ending::ByPeer(_) | Ending::Lost(_)) | None => None,
        }
    }

    /// Goes ahead of such a close frame.
    pub(crate) fn last_words(&mut self, text: impl Into<Utf8Bytes>) {
        self.last_words = Some(text.into());
    }

    /// The peer does not keep up with what must not be skipped.
    pub(crate) fn too_slow(&mut self) -> Over {
        self.close(1013, "slow consumer: too much is waiting to be read")
    }

    /// Sends one message, waiting for a slow peer up to the limit.
    async fn send(&mut self, message: Message) -> Result<(), Over> {
        if self.ending.is_some() {
            error!("{} #{}: send after close", self.seat.endpoint, self.seat.id);
            return Err(Over);
        }
        let sent = {
            let mut sending = pin!(self.ws.send(message));
            loop {
                match timeout(self.slow_consumer, sending.as_mut()).await {
                    Ok(sent) => break Some(sent),
                    Err(_) if self.seat.wire.is_muted() => {}
                    Err(_) => break None,
                }
            }
        };
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(self.end(Ending::Lost(error.to_string()))),
            None => Err(self.too_slow()),
        }
    }

    fn end(&mut self, ending: Ending) -> Over {
        self.ending.get_or_insert(ending);
        Over
    }

    /// Pings a silent peer, once, and gives it up the second time.
    async fn check_for_life(&mut self) -> Result<(), Over> {
        self.next_check = Instant::now() + self.keepalive;
        if self.seat.wire.is_muted() {
            return Ok(());
        }
        if self.pinged {
            return Err(self.end(Ending::Lost("no answer to a ping".into())));
        }
        self.pinged = true;
        self.send(Message::Ping(Bytes::new())).await
    }

    /// Carries out the ending. Nobody can use the socket after this.
    async fn finish(mut self: Box<Self>) {
        let ending = self.ending.take().unwrap_or_else(|| Ending::ByUs(Close::new(1000, "")));
        let name = format!("{} #{}", self.seat.endpoint, self.seat.id);
        match ending {
            Ending::ByPeer(Close { code, reason, .. }) => {
                info!("{name}: closed by the peer, {code} {reason:?}");
                // Reading on sends the answer to the close frame.
                let _ = timeout(CLOSE_TIMEOUT, self.acknowledged()).await;
            }
            Ending::ByUs(close) => {
                info!("{name}: closing with {} {:?}", close.code, close.reason);
                let handshake = async {
                    if let Some(text) = self.last_words.take() {
                        self.ws.send(Message::Text(text)).await.ok();
                    }
                    let frame = CloseFrame {
                        code: close.code,
                        reason: Utf8Bytes::from(close.text().as_ref()),
                    };
                    self.ws.send(Message::Close(Some(frame))).await.is_ok()
                        && self.acknowledged().await
                };
                if !timeout(CLOSE_TIMEOUT, handshake).await.unwrap_or(false) {
                    debug!("{name}: the peer did not answer the close frame");
                }
            }
            Ending::Lost(why) => info!("{name}: connection lost, {why}"),
        }
    }

    /// Reads until the closing handshake is over; false if the connection broke first.
    async fn acknowledged(&mut self) -> bool {
        let mut acknowledged = false;
        while let Some(message) = self.ws.recv().await {
            match message {
                Ok(Message::Close(_)) => acknowledged = true,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        acknowledged
    }
}

/// What a failed read means: mostly that the peer is gone, else that it broke a rule.
fn ending_of(error: axum::Error) -> Ending {
    use tungstenite::Error::{Capacity, Protocol, Utf8};
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;

    let text = error.to_string();
    match error.into_inner().downcast_ref() {
        Some(Capacity(_)) => Ending::ByUs(Close::new(1009, "message too big")),
        Some(Utf8(_)) => Ending::ByUs(Close::new(1007, "text that is not UTF-8")),
        Some(Protocol(problem)) if *problem != ResetWithoutClosingHandshake => {
            Ending::ByUs(Close::new(1002, "protocol error"))
        }
        _ => Ending::Lost(text),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use axum::Router;
    use axum::routing::get;
    use futures_util::StreamExt;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;
    use tokio_tungstenite::connect_async;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::accept::Acceptor;
    use crate::app::{Config, Shared};
    use crate::logs::Logs;
    use crate::origin::OriginPolicy;

    /// Goes on after the end, as no endpoint should.
    struct Stubborn(mpsc::Sender<()>);

    impl Endpoint for Stubborn {
        const PATH: &'static str = "/stubborn";

        async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
            let Over = socket.close(4000, "enough");
            assert!(socket.send_text("and another thing").await.is_err());
            assert!(socket.recv().await.is_err());
            self.0.send(()).await.map_err(|_| Over)
        }
    }

    #[tokio::test]
    async fn going_on_after_the_end_is_an_error_that_reaches_nobody() {
        let logs = Logs::new();
        let subscriber = tracing_subscriber::registry().with(logs.clone());
        let _guard = tracing::subscriber::set_default(subscriber);
        let app = Shared::new(config(), logs.clone(), mpsc::channel(1).0);
        let (done, mut is_done) = mpsc::channel(1);
        let open = |upgrade: Upgrade| async { upgrade.serve(Stubborn(done)) };
        let router = Router::new().route("/", get(open)).with_state(app);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let acceptor = Acceptor::start(listener, router);

        let (mut client, _) = connect_async(url).await.unwrap();
        let first = client.next().await.unwrap().unwrap();
        assert!(first.is_close(), "{first}");
        is_done.recv().await.unwrap();
        assert_eq!(logs.errors(), 2);
        drop(client);
        acceptor.stop().await;
    }

    fn config() -> Config {
        Config {
            origins: OriginPolicy::new(Vec::new(), true),
            token: None,
            token_on_loopback: false,
            faults: false,
            dashboard: PathBuf::new(),
            pkg: PathBuf::new(),
            max_message: 1000,
            max_body: 1000,
            slow_consumer: Duration::from_secs(1),
            keepalive: Duration::from_secs(1),
            session: Default::default(),
            transcribers: None,
        }
    }
}
