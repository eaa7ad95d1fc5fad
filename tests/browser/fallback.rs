//! Messages over HTTP, and by WebSocket again. The server's fault routes block one address, and not
//! another.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use everline::connection::{Cause, DropCause, Transport};
use everline::{Batch, Event, Fallback, FallbackError, Message, Options, Sent, Socket, Url};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{eager, find, http, message, next, open, text, url};

const ECHO: &str = r#"{"data":1,"type":"echo"}"#;

fn at_once(fallback: Fallback) -> Options {
    eager().fallback(fallback.after(1))
}

async fn change(socket: &mut Socket) -> (Transport, Cause) {
    find(socket, |event| match event {
        Event::TransportChange { to, cause } => Some((to, cause)),
        _ => None,
    })
    .await
}

#[wasm_bindgen_test]
async fn where_websockets_are_blocked_messages_go_over_http() {
    let fallback = Fallback::new().url(http("/ws"));
    let mut socket = Socket::connect(url("/faults/ws/status/500"), at_once(fallback));
    socket.send(ECHO).unwrap();
    assert_eq!(change(&mut socket).await, (Transport::Http, Cause::Handshake));
    assert_eq!(next(&mut socket).await, Event::Open);
    assert_eq!(next(&mut socket).await, Event::Message(text(ECHO)));
    assert_eq!(socket.transport(), Some(Transport::Http));
    let stats = socket.stats();
    assert_eq!((stats.transport_switches, stats.messages_sent, stats.messages_received), (1, 1, 1));
    assert!(stats.round_trip_time.is_some());
}

#[wasm_bindgen_test]
async fn a_websocket_that_works_again_takes_over() {
    let attempts = Rc::new(Cell::new(0));
    let provider = Url::provider(move || {
        attempts.set(attempts.get() + 1);
        let path = if attempts.get() == 1 { "/faults/ws/refuse" } else { "/faults/ws/echo" };
        async move { Ok(url(path)) }
    });
    let fallback = Fallback::new() // Each address is remembered for itself.
        .url(http("/ws?client=returning"))
        .retry_websocket(Some(Duration::from_millis(100)));
    let mut socket = Socket::connect(provider, at_once(fallback));
    assert_eq!(change(&mut socket).await, (Transport::Http, Cause::Handshake));
    assert_eq!(change(&mut socket).await, (Transport::WebSocket, Cause::Recovered));
    assert_eq!(socket.send(vec![1, 2, 3]).unwrap(), Sent::Now);
    assert_eq!(message(&mut socket).await, Message::Binary(vec![1, 2, 3]));
}

#[wasm_bindgen_test]
async fn binary_goes_and_what_is_refused_is_told() {
    let fallback = Fallback::new().url(http("/api/translate?sampleRate=1"));
    let mut socket = Socket::connect(url("/faults/ws/status/500"), at_once(fallback));
    socket.send(vec![0; 64]).unwrap();
    let problem = find(&mut socket, |event| match event {
        Event::RequestFailed(problem) => Some(problem),
        _ => None,
    })
    .await;
    assert_eq!(problem, FallbackError::Status(400));
    let dropped = Event::Dropped { count: 1, cause: DropCause::Rejected };
    assert_eq!(next(&mut socket).await, dropped);
}

#[wasm_bindgen_test]
async fn lines_share_a_body_and_headers_are_asked_for() {
    let asked = Rc::new(Cell::new(0));
    let counter = asked.clone();
    let fallback =
        Fallback::new().url(http("/ws")).batch(Batch::Ndjson).idempotent().headers(move || {
            counter.set(counter.get() + 1);
            async { Ok(vec![("accept".to_string(), "application/x-ndjson".to_string())]) }
        });
    let mut socket = Socket::connect(url("/faults/ws/status/500"), at_once(fallback));
    for _ in 0..10 {
        socket.send(ECHO).unwrap();
    }
    for _ in 0..10 {
        assert_eq!(message(&mut socket).await, text(ECHO));
    }
    // The check carries one message, and the rest follows together.
    assert_eq!(asked.get(), 2);
}

#[wasm_bindgen_test]
async fn a_server_that_cannot_be_reached_costs_no_message() {
    let fallback = Fallback::new().url("http://127.0.0.1:1/");
    let mut socket = Socket::connect(url("/faults/ws/refuse"), at_once(fallback));
    socket.send("kept").unwrap();
    let problem = find(&mut socket, |event| match event {
        Event::RequestFailed(problem) => Some(problem),
        _ => None,
    })
    .await;
    assert_eq!(problem, FallbackError::Network);
    assert!(matches!(next(&mut socket).await, Event::Reconnecting { .. }));
    assert_eq!(socket.drain_queued_messages(), [text("kept")]);
}

#[wasm_bindgen_test]
async fn closing_ends_it() {
    let fallback = Fallback::new().url(http("/ws"));
    let mut socket = Socket::connect(url("/faults/ws/status/500"), at_once(fallback));
    open(&mut socket).await;
    let close = socket.close_with(4002, "enough").await.unwrap();
    assert_eq!((close.code, close.reason.as_str(), close.clean), (4002, "enough", true));
    assert_eq!(socket.transport(), None);
}
