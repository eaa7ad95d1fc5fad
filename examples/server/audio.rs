//! `/ws/audio`: audio in, messages about it out.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::facts::Facts;
use crate::pcm::Format;
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};
use crate::talk::Talk;

/// The longest name of a language or an engine, in bytes.
const MAX_NAME: usize = 100;

/// What a client says before its audio; over HTTP, in the query.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Init {
    pub(crate) source_language: Option<String>,
    pub(crate) target_language: Option<String>,
    /// For the transcriber to understand.
    pub(crate) engine: Option<String>,
    #[serde(default = "usual_rate")]
    pub(crate) sample_rate: u32,
    #[serde(default)]
    pub(crate) format: Format,
    /// Each batch says which samples it holds.
    #[serde(default)]
    pub(crate) sequence: bool,
}

struct Audio(Talk);

pub(crate) async fn open(State(app): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(Audio(app.talk()))
}

impl Endpoint for Audio {
    const PATH: &'static str = "/ws/audio";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let Self(mut talk) = self;
        // One is read ahead, so that a client that goes is noticed while a program lags behind.
        let mut incoming = None;
        loop {
            let answers = match incoming.take_if(|_| talk.is_ready()) {
                Some(incoming) => talk.answer(&incoming),
                None => tokio::select! {
                    next = next(socket, incoming.is_none()) => {
                        incoming = Some(next?);
                        continue;
                    }
                    answers = talk.next() => answers,
                },
            };
            for answer in answers {
                socket.send_json(&answer).await?;
            }
        }
    }
}

async fn next(socket: &mut Socket, may_read: bool) -> Result<Incoming, Over> {
    if may_read { socket.recv().await } else { Err(socket.dismissed().await) }
}

impl Init {
    pub(crate) fn from_message(body: Map<String, Value>) -> Result<Self, String> {
        let init: Self =
            serde_json::from_value(body.into()).map_err(|error| format!("bad init: {error}"))?;
        init.checked()
    }

    pub(crate) fn checked(self) -> Result<Self, String> {
        if !(8_000..=192_000).contains(&self.sample_rate) {
            let rate = self.sample_rate;
            return Err(format!("a sampleRate of {rate} is not between 8000 and 192000"));
        }
        // They go into the environment of a program, which has its limits.
        for name in [&self.source_language, &self.target_language, &self.engine] {
            if name.as_ref().is_some_and(|name| name.len() > MAX_NAME || name.contains('\0')) {
                return Err(format!(
                    "no such language or engine: more than {MAX_NAME} bytes, or a NUL"
                ));
            }
        }
        Ok(self)
    }

    /// Whatever engine was asked for, this says which one answers.
    pub(crate) fn ready(&self, transcriber: Option<&str>) -> Value {
        json!({
            "type": "ready",
            "engine": transcriber.unwrap_or("facts"),
            "sourceLanguage": self.source_language,
            "targetLanguage": self.target_language,
            "sampleRate": self.sample_rate,
        })
    }

    /// The two messages that a stretch of audio is answered by without a transcriber.
    pub(crate) fn about(&self, facts: &Facts, is_final: bool) -> [Value; 2] {
        let transcription = json!({
            "type": "transcription",
            "text": "",
            "language": self.source_language,
            "final": is_final,
            "facts": facts,
        });
        let translation = json!({
            "type": "translation",
            "text": "",
            "language": self.target_language,
            "final": is_final,
            "facts": facts,
        });
        [transcription, translation]
    }
}

fn usual_rate() -> u32 {
    16_000
}
