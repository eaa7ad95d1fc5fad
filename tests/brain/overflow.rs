//! What happens to a message too many.

use everline::connection::{Config, Connection, DropCause, Event, Limits, Overflow, Time};

use crate::world::{Command, Handshake, Plan, World, steady};

fn full(overflow: Overflow) -> World {
    let limits = Limits { messages: 3, bytes: 10, overflow, ..Limits::default() };
    World::new(Config { limits, ..steady() })
        .plan(|_| Plan { handshake: Handshake::Opens(100.0), ..Plan::healthy() })
        .started()
}

fn dropped(count: u32) -> Event {
    Event::Dropped { count, cause: DropCause::Overflow }
}

#[test]
fn drops_the_newest() {
    let mut world = full(Overflow::DropNewest);
    (0..5).for_each(|_| _ = world.send());
    assert_eq!(world.kinds(), [dropped(1), dropped(1)]);
    world.run(100.0);
    assert_eq!(world.delivered(), [0, 1, 2]);
    assert_eq!(world.connection().counters().dropped, 2);
}

#[test]
fn drops_the_oldest() {
    let mut world = full(Overflow::DropOldest);
    (0..5).for_each(|_| _ = world.send());
    assert_eq!(world.kinds(), [dropped(1), dropped(1)]);
    world.run(100.0);
    assert_eq!(world.delivered(), [2, 3, 4]);
}

#[test]
fn drops_as_many_as_it_takes() {
    let mut world = full(Overflow::DropOldest);
    (0..3).for_each(|_| _ = world.send());
    world.command(Command::Send(9));
    assert_eq!(world.kinds(), [dropped(2)]);
    world.run(100.0);
    assert_eq!(world.delivered(), [2, 3]);
}

#[test]
fn refuses_and_says_so() {
    let mut world = full(Overflow::Refuse);
    (0..5).for_each(|_| _ = world.send());
    assert_eq!((world.kinds(), world.ledger().refused()), (vec![], 2));
    world.run(100.0);
    assert_eq!(world.delivered(), [0, 1, 2]);
}

#[test]
fn counts_bytes() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let mut world = full(overflow);
        world.command(Command::Send(6));
        world.command(Command::Send(6));
        assert_eq!((world.connection().queued(), world.connection().queued_bytes()), (1, 6));
        // One that can never fit displaces nothing.
        world.command(Command::Send(11));
        assert_eq!(world.connection().queued(), 1);
        assert_eq!(world.ledger().dropped(), 2);
    }
}

#[test]
fn nothing_waits_where_nothing_may() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let limits = Limits { messages: 0, overflow, ..Limits::default() };
        let mut world = World::new(Config { limits, ..steady() });
        world.send();
        assert_eq!((world.connection().queued(), world.kinds()), (0, vec![dropped(1)]));
    }
}

#[test]
fn sizes_beyond_measure_are_no_overflow_of_another_kind() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest, Overflow::Refuse] {
        let limits = Limits { bytes: usize::MAX, overflow, ..Limits::default() };
        let mut connection = Connection::new(Config { limits, ..steady() });
        assert!(connection.enqueue('a', usize::MAX, Time::default()).is_ok());
        let _ = connection.enqueue('b', 1, Time::default());
        assert_eq!(connection.queued(), 1);
    }
}
