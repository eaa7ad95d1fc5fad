//! What is behind a session: an echo, a counter that finds out what got lost on the way, or a talk
//! as on `/ws/audio`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::conversation::Conversation;
use super::protocol::{End, Message};
use crate::message;

/// Messages a second, unless the client wishes otherwise.
const RATE: f64 = 10.0;

/// What a client asks for in its URL: `?app=counter&rate=10`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Wish {
    app: Option<String>,
    rate: Option<String>,
}

#[derive(Default)]
pub(crate) enum App {
    #[default]
    Echo,
    Counter(Counter),
    /// From an `init` to its `end`; otherwise it echoes. The last answers may come later.
    Talk {
        conversation: Conversation,
        is_open: bool,
    },
}

/// Numbers go down, and numbers come up: each one more than the one before, or something is wrong.
#[derive(Default)]
pub(crate) struct Counter {
    rate: f64,
    sent: u64,
    /// The number that came first: a client that lost its session goes on counting in the next one.
    first: Option<u64>,
    /// The largest that came.
    last: u64,
    received: u64,
    gaps: u64,
    duplicates: u64,
    disordered: u64,
    /// Numbers that were skipped and may still come, out of order.
    missing: Vec<u64>,
}

/// What a message leads to.
pub(crate) enum Reaction {
    Nothing,
    Answer(Message),
    /// The session is a counter from now on.
    Count,
    /// A talk begins, with this message.
    Talk(Message),
    Close(End),
}

impl App {
    pub(crate) fn new(wish: &Wish) -> Self {
        match wish.app.as_deref() {
            Some("counter") => Self::counter(wish.rate.as_ref().and_then(|rate| rate.parse().ok())),
            _ => Self::Echo,
        }
    }

    fn counter(rate: Option<f64>) -> Self {
        Self::Counter(Counter { rate: clamp(rate), ..Counter::default() })
    }

    pub(crate) fn talk(&mut self, conversation: Conversation, init: &Message) {
        conversation.take(init);
        *self = Self::Talk { conversation, is_open: true };
    }

    pub(crate) fn react(&mut self, message: Message) -> Reaction {
        let json = match &message {
            // Most texts are no JSON, and need not be searched for it.
            Message::Text(text) if text.starts_with('{') && text.len() < 1000 => {
                serde_json::from_str::<Value>(text).ok()
            }
            _ => None,
        };
        let field = |name| json.as_ref().and_then(|json| json.get(name));
        let number = || field("n").and_then(Value::as_u64);
        match (self, field("type").and_then(Value::as_str)) {
            (Self::Counter(counter), Some("count")) => {
                number().into_iter().for_each(|n| counter.check(n));
                Reaction::Nothing
            }
            (Self::Counter(counter), Some("counter")) => {
                counter.rate = clamp(field("rate").and_then(Value::as_f64));
                Reaction::Nothing
            }
            (app @ Self::Echo, Some("counter")) => {
                *app = Self::counter(field("rate").and_then(Value::as_f64));
                Reaction::Count
            }
            (Self::Echo, Some("init")) => Reaction::Talk(message),
            (Self::Talk { conversation, is_open }, kind) if *is_open || kind == Some("init") => {
                *is_open = kind != Some("end");
                if conversation.take(&message) {
                    Reaction::Nothing
                } else {
                    let why = "too much is waiting for the transcriber: this message is lost";
                    Reaction::Answer(Message::Text(message::error(why).to_string().into()))
                }
            }
            (Self::Echo | Self::Talk { .. }, Some("close")) => {
                Reaction::Close(End::new(1000, "as you wish"))
            }
            _ => Reaction::Answer(message),
        }
    }
}

impl Counter {
    /// The next number, and what was seen of the client's.
    pub(crate) fn next(&mut self) -> Message {
        self.sent += 1;
        let text = json!({
            "type": "count",
            "n": self.sent,
            "received": self.received,
            "first": self.first,
            "gaps": self.gaps,
            "duplicates": self.duplicates,
            "disordered": self.disordered,
        });
        Message::Text(text.to_string().into())
    }

    /// Between two numbers.
    pub(crate) fn pause(&self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(1.0 / self.rate)
    }

    fn check(&mut self, n: u64) {
        self.received += 1;
        if self.first.is_none() {
            self.first = Some(n);
            self.last = n;
        } else if n > self.last {
            self.gaps += n - self.last - 1;
            let room = 1000_usize.saturating_sub(self.missing.len());
            self.missing.extend((self.last + 1..n).take(room));
            self.last = n;
        } else if let Some(index) = self.missing.iter().position(|it| *it == n) {
            self.missing.swap_remove(index);
            self.gaps -= 1;
            self.disordered += 1;
        } else {
            self.duplicates += 1;
        }
    }
}

fn clamp(rate: Option<f64>) -> f64 {
    rate.unwrap_or(RATE).clamp(0.1, 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_tells_gaps_from_duplicates_and_disorder() {
        assert_eq!(seen([1, 2, 2, 5, 4, 4, 6]), [7, 1, 2, 1]);
    }

    #[test]
    fn the_counter_begins_where_the_client_does() {
        assert_eq!(seen([7, 8, 10]), [3, 1, 0, 0]);
        assert_eq!(seen([7, 6, 6]), [3, 0, 2, 0]);
    }

    fn seen<const N: usize>(numbers: [u64; N]) -> [u64; 4] {
        let mut counter = Counter::default();
        for n in numbers {
            counter.check(n);
        }
        [counter.received, counter.gaps, counter.duplicates, counter.disordered]
    }
}
