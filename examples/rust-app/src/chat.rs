//! What there is to see, and how it changes.

use std::rc::Rc;
use std::time::Duration;

use everline::Event;
use serde::Deserialize;
use serde_json::json;
use yew::Reducible;

/// So many lines are shown.
const LIMIT: usize = 200;

#[derive(Clone)]
pub struct Chat {
    /// The name that others see.
    pub me: String,
    pub standing: Standing,
    pub lines: Vec<Line>,
    /// How many there were.
    count: usize,
}

#[derive(Clone)]
pub enum Standing {
    Connecting,
    Open,
    Waiting { attempt: u32, delay: Duration, why: String },
    Over { why: String },
}

#[derive(Clone)]
pub struct Line {
    /// Tells lines apart.
    pub number: usize,
    /// Nobody: it is about the connection.
    pub from: Option<String>,
    pub text: String,
    /// Written here, and not yet seen coming back.
    pub is_pending: bool,
}

pub enum Change {
    /// Something was written here.
    Wrote(String),
    /// The connection has something to tell.
    Event(Event),
}

/// What the server says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Heard {
    ConnectionAck {
        id: u64,
    },
    Chat {
        from: String,
        text: String,
    },
    Error {
        message: String,
    },
    #[serde(other)]
    Other,
}

impl Chat {
    pub fn new(me: String) -> Self {
        Self { me, standing: Standing::Connecting, lines: Vec::new(), count: 0 }
    }

    /// As the server wants to be told.
    pub fn message(&self, text: &str) -> String {
        json!({ "type": "chat", "from": self.me, "text": text }).to_string()
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Open => self.standing = Standing::Open,
            Event::Message(message) => match serde_json::from_slice(message.as_bytes()) {
                Ok(heard) => self.on_heard(heard),
                Err(error) => self.note(format!("The server said something else: {error}.")),
            },
            Event::Reconnecting { attempt, delay, cause } => {
                self.standing = Standing::Waiting { attempt, delay, why: cause.to_string() };
            }
            Event::Failed(cause) => self.standing = Standing::Over { why: cause.to_string() },
            Event::Dropped { count, cause } => {
                self.note(format!("Messages dropped: {count}; {cause}."));
            }
            _ => {}
        }
    }

    fn on_heard(&mut self, heard: Heard) {
        match heard {
            Heard::ConnectionAck { id } => self.note(format!("Connected, as number {id}.")),
            Heard::Chat { from, text } => {
                let is_mine = |line: &&mut Line| line.is_pending && line.text == text;
                let mine = self.lines.iter_mut().find(is_mine).filter(|_| from == self.me);
                match mine {
                    Some(line) => line.is_pending = false,
                    None => self.add(Some(from), text, false),
                }
            }
            Heard::Error { message } => self.note(format!("The server objects: {message}.")),
            Heard::Other => {}
        }
    }

    fn note(&mut self, text: String) {
        self.add(None, text, false);
    }

    fn add(&mut self, from: Option<String>, text: String, is_pending: bool) {
        self.count += 1;
        self.lines.push(Line { number: self.count, from, text, is_pending });
        self.lines.drain(..self.lines.len().saturating_sub(LIMIT));
    }
}

impl Reducible for Chat {
    type Action = Change;

    fn reduce(mut self: Rc<Self>, change: Change) -> Rc<Self> {
        let chat = Rc::make_mut(&mut self);
        match change {
            Change::Wrote(text) => chat.add(Some(chat.me.clone()), text, true),
            Change::Event(event) => chat.on_event(event),
        }
        self
    }
}
