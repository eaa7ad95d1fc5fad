//! What the HTTP sides of WebSocket endpoints have in common: a request brings messages as the
//! socket would, and its answer is the messages that answer them.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::Utf8Bytes;
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
    CONTENT_TYPE, HeaderMap, RETRY_AFTER,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::app::text;
use crate::message;
use crate::socket::Incoming;

/// One JSON message a line.
const NDJSON: &str = "application/x-ndjson";

/// What a request brings.
pub(crate) enum Posted {
    Messages(Vec<Incoming>),
    /// Of a type that is not every route's.
    Other {
        media_type: String,
        body: Bytes,
    },
}

/// Why a request is refused. What is wrong with a message inside is told by a message instead, as
/// on a socket.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) StatusCode, pub(crate) String);

/// Allows a page of another origin to send JSON; which origins, the guard has decided.
pub(crate) async fn preflight() -> impl IntoResponse {
    let allow = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, authorization, idempotency-key"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, allow)
}

/// A HEAD asks whether anybody is here, before something is said that could get lost.
pub(crate) async fn here() -> StatusCode {
    StatusCode::NO_CONTENT
}

pub(crate) async fn whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
    to_bytes(body, limit)
        .await
        .map_err(|_| Problem::too_large(format!("more than {limit} bytes, or cut short")))
}

pub(crate) fn messages(headers: &HeaderMap, body: Bytes) -> Result<Posted, Problem> {
    let media_type = text(headers, CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    let messages = match media_type.as_deref() {
        // An empty request has nothing to say, and comes for what there is to hear.
        _ if body.is_empty() => Vec::new(),
        None | Some("application/octet-stream") => vec![Incoming::Binary(body)],
        // What a page may send without asking first is text/plain.
        Some("application/json" | "text/plain") => vec![Incoming::Text(utf8(body)?)],
        Some(NDJSON) => utf8(body)?
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| Incoming::Text(line.into()))
            .collect(),
        Some(other) => return Ok(Posted::Other { media_type: other.to_owned(), body }),
    };
    Ok(Posted::Messages(messages))
}

/// An array, or a line for each message if the client asked for that.
pub(crate) fn respond(headers: &HeaderMap, messages: &[Utf8Bytes]) -> Response {
    if messages.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let messages: Vec<_> = messages.iter().map(Utf8Bytes::as_str).collect();
    let (media_type, body) = if text(headers, ACCEPT).is_some_and(|it| it.contains(NDJSON)) {
        (NDJSON, messages.join("\n") + "\n")
    } else {
        ("application/json", format!("[{}]", messages.join(",")))
    };
    ([(CONTENT_TYPE, media_type)], body).into_response()
}

fn utf8(body: Bytes) -> Result<Utf8Bytes, Problem> {
    Utf8Bytes::try_from(body).map_err(|_| Problem::bad_request("text that is not UTF-8"))
}

impl Problem {
    pub(crate) fn bad_request(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }

    pub(crate) fn too_large(why: String) -> Self {
        Self(StatusCode::PAYLOAD_TOO_LARGE, why)
    }

    pub(crate) fn unsupported(media_type: &str, expected: &str) -> Self {
        Self(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{media_type} is not {expected}"))
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, why) = self;
        let mut response = (status, Json(message::error(&why))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 1.into());
        }
        response
    }
}
