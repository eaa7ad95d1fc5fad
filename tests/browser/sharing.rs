//! One socket and what is made for it, in several hands.

use std::time::Duration;

use everline::{Event, Fallback, Heartbeat, Message, Options, ProviderError, Session, Socket, Url};
use futures_util::{SinkExt, StreamExt};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{eager, message, next, text, url};

#[wasm_bindgen_test]
async fn the_halves_of_a_reference_leave_the_socket_to_its_owner() {
    let socket = Socket::connect(url("/faults/ws/echo"), eager());
    let (mut sink, mut events) = (&socket).split();
    sink.send("one".into()).await.unwrap();
    assert_eq!(events.next().await, Some(Event::Open));
    assert_eq!(events.next().await, Some(Event::Message(text("one"))));
    socket.reconnect();
    while events.next().await != Some(Event::Open) {}
    sink.send("two".into()).await.unwrap();
    assert_eq!(events.next().await, Some(Event::Message(text("two"))));
    assert_eq!((socket.stats().opens, socket.stats().messages_sent), (2, 2));
    sink.close().await.unwrap();
    assert!(matches!(events.next().await, Some(Event::Close(_))));
    assert_eq!(events.next().await, None);
}

#[wasm_bindgen_test]
async fn options_and_a_url_serve_several_sockets() {
    let place = Url::provider(|| async { Ok(url("/faults/ws/echo")) });
    let ping = Heartbeat::new("ping").interval(Duration::from_millis(100));
    let options = eager().heartbeat(ping.is_reply(|message| *message == text("ping")));
    for options in [options.clone(), options] {
        let mut socket = Socket::connect(place.clone(), options);
        assert_eq!(next(&mut socket).await, Event::Open);
        assert_eq!(message(&mut socket).await, text("ping"));
        assert!(socket.stats().round_trip_time.is_some());
    }
}

#[wasm_bindgen_test]
fn whatever_is_text_or_bytes_is_a_message() {
    let owned = String::from("ä");
    for message in [Message::from("ä"), Message::from(&owned), Message::from(owned.clone())] {
        assert_eq!((message.as_text(), message.as_bytes()), (Some("ä"), "ä".as_bytes()));
        assert_eq!((message.len(), message.is_empty()), (2, false));
    }
    for message in
        [[1_u8, 2].into(), (&[1_u8, 2]).into(), vec![1, 2].into(), (&[1_u8, 2][..]).into()]
    {
        let message: Message = message;
        assert_eq!((message.as_text(), message.as_bytes()), (None, &[1, 2][..]));
    }
    assert!(Message::from("").is_empty());
}

#[wasm_bindgen_test]
fn what_is_configured_can_be_looked_at_and_gives_no_token_away() {
    let options = Options::new()
        .heartbeat(Heartbeat::new("ping"))
        .fallback(Fallback::new().url("https://example.com/"))
        .session(Session::new().token(|| async { Ok("secret".to_string()) }));
    let shown = format!("{options:?}");
    assert!(shown.contains("interval: 25s"), "{shown}");
    assert!(shown.contains("https://example.com/"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    let failed: Box<dyn std::error::Error> = ProviderError.into();
    assert_eq!(failed.to_string(), "no answer this time");
}
