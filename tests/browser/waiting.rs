//! Messages that wait for an open connection.

use std::time::Duration;

use everline::connection::{DropCause, Flush, Overflow};
use everline::{Event, Message, Options, SendError, Sent, Socket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{eager, message, next, text, url};

#[wasm_bindgen_test]
async fn what_was_sent_early_arrives_first_and_in_order() {
    let mut socket = Socket::connect(url("/faults/ws/echo"), Options::new());
    assert_eq!(socket.send("one"), Ok(Sent::Waiting));
    assert_eq!(socket.send(vec![2]), Ok(Sent::Waiting));
    assert_eq!((socket.stats().queued, socket.stats().queued_bytes), (2, 4));
    assert_eq!(next(&mut socket).await, Event::Open);
    assert_eq!(socket.send("three"), Ok(Sent::Now));
    assert_eq!(message(&mut socket).await, text("one"));
    assert_eq!(message(&mut socket).await, Message::Binary(vec![2]));
    assert_eq!(message(&mut socket).await, text("three"));
}

#[wasm_bindgen_test]
async fn what_waits_can_be_taken_back() {
    let socket = Socket::connect(url("/faults/ws/hang"), Options::new());
    socket.send("one").unwrap();
    socket.send(vec![2]).unwrap();
    assert_eq!(socket.drain_queued_messages(), [text("one"), Message::Binary(vec![2])]);
    assert_eq!(socket.stats().queued, 0);
}

#[wasm_bindgen_test]
async fn with_manual_flush_it_stays_until_it_is_taken_back() {
    let options = Options::new().flush(Flush::Manual);
    let mut socket = Socket::connect(url("/faults/ws/echo"), options);
    socket.send("early").unwrap();
    assert_eq!(next(&mut socket).await, Event::Open);
    socket.send("late").unwrap();
    assert_eq!(message(&mut socket).await, text("late"));
    assert_eq!(socket.drain_queued_messages(), [text("early")]);
}

#[wasm_bindgen_test]
async fn too_much_is_refused_or_dropped_and_told() {
    let limited = |overflow| {
        let options = Options::new().max_enqueued(2, 1000).overflow(overflow);
        Socket::connect(url("/faults/ws/hang"), options)
    };

    let socket = limited(Overflow::Refuse);
    assert_eq!(socket.send("1"), Ok(Sent::Waiting));
    assert_eq!(socket.send("2"), Ok(Sent::Waiting));
    assert_eq!(socket.send("3"), Err(SendError::Full));
    assert_eq!(socket.drain_queued_messages(), [text("1"), text("2")]);

    for (overflow, kept) in [(Overflow::DropNewest, ["1", "2"]), (Overflow::DropOldest, ["2", "3"])]
    {
        let mut socket = limited(overflow);
        for number in ["1", "2", "3"] {
            socket.send(number).unwrap();
        }
        let dropped = Event::Dropped { count: 1, cause: DropCause::Overflow };
        assert_eq!(next(&mut socket).await, dropped);
        assert_eq!(socket.stats().dropped, 1);
        assert_eq!(socket.drain_queued_messages(), kept.map(text));
    }
}

#[wasm_bindgen_test]
async fn a_message_that_waited_too_long_is_dropped_and_told() {
    let options = eager().message_ttl(Duration::from_millis(50));
    let mut socket = Socket::connect(url("/faults/ws/hang"), options);
    socket.send("old news").unwrap();
    let dropped = Event::Dropped { count: 1, cause: DropCause::Expired };
    assert_eq!(next(&mut socket).await, dropped);
}
