//! The application's own end.

use everline::connection::Status;
use everline::{CloseError, Event, Options, Socket};
use futures_util::StreamExt;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{all, next, status, url};

#[wasm_bindgen_test]
async fn close_waits_for_the_closing_handshake() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    let close = socket.close().await;
    assert_eq!((close.code, close.reason.as_str(), close.clean), (1000, "", true));
    assert_eq!(socket.status(), Status::Closed);
    assert_eq!(all(&mut socket).await, [Event::Close(close)]);
}

#[wasm_bindgen_test]
async fn a_code_and_a_reason_reach_the_server_and_come_back() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    let close = socket.close_with(4321, "das wär's").await.unwrap();
    assert_eq!((close.code, close.clean), (4321, true));
}

#[wasm_bindgen_test]
async fn what_no_websocket_accepts_is_an_error_and_closes_nothing() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    for code in [0, 999, 1001, 1006, 2999, 5000] {
        assert_eq!(socket.close_with(code, "").await, Err(CloseError::Code));
    }
    assert_eq!(socket.close_with(1000, &"x".repeat(124)).await, Err(CloseError::Reason));
    assert_eq!(socket.close_with(1000, &"ü".repeat(62)).await, Err(CloseError::Reason));
    assert_eq!(socket.status(), Status::Open);
    assert!(socket.close_with(1000, &"x".repeat(123)).await.is_ok());
}

#[wasm_bindgen_test]
async fn closing_twice_ends_once() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    let (first, second) = futures_util::future::join(socket.close(), socket.close()).await;
    assert_eq!(first, second);
    assert_eq!(socket.close().await, first);
    assert_eq!(all(&mut socket).await, [Event::Close(first)]);
}

#[wasm_bindgen_test]
async fn a_handshake_that_is_given_up_has_failed() {
    let mut socket = Socket::connect(url("/faults/ws/hang"), Options::new());
    assert_eq!(socket.status(), Status::Connecting);
    let close = socket.close().await;
    assert_eq!((close.code, close.clean), (1006, false));
    let events = all(&mut socket).await;
    assert!(matches!(events[..], [Event::Error(_), Event::Close(_)]), "{events:?}");
}

#[wasm_bindgen_test]
async fn a_waiting_socket_closes_with_what_was_asked_for() {
    let mut socket = Socket::connect(url("/faults/ws/close?code=4000"), Options::new());
    while !matches!(next(&mut socket).await, Event::Reconnecting { .. }) {}
    assert_eq!(socket.status(), Status::Waiting);
    let close = socket.close_with(4001, "enough").await.unwrap();
    assert_eq!((close.code, close.reason.as_str(), close.clean), (4001, "enough", true));
    assert_eq!(all(&mut socket).await, [Event::Close(close)]);
}

#[wasm_bindgen_test]
async fn a_closed_socket_connects_again_when_it_is_told_to() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    socket.close().await;
    all(&mut socket).await;
    socket.reconnect();
    assert_eq!(next(&mut socket).await, Event::Open);
}

#[wasm_bindgen_test]
async fn dropping_an_open_socket_closes_it() {
    let mut witness = Socket::connect(url("/ws"), Options::new());
    let mut socket = Socket::connect(url("/ws"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    let before = connections(&mut witness).await;
    drop(socket);
    while connections(&mut witness).await != before - 1 {}
}

#[wasm_bindgen_test]
async fn both_halves_of_a_split_socket_hold_it() {
    let mut witness = Socket::connect(url("/ws"), Options::new());
    let mut socket = Socket::connect(url("/ws"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    let before = connections(&mut witness).await;
    let (sink, stream) = socket.split::<everline::Message>();
    drop(sink);
    assert_eq!(connections(&mut witness).await, before);
    drop(stream);
    while connections(&mut witness).await != before - 1 {}
}

/// How many the server counts at `/ws`.
async fn connections(witness: &mut Socket) -> u64 {
    status(witness).await["connections"]["/ws"].as_u64().unwrap()
}
