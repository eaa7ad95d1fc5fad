//! Messages in both directions, by the methods and by the halves of a split socket.

use std::future::ready;

use everline::{Event, Message, Options, Sent, Socket};
use futures_util::{SinkExt, StreamExt};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{message, next, text, url};

#[wasm_bindgen_test]
async fn text_and_bytes_arrive_as_they_were_sent() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    let every_byte: Vec<u8> = (0..=255).collect();
    let messages =
        [text("grüß dich 🦀"), text(""), Message::Binary(every_byte), Message::Binary(Vec::new())];
    for sent in &messages {
        assert_eq!(socket.send(sent.clone()), Ok(Sent::Now));
    }
    for sent in &messages {
        assert_eq!(message(&mut socket).await, *sent);
    }
}

#[wasm_bindgen_test]
async fn everything_that_is_a_message_can_be_sent() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    socket.send("a").unwrap();
    socket.send(String::from("b")).unwrap();
    socket.send(vec![1]).unwrap();
    socket.send(&[2_u8][..]).unwrap();
    assert_eq!(message(&mut socket).await, text("a"));
    assert_eq!(message(&mut socket).await, text("b"));
    assert_eq!(message(&mut socket).await, Message::Binary(vec![1]));
    assert_eq!(message(&mut socket).await, Message::Binary(vec![2]));
}

#[wasm_bindgen_test]
async fn a_split_socket_talks_and_listens_at_once() {
    let socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    let (mut sink, stream) = socket.split();
    let talk = async {
        for number in 0..100 {
            sink.send(text(&number.to_string())).await.unwrap();
        }
    };
    let listen = stream
        .filter_map(|event| match event {
            Event::Message(message) => ready(Some(message)),
            _ => ready(None),
        })
        .take(100)
        .collect::<Vec<_>>();
    let ((), heard) = futures_util::future::join(talk, listen).await;
    let expected: Vec<_> = (0..100).map(|number| text(&number.to_string())).collect();
    assert_eq!(heard, expected);
}

#[wasm_bindgen_test]
async fn closing_the_sink_ends_the_stream() {
    let socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    let (mut sink, mut stream) = socket.split();
    assert_eq!(stream.next().await, Some(Event::Open));
    let (closed, rest) =
        futures_util::future::join(sink.close(), stream.by_ref().collect::<Vec<_>>()).await;
    assert_eq!(closed, Ok(()));
    let [Event::Close(close)] = &rest[..] else { panic!("{rest:?}") };
    assert_eq!((close.code, close.clean), (1000, true));
}

#[wasm_bindgen_test]
async fn subprotocols_are_offered() {
    // A client that offers one fails the connection unless the server chooses it.
    let options = Options::new().protocols(["chat.v2", "chat.v1"]).max_retries(0);
    let mut socket = Socket::connect(url("/faults/ws/echo"), options);
    assert_eq!(next(&mut socket).await, Event::Open);
}

#[wasm_bindgen_test]
async fn figures_count_what_happened() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(next(&mut socket).await, Event::Open);
    socket.send("one").unwrap();
    socket.send("two").unwrap();
    message(&mut socket).await;
    message(&mut socket).await;
    let stats = socket.stats();
    assert_eq!((stats.attempts, stats.opens, stats.drops), (1, 1, 0));
    assert_eq!((stats.messages_sent, stats.messages_received), (2, 2));
    assert_eq!((stats.queued, stats.queued_bytes, stats.dropped), (0, 0, 0));
    assert_eq!(stats.last_delay, None);
}
