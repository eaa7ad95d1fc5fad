//! Time: hellos that do not come, heartbeats, and wake-ups that come late.

use super::*;

#[test]
fn a_hello_has_five_seconds() {
    for kind in [Kind::WebSocket, Kind::Post] {
        let mut world = world();
        let id = world.open(kind);
        world.pass(4999);
        assert!(world.read(id).is_empty());
        world.pass(1);
        assert_eq!(world.read(id), ["x 1013", "."]);
    }
}

#[test]
fn a_hello_that_trickles_has_no_more() {
    let mut world = world();
    let id = world.open(Kind::Post);
    let mut body = Vec::new();
    encode(&control(hello(Mode::Stream, 1)), &mut body);
    for byte in body.iter().take(20) {
        world.server.bytes(id, &[*byte], world.now);
        world.pass(250);
    }
    assert_eq!(world.read(id), ["x 1013", "."]);
}

#[test]
fn a_websocket_is_pinged_and_given_up_after_two_and_a_half_heartbeats() {
    let mut world = world();
    let id = world.session();
    world.pass(20_000);
    assert_eq!(world.read(id), ["p 0"]);
    world.say(id, ack(0));
    world.pass(20_000);
    assert_eq!(world.read(id), ["p 0"]);
    world.pass(29_999);
    assert_eq!(world.read(id), ["p 0"]);
    world.pass(1);
    assert_eq!(world.read(id), ["x 1013", "."]);
    assert_eq!(world.sessions(), 1);
}

#[test]
fn a_body_that_stops_coming_is_given_up() {
    let mut world = world();
    world.session();
    let id = world.open(Kind::Post);
    let mut body = Vec::new();
    encode(&control(Hello { seq: Some(1), ..hello(Mode::Send, 0) }), &mut body);
    encode(&text("1234567890"), &mut body);
    let (most, rest) = body.split_at(body.len() - 10);
    world.server.bytes(id, most, world.now);
    for byte in rest.iter().take(5) {
        world.pass(49_000);
        world.server.bytes(id, &[*byte], world.now);
    }
    assert!(!world.server.is_over(id));
    world.pass(50_000);
    assert_eq!(world.read(id), ["x 1013", "."]);
}

#[test]
fn after_a_late_wake_up_everybody_gets_a_second() {
    let mut world = world();
    let id = world.session();
    world.sleep(60_000);
    assert!(world.read(id).is_empty());
    world.say(id, ack(0));
    world.pass(1000);
    assert_eq!(world.read(id), ["p 0"]);
    world.sleep(60_000);
    world.pass(1000);
    assert_eq!(world.read(id), ["x 1013", "."]);
}

#[test]
fn an_urgent_ack_judges_nobody_before_that_second_is_over() {
    let mut world = world();
    let id = world.session();
    world.now += 60_000;
    let batch = Hello { seq: Some(1), ..hello(Mode::Send, 0) };
    world.post(batch, &[text(&"x".repeat(64 << 10))]);
    assert!(!world.read(id).iter().any(|it| it.starts_with('x')));
}

#[test]
fn a_session_does_not_expire_in_its_sleep() {
    let mut world = world();
    let id = world.session();
    world.close(id);
    world.sleep(200_000);
    let again = world.ws(Hello { new: false, ..hello(Mode::Ws, 2) });
    world.pass(2000);
    assert_eq!(world.read(again), ["w 0 1"]);
}
