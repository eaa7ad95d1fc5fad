//! Liveness by deadlines: whatever is heard in time is life, and silence is death.

use everline::connection::{Cause, Config, Event, Heartbeat, Millis, Status};

use crate::world::{Fate, Plan, Sent, World, abnormal, steady};

fn beating(plan: Plan) -> World {
    let config = Config { heartbeat: Some(Heartbeat::default()), ..steady() };
    World::new(config).plan(move |_| plan.clone()).started()
}

fn pings(world: &mut World) -> Vec<Millis> {
    let sent = world.wire().into_iter();
    sent.filter(|(_, sent)| *sent == Sent::Ping).map(|(at, _)| at).collect()
}

#[test]
fn is_off_unless_asked_for() {
    let mut world = World::new(steady()).started();
    world.run(1_000_000.0);
    assert_eq!((pings(&mut world), world.deadline()), (vec![], None));
}

#[test]
fn pings_at_every_interval() {
    let mut world = beating(Plan { reply: Some(100.0), ..Plan::healthy() });
    world.run(80_000.0);
    assert_eq!(pings(&mut world), [25_000.0, 50_100.0, 75_200.0]);
    assert_eq!(world.kinds(), [Event::Open]);
}

#[test]
fn measures_the_round_trip() {
    let mut world = beating(Plan { reply: Some(120.0), ..Plan::healthy() });
    world.run(25_119.0);
    assert_eq!(world.connection().counters().round_trip, None);
    world.run(1.0);
    assert_eq!(world.connection().counters().round_trip, Some(120.0));
}

#[test]
fn measures_it_to_the_reply_and_not_to_what_comes_before() {
    let plan = Plan { reply: Some(300.0), ..Plan::living([(25_100.0, Fate::Message)]) };
    let mut world = beating(plan);
    world.run(25_300.0);
    assert_eq!(world.connection().counters().round_trip, Some(300.0));
}

#[test]
fn measures_nothing_by_a_reply_that_nobody_asked_for() {
    let unasked = [(20_000.0, Fate::Reply), (30_000.0, Fate::Reply)];
    let mut world = beating(Plan { reply: Some(120.0), ..Plan::living(unasked) });
    world.run(24_000.0);
    assert_eq!(world.connection().counters().round_trip, None);
    world.run(16_000.0);
    assert_eq!(world.connection().counters().round_trip, Some(120.0));
}

#[test]
fn silence_is_death() {
    let mut world = beating(Plan { reply: None, ..Plan::healthy() });
    world.run(34_999.0);
    assert_eq!(world.kinds(), [Event::Open]);
    world.run(1.0);
    assert_eq!(
        world.events(),
        [
            (35_000.0, Event::Error(Cause::Heartbeat)),
            (35_000.0, Event::Close(abnormal())),
            (35_000.0, Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Heartbeat }),
        ]
    );
    assert_eq!((world.live_transports(), world.connection().counters().drops), (0, 1));
    world.run(500.0);
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn any_message_is_life() {
    let plan = Plan { reply: None, ..Plan::living([(34_999.0, Fate::Message)]) };
    let mut world = beating(plan);
    world.run(40_000.0);
    assert_eq!(world.kinds(), [Event::Open]);
    assert_eq!(world.deadline(), Some(59_999.0));
}

#[test]
fn a_message_before_the_ping_is_no_answer() {
    let plan = Plan { reply: None, ..Plan::living([(24_999.0, Fate::Message)]) };
    let mut world = beating(plan);
    world.run(35_000.0);
    assert_eq!(world.status(), Status::Waiting);
}

#[test]
fn stops_with_the_connection() {
    let mut world = beating(Plan::healthy());
    world.run(1000.0);
    world.close(1000);
    world.run(1_000_000.0);
    assert_eq!(pings(&mut world), []);
}

#[test]
fn starts_anew_with_each_connection() {
    let plan = Plan::living([(20_000.0, Fate::Cut)]);
    let mut world = beating(plan);
    world.run(45_000.0);
    assert_eq!(pings(&mut world), []);
    assert_eq!(world.attempts(), [0.0, 20_500.0, 41_000.0]);
}

#[test]
fn the_silence_of_a_closing_connection_is_no_news() {
    let mut world = beating(Plan { reply: None, closing: Some(12_000.0), ..Plan::healthy() });
    world.run(25_000.0);
    world.close(1000);
    world.run(60_000.0);
    let events = world.kinds();
    assert!(!events.contains(&Event::Error(Cause::Heartbeat)), "{events:?}");
    assert_eq!(world.status(), Status::Closed);
}
