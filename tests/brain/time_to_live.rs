//! How long a message may wait.

use everline::connection::{Config, DropCause, Event, Millis, Status};

use crate::world::{Handshake, Plan, World, steady};

fn living_for_a_second(plan: Plan) -> World {
    let mut config: Config = steady();
    config.limits.time_to_live = 1000.0;
    World::new(config).plan(move |_| plan.clone()).started()
}

fn opening_at(millis: Millis) -> World {
    living_for_a_second(Plan { handshake: Handshake::Opens(millis), ..Plan::healthy() })
}

fn expired(count: u32) -> Event {
    Event::Dropped { count, cause: DropCause::Expired }
}

#[test]
fn drops_what_waited_too_long_and_says_so_then() {
    let mut world = opening_at(5000.0);
    world.send();
    world.run(500.0);
    world.send();
    assert_eq!(world.deadline(), Some(1000.0));
    world.run(4500.0);
    assert_eq!(world.events(), [(1000.0, expired(1)), (1500.0, expired(1)), (5000.0, Event::Open)]);
    assert_eq!(world.delivered(), []);
    assert_eq!(world.connection().counters().dropped, 2);
}

#[test]
fn sends_what_is_young_enough() {
    let mut world = opening_at(1400.0);
    world.send();
    world.run(500.0);
    let young = world.send();
    world.run(900.0);
    assert_eq!(world.delivered(), [young]);
}

#[test]
fn is_checked_before_anything_is_sent() {
    // The timer is late: the opening comes first, and finds a message that is too old.
    let mut world = opening_at(1500.0).timer_lag(60_000.0);
    world.send();
    world.run(1500.0);
    assert_eq!(world.kinds(), [expired(1), Event::Open]);
    assert_eq!(world.delivered(), []);
}

#[test]
fn makes_room() {
    let mut config = steady();
    config.limits.time_to_live = 1000.0;
    config.limits.messages = 1;
    let mut world = World::new(config)
        .timer_lag(60_000.0)
        .plan(|_| Plan { handshake: Handshake::Hangs, ..Plan::healthy() })
        .started();
    world.send();
    world.run(1000.0);
    let second = world.send();
    assert_eq!(world.kinds(), [expired(1)]);
    assert_eq!(world.take_queued(), [second]);
}

#[test]
fn counts_on_through_failures() {
    let mut world = living_for_a_second(Plan::failing());
    world.send();
    world.run(2000.0);
    assert!(world.events().contains(&(1000.0, expired(1))));
    assert_eq!((world.status(), world.connection().queued()), (Status::Waiting, 0));
}

#[test]
fn needs_no_timer_once_the_connection_has_ended() {
    let mut world = opening_at(0.0);
    world.run(0.0);
    world.close(1000);
    world.run(0.0);
    let message = world.send();
    assert_eq!((world.status(), world.deadline()), (Status::Closed, None));
    assert_eq!(world.take_queued(), [message]);
}

#[test]
fn what_grew_old_after_the_end_is_not_sent_later() {
    let mut world = opening_at(0.0);
    world.run(0.0);
    world.close(1000);
    world.run(0.0);
    world.send();
    world.run(5000.0);
    world.reconnect();
    world.run(100.0);
    assert_eq!((world.status(), world.delivered()), (Status::Open, vec![]));
    assert_eq!(world.ledger().dropped(), 1);
}
