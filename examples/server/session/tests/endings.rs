//! How sessions end, and what remains of them.

use super::*;

fn resume(att: u64) -> Hello {
    Hello { new: false, ..hello(Mode::Ws, att) }
}

#[test]
fn the_client_closes() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.say(id, Frame::Control(Control::End(End::new(1000, "done"))));
    assert_eq!(world.read(id), ["x 1000", "."]);
    assert_eq!((world.sessions(), world.ends.as_slice()), (0, &[1000][..]));
    // A late repeat of the first hello raises nothing from the dead.
    let late = world.ws(hello(Mode::Ws, 2));
    assert_eq!(world.read(late), ["x 4404 1", "."]);
}

#[test]
fn the_client_closes_by_post_while_it_listens_elsewhere() {
    let mut world = world();
    let down = world.post(hello(Mode::Stream, 1), &[]);
    world.read(down);
    let bye = Frame::Control(Control::End(End::new(1000, "done")));
    let id = world.post(Hello { seq: Some(1), ..hello(Mode::Send, 0) }, &[text("1"), bye]);
    assert_eq!(world.read(id), ["x 1000", "."]);
    assert_eq!(world.read(down), ["x 1000 1", "."]);
    assert_eq!(world.heard, ["1"]);
}

#[test]
fn the_application_closes_after_its_last_message() {
    let mut world = world();
    let id = world.session();
    world.send("1");
    world.server.close(&SessionId::from(ID), End::new(4000, "enough"));
    world.send("ignored");
    assert_eq!(world.read(id), ["= 1", "x 4000 0", "."]);
    assert_eq!((world.sessions(), world.ends.as_slice()), (0, &[4000][..]));
}

#[test]
fn without_a_carrier_a_session_expires_and_its_tombstone_tells_what_came() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.say(id, text("2"));
    world.pass(10_000);
    world.close(id);
    world.pass(119_999);
    assert_eq!((world.sessions(), world.tombstones()), (1, 0));
    world.pass(1);
    assert_eq!((world.sessions(), world.tombstones()), (0, 1));
    assert_eq!(world.ends, [4408]);
    let late = world.ws(resume(2));
    assert_eq!(world.read(late), ["x 4404 2", "."]);
    let thief = world.ws(Hello { key: "K".repeat(22), ..resume(2) });
    assert_eq!(world.read(thief), ["x 4403", "."]);
    world.pass(4 * 3600 * 1000);
    assert_eq!(world.tombstones(), 0);
    let later = world.ws(resume(3));
    assert_eq!(world.read(later), ["x 4404", "."]);
}

#[test]
fn a_carrier_and_each_post_keep_it_alive() {
    let mut world = world();
    let id = world.session();
    world.close(id);
    for _ in 0..5 {
        world.pass(100_000);
        let id = world.post(hello(Mode::Send, 0), &[]);
        assert_eq!(world.read(id), ["w 0 1", "."]);
        world.close(id);
    }
    let id = world.ws(resume(2));
    world.read(id);
    for _ in 0..50 {
        world.pass(10_000);
        world.say(id, ack(0));
    }
    assert_eq!(world.sessions(), 1);
}

#[test]
fn a_probe_of_a_session_that_expires_is_told() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.close(id);
    let probe = world.ws(Hello { new: false, ..hello(Mode::Probe, 0) });
    assert_eq!(world.read(probe), ["w 1 1"]);
    for _ in 0..12 {
        world.pass(10_000);
        world.say(probe, ack(0));
    }
    assert_eq!(world.read(probe), ["x 4408 1", "."]);
}

#[test]
fn too_much_for_a_client_that_does_not_read_ends_its_session() {
    let mut world = with(Config { win: 1000, outbox: 1000, ..Config::default() });
    let id = world.session();
    world.say(id, text("1"));
    for _ in 0..3 {
        world.send(&"x".repeat(500));
    }
    assert_eq!(world.sessions(), 1);
    world.send(&"x".repeat(500));
    assert_eq!((world.sessions(), world.ends.as_slice()), (0, &[4413][..]));
    assert_eq!(world.read(id), ["x 4413 1", "."]);
}

#[test]
fn empty_messages_fill_the_memory_as_well() {
    let mut world = with(Config { win: 1000, outbox: 1000, ..Config::default() });
    world.session();
    for _ in 0..100 {
        world.send("");
    }
    assert_eq!(world.ends, [4413]);
}

#[test]
fn whoever_leaves_for_a_restart_knows_what_came_and_when_to_return() {
    let mut world = world();
    let id = world.session();
    world.say(id, text("1"));
    world.server.leave(id, End { retry: Some(500), ..End::new(1001, "stopping") }, world.now);
    let end = End { retry: Some(500), recv: Some(1), ..End::new(1001, "stopping") };
    let x = Transmit::Frame(Frame::Control(Control::End(end.clone())));
    assert_eq!(world.frames(id), [x, Transmit::End(Some(end))]);
    let again = world.ws(resume(2));
    assert_eq!(world.read(again), ["w 1 1"]);
}

#[test]
fn a_crash_forgets_even_the_tombstones() {
    let mut world = world();
    let id = world.session();
    world.server.forget(world.now);
    assert_eq!(world.read(id), ["x 1001 0", "."]);
    let late = world.ws(resume(2));
    assert_eq!(world.read(late), ["x 4404", "."]);
}
