//! `GET /health`: is it up, who is connected, did anything go wrong.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use crate::app::{App, Shared};

/// When the server started.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

pub(crate) async fn health(State(app): State<App>) -> Json<Value> {
    let mut report = report(&app);
    report.insert("status".into(), "ok".into());
    Json(report.into())
}

/// The facts behind `/health`, which the `status` message tells as well.
pub(crate) fn report(app: &Shared) -> Map<String, Value> {
    let connections = app.hub.counts();
    let sessions = app.sessions.counts();
    Map::from_iter([
        ("uptime".into(), app.clock.0.elapsed().as_secs().into()),
        ("total".into(), connections.values().sum::<usize>().into()),
        ("connections".into(), json!(connections)),
        ("sessions".into(), sessions.sessions.into()),
        ("tombstones".into(), sessions.tombstones.into()),
        ("errors".into(), app.logs.errors().into()),
    ])
}
