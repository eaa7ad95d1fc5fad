//! The server's end, and the network's.

use std::time::Duration;

use everline::connection::{Cause, GaveUp, Status};
use everline::{Event, Options, Socket};
use futures_util::StreamExt;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{all, eager, next, text, url};

#[wasm_bindgen_test]
async fn a_close_by_the_server_is_told_and_followed_by_another_attempt() {
    let mut socket = Socket::connect(url("/faults/ws/close?code=4001&reason=bye"), eager());
    assert_eq!(next(&mut socket).await, Event::Open);
    let Event::Close(close) = next(&mut socket).await else { panic!("no close") };
    assert_eq!((close.code, close.reason.as_str(), close.clean), (4001, "bye", true));
    let reconnecting =
        Event::Reconnecting { attempt: 1, delay: Duration::from_millis(100), cause: Cause::Close };
    assert_eq!(next(&mut socket).await, reconnecting);
    assert_eq!(socket.status(), Status::Waiting);
    assert_eq!(next(&mut socket).await, Event::Open);
    let stats = socket.stats();
    assert_eq!((stats.attempts, stats.opens, stats.drops), (2, 2, 1));
    assert_eq!(stats.last_delay, Some(Duration::from_millis(100)));
}

#[wasm_bindgen_test]
async fn a_cut_connection_is_an_error_and_an_abnormal_close() {
    let mut socket = Socket::connect(url("/faults/ws/drop?after=200"), eager());
    let mut events = Vec::new();
    while !matches!(events.last(), Some(Event::Reconnecting { .. })) {
        events.push(next(&mut socket).await);
    }
    // Whether a cut is an error, too, is for the browser to say.
    events.retain(|event| *event != Event::Error(Cause::Close));
    let [Event::Open, Event::Close(close), Event::Reconnecting { cause: Cause::Close, .. }] =
        &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((close.code, close.clean), (1006, false));
}

#[wasm_bindgen_test]
async fn a_final_code_ends_the_stream_and_reconnect_opens_it_again() {
    let mut socket = Socket::connect(url("/faults/ws/close?code=4403"), eager());
    for _ in 0..2 {
        let events = all(&mut socket).await;
        let [Event::Open, Event::Close(close), Event::Failed(GaveUp::FinalCode)] = &events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!(close.code, 4403);
        assert_eq!(socket.status(), Status::Failed);
        assert_eq!(socket.next().await, None);
        socket.reconnect();
    }
}

#[wasm_bindgen_test]
async fn refused_credentials_get_one_more_try() {
    let mut socket = Socket::connect(url("/faults/ws/close?code=4401"), eager());
    let opened = all(&mut socket).await.into_iter().filter(|event| *event == Event::Open);
    assert_eq!(opened.count(), 2);
    assert_eq!(socket.status(), Status::Failed);
}

#[wasm_bindgen_test]
async fn refused_handshakes_use_up_the_retries() {
    let mut socket = Socket::connect(url("/faults/ws/status/503"), eager().max_retries(2));
    let events = all(&mut socket).await;
    let errors = events.iter().filter(|event| **event == Event::Error(Cause::Handshake));
    assert_eq!(errors.count(), 3);
    assert_eq!(events.last(), Some(&Event::Failed(GaveUp::MaxRetries)));
    assert_eq!(socket.stats().attempts, 3);
}

#[wasm_bindgen_test]
async fn a_handshake_that_hangs_is_given_up_in_time() {
    let options = eager().connection_timeout(Duration::from_millis(200)).max_retries(1);
    let mut socket = Socket::connect(url("/faults/ws/hang"), options);
    let events = all(&mut socket).await;
    let timeouts = events.iter().filter(|event| **event == Event::Error(Cause::Timeout));
    assert_eq!(timeouts.count(), 2);
}

#[wasm_bindgen_test]
async fn a_url_that_the_platform_refuses_ends_at_once() {
    for wrong in ["ftp://example.com", "ws://[no-address]", "ws://example.com/#fragment"] {
        let mut socket = Socket::connect(wrong, Options::new());
        let events = all(&mut socket).await;
        assert_eq!(events.last(), Some(&Event::Failed(GaveUp::Impossible)), "{wrong}");
        assert_eq!(socket.stats().attempts, 1);
    }
}

#[wasm_bindgen_test]
async fn reconnect_replaces_an_open_connection() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    // The echo of the old connection must not be taken for one of the new.
    socket.send("old").unwrap();
    socket.reconnect();
    let Event::Close(close) = next(&mut socket).await else { panic!("no close") };
    assert_eq!((close.code, close.clean), (1000, true));
    assert_eq!(next(&mut socket).await, Event::Open);
    socket.send("new").unwrap();
    assert_eq!(next(&mut socket).await, Event::Message(text("new")));
}
