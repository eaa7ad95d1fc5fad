//! The server's own log: to stderr, and live to `/ws/logs`.
//!
//! Writing a line never waits for a reader: it goes into a bounded ring and a bounded channel,
//! and a reader that falls behind is told how much it missed.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::io::{self, IsTerminal};
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::extract::ws::Utf8Bytes;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::broadcast::{self, error::RecvError};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, error};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::app::App;
use crate::message;
use crate::socket::{Endpoint, Over, Socket, Upgrade};

/// How many lines a new reader is given first.
const HISTORY: usize = 200;
/// How many lines a reader may be behind.
const BACKLOG: usize = 256;
/// How many characters of a line are kept; some of them come from clients.
const LINE_LENGTH: usize = 4000;

#[derive(Clone)]
pub(crate) struct Logs(Arc<Shared>);

struct Shared {
    history: Mutex<VecDeque<Utf8Bytes>>,
    live: broadcast::Sender<Utf8Bytes>,
    errors: AtomicU64,
}

/// Sends what is logged from now on to stderr and to the readers; `RUST_LOG` chooses what.
pub(crate) fn install() -> Logs {
    let logs = Logs::new();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let stderr = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false);
    tracing_subscriber::registry().with(filter).with(stderr).with(logs.clone()).init();
    // A panic is an error like any other: seen by the readers, and counted.
    panic::set_hook(Box::new(|panic| error!("{panic}")));
    logs
}

impl Logs {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            history: Mutex::default(),
            live: broadcast::Sender::new(BACKLOG),
            errors: AtomicU64::new(0),
        }))
    }

    /// How many errors were logged.
    pub(crate) fn errors(&self) -> u64 {
        self.0.errors.load(Ordering::Relaxed)
    }

    fn push(&self, level: Level, text: &str) {
        let line = Utf8Bytes::from(line(level, text).to_string());
        let mut history = self.0.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.len() == HISTORY {
            history.pop_front();
        }
        history.push_back(line.clone());
        // Sent under the lock, so that a new reader sees every line once. Nobody may be reading.
        let _ = self.0.live.send(line);
    }

    fn follow(&self) -> (Vec<Utf8Bytes>, broadcast::Receiver<Utf8Bytes>) {
        let history = self.0.history.lock().unwrap_or_else(PoisonError::into_inner);
        (history.iter().cloned().collect(), self.0.live.subscribe())
    }
}

pub(crate) async fn open(State(app): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(Reader(app.logs.clone()))
}

struct Reader(Logs);

impl Endpoint for Reader {
    const PATH: &'static str = "/ws/logs";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let (history, mut live) = self.0.follow();
        for line in history {
            socket.send_text(line).await?;
        }
        loop {
            tokio::select! {
                incoming = socket.recv() => socket.expect_nothing(incoming?).await?,
                next = live.recv() => match next {
                    Ok(line) => socket.send_text(line).await?,
                    Err(RecvError::Lagged(missed)) => {
                        let note = format!("this reader lagged: {missed} lines skipped");
                        socket.send_json(&line(Level::WARN, &note)).await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    }
}

fn line(level: Level, text: &str) -> Value {
    json!({
        "type": "log_message",
        "level": level.as_str().to_ascii_lowercase(),
        "message": text,
        "at": message::now(),
    })
}

impl<S: Subscriber> Layer<S> for Logs {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let level = *event.metadata().level();
        if level == Level::ERROR {
            self.0.errors.fetch_add(1, Ordering::Relaxed);
        }
        let mut text = Text::default();
        event.record(&mut text);
        if let Some((end, _)) = text.0.char_indices().nth(LINE_LENGTH) {
            text.0.truncate(end);
            text.0.push('…');
        }
        self.push(level, &text.0);
    }
}

/// An event as one line: its message, then its fields.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = if field.name() == "message" {
            write!(self.0, "{value:?}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing::{info, subscriber, warn};

    use super::*;

    #[test]
    fn errors_are_counted_and_lines_kept_within_bounds() {
        let logs = Logs::new();
        subscriber::with_default(tracing_subscriber::registry().with(logs.clone()), || {
            error!("bad");
            warn!(code = 7, "strange");
            info!("{}", "é".repeat(2 * LINE_LENGTH));
        });
        assert_eq!(logs.errors(), 1);
        let (lines, _) = logs.follow();
        assert!(lines[0].contains(r#""level":"error","message":"bad""#), "{}", lines[0]);
        assert!(lines[1].contains("strange code=7"), "{}", lines[1]);
        assert!(lines[2].contains("éé…\""));

        for _ in 0..2 * HISTORY {
            logs.push(Level::INFO, "");
        }
        assert_eq!(logs.follow().0.len(), HISTORY);
    }
}
