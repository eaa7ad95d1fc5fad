//! The application wants a new connection now, whatever the state.

use everline::connection::{Cause, Config, Event, Status, Verdict};

use crate::world::{
    Answer, Command, Fate, Handshake, Plan, Resolve, Sent, World, abnormal, clean, steady,
};

/// The first attempt goes by this plan, all others are well.
fn first(plan: Plan) -> World {
    first_of(steady(), plan)
}

fn first_of(config: Config, plan: Plan) -> World {
    World::new(config).plan(move |n| if n == 1 { plan.clone() } else { Plan::healthy() }).started()
}

fn is_back(world: &mut World) {
    world.run(0.0);
    assert_eq!((world.status(), world.live_transports()), (Status::Open, 1));
    assert_eq!(world.kinds().last(), Some(&Event::Open));
    assert_eq!(world.connection().retries(), 0);
}

#[test]
fn starts_what_was_never_started() {
    let mut world = World::new(steady());
    world.reconnect();
    is_back(&mut world);
    // That was the start; there is no second one.
    world.command(Command::Start);
    world.run(60_000.0);
    assert_eq!(world.attempts(), [0.0]);
}

#[test]
fn replaces_an_attempt_without_a_word() {
    for plan in [
        Plan { resolve: Resolve::Never, ..Plan::healthy() },
        Plan { handshake: Handshake::Hangs, ..Plan::healthy() },
    ] {
        let mut world = first(plan);
        world.run(100.0);
        world.reconnect();
        world.run(0.0);
        assert_eq!(world.events(), [(100.0, Event::Open)]);
    }
}

#[test]
fn replaces_an_open_connection() {
    let mut world = first(Plan::healthy());
    world.run(100.0);
    world.command(Command::Reconnect(Some(4001), "again"));
    world.run(0.0);
    assert_eq!(
        world.events(),
        [(0.0, Event::Open), (100.0, Event::Close(clean(4001, "again"))), (100.0, Event::Open)]
    );
    assert_eq!(world.wire(), [(100.0, Sent::Close(Some(4001), "again".into()))]);
    assert_eq!(world.live_transports(), 1);
}

#[test]
fn closes_with_1000_unless_told_otherwise() {
    let mut world = first(Plan::healthy());
    world.run(100.0);
    world.reconnect();
    assert!(world.kinds().contains(&Event::Close(clean(1000, ""))));
}

#[test]
fn does_not_wait_for_a_peer_that_never_closes() {
    let mut world = first(Plan { closing: None, lingers: true, ..Plan::healthy() });
    world.run(100.0);
    world.reconnect();
    is_back(&mut world);
}

#[test]
fn cuts_the_wait_short() {
    let mut world = first(Plan::failing());
    world.run(100.0);
    assert_eq!(world.status(), Status::Waiting);
    world.reconnect();
    is_back(&mut world);
    assert_eq!(world.attempts(), [0.0, 100.0]);
    world.run(60_000.0);
    assert_eq!(world.attempts().len(), 2, "the retry that waited is gone");
}

#[test]
fn overtakes_the_verdict() {
    let config = Config { judged: true, ..steady() };
    let verdict = Answer::After(300.0, Verdict::Stop);
    let mut world = first_of(config, Plan { verdict, ..Plan::failing() });
    world.run(100.0);
    world.reconnect();
    is_back(&mut world);
    world.run(60_000.0);
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn ends_a_closing_that_hangs() {
    let mut world = first(Plan { closing: None, ..Plan::healthy() });
    world.run(100.0);
    world.close(1000);
    world.run(100.0);
    assert_eq!(world.status(), Status::Closing);
    world.reconnect();
    world.run(0.0);
    assert_eq!(world.kinds(), [Event::Open, Event::Close(clean(1000, "")), Event::Open]);
    assert_eq!(world.live_transports(), 1);
}

#[test]
fn works_after_close() {
    let mut world = first(Plan::healthy());
    world.run(100.0);
    world.close(1000);
    world.run(100.0);
    assert_eq!(world.status(), Status::Closed);
    world.reconnect();
    is_back(&mut world);
}

#[test]
fn works_after_giving_up() {
    for plan in [Plan::failing(), Plan::living([(0.0, Fate::Close(1008, ""))])] {
        let mut world = first_of(Config { max_retries: 0, ..steady() }, plan);
        world.run(100.0);
        assert_eq!(world.status(), Status::Failed);
        world.reconnect();
        is_back(&mut world);
    }
}

#[test]
fn makes_the_retries_new() {
    let mut world =
        World::new(Config { max_retries: 2, ..steady() }).plan(|_| Plan::failing()).started();
    world.run(1000.0);
    world.reconnect();
    world.run(60_000.0);
    assert_eq!(world.attempts(), [0.0, 500.0, 1000.0, 1500.0, 2500.0]);
}

#[test]
fn five_in_a_row_leave_one_transport() {
    for gap in [0.0, 1.0, 40.0] {
        for lingers in [false, true] {
            let plan = Plan { handshake: Handshake::Opens(30.0), lingers, ..Plan::healthy() };
            let mut world = World::new(steady()).plan(move |_| plan.clone()).started();
            for _ in 0..5 {
                world.run(gap);
                world.reconnect();
            }
            world.run(10_000.0);
            assert_eq!((world.status(), world.live_transports()), (Status::Open, 1));
            assert_eq!(world.kinds().last(), Some(&Event::Open));
        }
    }
}

#[test]
fn five_at_once_in_a_listener_leave_one_transport() {
    let mut once = true;
    let mut world = World::new(steady())
        .listen(move |event| match event {
            Event::Open if std::mem::take(&mut once) => vec![Command::Reconnect(None, ""); 5],
            _ => Vec::new(),
        })
        .started();
    world.run(10_000.0);
    assert_eq!((world.status(), world.live_transports()), (Status::Open, 1));
    assert_eq!(world.attempts().len(), 2, "those in between never began");
    assert_eq!(world.kinds(), [Event::Open, Event::Close(clean(1000, "")), Event::Open]);
}

#[test]
fn is_not_a_drop() {
    let mut world = first(Plan::healthy());
    world.run(100.0);
    world.reconnect();
    world.run(0.0);
    let counters = world.connection().counters();
    assert_eq!((counters.attempts, counters.opens, counters.drops), (2, 2, 0));
}

#[test]
fn that_fails_is_retried() {
    let mut world = World::new(steady())
        .plan(|n| if n == 2 { Plan::failing() } else { Plan::healthy() })
        .started();
    world.run(100.0);
    world.reconnect();
    world.run(500.0);
    assert_eq!(
        world.kinds(),
        [
            Event::Open,
            Event::Close(clean(1000, "")),
            Event::Error(Cause::Handshake),
            Event::Close(abnormal()),
            Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Handshake },
            Event::Open,
        ]
    );
}

#[test]
fn right_after_closing_a_wait_tells_of_the_close_first() {
    let mut world = first(Plan::failing());
    world.run(10.0);
    world.close(4001);
    world.reconnect();
    world.run(10.0);
    let closes: Vec<u16> = world
        .kinds()
        .into_iter()
        .filter_map(|event| match event {
            Event::Close(close) => Some(close.code),
            _ => None,
        })
        .collect();
    assert_eq!((closes, world.status()), (vec![1006, 4001], Status::Open));
}
