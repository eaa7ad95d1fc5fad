//! What an abandoned transport still has to say changes nothing. The world checks that for every
//! such voice; here are the ones that came at the worst moment.

use everline::connection::{Cause, Event, Status};

use crate::world::{Command, Fate, Handshake, Plan, Resolve, World, abnormal, clean, steady};

#[test]
fn an_abandoned_handshake_does_not_end_a_later_close() {
    let mut world = World::new(steady())
        .plan(|_| Plan { handshake: Handshake::Hangs, lingers: true, ..Plan::healthy() })
        .started();
    world.run(10_000.0);
    assert_eq!(world.status(), Status::Waiting);
    world.events();
    // The timer that ends this close is late; the abandoned transport's end comes first.
    let mut world = world.timer_lag(100.0);
    world.command(Command::Close(Some(4000), "done"));
    world.run(1000.0);
    assert_eq!(world.kinds(), [Event::Close(clean(4000, "done"))]);
}

#[test]
fn an_abandoned_transport_that_opens_after_all_is_not_open() {
    let mut world = World::new(steady())
        .plan(|_| Plan {
            handshake: Handshake::Opens(10_020.0),
            life: vec![(0.0, Fate::Message)],
            lingers: true,
            ..Plan::healthy()
        })
        .started();
    world.run(10_400.0);
    assert_eq!(world.status(), Status::Waiting);
    assert_eq!(world.kinds()[..2], [Event::Error(Cause::Timeout), Event::Close(abnormal())]);
}

#[test]
fn an_answer_after_the_timeout_connects_nothing() {
    let mut world = World::new(steady())
        .plan(|n| Plan {
            resolve: if n == 1 { Resolve::After(10_001.0) } else { Resolve::Now },
            ..Plan::healthy()
        })
        .started();
    world.run(10_499.0);
    assert_eq!((world.status(), world.live_transports()), (Status::Waiting, 0));
    world.run(1.0);
    assert_eq!((world.status(), world.live_transports()), (Status::Open, 1));
}

#[test]
fn the_end_of_a_replaced_transport_does_not_end_the_new_one() {
    let mut world =
        World::new(steady()).plan(|_| Plan { lingers: true, ..Plan::healthy() }).started();
    world.run(100.0);
    world.reconnect();
    world.run(1000.0);
    assert_eq!(world.status(), Status::Open);
    assert_eq!(world.kinds(), [Event::Open, Event::Close(clean(1000, "")), Event::Open]);
}
