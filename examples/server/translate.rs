//! `POST /api/translate`: the HTTP side of `/ws/audio`.
//!
//! Who gives a name is remembered, and has the same talk as over the WebSocket. For others one
//! request is all: a stretch of audio, or JSON, answered by what `/ws/audio` would send at its
//! end. A WAV file is all in itself, whoever sends it.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::App;
use crate::audio::Init;
use crate::clients::Visitor;
use crate::exchange::{self, Posted, Problem};
use crate::message::{self, Parsed, Request};
use crate::socket::Incoming;
use crate::talk::Talk;
use crate::transcriber::Refusal;
use crate::wav;

pub(crate) async fn post(
    State(app): State<App>,
    init: Result<Query<Init>, QueryRejection>,
    visitor: Result<Query<Visitor>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (Query(init), Query(Visitor { client })) = (init?, visitor?);
    let init = init.checked().map_err(Problem::bad_request)?;
    let body = exchange::whole(body, app.config.max_body).await?;
    let answers = match (exchange::messages(&headers, body)?, client) {
        (Posted::Messages(messages), Some(name)) => {
            let talk = app.talks.recall(&name, Instant::now(), || Mutex::new(app.talk()));
            converse(&mut *talk.lock().await, &messages).await
        }
        (Posted::Messages(messages), None) => {
            let mut answers = Vec::new();
            for message in &messages {
                answers.extend(about(&app, &init, message).await?);
            }
            answers
        }
        (Posted::Other { media_type, body }, _) => match media_type.as_str() {
            "audio/wav" | "audio/wave" | "audio/x-wav" | "audio/vnd.wave" => {
                recording(&app, init, &body).await?
            }
            _ => {
                let expected = "WAV (audio/wav), PCM (application/octet-stream) or JSON";
                return Err(Problem::unsupported(&media_type, expected));
            }
        },
    };
    let answers: Vec<_> = answers.iter().map(|answer| answer.to_string().into()).collect();
    Ok(exchange::respond(&headers, &answers))
}

/// The answers to these messages, and what a transcriber has said since the last request. Those
/// that follow the end of the audio are waited for.
async fn converse(talk: &mut Talk, messages: &[Incoming]) -> Vec<Value> {
    let mut answers = Vec::new();
    for message in messages {
        while !talk.is_ready() {
            answers.extend(talk.next().await);
        }
        answers.extend(talk.answer(message));
    }
    while talk.is_ending() {
        answers.extend(talk.next().await);
    }
    while let Some(more) = talk.next().now_or_never() {
        answers.extend(more);
    }
    answers
}

/// The answer to one message of somebody who is not remembered.
async fn about(app: &App, init: &Init, message: &Incoming) -> Result<Vec<Value>, Problem> {
    match message {
        Incoming::Text(json) => read(app, init, json),
        Incoming::Binary(bytes) if wav::is_wav(bytes) => recording(app, init.clone(), bytes).await,
        Incoming::Binary(_) => all_at_once(app, init.clone(), |talk| talk.answer(message)).await,
    }
}

async fn recording(app: &App, init: Init, file: &[u8]) -> Result<Vec<Value>, Problem> {
    let wav = wav::parse(file).map_err(Problem::bad_request)?;
    let init = Init { sample_rate: wav.rate, sequence: false, ..init };
    all_at_once(app, init, |talk| talk.hear(&wav.samples)).await
}

/// A talk that begins and ends with this audio: only what is said for good counts.
async fn all_at_once(
    app: &App,
    init: Init,
    hear: impl FnOnce(&mut Talk) -> Vec<Value>,
) -> Result<Vec<Value>, Problem> {
    let mut talk = app.talk();
    talk.begin(init)?;
    let mut answers = hear(&mut talk);
    answers.extend(talk.end().unwrap_or_default());
    while talk.is_ending() {
        answers.extend(talk.next().await);
    }
    answers.retain(|answer| answer.get("final") != Some(&false.into()));
    Ok(answers)
}

/// The messages of `/ws/audio`, and text.
fn read(app: &App, init: &Init, json: &str) -> Result<Vec<Value>, Problem> {
    let request = match message::parse(json) {
        Parsed::Request(request) => request,
        Parsed::Ping(pong) => return Ok(vec![pong]),
        Parsed::Invalid(why) => return Err(Problem::bad_request(why)),
    };
    match request.kind.as_str() {
        "init" => {
            let init = Init::from_message(request.body).map_err(Problem::bad_request)?;
            Ok(vec![init.ready(app.engine())])
        }
        "text" => about_text(init, &request),
        "end" => Ok(Vec::new()),
        _ => Err(Problem::bad_request(format!("unknown type {:?}", request.kind))),
    }
}

fn about_text(init: &Init, request: &Request) -> Result<Vec<Value>, Problem> {
    let text =
        request.text("text").ok_or_else(|| Problem::bad_request("a text message needs a text"))?;
    let facts = json!({
        "characters": text.chars().count(),
        "words": text.split_whitespace().count(),
    });
    let language = |field, default| request.text(field).or(default);
    let source = language("sourceLanguage", init.source_language.as_deref());
    let target = language("targetLanguage", init.target_language.as_deref());
    Ok(vec![
        json!({
            "type": "transcription", "text": text, "language": source, "final": true,
            "facts": facts,
        }),
        json!({
            "type": "translation", "text": "", "language": target, "final": true, "facts": facts,
        }),
    ])
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, refusal.to_string())
    }
}
