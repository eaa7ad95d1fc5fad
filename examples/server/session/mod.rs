//! `/session`: messages exactly once and in order, over any carriers. The protocol is in `protocol`,
//! which knows nothing of the rest; here are its sockets, its clock, and an application for it.

mod app;
mod conversation;
mod gate;
mod host;
mod post;
pub(crate) mod protocol;
mod websocket;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use serde::Deserialize;

pub(crate) use self::host::Host;
use crate::app::App;
use crate::{exchange, switches};

/// The path, for the hub and the log.
const PATH: &str = "/session";

/// What the URL says.
#[derive(Deserialize)]
struct Address {
    sid: Option<String>,
    #[serde(flatten)]
    wish: app::Wish,
}

/// Who may come in, beyond the page's origin, is for the hello to say.
pub(crate) fn routes(app: &App) -> Router<App> {
    let sockets = Router::new()
        .route(PATH, get(websocket::open))
        .route_layer(from_fn_with_state(app.clone(), switches::handshakes));
    let posts = Router::new()
        .route(PATH, post(post::open).head(exchange::here).options(exchange::preflight))
        .route_layer(from_fn_with_state(app.clone(), switches::posts));
    sockets.merge(posts)
}
