//! One client: the connection that decides, and a real WebSocket below it.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use everline::connection::{
    Action, AttemptId, Close, Config, Connection, Input, Millis, Reason, Time,
};
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::since;
use crate::simulator::Loss;

/// What a client tells. Times are in ms since the origin.
pub(super) enum News {
    Attempt,
    Refused { took: Millis },
    Open { at: Millis },
    Lost { client: usize, at: Millis, loss: Loss },
}

impl News {
    pub(super) fn at(&self) -> Millis {
        match self {
            Self::Open { at } | Self::Lost { at, .. } => *at,
            Self::Attempt | Self::Refused { .. } => 0.0,
        }
    }
}

/// Stays connected for as long as it is let.
pub(super) async fn visit(
    client: usize,
    address: SocketAddr,
    config: Config,
    origin: Instant,
    news: UnboundedSender<News>,
) {
    let mut connection = Connection::<()>::new(config);
    let now = || Time::new(since(origin));
    let mut attempt = AttemptId::default();
    let mut began = 0.0;
    let mut line = Line::Down;
    connection.handle(Input::Start, now());
    loop {
        while let Some(action) = connection.poll_action() {
            match action {
                Action::Resolve(id) => connection.handle(Input::Resolved(id), now()),
                Action::Connect(id) => {
                    attempt = id;
                    began = since(origin);
                    line = Line::Opening(Box::pin(open(address)));
                    news.send(News::Attempt).ok();
                }
                Action::Abandon { .. } | Action::Disconnect { .. } => line = Line::Down,
                _ => {}
            }
        }
        let deadline = connection.next_deadline();
        let timer = async {
            match deadline {
                Some(at) => sleep_until(origin + after(at)).await,
                None => pending().await,
            }
        };
        tokio::select! {
            voice = line.voice() => match voice {
                Voice::Opened => {
                    news.send(News::Open { at: since(origin) }).ok();
                    connection.handle(Input::Opened(attempt), now());
                }
                Voice::Message => connection.handle(Input::Heard(attempt), now()),
                Voice::Ended { close, was_open } => {
                    let at = since(origin);
                    let told = if was_open {
                        News::Lost { client, at, loss: loss(&close) }
                    } else {
                        News::Refused { took: at - began }
                    };
                    news.send(told).ok();
                    line = Line::Down;
                    if !close.clean {
                        connection.handle(Input::Errored(attempt), now());
                    }
                    connection.handle(Input::Closed(attempt, close), now());
                }
            },
            () = timer => connection.handle(Input::Timeout, now()),
        }
    }
}

fn after(time: Time) -> Duration {
    Duration::from_secs_f64(time.since(Time::default()) / 1000.0)
}

fn loss(close: &Close) -> Loss {
    match close.code {
        1006 => Loss::Killed,
        code => Loss::Closed { code, retry: close.reason.retry_hint() },
    }
}

type Socket = WebSocketStream<TcpStream>;

enum Line {
    Down,
    Opening(Pin<Box<dyn Future<Output = io::Result<Socket>> + Send>>),
    Open(Box<Socket>),
}

enum Voice {
    Opened,
    Message,
    Ended { close: Close, was_open: bool },
}

impl Line {
    /// What it says next.
    async fn voice(&mut self) -> Voice {
        match self {
            Self::Down => pending().await,
            Self::Opening(opening) => match opening.await {
                Ok(socket) => {
                    *self = Self::Open(Box::new(socket));
                    Voice::Opened
                }
                Err(_) => Voice::Ended { close: cut(), was_open: false },
            },
            Self::Open(socket) => match socket.next().await {
                Some(Ok(Message::Close(frame))) => {
                    // Says goodbye as well.
                    socket.close(None).await.ok();
                    let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                        (frame.code.into(), frame.reason.to_string())
                    });
                    Voice::Ended { close: Close { code, reason, clean: true }, was_open: true }
                }
                Some(Ok(_)) => Voice::Message,
                Some(Err(_)) | None => Voice::Ended { close: cut(), was_open: true },
            },
        }
    }
}

fn cut() -> Close {
    Close { code: 1006, reason: String::new(), clean: false }
}

async fn open(address: SocketAddr) -> io::Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let opened = client_async(format!("ws://{address}/ws"), stream).await;
    opened.map(|(socket, _)| socket).map_err(io::Error::other)
}
