//! `/ws/audio`: PCM in, messages about it out, about one a second.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::facts::{Facts, Meter, Pcm};
use crate::message;
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};

/// What a client says before its audio; over HTTP, in the query.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Init {
    pub(crate) source_language: Option<String>,
    pub(crate) target_language: Option<String>,
    #[serde(default = "usual_rate")]
    pub(crate) sample_rate: u32,
}

/// One stream of audio from its `init` to its `end`.
struct Session {
    init: Init,
    pcm: Pcm,
    whole: Meter,
    /// Since the last message.
    part: Meter,
}

/// What one client has said so far: over a WebSocket or, in `POST /api/translate`, over HTTP.
#[derive(Default)]
pub(crate) struct Talk(Option<Session>);

struct Audio;

pub(crate) async fn open(State(_): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(Audio)
}

impl Endpoint for Audio {
    const PATH: &'static str = "/ws/audio";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let mut talk = Talk::default();
        loop {
            for answer in talk.answer(&socket.recv().await?) {
                socket.send_json(&answer).await?;
            }
        }
    }
}

impl Talk {
    /// Takes one message in; returns those that answer it.
    pub(crate) fn answer(&mut self, incoming: &Incoming) -> Vec<Value> {
        let text = match (incoming, &mut self.0) {
            (Incoming::Text(text), _) => text,
            (Incoming::Binary(bytes), Some(session)) => return session.hear(bytes),
            (Incoming::Binary(_), None) => return vec![message::error("audio before init")],
        };
        let request = match message::parse(text).or_answer() {
            Ok(request) => request,
            Err(answer) => return vec![answer],
        };
        match request.kind.as_str() {
            "init" => match Init::from_message(request.body) {
                Ok(init) => vec![self.0.insert(Session::new(init)).init.ready()],
                Err(problem) => vec![message::error(&problem)],
            },
            "end" => match self.0.take() {
                Some(Session { init, whole, .. }) => init.about(&whole.facts(), true).into(),
                None => vec![message::error("end before init")],
            },
            _ => vec![message::unknown(&request)],
        }
    }
}

impl Init {
    pub(crate) fn from_message(body: Map<String, Value>) -> Result<Self, String> {
        let init: Self =
            serde_json::from_value(body.into()).map_err(|error| format!("bad init: {error}"))?;
        init.checked()
    }

    pub(crate) fn checked(self) -> Result<Self, String> {
        if (8_000..=192_000).contains(&self.sample_rate) {
            Ok(self)
        } else {
            Err(format!("a sampleRate of {} is not between 8000 and 192000", self.sample_rate))
        }
    }

    pub(crate) fn ready(&self) -> Value {
        json!({
            "type": "ready",
            // Whatever engine was asked for: this one measures, and recognises nothing.
            "engine": "facts",
            "sourceLanguage": self.source_language,
            "targetLanguage": self.target_language,
            "sampleRate": self.sample_rate,
        })
    }

    /// The two messages that a stretch of audio is answered by.
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

impl Session {
    fn new(init: Init) -> Self {
        let rate = init.sample_rate;
        Self { init, pcm: Pcm::default(), whole: Meter::new(rate, 0), part: Meter::new(rate, 0) }
    }

    /// Takes audio in; returns the messages that are due.
    fn hear(&mut self, bytes: &[u8]) -> Vec<Value> {
        let Self { init, pcm, whole, part } = self;
        let mut due = Vec::new();
        pcm.decode(bytes, |sample| {
            whole.push(sample);
            part.push(sample);
            if part.samples() >= u64::from(init.sample_rate) {
                due.extend(init.about(&part.facts(), false));
                *part = Meter::new(init.sample_rate, whole.samples());
            }
        });
        due
    }
}

fn usual_rate() -> u32 {
    16_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_is_reported_however_it_is_cut() {
        let init = r#"{"sampleRate": 8000, "targetLanguage": "de"}"#;
        let mut session = Session::new(serde_json::from_str(init).unwrap());
        let audio = vec![1; 40_000];
        let messages: Vec<_> = audio.chunks(999).flat_map(|it| session.hear(it)).collect();
        let starts: Vec<_> = messages.iter().map(|it| it["facts"]["startMs"].clone()).collect();
        assert_eq!(starts, [0, 0, 1000, 1000]);
        assert_eq!(messages[3]["type"], "translation");
        assert_eq!(messages[3]["language"], "de");
        assert_eq!(session.whole.facts().duration_ms, 2500);
    }
}
