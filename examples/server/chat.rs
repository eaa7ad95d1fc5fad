//! `/ws`: JSON messages, and a chat room for everybody.

use axum::extract::State;
use axum::extract::ws::Utf8Bytes;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::app::App;
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};
use crate::{health, message};

/// How many messages a client may be behind.
const BACKLOG: usize = 256;

pub(crate) struct Room(broadcast::Sender<Utf8Bytes>);

struct Chat(App);

impl Room {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

pub(crate) async fn open(State(app): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(Chat(app))
}

impl Endpoint for Chat {
    const PATH: &'static str = "/ws";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let Self(app) = self;
        let mut room = app.room.0.subscribe();
        socket.send_json(&json!({ "type": "connection_ack", "id": socket.id() })).await?;
        loop {
            tokio::select! {
                incoming = socket.recv() => {
                    if let Some(answer) = answer(&app, socket, incoming?).await? {
                        socket.send_json(&answer).await?;
                    }
                }
                said = room.recv() => match said {
                    Ok(said) => socket.send_text(said).await?,
                    Err(_) => return Err(socket.too_slow()),
                },
            }
        }
    }
}

async fn answer(app: &App, socket: &mut Socket, incoming: Incoming) -> Result<Option<Value>, Over> {
    let Incoming::Text(text) = incoming else {
        return Ok(Some(message::error("no binary message is expected here")));
    };
    let Some(request) = socket.request(&text).await? else { return Ok(None) };
    let answer = match request.kind.as_str() {
        "chat" => {
            let Some(text) = request.text("text") else {
                return Ok(Some(message::error("a chat message needs a text")));
            };
            let from = request.text("from").unwrap_or("anonymous");
            let said = json!({ "type": "chat", "text": text, "from": from, "at": message::now() });
            // Nobody there to hear it is no error; the sender itself is.
            let _ = app.room.0.send(said.to_string().into());
            return Ok(None);
        }
        "get_status" => {
            let mut status = health::report(app);
            status.insert("type".into(), "status".into());
            status.into()
        }
        "echo" => request.body.into(),
        _ => message::unknown(&request),
    };
    Ok(Some(answer))
}
