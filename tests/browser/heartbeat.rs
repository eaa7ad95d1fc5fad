//! Lines that look open and are dead.

use std::time::Duration;

use everline::connection::Cause;
use everline::{Event, Heartbeat, Message, Options, Socket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{eager, message, next, text, url};

#[wasm_bindgen_test]
async fn a_line_that_falls_silent_is_dropped_and_replaced() {
    let beat = Heartbeat::new("ping")
        .interval(Duration::from_millis(100))
        .timeout(Duration::from_millis(200));
    let mut socket = Socket::connect(url("/faults/ws/mute"), eager().heartbeat(beat));
    assert_eq!(next(&mut socket).await, Event::Open);
    assert_eq!(next(&mut socket).await, Event::Error(Cause::Heartbeat));
    assert!(matches!(next(&mut socket).await, Event::Close(close) if close.code == 1006));
    let Event::Reconnecting { cause, .. } = next(&mut socket).await else { panic!("no retry") };
    assert_eq!(cause, Cause::Heartbeat);
    assert_eq!(next(&mut socket).await, Event::Open);
}

#[wasm_bindgen_test]
async fn a_reply_measures_the_round_trip_and_is_still_a_message() {
    let beat = Heartbeat::new(r#"{"type":"ping"}"#)
        .interval(Duration::from_millis(50))
        .is_reply(|message| matches!(message, Message::Text(text) if text.contains("pong")));
    let mut socket = Socket::connect(url("/ws"), Options::new().heartbeat(beat));
    assert_eq!(socket.stats().round_trip_time, None);
    while !matches!(message(&mut socket).await, Message::Text(text) if text.contains("pong")) {}
    assert!(socket.stats().round_trip_time.is_some());
}

#[wasm_bindgen_test]
async fn a_line_that_answers_lives() {
    let beat =
        Heartbeat::new("ping").interval(Duration::from_millis(50)).timeout(Duration::from_secs(1));
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new().heartbeat(beat));
    for _ in 0..10 {
        assert_eq!(message(&mut socket).await, text("ping"));
    }
    assert_eq!(socket.stats().attempts, 1);
}
