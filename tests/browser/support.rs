//! Where the server is, and how to wait for what it does.

use std::time::Duration;

use everline::{Event, Message, Options, Socket};
use futures_util::StreamExt;

/// A route of the reference server.
pub(crate) fn url(path: &str) -> String {
    let Some(server) = option_env!("EVERLINE_SERVER") else {
        panic!("compile with EVERLINE_SERVER=http://127.0.0.1:PORT of a server with --faults");
    };
    format!("{}{path}", server.replace("http", "ws"))
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

/// The next message; other events are passed over.
pub(crate) async fn message(socket: &mut Socket) -> Message {
    loop {
        if let Event::Message(message) = next(socket).await {
            return message;
        }
    }
}

/// All events until the stream ends.
pub(crate) async fn all(socket: &mut Socket) -> Vec<Event> {
    socket.collect().await
}

pub(crate) fn text(text: &str) -> Message {
    Message::Text(text.to_string())
}
