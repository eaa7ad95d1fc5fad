//! Limits, floods, and what is no protocol at all.

use proptest::prelude::*;

use super::*;
use crate::session::protocol::config::Rate;
use crate::session::protocol::frame::MAX_CONTROL;

fn of(n: u64) -> Hello {
    Hello { id: format!("{n:022}"), ..hello(Mode::Ws, 1) }
}

#[test]
fn so_many_sessions() {
    let limits = [
        Config { max_sessions: 2, ..Config::default() },
        Config { max_per_address: 2, ..Config::default() },
        Config { max_per_principal: 2, ..Config::default() },
    ];
    for config in limits {
        let mut world = with(config);
        let me = |n| Hello { token: Some("me".into()), ..of(n) };
        for n in 1..=2 {
            let id = world.ws(me(n));
            assert_eq!(world.read(id), ["w 0 1"]);
        }
        let id = world.ws(me(3));
        let Some(Transmit::Frame(Frame::Control(Control::End(end)))) =
            world.frames(id).into_iter().next()
        else {
            panic!("not refused")
        };
        assert_eq!((end.code, end.retry), (4429, Some(5000)));
        world.pass(400_000);
        assert_eq!(world.sessions(), 0);
        let id = world.ws(me(3));
        assert_eq!(world.read(id), ["w 0 1"]);
    }
}

#[test]
fn limits_are_each_ones_own() {
    let mut world = with(Config { max_per_address: 1, max_per_principal: 1, ..Config::default() });
    for n in 1..=3 {
        let id = world.open_from(&n.to_string(), Kind::WebSocket);
        world.say(id, control(Hello { token: Some(format!("user {n}")), ..of(n) }));
        assert_eq!(world.read(id), ["w 0 1"]);
    }
    // Who has no name is not limited by it.
    for n in 4..=6 {
        let id = world.open_from(&n.to_string(), Kind::WebSocket);
        world.say(id, control(of(n)));
        assert_eq!(world.read(id), ["w 0 1"]);
    }
}

#[test]
fn so_many_attaches_and_no_harm_to_the_one_that_is_there() {
    let attaches = Rate { burst: 3.0, per_second: 2.0 };
    let mut world = with(Config { attaches, ..Config::default() });
    let resume = |att| Hello { new: false, ..hello(Mode::Ws, att) };
    world.session();
    world.ws(resume(2));
    let third = world.ws(resume(3));
    assert_eq!(world.read(third), ["w 0 1"]);
    for _ in 0..100 {
        let id = world.ws(resume(4));
        assert_eq!(world.read(id), ["x 4429", "."]);
    }
    world.send("1");
    assert_eq!(world.read(third), ["= 1"]);
    world.pass(500);
    let id = world.ws(resume(4));
    assert_eq!(world.read(id), ["w 0 1", "= 1"]);
}

#[test]
fn keys_cannot_be_guessed_fast() {
    let hellos = Rate { burst: 3.0, per_second: 1.0 };
    let mut world = with(Config { hellos, ..Config::default() });
    let owner = world.session();
    let mut answers = Vec::new();
    for n in 0..4 {
        let id = world.ws(Hello { key: format!("{n:022}"), ..hello(Mode::Ws, 2) });
        answers.extend(world.read(id));
    }
    assert_eq!(answers, ["x 4403", ".", "x 4403", ".", "x 4429", ".", "x 4429", "."]);
    world.close(owner);
    let id = world.ws(Hello { new: false, ..hello(Mode::Ws, 2) });
    assert_eq!(world.read(id), ["w 0 1"]);
}

#[test]
fn tombstones_make_room_for_one_another() {
    let mut world = with(Config { max_tombstones: 2, ..Config::default() });
    for n in 1..=3 {
        let id = world.ws(of(n));
        world.say(id, Frame::Control(Control::End(End::new(1000, ""))));
        world.close(id);
    }
    assert_eq!(world.tombstones(), 2);
    let first = world.ws(Hello { new: false, ..of(1) });
    assert_eq!(world.read(first), ["x 4404", "."]);
    let third = world.ws(Hello { new: false, ..of(3) });
    assert_eq!(world.read(third), ["x 4404 0", "."]);
}

#[test]
fn a_long_hello_is_no_hello() {
    let token = Some("t".repeat(MAX_CONTROL));
    let mut world = world();
    let id = world.ws(Hello { token: token.clone(), ..hello(Mode::Ws, 1) });
    assert_eq!(world.read(id), ["x 4400", "."]);
    let id = world.post(Hello { token, ..hello(Mode::Stream, 1) }, &[]);
    assert_eq!(world.read(id), ["x 4400", "."]);
    for message in [text("early"), text(&"x".repeat(10_000)), ack(0)] {
        let id = world.open(Kind::WebSocket);
        world.say(id, message);
        assert_eq!(world.read(id), ["x 4400", "."]);
    }
}

#[test]
fn a_message_above_the_limit() {
    let mut world = with(Config { max: 100, ..Config::default() });
    let socket = world.session();
    world.say(socket, text(&format!("\u{1}{}", "x".repeat(99))));
    world.say(socket, text(&"x".repeat(101)));
    assert_eq!(world.read(socket), ["x 1009", "."]);
    assert_eq!((world.heard.len(), world.sessions()), (1, 1));
    let id = world.post(
        Hello { seq: Some(2), ..hello(Mode::Send, 0) },
        &[text(&"x".repeat(100)), text(&"x".repeat(101))],
    );
    assert_eq!(world.read(id), ["x 4413 2", "."]);
    assert_eq!((world.heard.len(), world.sessions()), (2, 0));
}

#[test]
fn a_body_above_the_limit() {
    let mut world = with(Config { max_body: 1000, ..Config::default() });
    world.session();
    let id = world.open(Kind::Post);
    for frame in [control(Hello { seq: Some(1), ..hello(Mode::Send, 0) }), text(&"x".repeat(1000))]
    {
        let mut body = Vec::new();
        encode(&frame, &mut body);
        world.server.bytes(id, &body, world.now);
    }
    assert_eq!(world.read(id), ["x 4413 0", "."]);
}

#[test]
fn a_flood_of_pings_is_answered_once() {
    let mut world = world();
    let id = world.session();
    for _ in 0..10_000 {
        world.server.text(id, "\u{1}p0", world.now);
    }
    let mut events = 0;
    while world.server.poll_event().is_some() {
        events += 1;
    }
    assert_eq!((events, world.read(id)), (1, vec!["a 0".into()]));
}

/// Every way to damage a control frame a little: cut, or one byte changed.
fn damaged(frame: &str) -> Vec<String> {
    let mut all: Vec<_> = (1..frame.len()).map(|end| frame[..end].to_owned()).collect();
    for index in 0..frame.len() {
        for flip in [1, 2, 4, 8, 16, 32, 64] {
            let mut bytes = frame.as_bytes().to_vec();
            bytes[index] ^= flip;
            all.extend(String::from_utf8(bytes));
        }
    }
    all
}

/// What a damaged frame may lead to: it still makes sense, by chance, or the carrier ends. An `x` that
/// makes sense is answered with its own code.
fn is_clear(answer: &[String]) -> bool {
    let Some(x) = answer.iter().find(|it| it.starts_with('x')) else { return true };
    ["x 4400", "x 4413", "x 4403", "x 4404", "x 4409", "x 1000", "x 3000"]
        .iter()
        .any(|it| x.starts_with(it))
}

#[test]
fn damaged_control_frames_end_their_carrier_only() {
    let mut hellos = vec![hello(Mode::Ws, 1), hello(Mode::Probe, 1)];
    hellos.push(Hello { token: Some("t".into()), seq: Some(1), ..hello(Mode::Ws, 2) });
    let frames: Vec<_> = hellos.into_iter().map(control).collect();
    for frame in frames {
        let Message::Text(frame) = frame.to_websocket() else { continue };
        for bad in damaged(&frame) {
            let mut world = world();
            let other = world.ws(of(7));
            world.read(other);
            let id = world.open(Kind::WebSocket);
            world.server.text(id, &bad, world.now);
            let answer = world.read(id);
            assert!(is_clear(&answer) && !answer.is_empty(), "{bad:?}: {answer:?}");
            world.say(other, ping(0));
            assert_eq!(world.read(other), ["a 0"]);
        }
    }
    for frame in ["\u{1}a0", "\u{1}p0", "\u{1}s1", "\u{1}x{\"code\":1000,\"reason\":\"\"}"] {
        for bad in damaged(frame) {
            let mut world = world();
            let id = world.session();
            world.server.text(id, &bad, world.now);
            let answer = world.read(id);
            assert!(is_clear(&answer), "{bad:?}: {answer:?}");
        }
    }
}

#[test]
fn damaged_bodies_end_their_carrier_only() {
    let mut body = Vec::new();
    let batch = Hello { seq: Some(1), ..hello(Mode::Send, 0) };
    let binary = Frame::Data(Message::Binary([1, 2, 3][..].into()));
    for frame in [control(batch), text("hällo"), binary, ack(0), ping(0), start(3), text("3")] {
        encode(&frame, &mut body);
    }
    let mut bodies: Vec<_> = (0..body.len()).map(|end| body[..end].to_vec()).collect();
    for index in 0..body.len() {
        for bit in 0..8 {
            let mut bad = body.clone();
            bad[index] ^= 1 << bit;
            bodies.push(bad);
        }
    }
    for bad in bodies {
        let mut world = world();
        let other = world.ws(of(7));
        world.read(other);
        world.session();
        let id = world.open(Kind::Post);
        for byte in bad.chunks(3) {
            world.server.bytes(id, byte, world.now);
        }
        world.server.finished(id, world.now);
        let answer = world.read(id);
        assert!(is_clear(&answer) && answer.last().unwrap() == ".", "{answer:?}");
        // One of the others may have become a message.
        assert!(world.heard.len() <= 4);
        world.say(other, ping(0));
        assert_eq!(world.read(other), ["a 0"]);
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_place_do_no_harm(
        inputs in prop::collection::vec((0..4_u8, prop::collection::vec(any::<u8>(), 0..60)), 0..60)
    ) {
        let mut world = world();
        let socket = world.session();
        let post = world.open(Kind::Post);
        let fresh = world.open(Kind::WebSocket);
        for (place, bytes) in inputs {
            let text = format!("\u{1}{}", String::from_utf8_lossy(&bytes));
            match place {
                0 => world.server.text(socket, &text, world.now),
                1 => world.server.binary(socket, &bytes, world.now),
                2 => world.server.bytes(post, &bytes, world.now),
                _ => world.server.text(fresh, &text, world.now),
            }
            world.pass(100);
            for id in [socket, post, fresh] {
                world.read(id);
            }
        }
        let other = world.ws(of(7));
        prop_assert_eq!(world.read(other), ["w 0 1"]);
    }
}
