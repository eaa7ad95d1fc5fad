//! A WebSocket to the server that is made again whenever it is lost.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;
use tracing::info;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
const PING_EVERY: Duration = Duration::from_secs(5);
/// A server that says nothing for this long, not even a pong, is gone.
const DEAD_AFTER: Duration = Duration::from_secs(12);
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// A link that lasted this long was a success; the next delay is the first again.
const UPTIME: Duration = Duration::from_secs(2);

/// A server's address, with the token it wants.
#[derive(Clone)]
pub(crate) struct Server {
    authority: String,
    token: Option<String>,
}

/// An open WebSocket.
pub(crate) struct Link {
    ws: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard: Instant,
    next_ping: Instant,
}

/// Why a link was lost.
pub(crate) struct Lost(String);

/// Connects, works until the link is lost, and connects again, until told to stop.
pub(crate) async fn keep(
    server: &Server,
    path: &str,
    stop: &CancellationToken,
    work: impl AsyncFn(&mut Link) -> Result<Infallible, Lost>,
) {
    let mut delay = FIRST_DELAY;
    while !stop.is_cancelled() {
        let connected = tokio::select! {
            connected = Link::connect(server, path) => connected,
            () = stop.cancelled() => return,
        };
        let Err(lost) = match connected {
            Ok(mut link) => {
                info!("{path}: connected");
                let opened = Instant::now();
                let lost = tokio::select! {
                    lost = work(&mut link) => lost,
                    () = stop.cancelled() => return link.close().await,
                };
                if opened.elapsed() > UPTIME {
                    delay = FIRST_DELAY;
                }
                lost
            }
            Err(lost) => Err(lost),
        };
        info!("{path}: {lost}; again in {} ms", delay.as_millis());
        tokio::select! {
            () = sleep(delay) => {}
            () = stop.cancelled() => {}
        }
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

impl Server {
    pub(crate) fn with_token(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }
}

impl FromStr for Server {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let uri = url.parse::<Uri>().map_err(|_| "not a URL")?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(authority)) if uri.path() == "/" => {
                Ok(Self { authority: authority.to_string(), token: None })
            }
            _ => Err("expected something like http://127.0.0.1:7860"),
        }
    }
}

impl Link {
    async fn connect(server: &Server, path: &str) -> Result<Self, Lost> {
        let uri = format!("ws://{}{path}", server.authority).parse::<Uri>().map_err(Lost::from)?;
        let mut request = ClientRequestBuilder::new(uri);
        if let Some(token) = &server.token {
            request = request.with_header("Authorization", format!("Bearer {token}"));
        }
        match timeout(CONNECT_TIMEOUT, connect_async(request)).await {
            Ok(Ok((ws, _))) => {
                let now = Instant::now();
                Ok(Self { ws, heard: now, next_ping: now + PING_EVERY })
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Lost("no answer to the handshake".into())),
        }
    }

    pub(crate) async fn send(&mut self, message: Message) -> Result<(), Lost> {
        match timeout(SEND_TIMEOUT, self.ws.send(message)).await {
            Ok(sent) => sent.map_err(Lost::from),
            Err(_) => Err(Lost("the server does not read".into())),
        }
    }

    /// The next text. Safe to cancel, so it can stand in a `select!`.
    pub(crate) async fn recv(&mut self) -> Result<String, Lost> {
        loop {
            let message = tokio::select! {
                message = self.ws.next() => message,
                () = sleep_until(self.next_ping) => {
                    if self.heard.elapsed() > DEAD_AFTER {
                        return Err(Lost("the server says nothing any more".into()));
                    }
                    self.next_ping = Instant::now() + PING_EVERY;
                    self.send(Message::Ping(Vec::new().into())).await?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => {
                    // Reading on sends the answer to the close frame.
                    let _ = timeout(CLOSE_TIMEOUT, self.read_to_the_end()).await;
                    return Err(Lost(frame.map_or("closed".into(), |frame| {
                        format!("closed with {} {:?}", u16::from(frame.code), frame.reason)
                    })));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Lost("end of stream".into())),
            }
        }
    }

    async fn close(mut self) {
        let goodbye = async {
            let frame = CloseFrame { code: CloseCode::Away, reason: "device switched off".into() };
            if self.ws.close(Some(frame)).await.is_ok() {
                self.read_to_the_end().await;
            }
        };
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
    }

    async fn read_to_the_end(&mut self) {
        while let Some(Ok(_)) = self.ws.next().await {}
    }
}

impl<E: std::error::Error> From<E> for Lost {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
