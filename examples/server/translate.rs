//! `POST /api/translate`: the HTTP side of `/ws/audio`. One request is one stretch of audio, or
//! one JSON message; the answer is the messages that `/ws/audio` would send at its end.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
    CONTENT_TYPE, HeaderMap,
};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::{App, text};
use crate::audio::Init;
use crate::facts::{Meter, Pcm};
use crate::message::{self, Parsed, Request};
use crate::wav;

const NDJSON: &str = "application/x-ndjson";

type Problem = (StatusCode, String);

/// Allows a page of another origin to send JSON; which origins, the guard has decided.
pub(crate) async fn preflight() -> impl IntoResponse {
    let allow = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, authorization, idempotency-key"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, allow)
}

pub(crate) async fn translate(
    State(app): State<App>,
    init: Result<Query<Init>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(&app, init, &headers, body).await {
        Ok(messages) => respond(&headers, messages),
        Err((status, problem)) => (status, Json(message::error(&problem))).into_response(),
    }
}

async fn answer(
    app: &App,
    init: Result<Query<Init>, QueryRejection>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<Value>, Problem> {
    let Query(init) = init.map_err(|rejection| bad_request(rejection.body_text()))?;
    let init = init.checked().map_err(bad_request)?;
    let limit = app.config.max_body;
    let body = to_bytes(body, limit).await.map_err(|_| {
        (StatusCode::PAYLOAD_TOO_LARGE, format!("more than {limit} bytes, or cut short"))
    })?;
    let media_type = text(headers, CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    match media_type.as_deref() {
        // An empty request only asks whether anybody is here.
        _ if body.is_empty() => Ok(Vec::new()),
        None | Some("application/octet-stream") => Ok(heard(&init, |meter| {
            Pcm::default().decode(&body, |sample| meter.push(sample));
        })),
        Some("audio/wav" | "audio/wave" | "audio/x-wav" | "audio/vnd.wave") => {
            let wav = wav::parse(&body).map_err(bad_request)?;
            let init = Init { sample_rate: wav.rate, ..init };
            Ok(heard(&init, |meter| wav.samples.iter().for_each(|&sample| meter.push(sample))))
        }
        // What a page may send without asking first is text/plain.
        Some("application/json" | "text/plain") => {
            let json = std::str::from_utf8(&body)
                .map_err(|_| bad_request("text that is not UTF-8".into()))?;
            read(&init, json)
        }
        Some(other) => Err((
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("{other} is not WAV (audio/wav), PCM (application/octet-stream) or JSON"),
        )),
    }
}

fn bad_request(problem: String) -> Problem {
    (StatusCode::BAD_REQUEST, problem)
}

fn heard(init: &Init, audio: impl FnOnce(&mut Meter)) -> Vec<Value> {
    let mut meter = Meter::new(init.sample_rate, 0);
    audio(&mut meter);
    init.about(&meter.facts(), true).into()
}

/// The messages of `/ws/audio`, without a connection that could remember them; and text.
fn read(init: &Init, json: &str) -> Result<Vec<Value>, Problem> {
    let request = match message::parse(json) {
        Parsed::Request(request) => request,
        Parsed::Ping(pong) => return Ok(vec![pong]),
        Parsed::Invalid(why) => return Err(bad_request(why)),
    };
    match request.kind.as_str() {
        "init" => Ok(vec![Init::from_message(request.body).map_err(bad_request)?.ready()]),
        "text" => about_text(init, &request),
        "end" => Ok(Vec::new()),
        _ => Err(bad_request(format!("unknown type {:?}", request.kind))),
    }
}

fn about_text(init: &Init, request: &Request) -> Result<Vec<Value>, Problem> {
    let text =
        request.text("text").ok_or_else(|| bad_request("a text message needs a text".into()))?;
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

/// An array, or a line for each message if the client asked for that.
fn respond(headers: &HeaderMap, messages: Vec<Value>) -> Response {
    if messages.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    if text(headers, ACCEPT).is_some_and(|accept| accept.contains(NDJSON)) {
        let lines: String = messages.iter().map(|message| format!("{message}\n")).collect();
        return ([(CONTENT_TYPE, NDJSON)], lines).into_response();
    }
    Json(Value::from(messages)).into_response()
}
