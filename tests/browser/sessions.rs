//! Sessions: each message arrives once, whatever happens to the connection.

use std::cell::Cell;
use std::rc::Rc;

use everline::connection::{Cause, GaveUp, Status, Transport, Verdict};
use everline::{
    Event, Fallback, FallbackError, Message, Options, ProviderError, SendError, Sent, Session,
    Socket, Undelivered,
};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{all, eager, fault, find, http, message, next, open, status, text, url};

const MIB: usize = 1 << 20;

fn in_session() -> Options {
    eager().session(Session::new())
}

/// An echo. It is remembered for each address whether HTTP was what worked there.
fn echo() -> String {
    url(&format!("/session?test={}", js_sys::Math::random()))
}

fn by_websocket() -> Socket {
    Socket::connect(echo(), in_session())
}

/// A socket that finds no WebSocket.
fn by_http() -> Socket {
    let fallback = Fallback::new().url(http("/session?by=http"));
    Socket::connect(url("/faults/ws/status/500"), in_session().fallback(fallback))
}

async fn reset(socket: &mut Socket) -> (Vec<Message>, Vec<Message>, bool) {
    find(socket, |event| match event {
        Event::Reset { delivered, undelivered, exact } => Some((delivered, undelivered, exact)),
        _ => None,
    })
    .await
}

async fn sessions(witness: &mut Socket) -> u64 {
    status(witness).await["sessions"].as_u64().unwrap()
}

#[wasm_bindgen_test]
async fn messages_go_both_ways_by_websocket_and_by_http() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let messages = [
        text("grüß dich 🦀"),
        text(""),
        text("\u{1}a7"),
        text("\u{1}=a7"),
        Message::Binary(every_byte),
        Message::Binary(Vec::new()),
    ];
    let ways: [(fn() -> Socket, _); 2] =
        [(by_websocket, Transport::WebSocket), (by_http, Transport::Http)];
    for (connect, transport) in ways {
        let mut socket = connect();
        assert_eq!(socket.send(messages[0].clone()), Ok(Sent::Waiting));
        open(&mut socket).await;
        assert_eq!(socket.transport(), Some(transport));
        for message in &messages[1..] {
            socket.send(message.clone()).unwrap();
        }
        for sent in &messages {
            assert_eq!(message(&mut socket).await, *sent, "{transport:?}");
        }
        let stats = socket.stats();
        assert_eq!((stats.messages_received, stats.duplicates, stats.queued), (6, 0, 0));
        assert!(stats.messages_sent >= 6, "{stats:?}");
    }
}

#[wasm_bindgen_test]
async fn lines_that_break_lose_and_double_nothing() {
    let mut socket = Socket::connect(url("/session?app=counter&rate=500"), in_session());
    let (mut opens, mut sent, mut arrived, mut heard, mut breaks_after) = (0, 0, 0, 0, 0);
    while opens < 5 || arrived < sent {
        match next(&mut socket).await {
            Event::Open => {
                opens += 1;
                for _ in 0..100 {
                    sent += 1;
                    socket.send(json!({ "type": "count", "n": sent }).to_string()).unwrap();
                }
                breaks_after = heard + 20;
            }
            Event::Message(Message::Text(count)) => {
                heard += 1;
                let count: Value = serde_json::from_str(&count).unwrap();
                assert_eq!(count["n"], heard);
                for wrong in ["gaps", "duplicates", "disordered"] {
                    assert_eq!(count[wrong], 0, "{wrong}: {count}");
                }
                arrived = count["received"].as_u64().unwrap();
                if heard == breaks_after && opens < 5 {
                    fault("drop?endpoint=/session").await;
                }
            }
            _ => {}
        }
    }
    let stats = socket.stats();
    assert_eq!((stats.opens, stats.drops, stats.dropped), (5, 4, 0));
}

#[wasm_bindgen_test]
async fn what_was_on_its_way_when_the_line_broke_is_sent_again() {
    let mut socket = by_websocket();
    open(&mut socket).await;
    fault("mute?for=60000&endpoint=/session").await;
    assert_eq!(socket.send("one"), Ok(Sent::Now));
    assert_eq!(socket.send("two"), Ok(Sent::Now));
    fault("drop?endpoint=/session").await;
    for expected in ["one", "two"] {
        assert_eq!(message(&mut socket).await, text(expected));
    }
    let stats = socket.stats();
    assert_eq!((stats.messages_sent, stats.replayed, stats.messages_received), (4, 2, 2));
}

#[wasm_bindgen_test]
async fn a_server_that_forgot_leaves_the_messages_to_be_sent_again_or_returned() {
    let [one, two, three] = ["one", "two", "three"].map(text);
    for undelivered in [Undelivered::Resend, Undelivered::Return] {
        let options = eager().session(Session::new().on_undelivered(undelivered));
        let mut socket = Socket::connect(echo(), options);
        open(&mut socket).await;
        fault("mute?for=60000&endpoint=/session").await;
        assert_eq!(socket.send(one.clone()), Ok(Sent::Now));
        assert_eq!(socket.send(two.clone()), Ok(Sent::Now));
        fault("restart?forget=true&hard=true").await;
        let lost = (Vec::new(), vec![one.clone(), two.clone()], false);
        assert_eq!(reset(&mut socket).await, lost);
        socket.send(three.clone()).unwrap();
        if undelivered == Undelivered::Resend {
            assert_eq!(message(&mut socket).await, one);
            assert_eq!(message(&mut socket).await, two);
        }
        assert_eq!(message(&mut socket).await, three);
    }
}

#[wasm_bindgen_test]
async fn a_session_that_its_server_ends_says_what_arrived() {
    let mut socket = by_websocket();
    let (end, late) = (text(r#"{"type":"close"}"#), text("late"));
    open(&mut socket).await;
    socket.send(end.clone()).unwrap();
    socket.send(late.clone()).unwrap();
    assert_eq!(reset(&mut socket).await, (vec![end], vec![late], true));
    assert!(matches!(next(&mut socket).await, Event::Close(close) if close.code == 1000));
    assert_eq!(next(&mut socket).await, Event::Failed(GaveUp::FinalCode));
}

#[wasm_bindgen_test]
async fn a_message_too_large_for_the_server_is_refused_at_once() {
    let mut socket = by_websocket();
    open(&mut socket).await;
    let error = socket.send(vec![0; MIB + 1]).unwrap_err();
    assert_eq!(error, SendError::TooLarge { size: MIB + 1, max: MIB });
    assert_eq!(
        error.to_string(),
        "the message has 1048577 bytes, and the server takes at most 1048576"
    );
    let largest = Message::Binary(vec![7; MIB]);
    socket.send(largest.clone()).unwrap();
    assert!(message(&mut socket).await == largest);
}

#[wasm_bindgen_test]
async fn closing_or_dropping_the_socket_ends_the_session_for_the_server() {
    let mut witness = Socket::connect(url("/ws"), Options::new());
    while sessions(&mut witness).await > 0 {}
    for closes in [true, false] {
        for connect in [by_websocket, by_http] {
            let mut socket = connect();
            open(&mut socket).await;
            assert_eq!(sessions(&mut witness).await, 1);
            if closes {
                let close = socket.close_with(4002, "enough").await.unwrap();
                assert_eq!(
                    (close.code, close.reason.as_str(), close.clean),
                    (4002, "enough", true)
                );
                assert_eq!(socket.status(), Status::Closed);
            }
            drop(socket);
            while sessions(&mut witness).await > 0 {}
        }
    }
}

#[wasm_bindgen_test]
async fn the_token_is_asked_for_anew_and_nothing_is_said_without_one() {
    let websocket = (echo(), Event::Error(Cause::Handshake));
    let http = (url("/faults/ws/status/500"), Event::RequestFailed(FallbackError::Provider));
    for (address, problem) in [websocket, http] {
        let asked = Rc::new(Cell::new(0));
        let session = Session::new().token({
            let asked = asked.clone();
            move || {
                let turn = asked.replace(asked.get() + 1);
                async move { if turn == 0 { Err(ProviderError) } else { Ok("me".to_string()) } }
            }
        });
        let fallback = Fallback::new().url(echo().replacen("ws", "http", 1));
        let mut socket = Socket::connect(address, eager().fallback(fallback).session(session));
        find(&mut socket, |event| (event == problem).then_some(())).await;
        open(&mut socket).await;
        assert!(asked.get() >= 2);
    }
}

#[wasm_bindgen_test]
async fn a_later_page_goes_on_with_the_session() {
    let address = echo();
    let connect = || {
        let options =
            eager().session(Session::new().persist(true)).should_reconnect(|_, _| Verdict::Stop);
        Socket::connect(address.as_str(), options)
    };
    let mut before = connect();
    before.send("one").unwrap();
    assert_eq!(message(&mut before).await, text("one"));
    fault("mute?for=60000&endpoint=/session").await;
    before.send("two").unwrap();
    js_sys::eval("dispatchEvent(new Event('pagehide'))").unwrap();

    let mut after = connect();
    after.send("three").unwrap();
    assert_eq!(message(&mut after).await, text("two"));
    assert_eq!(message(&mut after).await, text("three"));
    assert_eq!(after.close().await.code, 1000);
    drop(before);
    assert!(!all(&mut after).await.iter().any(|event| matches!(event, Event::Reset { .. })));
}
