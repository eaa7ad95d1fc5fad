//! A microphone's samples, by the batcher and the socket, to the server.

use everline::audio::{Batcher, Config, Piece, Source};
use everline::connection::Time;
use everline::{Message, Options, Socket};
use futures_util::StreamExt;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::url;

#[wasm_bindgen_test]
async fn what_the_server_hears_is_as_long_as_what_was_said() {
    let mut socket = Socket::connect(url("/ws/audio"), Options::new());
    socket.send_json(&json!({ "type": "init", "sampleRate": 16_000 })).unwrap();
    let ready: Value = socket.messages().next().await.unwrap().unwrap();
    assert_eq!(ready["type"], "ready");

    let mut batcher = Batcher::new(Config::default());
    let source = Source { rate: 44_100, ..Source::default() };
    let mut now = Time::new(0.0);
    batcher.start(now);
    for _ in 0..689 {
        // Two seconds, but for the last frames, in the pieces that an `AudioWorklet` makes.
        batcher.push(&[0.25; 128], source, now).unwrap();
        now = now + 128.0 / 44.1;
        send(&mut batcher, &socket, now);
    }
    batcher.push(&[0.25; 8], source, now).unwrap();
    batcher.finish(now);
    send(&mut batcher, &socket, now);
    socket.send_json(&json!({ "type": "end" })).unwrap();

    let mut messages = socket.messages::<Value>();
    let last = loop {
        let message = messages.next().await.unwrap().unwrap();
        if message["type"] == "transcription" && message["final"] == true {
            break message;
        }
    };
    assert_eq!(last["facts"]["samples"], 32_000);
    assert_eq!(last["facts"]["gaps"], json!([]));
    assert_eq!(batcher.counters().sent_samples, 32_000);
}

fn send(batcher: &mut Batcher, socket: &Socket, now: Time) {
    while let Some(batch) = batcher.poll(Piece::Batch, now) {
        socket.send(Message::Binary(batch.bytes.to_vec())).unwrap();
    }
}
