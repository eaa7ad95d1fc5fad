//! A POST and its response as a carrier.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{debug, info};

use super::host::Carrier;
use super::protocol::record::encode;
use super::protocol::{End, Kind, Transmit};
use super::{Address, PATH, gate};
use crate::app::App;
use crate::hub::{Close, Seat};
use crate::wire::WireHandle;

/// Records are sent together, up to about so many bytes.
const CHUNK: usize = 64 << 10;
/// The latest that a client should come back after a stop. Each is told a time of its own, so that
/// they do not all come at once.
const RETURN: u64 = 3000;
/// For a proxy that would collect a response before it passes it on.
const NO_BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

pub(crate) async fn open(
    State(app): State<App>,
    Extension(wire): Extension<WireHandle>,
    Query(address): Query<Address>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let opening = gate::opening(Kind::Post, address.sid, &app, &wire, &headers);
    let carrier = app.sessions.open(opening, address.wish);
    let mut seat = app.hub.join(PATH, wire);
    if !read(&carrier, &mut seat, body).await {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let (chunks, receiver) = mpsc::channel(1);
    tokio::spawn(write(carrier, seat, chunks, app.config.slow_consumer));
    let body = stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|chunk| (Ok::<_, std::io::Error>(chunk), receiver))
    });
    let octets = (CONTENT_TYPE, "application/octet-stream");
    ([octets, NO_BUFFERING], Body::from_stream(body)).into_response()
}

/// Reads the body, as far as it matters; false if the connection broke.
async fn read(carrier: &Carrier, seat: &mut Seat, body: Body) -> bool {
    let mut body = body.into_data_stream();
    while !carrier.is_over() {
        tokio::select! {
            chunk = body.next() => match chunk {
                Some(Ok(chunk)) => carrier.bytes(&chunk),
                Some(Err(_)) => return false,
                None => {
                    carrier.finished();
                    return true;
                }
            },
            close = seat.ordered_to_close() => carrier.leave(goodbye(&close)),
            () = carrier.woken() => {}
        }
    }
    true
}

/// Writes the response, until it is complete or nobody reads it.
async fn write(
    carrier: Carrier,
    mut seat: Seat,
    chunks: mpsc::Sender<Bytes>,
    slow_consumer: Duration,
) {
    loop {
        let mut chunk = Vec::new();
        let more = loop {
            match carrier.transmit() {
                Some(Transmit::Frame(frame)) => encode(&frame, &mut chunk),
                Some(Transmit::End(end)) => break Err(end),
                None => break Ok(false),
            }
            if chunk.len() >= CHUNK {
                break Ok(true);
            }
        };
        if !chunk.is_empty() && !deliver(&seat, &chunks, chunk.into(), slow_consumer).await {
            return;
        }
        match more {
            Err(Some(end)) => {
                return info!("{PATH} #{}: ending with {} {:?}", seat.id, end.code, end.reason);
            }
            Err(None) => return,
            Ok(true) => continue,
            Ok(false) => {}
        }
        tokio::select! {
            close = seat.ordered_to_close() => carrier.leave(goodbye(&close)),
            () = carrier.woken() => {}
            () = chunks.closed() => return,
        }
    }
}

/// Waits for a slow reader, but not for ever; false if it is gone.
async fn deliver(
    seat: &Seat,
    chunks: &mpsc::Sender<Bytes>,
    chunk: Bytes,
    slow_consumer: Duration,
) -> bool {
    loop {
        match timeout(slow_consumer, chunks.reserve()).await {
            Ok(Ok(permit)) => {
                permit.send(chunk);
                return true;
            }
            Ok(Err(_)) => return false,
            Err(_) if seat.wire.is_muted() => {}
            Err(_) => {
                debug!("{PATH} #{}: reset, nobody reads", seat.id);
                seat.wire.reset();
                return false;
            }
        }
    }
}

/// What a carrier is told when the server, or a fault, closes it.
pub(crate) fn goodbye(close: &Close) -> End {
    let soon = || (close.code == 1001).then(|| RandomState::new().hash_one(()) % RETURN);
    End { retry: close.retry.or_else(soon), ..End::new(close.code, close.reason.clone()) }
}
