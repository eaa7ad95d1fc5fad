//! What travels: the application's messages, and the control frames between them.
//!
//! On a WebSocket a message is itself, and a control frame is a text that begins with U+0001.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Marks a control frame, or a message that begins with it.
const MARK: char = '\u{1}';
const ESCAPE: char = '=';

/// The longest control frame. What comes before the key was checked must not fill the memory.
pub(crate) const MAX_CONTROL: usize = 8 << 10;
/// Numbers are exact in every language up to here: 2^53 - 1.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Invalid(&'static str),
    TooLarge,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    Data(Message),
    Control(Control),
}

/// An application's message. Shared, so that keeping it for a replay copies nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Message {
    Text(Arc<str>),
    Binary(Arc<[u8]>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Control {
    /// `h`: the first frame on every carrier.
    Hello(Box<Hello>),
    /// `w`: the answer to it.
    Welcome(Box<Welcome>),
    /// `a`: I have all up to this number.
    Ack(u64),
    /// `p`: the same, and answer.
    Ping(u64),
    /// `s`: my next message on this carrier has this number.
    Start(u64),
    /// `x`: the last frame.
    End(End),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) v: u64,
    pub(crate) id: String,
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) new: bool,
    pub(crate) recv: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) att: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seq: Option<u64>,
    pub(crate) mode: Mode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocols: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wait: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    Ws,
    Stream,
    Poll,
    Send,
    Probe,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) recv: u64,
    pub(crate) seq: u64,
    pub(crate) hb: u64,
    pub(crate) win: u64,
    pub(crate) max: u64,
    pub(crate) ttl: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) code: u16,
    #[serde(default)]
    pub(crate) reason: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recv: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

impl Frame {
    /// Reads a WebSocket's text message.
    pub(crate) fn from_text(text: &str) -> Result<Self, Malformed> {
        let Some(rest) = text.strip_prefix(MARK) else { return Ok(Self::text(text)) };
        match rest.strip_prefix(ESCAPE) {
            Some(text) => Ok(Self::text(text)),
            None => Control::parse(rest).map(Self::Control),
        }
    }

    /// As a WebSocket's message.
    pub(crate) fn to_websocket(&self) -> Message {
        match self {
            Self::Data(Message::Text(text)) if text.starts_with(MARK) => {
                Message::Text(format!("{MARK}{ESCAPE}{text}").into())
            }
            Self::Data(message) => message.clone(),
            Self::Control(control) => Message::Text(format!("{MARK}{}", control.payload()).into()),
        }
    }

    fn text(text: &str) -> Self {
        Self::Data(Message::Text(text.into()))
    }
}

impl Message {
    pub(crate) fn len(&self) -> usize {
        self.bytes().len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// Messages can be long; their beginning is enough for a log.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{:?}…{}", text.get(..40).unwrap_or(text), text.len()),
            Self::Binary(bytes) => write!(f, "[{}]", bytes.len()),
        }
    }
}

impl Control {
    /// Reads what follows the mark, or an HTTP record's payload.
    pub(crate) fn parse(payload: &str) -> Result<Self, Malformed> {
        const INVALID: Malformed = Malformed::Invalid("malformed control frame");
        if payload.len() > MAX_CONTROL {
            return Err(Malformed::Invalid("control frame too long"));
        }
        let mut rest = payload.chars();
        let kind = rest.next().ok_or(INVALID)?;
        let rest = rest.as_str();
        match kind {
            'h' => json(rest).map(Self::Hello),
            'w' => json(rest).map(Self::Welcome),
            'a' => number(rest).map(Self::Ack),
            'p' => number(rest).map(Self::Ping),
            's' => number(rest).map(Self::Start),
            'x' => json(rest).map(Self::End),
            _ => None,
        }
        .filter(Self::has_exact_numbers)
        .ok_or(INVALID)
    }

    pub(crate) fn payload(&self) -> String {
        match self {
            Self::Hello(hello) => to_json('h', hello),
            Self::Welcome(welcome) => to_json('w', welcome),
            Self::Ack(n) => format!("a{n}"),
            Self::Ping(n) => format!("p{n}"),
            Self::Start(n) => format!("s{n}"),
            Self::End(end) => to_json('x', end),
        }
    }

    fn has_exact_numbers(&self) -> bool {
        let numbers = match self {
            Self::Hello(h) => vec![h.v, h.recv].into_iter().chain(h.att).chain(h.seq).max(),
            Self::Welcome(w) => [w.recv, w.seq, w.hb, w.win, w.max, w.ttl].into_iter().max(),
            Self::Ack(n) | Self::Ping(n) | Self::Start(n) => Some(*n),
            Self::End(x) => x.recv.max(x.retry),
        };
        numbers.is_none_or(|largest| largest <= MAX_NUMBER)
    }
}

impl End {
    pub(crate) fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into(), recv: None, retry: None, url: None }
    }

    /// The answer to the peer's own, with its code if an application may close with that
    /// (RFC 6455 section 7.4.2).
    pub(crate) fn echoed(&self) -> Self {
        let code = if matches!(self.code, 3000..=4999) { self.code } else { 1000 };
        Self::new(code, self.reason.clone())
    }

    /// The peer broke the protocol.
    pub(crate) fn malformed(why: &'static str) -> Self {
        Self::new(4400, why)
    }
}

/// Decimal digits and nothing else, each number in one way only.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_shortest = text == "0" || !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain && is_shortest)
}

fn json<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// None of them can fail: they hold strings and numbers only.
fn to_json(kind: char, value: &impl Serialize) -> String {
    format!("{kind}{}", serde_json::to_string(value).unwrap_or_default())
}
