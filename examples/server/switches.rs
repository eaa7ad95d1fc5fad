//! `/faults/handshake` and `/faults/http`: how what comes from now on is answered, for a while or
//! until told otherwise.

use std::future::pending;
use std::sync::{Mutex, PoisonError};

use axum::body::to_bytes;
use axum::extract::{Extension, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::app::App;
use crate::exchange::Problem;
use crate::wire::WireHandle;

/// Stands in one position until a time, then goes back by itself.
pub(crate) struct Switch<T>(Mutex<Position<T>>);

#[derive(Clone, Copy, Default)]
struct Position<T> {
    mode: T,
    /// Without an end, until changed.
    until: Option<Instant>,
}

/// How a WebSocket handshake is answered.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
pub(crate) enum Handshakes {
    /// As usual.
    #[default]
    #[serde(rename = "none")]
    Usual,
    #[serde(rename = "hang")]
    Hang,
    #[serde(rename = "500")]
    Error,
    #[serde(rename = "refuse")]
    Refuse,
}

/// How a message by HTTP is answered.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
pub(crate) enum Posts {
    /// As usual.
    #[default]
    #[serde(rename = "none")]
    Usual,
    #[serde(rename = "hang")]
    Hang,
    #[serde(rename = "500")]
    Error,
    #[serde(rename = "503")]
    Unavailable,
    #[serde(rename = "refuse")]
    Refuse,
    /// Carried out; then the answer is lost.
    #[serde(rename = "lose")]
    Lose,
    /// The answer comes only when it is complete, as through some proxies.
    #[serde(rename = "buffer")]
    Buffer,
}

impl<T: Copy + Default + Serialize> Switch<T> {
    pub(crate) fn set(&self, mode: T, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Position { mode, until };
    }

    /// As `GET /faults` tells it; `remaining` is in milliseconds.
    pub(crate) fn report(&self) -> Value {
        let Position { mode, until } = self.position();
        let remaining = until.map(|until| {
            u64::try_from(until.saturating_duration_since(Instant::now()).as_millis()).ok()
        });
        json!({ "mode": mode, "remaining": remaining })
    }

    fn position(&self) -> Position<T> {
        let mut position = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if position.until.is_some_and(|until| until <= Instant::now()) {
            *position = Position::default();
        }
        *position
    }
}

impl<T: Default> Default for Switch<T> {
    fn default() -> Self {
        Self(Mutex::new(Position { mode: T::default(), until: None }))
    }
}

/// Stands before every WebSocket route outside `/faults`.
pub(crate) async fn handshakes(
    State(app): State<App>,
    Extension(wire): Extension<WireHandle>,
    request: Request,
    next: Next,
) -> Response {
    match app.faults.handshakes.position().mode {
        Handshakes::Usual => next.run(request).await,
        Handshakes::Hang => hang(Extension(wire)).await,
        Handshakes::Error => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Handshakes::Refuse => refuse(Extension(wire)).await,
    }
}

/// Stands before the HTTP sides of WebSocket endpoints.
pub(crate) async fn posts(
    State(app): State<App>,
    Extension(wire): Extension<WireHandle>,
    request: Request,
    next: Next,
) -> Response {
    // A preflight is the browser's own business.
    if request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    match app.faults.posts.position().mode {
        Posts::Usual => next.run(request).await,
        Posts::Hang => hang(Extension(wire)).await,
        Posts::Error => broken(StatusCode::INTERNAL_SERVER_ERROR),
        Posts::Unavailable => broken(StatusCode::SERVICE_UNAVAILABLE),
        Posts::Refuse => refuse(Extension(wire)).await,
        // A HEAD has nothing to lose.
        Posts::Lose if request.method() == Method::HEAD => next.run(request).await,
        Posts::Lose => {
            next.run(request).await;
            refuse(Extension(wire)).await
        }
        Posts::Buffer => {
            let (parts, body) = next.run(request).await.into_parts();
            match to_bytes(body, usize::MAX).await {
                Ok(body) => Response::from_parts(parts, body.into()),
                Err(_) => refuse(Extension(wire)).await,
            }
        }
    }
}

pub(crate) async fn hang(Extension(wire): Extension<WireHandle>) -> Response {
    wire.until_stopping().await;
    refuse(Extension(wire)).await
}

pub(crate) async fn refuse(Extension(wire): Extension<WireHandle>) -> Response {
    wire.reset();
    pending().await
}

fn broken(status: StatusCode) -> Response {
    Problem(status, "broken on purpose, see /faults".into()).into_response()
}
