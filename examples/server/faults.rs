//! `/faults`: everything that goes wrong between a client and a server, on demand.
//!
//! Routes under `/faults/ws` break the connection that is made to them; `POST /faults/…` breaks
//! those that are live, or are made elsewhere later.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::warn;

use crate::app::App;
use crate::hub::Close;
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};
use crate::switches::{Handshakes, Posts, Switch, hang, refuse};

pub(crate) struct Faults {
    pub(crate) handshakes: Switch<Handshakes>,
    pub(crate) posts: Switch<Posts>,
    restart: mpsc::Sender<Restart>,
}

/// An order to stop, and to start again after a while.
pub(crate) struct Restart {
    pub(crate) down: Duration,
    pub(crate) hard: bool,
    /// Sessions do not survive, as if another process had started.
    pub(crate) forget: bool,
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/faults", get(state))
        .route("/faults/handshake", post(set_handshakes))
        .route("/faults/http", post(set_posts))
        .route("/faults/drop", post(drop_live))
        .route("/faults/close", post(close_live))
        .route("/faults/mute", post(mute_live))
        .route("/faults/restart", post(restart))
        .route("/faults/ws/echo", get(echo))
        .route("/faults/ws/hang", get(hang))
        .route("/faults/ws/status/{code}", get(status))
        .route("/faults/ws/refuse", get(refuse))
        .route("/faults/ws/mute", get(mute))
        .route("/faults/ws/drop", get(drop_later))
        .route("/faults/ws/close", get(close_later))
}

/// Without `--faults`.
pub(crate) fn no_routes() -> Router<App> {
    Router::new().route("/faults/{*path}", any(async || StatusCode::NOT_FOUND))
}

impl Faults {
    pub(crate) fn new(restart: mpsc::Sender<Restart>) -> Self {
        Self { handshakes: Switch::default(), posts: Switch::default(), restart }
    }
}

async fn state(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "handshake": app.faults.handshakes.report(),
        "http": app.faults.posts.report(),
        "muted": app.hub.muted(),
        "connections": app.hub.counts(),
    }))
}

#[derive(Deserialize)]
struct Turn<T> {
    mode: T,
    #[serde(default, rename = "for")]
    duration: u64,
}

impl<T> Turn<T> {
    fn until(&self) -> Option<Instant> {
        (self.duration > 0).then(|| after(self.duration))
    }
}

async fn set_handshakes(
    State(app): State<App>,
    Query(turn): Query<Turn<Handshakes>>,
) -> Json<Value> {
    app.faults.handshakes.set(turn.mode, turn.until());
    state(State(app)).await
}

async fn set_posts(State(app): State<App>, Query(turn): Query<Turn<Posts>>) -> Json<Value> {
    app.faults.posts.set(turn.mode, turn.until());
    state(State(app)).await
}

#[derive(Deserialize)]
struct Target {
    endpoint: Option<String>,
}

async fn drop_live(
    State(app): State<App>,
    Query(Target { endpoint }): Query<Target>,
) -> Json<Value> {
    app.hub.reset(endpoint.as_deref());
    state(State(app)).await
}

#[derive(Deserialize)]
struct CloseLive {
    #[serde(default = "normal")]
    code: u16,
    #[serde(default)]
    reason: String,
    endpoint: Option<String>,
}

async fn close_live(
    State(app): State<App>,
    Query(CloseLive { code, reason, endpoint }): Query<CloseLive>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let close = checked(code, reason)?;
    app.hub.close(endpoint.as_deref(), &close);
    Ok(state(State(app)).await)
}

#[derive(Deserialize)]
struct MuteLive {
    #[serde(rename = "for")]
    duration: u64,
    endpoint: Option<String>,
}

async fn mute_live(
    State(app): State<App>,
    Query(MuteLive { duration, endpoint }): Query<MuteLive>,
) -> Json<Value> {
    app.hub.mute(endpoint.as_deref(), after(duration));
    state(State(app)).await
}

#[derive(Deserialize)]
struct RestartQuery {
    #[serde(default)]
    down: u64,
    #[serde(default)]
    hard: bool,
    #[serde(default)]
    forget: bool,
}

async fn restart(
    State(app): State<App>,
    Query(RestartQuery { down, hard, forget }): Query<RestartQuery>,
) -> Json<Value> {
    let order = Restart { down: Duration::from_millis(down), hard, forget };
    if app.faults.restart.try_send(order).is_err() {
        warn!("a restart is already on its way");
    }
    state(State(app)).await
}

struct Echo;

async fn echo(upgrade: Upgrade) -> Response {
    upgrade.with_first_protocol().serve(Echo)
}

impl Endpoint for Echo {
    const PATH: &'static str = "/faults/ws/echo";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        loop {
            match socket.recv().await? {
                Incoming::Text(text) => socket.send_text(text).await?,
                Incoming::Binary(bytes) => socket.send_binary(bytes).await?,
            }
        }
    }
}

async fn status(Path(code): Path<u16>) -> Response {
    match StatusCode::from_u16(code) {
        // A 1xx would leave the client waiting for the answer proper.
        Ok(status) if !status.is_informational() => status.into_response(),
        _ => (StatusCode::BAD_REQUEST, "a status between 200 and 999\n").into_response(),
    }
}

struct Mute;

async fn mute(upgrade: Upgrade) -> Response {
    upgrade.serve(Mute)
}

impl Endpoint for Mute {
    const PATH: &'static str = "/faults/ws/mute";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        socket.wire().swallow();
        loop {
            socket.recv().await?;
        }
    }
}

#[derive(Deserialize)]
struct DropLater {
    #[serde(default)]
    after: u64,
}

async fn drop_later(Query(query): Query<DropLater>, upgrade: Upgrade) -> Response {
    upgrade.serve(query)
}

impl Endpoint for DropLater {
    const PATH: &'static str = "/faults/ws/drop";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        ignore_until(socket, after(self.after)).await?;
        socket.wire().reset();
        loop {
            socket.recv().await?;
        }
    }
}

#[derive(Deserialize)]
struct CloseLater {
    #[serde(default = "normal")]
    code: u16,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    after: u64,
}

async fn close_later(Query(query): Query<CloseLater>, upgrade: Upgrade) -> Response {
    match checked(query.code, query.reason.clone()) {
        Ok(_) => upgrade.serve(query),
        Err(problem) => problem.into_response(),
    }
}

impl Endpoint for CloseLater {
    const PATH: &'static str = "/faults/ws/close";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        ignore_until(socket, after(self.after)).await?;
        Err(socket.close(self.code, self.reason))
    }
}

async fn ignore_until(socket: &mut Socket, end: Instant) -> Result<(), Over> {
    loop {
        match tokio::time::timeout_at(end, socket.recv()).await {
            Ok(incoming) => drop(incoming?),
            Err(_) => return Ok(()),
        }
    }
}

/// A close frame that may be sent: RFC 6455 §7.4, and 125 bytes in all.
fn checked(code: u16, reason: String) -> Result<Close, (StatusCode, String)> {
    let sendable = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    if !sendable || reason.len() > 123 {
        let problem = "code: 1000-1003, 1007-1014 or 3000-4999; reason: at most 123 bytes\n";
        return Err((StatusCode::BAD_REQUEST, problem.into()));
    }
    Ok(Close::new(code, reason))
}

/// That many milliseconds from now; a year stands for anything longer.
fn after(ms: u64) -> Instant {
    let year = 365 * 24 * 60 * 60 * 1000;
    Instant::now() + Duration::from_millis(ms.min(year))
}

fn normal() -> u16 {
    1000
}
