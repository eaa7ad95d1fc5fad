//! `POST /api/translate`: the HTTP side of `/ws/audio`.
//!
//! Who gives a name is remembered, and has the same talk as over the WebSocket. For others one
//! request is all: a stretch of audio, or JSON, answered by what `/ws/audio` would send at its
//! end. A WAV file is all in itself, whoever sends it.

use std::sync::PoisonError;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::app::App;
use crate::audio::{Init, Talk};
use crate::clients::Visitor;
use crate::exchange::{self, Posted, Problem};
use crate::facts::{Meter, Pcm};
use crate::message::{self, Parsed, Request};
use crate::socket::Incoming;
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
            let talk = app.talks.recall(&name, Instant::now(), Talk::default);
            let mut talk = talk.lock().unwrap_or_else(PoisonError::into_inner);
            messages.iter().flat_map(|message| talk.answer(message)).collect()
        }
        (Posted::Messages(messages), None) => {
            let answers: Result<Vec<_>, _> =
                messages.iter().map(|message| about(&init, message)).collect();
            answers?.concat()
        }
        (Posted::Other { media_type, body }, _) => recording(init, &media_type, &body)?,
    };
    let answers: Vec<_> = answers.iter().map(|answer| answer.to_string().into()).collect();
    Ok(exchange::respond(&headers, &answers))
}

fn recording(init: Init, media_type: &str, body: &[u8]) -> Result<Vec<Value>, Problem> {
    let ("audio/wav" | "audio/wave" | "audio/x-wav" | "audio/vnd.wave") = media_type else {
        let expected = "WAV (audio/wav), PCM (application/octet-stream) or JSON";
        return Err(Problem::unsupported(media_type, expected));
    };
    let wav = wav::parse(body).map_err(Problem::bad_request)?;
    let init = Init { sample_rate: wav.rate, ..init };
    Ok(heard(&init, |meter| wav.samples.iter().for_each(|&sample| meter.push(sample))))
}

/// The answer to one message of somebody who is not remembered.
fn about(init: &Init, message: &Incoming) -> Result<Vec<Value>, Problem> {
    match message {
        Incoming::Text(json) => read(init, json),
        Incoming::Binary(pcm) => Ok(heard(init, |meter| {
            Pcm::default().decode(pcm, |sample| meter.push(sample));
        })),
    }
}

fn heard(init: &Init, audio: impl FnOnce(&mut Meter)) -> Vec<Value> {
    let mut meter = Meter::new(init.sample_rate, 0);
    audio(&mut meter);
    init.about(&meter.facts(), true).into()
}

/// The messages of `/ws/audio`, and text.
fn read(init: &Init, json: &str) -> Result<Vec<Value>, Problem> {
    let request = match message::parse(json) {
        Parsed::Request(request) => request,
        Parsed::Ping(pong) => return Ok(vec![pong]),
        Parsed::Invalid(why) => return Err(Problem::bad_request(why)),
    };
    match request.kind.as_str() {
        "init" => Ok(vec![Init::from_message(request.body).map_err(Problem::bad_request)?.ready()]),
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
