//! Frames to bytes and back.

use proptest::prelude::*;

use super::*;
use crate::session::protocol::frame::Malformed;

const MAX: usize = 1000;

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..10_u64, 0..=(1 << 53) - 1_u64]
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        "\u{1}?=?\\PC{0,20}".prop_map(|text| Message::Text(text.into())),
        any::<String>().prop_map(|text| Message::Text(text.into())),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(|bytes| Message::Binary(bytes.into())),
    ]
}

fn any_hello() -> impl Strategy<Value = Hello> {
    let mode =
        prop::sample::select(vec![Mode::Ws, Mode::Stream, Mode::Poll, Mode::Send, Mode::Probe]);
    let numbers = (number(), number(), prop::option::of(number()), prop::option::of(number()));
    let texts = (any::<String>(), any::<String>(), prop::option::of(any::<String>()));
    let rest = (
        any::<bool>(),
        prop::option::of(prop::collection::vec(any::<String>(), 0..3)),
        prop::option::of(any::<u64>()),
    );
    (mode, numbers, texts, rest).prop_map(|(mode, numbers, texts, rest)| Hello {
        v: numbers.0,
        id: texts.0,
        key: texts.1,
        new: rest.0,
        recv: numbers.1,
        att: numbers.2,
        seq: numbers.3,
        mode,
        token: texts.2,
        protocols: rest.1,
        wait: rest.2,
    })
}

fn any_welcome() -> impl Strategy<Value = Welcome> {
    let text = || prop::option::of(any::<String>());
    (prop::array::uniform6(number()), text(), text()).prop_map(
        |([recv, seq, hb, win, max, ttl], protocol, url)| Welcome {
            recv,
            seq,
            hb,
            win,
            max,
            ttl,
            protocol,
            url,
        },
    )
}

fn any_end() -> impl Strategy<Value = End> {
    let number = || prop::option::of(number());
    (any::<u16>(), any::<String>(), number(), number(), prop::option::of(any::<String>())).prop_map(
        |(code, reason, recv, retry, url)| End { code, reason: reason.into(), recv, retry, url },
    )
}

fn any_frame() -> impl Strategy<Value = Frame> {
    prop_oneof![
        message().prop_map(Frame::Data),
        prop_oneof![
            any_hello().prop_map(|hello| Control::Hello(Box::new(hello))),
            any_welcome().prop_map(|welcome| Control::Welcome(Box::new(welcome))),
            number().prop_map(Control::Ack),
            number().prop_map(Control::Ping),
            number().prop_map(Control::Start),
            any_end().prop_map(Control::End),
        ]
        .prop_map(Frame::Control),
    ]
}

fn decode(body: &[u8], piece: usize) -> Result<Vec<Frame>, Malformed> {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for mut bytes in body.chunks(piece) {
        while let Some(frame) = decoder.next(&mut bytes, MAX)? {
            frames.push(frame);
        }
    }
    Ok(frames)
}

proptest! {
    #[test]
    fn a_websocket_brings_back_what_was_sent(frame in any_frame()) {
        let back = match frame.to_websocket() {
            Message::Text(text) => Frame::from_text(&text),
            Message::Binary(bytes) => Ok(Frame::Data(Message::Binary(bytes))),
        };
        prop_assert_eq!(back, Ok(frame));
    }

    #[test]
    fn a_body_brings_back_what_was_sent_in_any_pieces(
        frames in prop::collection::vec(any_frame(), 0..5),
        piece in 1..50_usize,
    ) {
        let mut body = Vec::new();
        frames.iter().for_each(|frame| encode(frame, &mut body));
        prop_assert_eq!(decode(&body, piece), Ok(frames));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\u{1}?[hwapsx=]?\\PC{0,40}") {
        let _ = Frame::from_text(&text);
    }

    #[test]
    fn any_body_is_read_or_refused(
        body in prop::collection::vec(any::<u8>(), 0..200),
        piece in 1..50_usize,
    ) {
        let _ = decode(&body, piece);
    }
}

#[test]
fn the_first_character_tells_a_control_frame() {
    for (text, expected) in [("", ""), ("a7", "a7"), ("\u{1}=", ""), ("\u{1}=\u{1}a7", "\u{1}a7")] {
        assert_eq!(Frame::from_text(text), Ok(super::text(expected)));
    }
    assert_eq!(Frame::from_text("\u{1}a7"), Ok(ack(7)));
    let escaped = super::text("\u{1}").to_websocket();
    assert_eq!(escaped, Message::Text("\u{1}=\u{1}".into()));
}

#[test]
fn numbers_are_plain_and_exact() {
    let largest = (1_u64 << 53) - 1;
    assert_eq!(Control::parse(&format!("a{largest}")), Ok(Control::Ack(largest)));
    for bad in ["", "-1", "+1", " 1", "1 ", "01", "1.0", "1e3", "0x1", "9007199254740992", "٣"] {
        assert!(Control::parse(&format!("a{bad}")).is_err(), "{bad}");
    }
    for recv in ["9007199254740992", "-1", "1.5", "\"1\"", "null", "1e400"] {
        let hello = format!(r#"h{{"v":1,"id":"i","key":"k","recv":{recv},"mode":"ws","att":1}}"#);
        assert!(Control::parse(&hello).is_err(), "{recv}");
    }
}

#[test]
fn what_is_unknown_in_json_is_ignored_and_what_is_wrong_is_not() {
    let hello = |extra: &str| {
        Control::parse(&format!(r#"h{{"v":1,"id":"i","key":"k","recv":0,"mode":"ws"{extra}}}"#))
    };
    assert!(hello(r#","later":{"x":[1]}"#).is_ok());
    for bad in [r#","new":1"#, r#","mode":"ws"#, r#","token":7"#, r#","protocols":"p""#, ","] {
        assert!(hello(bad).is_err(), "{bad}");
    }
    assert!(Control::parse(r#"x{"reason":"no code"}"#).is_err());
    assert!(Control::parse(r#"x{"code":70000}"#).is_err());
    assert!(Control::parse(&format!("h{}", "[".repeat(5000))).is_err());
    assert!(Control::parse(&format!("a{}", "0".repeat(9000))).is_err());
}

#[test]
fn a_record_has_this_shape() {
    let mut body = Vec::new();
    let binary = Frame::Data(Message::Binary([255][..].into()));
    for frame in [text("hé"), binary, ack(12)] {
        encode(&frame, &mut body);
    }
    assert_eq!(body, b"\0\0\0\0\x03h\xc3\xa9\x01\0\0\0\x01\xff\x02\0\0\0\x03a12");
}

#[test]
fn a_length_is_refused_before_its_bytes_come() {
    for (header, problem) in [
        ([0, 0, 0, 4, 0], Malformed::TooLarge),
        ([1, 255, 255, 255, 255], Malformed::TooLarge),
        ([2, 0, 0, 32, 1], Malformed::Invalid("control frame too long")),
        ([3, 0, 0, 0, 0], Malformed::Invalid("unknown kind of record")),
    ] {
        assert_eq!(decode(&header, 5), Err(problem));
    }
}
