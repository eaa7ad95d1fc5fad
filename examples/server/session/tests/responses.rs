//! What goes by HTTP.

use super::*;

fn stream(att: u64) -> Hello {
    hello(Mode::Stream, att)
}

fn poll(att: u64, recv: u64) -> Hello {
    Hello { recv, ..hello(Mode::Poll, att) }
}

fn batch(seq: u64) -> Hello {
    Hello { seq: Some(seq), ..hello(Mode::Send, 0) }
}

#[test]
fn a_stream_carries_messages_until_its_wait_is_over() {
    let mut world = world();
    let id = world.post(Hello { wait: Some(30_000), ..stream(1) }, &[]);
    world.send("1");
    assert_eq!(world.read(id), ["w 0 1", "= 1"]);
    world.pass(20_000);
    assert_eq!(world.read(id), ["a 0"]);
    world.pass(10_000);
    assert_eq!(world.read(id), ["."]);
    world.close(id);
    world.send("2");
    let next = world.post(Hello { recv: 1, ..stream(2) }, &[]);
    assert_eq!(world.read(next), ["w 0 2", "= 2"]);
    world.pass(45_000);
    assert_eq!(world.read(next).last().unwrap(), ".");
}

#[test]
fn nobody_waits_longer_than_the_server_likes() {
    let mut world = world();
    let id = world.post(Hello { wait: Some(u64::MAX), ..stream(1) }, &[]);
    world.pass(300_000);
    assert_eq!(world.read(id).last().unwrap(), ".");
}

#[test]
fn a_poll_ends_with_the_first_messages_or_with_its_wait() {
    let mut world = world();
    let first = world.post(poll(1, 0), &[]);
    assert_eq!(world.read(first), ["w 0 1"]);
    world.send("1");
    world.send("2");
    assert_eq!(world.read(first), ["= 1", "= 2", "."]);
    world.close(first);
    world.send("3");
    let second = world.post(poll(2, 2), &[]);
    assert_eq!(world.read(second), ["w 0 3", "= 3", "."]);
    let third = world.post(Hello { wait: Some(0), ..poll(3, 3) }, &[]);
    world.pass(0);
    assert_eq!(world.read(third), ["w 0 4", "."]);
    let fourth = world.post(poll(4, 3), &[]);
    world.pass(45_000);
    assert_eq!(world.read(fourth), ["w 0 4", "."]);
}

#[test]
fn polls_in_a_row_are_not_too_many_attaches() {
    let mut world = world();
    for att in 1..=1000 {
        let id = world.post(Hello { wait: Some(0), ..poll(att, 0) }, &[]);
        world.pass(0);
        assert_eq!(world.read(id), ["w 0 1", "."]);
        world.close(id);
    }
}

#[test]
fn a_batch_is_acknowledged_by_its_welcome_and_may_be_repeated() {
    let mut world = world();
    let down = world.post(stream(1), &[]);
    world.read(down);
    let frames = [text("1"), text("2")];
    for _ in 0..2 {
        let id = world.post(batch(1), &frames);
        assert_eq!(world.read(id), ["w 2 1", "."]);
    }
    let id = world.post(batch(2), &[text("2"), text("3")]);
    assert_eq!(world.read(id), ["w 3 1", "."]);
    let late = world.post(batch(1), &frames);
    assert_eq!(world.read(late), ["w 3 1", "."]);
    assert_eq!(world.heard, ["1", "2", "3"]);
    // The welcomes have said it all.
    world.pass(2000);
    assert!(world.read(down).is_empty());
}

#[test]
fn a_batch_may_overlap_with_a_websocket() {
    let mut world = world();
    let socket = world.session();
    world.say(socket, text("1"));
    let id = world.post(batch(1), &[text("1"), text("2")]);
    assert_eq!(world.read(id), ["w 2 1", "."]);
    world.say(socket, text("2"));
    world.say(socket, text("3"));
    assert_eq!(world.heard, ["1", "2", "3"]);
}

#[test]
fn a_batch_needs_a_number_and_leaves_no_gap() {
    for hello in [hello(Mode::Send, 0), batch(2)] {
        let mut world = world();
        let socket = world.session();
        let id = world.post(hello, &[text("2")]);
        assert_eq!(world.read(id), ["x 4400", "."]);
        world.say(socket, text("1"));
        assert_eq!(world.heard, ["1"]);
    }
}

#[test]
fn what_is_complete_of_a_broken_body_counts() {
    let mut world = world();
    let socket = world.session();
    let id = world.open(Kind::Post);
    let mut body = Vec::new();
    for frame in [control(batch(1)), text("1"), text("2")] {
        encode(&frame, &mut body);
    }
    for byte in &body[..body.len() - 1] {
        world.server.bytes(id, &[*byte], world.now);
    }
    world.settle();
    world.close(id);
    assert_eq!(world.heard, ["1"]);
    world.say(socket, ping(0));
    assert_eq!(world.read(socket), ["a 1"]);
}

#[test]
fn a_body_that_ends_in_a_record_is_malformed() {
    for cut in [0, 3, 20] {
        let mut world = world();
        let id = world.open(Kind::Post);
        let mut body = Vec::new();
        encode(&control(stream(1)), &mut body);
        world.server.bytes(id, &body[..cut], world.now);
        world.server.finished(id, world.now);
        assert_eq!(world.read(id), ["x 4400", "."]);
    }
}

#[test]
fn messages_may_come_with_the_hello_of_a_stream() {
    let mut world = world();
    let id = world.post(Hello { seq: Some(1), ..stream(1) }, &[text("1"), ping(0)]);
    assert_eq!(world.read(id), ["w 1 1", "a 1"]);
    assert_eq!(world.heard, ["1"]);
}
