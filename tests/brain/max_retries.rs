//! After n retries, the connection has failed, and says so once.

use everline::connection::{Cause, Config, Event, GaveUp, Status, Verdict};

use crate::world::{Answer, Fate, Handshake, Plan, World, abnormal, steady};

fn retrying(max_retries: u32) -> Config {
    Config { max_retries, ..steady() }
}

#[test]
fn n_retries_are_n_plus_one_attempts() {
    for n in 0..5 {
        let mut world = World::new(retrying(n)).plan(|_| Plan::failing()).started();
        world.run(1_000_000.0);
        assert_eq!(world.attempts().len(), n as usize + 1);
        assert_eq!(world.status(), Status::Failed);
        assert_eq!(world.deadline(), None);
        let events = world.kinds();
        assert_eq!(
            events[events.len() - 3..],
            [
                Event::Error(Cause::Handshake),
                Event::Close(abnormal()),
                Event::Failed(GaveUp::MaxRetries)
            ]
        );
        let failures = events.iter().filter(|event| matches!(event, Event::Failed(_)));
        assert_eq!(failures.count(), 1);
    }
}

#[test]
fn retries_are_numbered_from_one() {
    let mut world = World::new(retrying(3)).plan(|_| Plan::failing()).started();
    world.run(1_000_000.0);
    let numbers: Vec<u32> = world
        .kinds()
        .into_iter()
        .filter_map(|event| match event {
            Event::Reconnecting { attempt, .. } => Some(attempt),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn success_makes_them_new() {
    let mut world = World::new(retrying(2))
        .plan(|n| match n % 2 {
            0 => Plan::living([(0.0, Fate::Message), (0.0, Fate::Cut)]),
            _ => Plan::failing(),
        })
        .started();
    world.run(20_000.0);
    assert!(world.attempts().len() > 20);
    assert_eq!(world.connection().counters().opens as usize, world.attempts().len() / 2);
}

#[test]
fn every_way_to_fail_counts() {
    let mut world = World::new(retrying(3))
        .plan(|n| match n {
            1 => Plan { handshake: Handshake::Hangs, ..Plan::healthy() },
            2 => Plan { resolve: crate::world::Resolve::Fails(0.0), ..Plan::healthy() },
            3 => Plan::living([(100.0, Fate::Cut)]),
            _ => Plan::failing(),
        })
        .started();
    world.run(1_000_000.0);
    assert_eq!(world.attempts().len(), 4);
}

#[test]
fn the_application_is_not_asked_beyond_them() {
    let config = Config { judged: true, ..retrying(1) };
    let verdict = Answer::Now(Verdict::Retry);
    let mut world = World::new(config).plan(move |_| Plan { verdict, ..Plan::failing() }).started();
    world.run(1_000_000.0);
    assert_eq!(world.attempts().len(), 2);
    assert_eq!(world.status(), Status::Failed);
}

#[test]
fn an_impossible_address_is_not_tried_again() {
    let mut world = World::new(steady())
        .plan(|_| Plan { handshake: Handshake::Impossible, ..Plan::healthy() })
        .started();
    world.run(1_000_000.0);
    assert_eq!(
        world.events(),
        [
            (0.0, Event::Error(Cause::Provider)),
            (0.0, Event::Close(abnormal())),
            (0.0, Event::Failed(GaveUp::Impossible)),
        ]
    );
    assert_eq!(world.attempts(), [0.0]);
}

#[test]
fn messages_wait_on_after_the_end() {
    let mut world = World::new(retrying(0)).plan(|_| Plan::failing()).started();
    world.run(0.0);
    let message = world.send();
    assert_eq!(world.status(), Status::Failed);
    assert_eq!(world.take_queued(), [message]);
}
