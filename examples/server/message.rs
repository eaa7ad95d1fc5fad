//! JSON messages: `{"type": …}` in, and the answers that all endpoints give in the same words.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

pub(crate) struct Request {
    pub(crate) kind: String,
    pub(crate) body: Map<String, Value>,
}

pub(crate) enum Parsed {
    Request(Request),
    /// A ping, and the answer to it.
    Ping(Value),
    /// No message, because of this.
    Invalid(String),
}

pub(crate) fn parse(text: &str) -> Parsed {
    let mut body = match serde_json::from_str(text) {
        Ok(Value::Object(body)) => body,
        Ok(_) => return Parsed::Invalid("a message is a JSON object with a type".into()),
        Err(problem) => return Parsed::Invalid(format!("invalid JSON: {problem}")),
    };
    let Some(kind) = body.get("type").and_then(Value::as_str).map(str::to_owned) else {
        return Parsed::Invalid("a message needs a type, which is a string".into());
    };
    if kind == "ping" {
        let mut pong = Map::from_iter([("type".into(), "pong".into())]);
        if let Some(t) = body.remove("t") {
            pong.insert("t".into(), t);
        }
        return Parsed::Ping(pong.into());
    }
    Parsed::Request(Request { kind, body })
}

impl Parsed {
    /// The request, or the answer to what is none.
    pub(crate) fn or_answer(self) -> Result<Request, Value> {
        match self {
            Self::Request(request) => Ok(request),
            Self::Ping(pong) => Err(pong),
            Self::Invalid(why) => Err(error(&why)),
        }
    }
}

pub(crate) fn error(message: &str) -> Value {
    json!({ "type": "error", "message": message })
}

pub(crate) fn unknown(request: &Request) -> Value {
    error(&format!("unknown type {:?}", request.kind))
}

/// Now, in milliseconds as JavaScript counts them, with fractions that keep log lines apart.
pub(crate) fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_micros() as f64 / 1000.0
}

impl Request {
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pong(text: &str) -> Option<Value> {
        match parse(text) {
            Parsed::Ping(pong) => Some(pong),
            Parsed::Request(_) | Parsed::Invalid(_) => None,
        }
    }

    #[test]
    fn a_ping_is_answered_by_its_pong() {
        assert_eq!(pong(r#"{"type":"ping"}"#), Some(json!({"type": "pong"})));
        assert_eq!(pong(r#"{"type":"ping","t":1.5}"#), Some(json!({"type": "pong", "t": 1.5})));
    }

    #[test]
    fn what_is_no_message_is_recognised() {
        for text in ["", "{", "[]", "1", r#"{"t":1}"#, r#"{"type":1}"#] {
            assert!(matches!(parse(text), Parsed::Invalid(_)), "{text}");
        }
    }
}
