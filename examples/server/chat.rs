//! `/ws`: JSON messages, and a chat room for everybody; by HTTP, `POST /ws`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::Utf8Bytes;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::Instant;

use crate::app::App;
use crate::clients::{Clients, Visitor};
use crate::exchange::{self, Posted, Problem};
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};
use crate::{health, message};

/// How many messages a client may be behind.
const BACKLOG: usize = 256;

/// How many messages of one request are said before the others get time to hear them.
const AT_ONCE: usize = BACKLOG / 4;
const BREATH: Duration = Duration::from_millis(5);

pub(crate) struct Room {
    said: broadcast::Sender<Utf8Bytes>,
    /// Those who come by HTTP, and where in the conversation each of them is.
    visitors: Clients<Mutex<broadcast::Receiver<Utf8Bytes>>>,
}

/// What one message leads to.
enum Outcome {
    Answer(Value),
    /// Everybody in the room hears this.
    Said(Utf8Bytes),
}

struct Chat(App);

impl Room {
    pub(crate) fn new() -> Self {
        Self { said: broadcast::Sender::new(BACKLOG), visitors: Clients::default() }
    }
}

pub(crate) async fn open(State(app): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(Chat(app))
}

/// Who gives a name hears the room, from the first request on; others hear only their answers.
pub(crate) async fn post(
    State(app): State<App>,
    visitor: Result<Query<Visitor>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Query(Visitor { client }) = visitor?;
    let messages = messages(&app, &headers, body).await?;
    let ears = client.map(|name| {
        app.room.visitors.recall(&name, Instant::now(), || Mutex::new(app.room.said.subscribe()))
    });
    let mut heard = Vec::new();
    if let Some(ears) = &ears {
        listen(ears, &mut heard);
    }
    for (index, message) in messages.into_iter().enumerate() {
        // A request full of messages must not outrun those who listen by WebSocket.
        if index % AT_ONCE == AT_ONCE - 1 {
            tokio::time::sleep(BREATH).await;
        }
        match (outcome(&app, message), &ears) {
            (Outcome::Answer(answer), _) => heard.push(answer.to_string().into()),
            (Outcome::Said(said), None) => heard.push(said),
            (Outcome::Said(_), Some(ears)) => listen(ears, &mut heard),
        }
    }
    Ok(exchange::respond(&headers, &heard))
}

impl Endpoint for Chat {
    const PATH: &'static str = "/ws";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let Self(app) = self;
        let mut room = app.room.said.subscribe();
        socket.send_json(&json!({ "type": "connection_ack", "id": socket.id() })).await?;
        loop {
            tokio::select! {
                incoming = socket.recv() => match outcome(&app, incoming?) {
                    Outcome::Answer(answer) => socket.send_json(&answer).await?,
                    // The speaker hears it as everybody does.
                    Outcome::Said(_) => {}
                },
                said = room.recv() => match said {
                    Ok(said) => socket.send_text(said).await?,
                    Err(_) => return Err(socket.too_slow()),
                },
            }
        }
    }
}

fn outcome(app: &App, incoming: Incoming) -> Outcome {
    let Incoming::Text(text) = incoming else {
        return Outcome::Answer(message::error("no binary message is expected here"));
    };
    let request = match message::parse(&text).or_answer() {
        Ok(request) => request,
        Err(answer) => return Outcome::Answer(answer),
    };
    Outcome::Answer(match request.kind.as_str() {
        "chat" => {
            let Some(text) = request.text("text") else {
                return Outcome::Answer(message::error("a chat message needs a text"));
            };
            let from = request.text("from").unwrap_or("anonymous");
            let said = json!({ "type": "chat", "text": text, "from": from, "at": message::now() });
            let said = Utf8Bytes::from(said.to_string());
            // Nobody there to hear it is no error.
            let _ = app.room.said.send(said.clone());
            return Outcome::Said(said);
        }
        "get_status" => {
            let mut status = health::report(app);
            status.insert("type".into(), "status".into());
            status.into()
        }
        "echo" => request.body.into(),
        _ => message::unknown(&request),
    })
}

/// None of them larger than the WebSocket would take it: the room passes them on.
async fn messages(app: &App, headers: &HeaderMap, body: Body) -> Result<Vec<Incoming>, Problem> {
    let messages =
        match exchange::messages(headers, exchange::whole(body, app.config.max_body).await?)? {
            Posted::Messages(messages) => messages,
            Posted::Other { media_type, .. } => {
                return Err(Problem::unsupported(&media_type, "text, JSON or lines of JSON"));
            }
        };
    let limit = app.config.max_message;
    if messages.iter().any(|message| message.len() > limit) {
        return Err(Problem::too_large(format!("a message of more than {limit} bytes")));
    }
    Ok(messages)
}

/// What was said in the room since the last time.
fn listen(ears: &Mutex<broadcast::Receiver<Utf8Bytes>>, heard: &mut Vec<Utf8Bytes>) {
    let mut room = ears.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        heard.push(match room.try_recv() {
            Ok(said) => said,
            Err(TryRecvError::Lagged(missed)) => {
                message::error(&format!("too long away: {missed} messages were missed"))
                    .to_string()
                    .into()
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => return,
        });
    }
}
