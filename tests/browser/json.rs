//! Typed messages.

use std::error::Error;

use everline::{Options, SendJsonError, Socket};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{next, url};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Motion {
    Turn { degrees: f64 },
    Stop,
}

#[wasm_bindgen_test]
async fn values_come_back_as_values_from_text_and_from_bytes() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    let turn = Motion::Turn { degrees: -22.5 };
    socket.send_json(&turn).unwrap();
    socket.send(br#"{"type":"stop"}"#.to_vec()).unwrap();
    let motions: Vec<_> = socket.messages::<Motion>().take(2).map(Result::unwrap).collect().await;
    assert_eq!(motions, [turn, Motion::Stop]);
}

#[wasm_bindgen_test]
async fn a_message_that_is_no_value_is_an_error_and_the_next_one_follows() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    socket.send("{").unwrap();
    socket.send_json(&Motion::Stop).unwrap();
    let mut motions = socket.messages::<Motion>();
    let error = motions.next().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "EOF while parsing an object at line 1 column 1");
    assert_eq!(error, error.clone());
    assert_eq!(motions.next().await.unwrap().unwrap(), Motion::Stop);
}

#[wasm_bindgen_test]
async fn the_stream_of_values_ends_with_the_connection() {
    let mut socket = Socket::connect(url("/faults/ws/close?code=4403"), Options::new());
    assert!(socket.messages::<Motion>().next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_value_without_a_json_form_is_refused() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    let by_tuple = std::collections::HashMap::from([((1, 2), 3)]);
    let refused = socket.send_json(&by_tuple);
    let Err(SendJsonError::Serialize(cause)) = refused.clone() else { panic!("{refused:?}") };
    assert_eq!(cause.to_string(), "key must be a string");
    assert_eq!(refused.unwrap_err().source().unwrap().to_string(), cause.to_string());
    assert_eq!(next(&mut socket).await, everline::Event::Open);
    assert_eq!(socket.stats().messages_sent, 0);
}
