//! A talk: `init`, audio, `end`, and the answers, over whatever carries them.

use std::future::pending;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::audio::Init;
use crate::facts::{Facts, Meter};
use crate::message;
use crate::pcm::Pcm;
use crate::sequence::{Batch, Sequence};
use crate::socket::Incoming;
use crate::transcriber::{Refusal, Said, Transcriber, Transcribers, Words};
use crate::wav;

/// What one client has said so far, and who listens.
pub(crate) struct Talk {
    transcribers: Option<Arc<Transcribers>>,
    stream: Option<Stream>,
}

/// One stream of audio from its `init` to its `end`.
struct Stream {
    init: Init,
    listener: Listener,
    pcm: Pcm,
    sequence: Option<Sequence>,
    whole: Meter,
    /// Since the last message.
    part: Meter,
}

enum Listener {
    /// Without a transcriber: about every second is told what was measured in it.
    Meter,
    Transcriber(Transcriber),
    /// The audio has ended, and the program has not. The last words are known as such only when
    /// it has.
    Ending(Transcriber, Option<Words>),
    /// A transcriber that is no more.
    Broken,
}

impl Talk {
    pub(crate) fn new(transcribers: Option<Arc<Transcribers>>) -> Self {
        Self { transcribers, stream: None }
    }

    /// Whether the next message may come: not while a program lags behind, or has not ended.
    pub(crate) fn is_ready(&self) -> bool {
        match self.stream.as_ref().map(|stream| &stream.listener) {
            Some(Listener::Transcriber(transcriber)) => transcriber.has_room(),
            Some(Listener::Ending(..)) => false,
            Some(Listener::Meter | Listener::Broken) | None => true,
        }
    }

    /// Whether the last answers are yet to come.
    pub(crate) fn is_ending(&self) -> bool {
        self.stream.as_ref().is_some_and(|it| matches!(it.listener, Listener::Ending(..)))
    }

    /// Takes one message in; returns those that answer it at once.
    pub(crate) fn answer(&mut self, incoming: &Incoming) -> Vec<Value> {
        let text = match (incoming, &mut self.stream) {
            (Incoming::Text(text), _) => text,
            (Incoming::Binary(bytes), Some(stream)) => {
                return stream.read(bytes).unwrap_or_else(|why| vec![message::error(&why)]);
            }
            (Incoming::Binary(_), None) => return vec![message::error("audio before init")],
        };
        let request = match message::parse(text).or_answer() {
            Ok(request) => request,
            Err(answer) => return vec![answer],
        };
        match request.kind.as_str() {
            "init" => match Init::from_message(request.body) {
                Ok(init) => vec![self.begin(init).unwrap_or_else(|refusal| refusal.message())],
                Err(problem) => vec![message::error(&problem)],
            },
            "end" => self.end().unwrap_or_else(|| vec![message::error("end before init")]),
            _ => vec![message::unknown(&request)],
        }
    }

    /// Begins a stream; one that has not ended is given up. Returns the answer.
    pub(crate) fn begin(&mut self, init: Init) -> Result<Value, Refusal> {
        self.stream = None;
        let listener = match &self.transcribers {
            None => Listener::Meter,
            Some(transcribers) => Listener::Transcriber(transcribers.start(&init)?),
        };
        let ready = init.ready(self.transcribers.as_ref().map(|it| it.name()));
        self.stream = Some(Stream::new(init, listener));
        Ok(ready)
    }

    pub(crate) fn hear(&mut self, samples: &[i16]) -> Vec<Value> {
        self.stream.as_mut().map(|stream| stream.hear(samples)).unwrap_or_default()
    }

    /// Ends the stream, if there is one; a transcriber's last words follow.
    pub(crate) fn end(&mut self) -> Option<Vec<Value>> {
        let mut stream = self.stream.take()?;
        if let Listener::Transcriber(mut transcriber) = stream.listener {
            transcriber.finish();
            stream.listener = Listener::Ending(transcriber, None);
            self.stream = Some(stream);
            return Some(Vec::new());
        }
        Some(stream.last_messages(None))
    }

    /// What a transcriber says next. It may be nothing, and `is_ready` another than before. Safe to
    /// cancel.
    pub(crate) async fn next(&mut self) -> Vec<Value> {
        let Some(stream) = &mut self.stream else { return pending().await };
        let (Listener::Transcriber(transcriber) | Listener::Ending(transcriber, _)) =
            &mut stream.listener
        else {
            return pending().await;
        };
        match transcriber.next().await {
            None => Vec::new(),
            Some(Said::Words(words)) => stream.pass_on(words),
            Some(Said::Over(end)) => {
                let mut messages = Vec::new();
                if let Err(why) = end {
                    messages.push(failure("transcriber", &format!("the transcriber {why}")));
                }
                match std::mem::replace(&mut stream.listener, Listener::Broken) {
                    Listener::Ending(_, words) => {
                        messages.extend(stream.last_messages(words));
                        self.stream = None;
                    }
                    Listener::Meter | Listener::Transcriber(_) | Listener::Broken => {}
                }
                messages
            }
        }
    }
}

impl Stream {
    fn new(init: Init, listener: Listener) -> Self {
        let sequence = init.sequence.then(Sequence::default);
        let (whole, part) = (meter(&init, 0), meter(&init, 0));
        Self { pcm: Pcm::new(init.format), init, listener, sequence, whole, part }
    }

    /// Takes a message with audio in: a batch, or a recording.
    fn read(&mut self, bytes: &[u8]) -> Result<Vec<Value>, String> {
        if wav::is_wav(bytes) {
            let recording = wav::parse(bytes)?;
            let (rate, expected) = (recording.rate, self.init.sample_rate);
            if rate != expected {
                return Err(format!("a recording of {rate} Hz in a talk of {expected} Hz"));
            }
            return Ok(self.hear(&recording.samples));
        }
        let Some(sequence) = &mut self.sequence else {
            let samples = decode(&mut self.pcm, bytes);
            return Ok(self.hear(&samples));
        };
        let batch = Batch::parse(bytes).ok_or("a batch without its header")?;
        // Such a batch holds whole samples.
        let samples = decode(&mut Pcm::new(self.init.format), batch.payload);
        let fit = sequence.fit(batch.first_sample, samples.len() as u64);
        self.whole.lose(&fit.lost);
        self.part.lose(&fit.lost);
        let repeated = usize::try_from(fit.repeated).unwrap_or(usize::MAX);
        Ok(self.hear(samples.get(repeated..).unwrap_or_default()))
    }

    /// Takes samples in; returns the messages that are due.
    fn hear(&mut self, samples: &[i16]) -> Vec<Value> {
        let Self { init, listener, whole, part, .. } = self;
        let mut due = Vec::new();
        for &sample in samples {
            whole.push(sample);
            part.push(sample);
            if matches!(listener, Listener::Meter) && part.samples() >= init.sample_rate.into() {
                due.extend(init.about(&part.facts(), false));
                *part = meter(init, whole.samples());
            }
        }
        if let Listener::Transcriber(transcriber) = listener {
            transcriber.hear(samples);
        }
        due
    }

    /// The words for the client, unless they may be the last.
    fn pass_on(&mut self, words: Words) -> Vec<Value> {
        let Listener::Ending(_, held) = &mut self.listener else { return self.tell(&words) };
        let (before, now) =
            if words.is_final { (held.replace(words), None) } else { (held.take(), Some(words)) };
        [before, now].into_iter().flatten().flat_map(|words| self.tell(&words)).collect()
    }

    fn tell(&mut self, words: &Words) -> Vec<Value> {
        let messages = self.messages(words, &self.part.facts(), false);
        self.part = meter(&self.init, self.whole.samples());
        messages
    }

    fn last_messages(&self, words: Option<Words>) -> Vec<Value> {
        let facts = self.whole.facts();
        match self.listener {
            Listener::Meter => self.init.about(&facts, true).into(),
            Listener::Transcriber(_) | Listener::Ending(..) | Listener::Broken => {
                self.messages(&words.unwrap_or_else(Words::none), &facts, true)
            }
        }
    }

    fn messages(&self, words: &Words, facts: &Facts, is_end: bool) -> Vec<Value> {
        let Self { init, .. } = self;
        let Words { text, is_final, translation, language } = words;
        let transcription = json!({
            "type": "transcription",
            "text": text,
            "language": language.as_ref().or(init.source_language.as_ref()),
            "final": is_final,
            "end": is_end,
            "facts": facts,
        });
        let translation = translation.as_ref().map(|text| {
            json!({
                "type": "translation",
                "text": text,
                "language": init.target_language,
                "final": is_final,
                "end": is_end,
                "facts": facts,
            })
        });
        [Some(transcription), translation].into_iter().flatten().collect()
    }
}

impl Words {
    /// Where a last message is due, and nothing is left to be said.
    fn none() -> Self {
        Self { text: String::new(), is_final: true, translation: None, language: None }
    }
}

impl Refusal {
    fn message(&self) -> Value {
        let code = match self {
            Self::Busy(_) => "busy",
            Self::Broken => "transcriber",
        };
        failure(code, &self.to_string())
    }
}

/// An error that a program may want to tell from others.
fn failure(code: &str, message: &str) -> Value {
    json!({ "type": "error", "code": code, "message": message })
}

fn meter(init: &Init, start: u64) -> Meter {
    let meter = Meter::new(init.sample_rate, start);
    if init.sequence { meter.count_lost() } else { meter }
}

fn decode(pcm: &mut Pcm, bytes: &[u8]) -> Vec<i16> {
    let mut samples = Vec::with_capacity(bytes.len() / 2);
    pcm.decode(bytes, |sample| samples.push(sample));
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_is_reported_however_it_is_cut() {
        let init = r#"{"sampleRate": 8000, "targetLanguage": "de"}"#;
        let mut stream = Stream::new(serde_json::from_str(init).unwrap(), Listener::Meter);
        let audio = vec![1; 40_000];
        let messages: Vec<_> = audio.chunks(999).flat_map(|it| stream.read(it).unwrap()).collect();
        let starts: Vec<_> = messages.iter().map(|it| it["facts"]["startMs"].clone()).collect();
        assert_eq!(starts, [0, 0, 1000, 1000]);
        assert_eq!(messages[3]["type"], "translation");
        assert_eq!(messages[3]["language"], "de");
        assert_eq!(stream.whole.facts().duration_ms, 2500);
    }
}
