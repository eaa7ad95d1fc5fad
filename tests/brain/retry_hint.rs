//! A close reason may say when to come back. That wins, and waking up does not shorten it.

use everline::connection::{Cause, Event, Millis, Page, Status};

use crate::world::{Fate, Plan, World, steady};

fn hinted(reason: &'static str) -> World {
    let mut world = World::new(steady())
        .plan(move |n| match n {
            1 => Plan::living([(0.0, Fate::Close(1013, reason))]),
            _ => Plan::healthy(),
        })
        .started();
    world.run(0.0);
    world
}

fn delay(world: &mut World) -> Millis {
    match world.kinds().pop() {
        Some(Event::Reconnecting { attempt: 1, delay, cause: Cause::Close }) => delay,
        other => panic!("{other:?}"),
    }
}

#[test]
fn wins_over_the_backoff() {
    for reason in ["retry=7000", "retry: 7000", r#"{"retry": 7000}"#, "busy; retry=7000"] {
        let mut world = hinted(reason);
        assert_eq!(delay(&mut world), 7000.0, "{reason}");
        world.run(7000.0);
        assert_eq!(world.attempts(), [0.0, 7000.0]);
    }
}

#[test]
fn may_be_shorter_than_the_backoff_and_longer_than_its_cap() {
    assert_eq!(delay(&mut hinted("retry=200")), 200.0);
    assert_eq!(delay(&mut hinted("retry=120000")), 120_000.0);
}

#[test]
fn is_nothing_else() {
    for reason in ["", "retry later", "retry=soon", "retry=-5", "noretry=7000"] {
        assert_eq!(delay(&mut hinted(reason)), 500.0, "{reason}");
    }
}

#[test]
fn is_kept_when_the_page_wakes() {
    let mut world = hinted("retry=7000");
    for _ in 0..6 {
        world.run(1000.0);
        world.page(Page::Awake);
        assert_eq!(world.status(), Status::Waiting);
    }
    world.run(1000.0);
    assert_eq!(world.attempts(), [0.0, 7000.0]);
}

#[test]
fn yields_to_the_application() {
    let mut world = hinted("retry=7000");
    world.reconnect();
    world.run(0.0);
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn holds_for_one_retry() {
    let mut world = World::new(steady())
        .plan(|n| match n {
            1 => Plan::living([(0.0, Fate::Close(1013, "retry=7000"))]),
            _ => Plan::failing(),
        })
        .started();
    world.run(20_000.0);
    assert_eq!(world.attempts(), [0.0, 7000.0, 8000.0, 10_000.0, 14_000.0]);
}

#[test]
fn is_honoured_up_to_a_day() {
    for reason in ["retry=86400001", "retry=99999999999999999999999999999999"] {
        let mut world = hinted(reason);
        assert_eq!(delay(&mut world), 86_400_000.0, "{reason}");
        world.run(86_400_000.0);
        assert_eq!(world.status(), Status::Open);
    }
}
