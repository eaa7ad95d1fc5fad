//! Where the server is, and how to wait for what it does.

use std::time::Duration;

use everline::{Event, Message, Options, Socket};
use futures_util::StreamExt;
use js_sys::{Object, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &str, how: &Object) -> Promise;
}

/// A route of the reference server.
pub(crate) fn url(path: &str) -> String {
    let Some(server) = option_env!("EVERLINE_SERVER") else {
        panic!("compile with EVERLINE_SERVER=http://127.0.0.1:PORT of a server with --faults");
    };
    format!("{}{path}", server.replace("http", "ws"))
}

/// The same route for requests.
pub(crate) fn http(path: &str) -> String {
    url(path).replacen("ws", "http", 1)
}

/// Has the server misbehave.
pub(crate) async fn fault(path: &str) {
    let how = Object::new();
    for (name, value) in [("method", "POST"), ("mode", "no-cors")] {
        Reflect::set(&how, &name.into(), &value.into()).unwrap();
    }
    // The test page's embedder policy keeps the answer back, but not that there is one.
    let _ = JsFuture::from(fetch(&http(&format!("/faults/{path}")), &how)).await;
}

/// What the server tells of itself.
pub(crate) async fn status(witness: &mut Socket) -> Value {
    witness.send(r#"{"type":"get_status"}"#).unwrap();
    let mut messages = witness.messages::<Value>();
    loop {
        let message = messages.next().await.unwrap().unwrap();
        if message["type"] == "status" {
            return message;
        }
    }
}

/// Options that retry fast.
pub(crate) fn eager() -> Options {
    let shortest = Duration::from_millis(100);
    Options::new().reconnection_delay(shortest, shortest)
}

/// The next event.
pub(crate) async fn next(socket: &mut Socket) -> Event {
    socket.next().await.unwrap()
}

/// The next event for which there is an answer.
pub(crate) async fn find<T>(socket: &mut Socket, answer: impl Fn(Event) -> Option<T>) -> T {
    loop {
        if let Some(found) = answer(next(socket).await) {
            return found;
        }
    }
}

/// The next message; other events are passed over.
pub(crate) async fn message(socket: &mut Socket) -> Message {
    find(socket, |event| match event {
        Event::Message(message) => Some(message),
        _ => None,
    })
    .await
}

/// The next opening.
pub(crate) async fn open(socket: &mut Socket) {
    find(socket, |event| (event == Event::Open).then_some(())).await;
}

/// All events until the stream ends.
pub(crate) async fn all(socket: &mut Socket) -> Vec<Event> {
    socket.collect().await
}

pub(crate) fn text(text: &str) -> Message {
    Message::Text(text.to_string())
}
