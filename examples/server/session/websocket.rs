//! A WebSocket as a carrier.

use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::host::Carrier;
use super::protocol::frame::MAX_CONTROL;
use super::protocol::{End, Frame, Kind, Message, Opening, Transmit};
use super::{Address, PATH, gate, post};
use crate::app::App;
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};
use crate::wire::WireHandle;

const PROTOCOL: &str = "resume.v1";
/// An escaped text is longer by this.
const ESCAPE: usize = 2;

struct Line {
    app: App,
    opening: Opening,
    address: Address,
}

pub(crate) async fn open(
    State(app): State<App>,
    Extension(wire): Extension<WireHandle>,
    Query(mut address): Query<Address>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let opening = gate::opening(Kind::WebSocket, address.sid.take(), &app, &wire, &headers);
    let limit = (app.config.max_message + ESCAPE).max(MAX_CONTROL + ESCAPE);
    match upgrade.speaking(PROTOCOL) {
        Some(upgrade) => upgrade.with_limit(limit).serve(Line { app, opening, address }),
        None => {
            let problem = format!("the subprotocol {PROTOCOL} is needed\n");
            (StatusCode::BAD_REQUEST, problem).into_response()
        }
    }
}

impl Endpoint for Line {
    const PATH: &'static str = PATH;

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let Self { app, opening, address } = self;
        let carrier = app.sessions.open(opening, address.wish);
        loop {
            transmit(&carrier, socket).await?;
            tokio::select! {
                incoming = socket.recv() => match incoming {
                    Ok(Incoming::Text(text)) => carrier.text(&text),
                    Ok(Incoming::Binary(bytes)) => carrier.binary(&bytes),
                    Err(over) => {
                        say_goodbye(&carrier, socket);
                        return Err(over);
                    }
                },
                () = carrier.woken() => {}
            }
        }
    }
}

async fn transmit(carrier: &Carrier, socket: &mut Socket) -> Result<(), Over> {
    while let Some(next) = carrier.transmit() {
        match next {
            Transmit::Frame(frame) => match frame.to_websocket() {
                Message::Text(text) => socket.send_text(&*text).await?,
                Message::Binary(bytes) => {
                    socket.send_binary(Bytes::copy_from_slice(&bytes)).await?
                }
            },
            Transmit::End(end) => {
                let end = end.unwrap_or_else(|| End::new(1000, ""));
                return Err(socket.close(end.code, end.reason));
            }
        }
    }
    Ok(())
}

/// Where it is the server that ends the connection, the session's last record goes first.
fn say_goodbye(carrier: &Carrier, socket: &mut Socket) {
    let Some(close) = socket.ordered() else { return };
    carrier.leave(post::goodbye(close));
    if let Some(Transmit::Frame(frame @ Frame::Control(_))) = carrier.transmit()
        && let Message::Text(text) = frame.to_websocket()
    {
        socket.last_words(&*text);
    }
}
