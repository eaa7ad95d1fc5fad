//! Who may have a session: whoever shows the server's token, in the hello or as a bearer.

use axum::http::HeaderMap;

use super::protocol::{End, Gate, Kind, Opening};
use crate::app::App;
use crate::auth;
use crate::wire::WireHandle;

/// What the core is told of a new carrier.
pub(crate) fn opening(
    kind: Kind,
    sid: Option<String>,
    app: &App,
    wire: &WireHandle,
    headers: &HeaderMap,
) -> Opening {
    Opening { kind, sid, address: wire.peer.ip().to_string(), gate: gate(app, wire, headers) }
}

fn gate(app: &App, wire: &WireHandle, headers: &HeaderMap) -> Gate {
    let (app, bearer) = (app.clone(), auth::bearer(headers));
    let is_local = auth::is_local(wire.peer, headers);
    Box::new(move |hello| {
        let token = hello.token.as_deref().or(bearer.as_deref());
        if auth::admits(&app.config, is_local, token) {
            Ok(principal(token))
        } else {
            Err(End::new(4401, "a valid token is needed"))
        }
    })
}

/// There are no users here, so a token names its own: what stands before a colon. That part stays
/// when a token is renewed.
fn principal(token: Option<&str>) -> String {
    token.and_then(|token| token.split(':').next()).unwrap_or_default().to_owned()
}
