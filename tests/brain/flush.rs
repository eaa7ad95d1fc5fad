//! When waiting messages go out.

use everline::connection::{Config, Event, Flush, Status};

use crate::world::{Command, Fate, Handshake, Plan, Sent, World, steady};

fn opening_at_100(flush: Flush) -> World {
    World::new(Config { flush, ..steady() })
        .plan(|_| Plan { handshake: Handshake::Opens(100.0), ..Plan::healthy() })
        .started()
}

/// The application greets as soon as it hears of the open connection; two messages wait.
fn greeting(flush: Flush) -> Vec<u32> {
    let mut world = opening_at_100(flush).listen(|event| match event {
        Event::Open => vec![Command::Send(1)],
        _ => Vec::new(),
    });
    world.send();
    world.send();
    world.run(100.0);
    world.delivered()
}

#[test]
fn before_open_comes_before_the_greeting() {
    assert_eq!(greeting(Flush::BeforeOpen), [0, 1, 2]);
}

#[test]
fn after_open_comes_after_the_greeting() {
    assert_eq!(greeting(Flush::AfterOpen), [2, 0, 1]);
}

#[test]
fn manual_leaves_it_to_the_application() {
    let mut world = opening_at_100(Flush::Manual);
    let sent = [world.send(), world.send()];
    world.run(60_000.0);
    assert_eq!((world.delivered(), world.connection().queued()), (vec![], 2));
    assert_eq!(world.take_queued(), sent);
}

#[test]
fn happens_without_a_moment_in_between() {
    let mut world = opening_at_100(Flush::BeforeOpen);
    world.send();
    world.run(100.0);
    assert_eq!(world.wire(), [(100.0, Sent::Message(0))]);
    assert_eq!(world.events(), [(100.0, Event::Open)]);
}

#[test]
fn waits_through_failures() {
    let mut world = World::new(steady())
        .plan(|n| if n < 5 { Plan::failing() } else { Plan::healthy() })
        .started();
    let mut sent = Vec::new();
    for _ in 0..10 {
        sent.push(world.send());
        world.run(700.0);
    }
    world.run(10_000.0);
    assert_eq!(world.delivered(), sent);
}

#[test]
fn waits_for_the_start() {
    let mut world = World::new(steady());
    let message = world.send();
    world.run(60_000.0);
    world.command(Command::Start);
    world.run(0.0);
    assert_eq!(world.delivered(), [message]);
}

#[test]
fn goes_on_where_a_connection_broke_off() {
    for flush in [Flush::BeforeOpen, Flush::AfterOpen] {
        let mut world = World::new(Config { flush, ..steady() })
            .plan(|n| Plan { takes: n as usize, ..Plan::living([(10.0, Fate::Cut)]) })
            .started();
        let sent: Vec<u32> = (0..6).map(|_| world.send()).collect();
        world.run(0.0);
        assert_eq!(world.delivered(), sent[..1]);
        world.run(60_000.0);
        assert_eq!(world.delivered(), sent[1..], "{flush:?}: in order, and none twice");
    }
}

#[test]
fn stops_when_the_application_closes() {
    let mut world = opening_at_100(Flush::AfterOpen).listen(|event| match event {
        Event::Open => vec![Command::Close(None, "")],
        _ => Vec::new(),
    });
    let message = world.send();
    world.run(60_000.0);
    assert_eq!((world.delivered(), world.status()), (vec![], Status::Closed));
    assert_eq!(world.take_queued(), [message]);
}

#[test]
fn follows_the_application_to_its_next_connection() {
    let mut once = true;
    let mut world = opening_at_100(Flush::AfterOpen).listen(move |event| match event {
        Event::Open if std::mem::take(&mut once) => vec![Command::Reconnect(None, "")],
        _ => Vec::new(),
    });
    let message = world.send();
    world.run(100.0);
    assert_eq!(world.delivered(), []);
    world.run(100.0);
    assert_eq!(world.delivered(), [message]);
}
