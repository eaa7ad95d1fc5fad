//! Numbers, acks and replays.

use super::*;

#[test]
fn messages_go_both_ways() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("up 1"));
    world.say(id, text("\u{1}up 2"));
    world.send("down 1");
    world.send("\u{1}down 2");
    assert_eq!(world.heard, ["up 1", "\u{1}up 2"]);
    assert_eq!(world.read(id), ["= down 1", "= \u{1}down 2"]);
}

#[test]
fn what_is_repeated_is_dropped_and_a_gap_is_an_error() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.say(id, text("2"));
    world.say(id, start(1));
    for n in ["1", "2", "3"] {
        world.say(id, text(n));
    }
    assert_eq!(world.heard, ["1", "2", "3"]);
    world.say(id, start(5));
    world.say(id, text("5"));
    assert_eq!(world.read(id), ["x 4400", "."]);
    assert_eq!(world.heard.len(), 3);
}

#[test]
fn a_new_carrier_gets_what_was_not_acknowledged() {
    let mut world = world();
    let first = world.session();
    for n in ["1", "2", "3"] {
        world.send(n);
    }
    assert_eq!(world.read(first), ["= 1", "= 2", "= 3"]);
    world.say(first, ack(1));
    world.say(first, text("up 1"));
    world.close(first);
    world.send("4");
    let second = world.ws(Hello { recv: 2, new: false, ..hello(Mode::Ws, 2) });
    assert_eq!(world.read(second), ["w 1 3", "= 3", "= 4"]);
    world.say(second, text("up 2"));
    assert_eq!(world.heard, ["up 1", "up 2"]);
}

#[test]
fn a_hello_may_say_where_its_messages_start() {
    let mut world = world();
    let first = world.session();
    world.say(first, text("1"));
    let second = world.ws(Hello { seq: Some(1), new: false, ..hello(Mode::Ws, 2) });
    world.say(second, text("1"));
    world.say(second, text("2"));
    assert_eq!(world.heard, ["1", "2"]);
}

#[test]
fn an_ack_elsewhere_moves_the_start_of_a_replay() {
    let mut world = world();
    let first = world.session();
    for n in ["1", "2", "3", "4"] {
        world.send(n);
    }
    world.read(first);
    let second = world.ws(Hello { new: false, ..hello(Mode::Ws, 2) });
    let welcome = world.server.transmit(second, world.now).unwrap();
    assert_eq!(short(&welcome), "w 0 1");
    world.post(Hello { recv: 3, ..hello(Mode::Send, 0) }, &[]);
    assert_eq!(world.read(second), ["s 4", "= 4"]);
    world.send("5");
    assert_eq!(world.read(second), ["= 5"]);
}

#[test]
fn nobody_acknowledges_what_was_never_sent() {
    for frame in [ack(2), ping(2)] {
        let mut world = world();
        let id = world.session();
        world.send("1");
        world.read(id);
        world.send("2");
        world.say(id, frame);
        assert_eq!(world.read(id), ["x 4400", "."]);
    }
    let mut world = world();
    let id = world.session();
    world.send("1");
    world.read(id);
    world.say(id, ack(1));
    world.say(id, ack(0));
    assert!(world.read(id).is_empty());
}

#[test]
fn acks_come_a_second_after_the_first_message_or_after_64_kib() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.pass(900);
    world.say(id, text("2"));
    world.pass(99);
    assert!(world.read(id).is_empty());
    world.pass(1);
    assert_eq!(world.read(id), ["a 2"]);
    world.pass(5000);
    assert!(world.read(id).is_empty());

    world.say(id, text(&"x".repeat(65_535)));
    assert!(world.read(id).is_empty());
    world.say(id, text("x"));
    assert_eq!(world.read(id), ["a 4"]);
}

#[test]
fn a_ping_is_answered_at_once_and_saves_the_ack() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.say(id, ping(0));
    world.say(id, ping(0));
    assert_eq!(world.read(id), ["a 1"]);
    world.pass(5000);
    assert!(world.read(id).is_empty());
}

#[test]
fn a_lost_ack_is_told_again() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.pass(1000);
    assert_eq!(world.read(id), ["a 1"]);
    world.say(id, start(1));
    world.say(id, text("1"));
    world.pass(1000);
    assert_eq!(world.read(id), ["a 1"]);
}

#[test]
fn no_more_is_on_its_way_than_the_window_holds() {
    let mut world = with(Config { win: 1000, ..Config::default() });
    let id = world.session();
    let big = "x".repeat(500);
    for _ in 0..3 {
        world.send(&big);
    }
    assert_eq!(world.read(id).len(), 1);
    world.say(id, ack(1));
    assert_eq!(world.read(id).len(), 1);
    // One that is larger than the window goes alone.
    world.send(&"x".repeat(2000));
    world.say(id, ack(2));
    assert_eq!(world.read(id).len(), 1);
    world.say(id, ack(3));
    assert_eq!(world.read(id).len(), 1);
}

#[test]
fn a_client_that_outruns_the_application_is_not_acknowledged() {
    let mut world = with(Config { win: 1000, ..Config::default() });
    let id = world.session();
    for _ in 0..5 {
        world.send(&"x".repeat(500));
    }
    world.read(id);
    world.say(id, text("1"));
    world.pass(2000);
    assert!(world.read(id).is_empty());
    world.say(id, ping(0));
    assert_eq!(world.read(id), ["a 1"]);
    world.say(id, text("2"));
    world.pass(2000);
    for n in 1..=3 {
        world.say(id, ack(n));
        assert!(world.read(id).len() <= 2);
    }
    world.say(id, text("3"));
    world.pass(1000);
    assert_eq!(world.read(id), ["a 3"]);
}
