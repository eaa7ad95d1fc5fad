//! When HTTP takes over.

use everline::connection::{Cause, Config, Event, Heartbeat, Page, Status, Transport};

use crate::world::{
    Exchange, Fate, Handshake, Plan, Resolve, World, abnormal, falling, falling_with,
};

/// How long it takes until HTTP is open, if the attempts go so.
fn requests_after(after: u32, plan: Plan, millis: f64) -> usize {
    let mut world =
        World::new(falling_with(|it| it.after = after)).plan(move |_| plan.clone()).started();
    world.run(millis);
    world.requests()
}

#[test]
fn comes_after_one_or_three_attempts_of_each_kind() {
    let failures = [
        Plan::failing(),
        Plan { handshake: Handshake::Refused, ..Plan::healthy() },
        Plan { resolve: Resolve::Fails(0.0), ..Plan::healthy() },
        Plan::living([(0.0, Fate::Close(1011, ""))]),
        Plan::living([(0.0, Fate::Cut)]),
    ];
    for plan in failures {
        assert_eq!(requests_after(1, plan.clone(), 0.0), 1);
        assert_eq!(requests_after(3, plan.clone(), 1499.0), 0, "{plan:?}");
        assert_eq!(requests_after(3, plan, 1500.0), 1);
    }
    let hanging = Plan { handshake: Handshake::Hangs, ..Plan::healthy() };
    assert_eq!(requests_after(1, hanging.clone(), 9999.0), 0);
    assert_eq!(requests_after(1, hanging, 10_000.0), 1);
}

#[test]
fn is_told_before_open() {
    let mut world = World::new(falling()).plan(|_| Plan::failing()).started();
    world.run(0.0);
    assert_eq!(
        world.kinds(),
        [
            Event::Error(Cause::Handshake),
            Event::Close(abnormal()),
            Event::TransportChange { to: Transport::Http, cause: Cause::Handshake },
            Event::Open,
        ]
    );
    assert_eq!((world.status(), world.transport()), (Status::Open, Some(Transport::Http)));
}

#[test]
fn comes_first_where_nothing_need_fail() {
    for change in
        [|after: &mut u32, _: &mut bool| *after = 0, |_: &mut u32, it: &mut bool| *it = true]
    {
        let config = falling_with(|it| change(&mut it.after, &mut it.remembered));
        let mut world = World::new(config).plan(|_| Plan::failing()).started();
        assert_eq!((world.requests(), world.attempts().len()), (1, 0));
        world.run(0.0);
        assert_eq!(world.attempts().len(), 1, "and WebSocket right after");
        assert_eq!(
            world.kinds(),
            [Event::TransportChange { to: Transport::Http, cause: Cause::Remembered }, Event::Open]
        );
    }
}

#[test]
fn goes_to_a_websocket_at_once_if_the_hint_was_wrong() {
    let config = falling_with(|it| it.remembered = true);
    let mut world = World::new(config).http(|_| Exchange::absent()).started();
    world.run(0.0);
    assert_eq!(world.kinds(), [Event::Error(Cause::Http), Event::Open]);
    assert_eq!(world.transport(), Some(Transport::WebSocket));
}

#[test]
fn forgets_failures_once_a_message_came() {
    let mut world = World::new(falling_with(|it| it.after = 2))
        .plan(|n| match n {
            2 => Plan::living([(0.0, Fate::Message), (1.0, Fate::Cut)]),
            _ => Plan::failing(),
        })
        .started();
    world.run(501.0);
    assert_eq!(world.requests(), 0);
}

#[test]
fn forgives_a_silent_connection_that_lasted() {
    for (lasted, requests) in [(29_999.0, 1), (30_000.0, 0)] {
        assert_eq!(requests_after(1, Plan::living([(lasted, Fate::Cut)]), lasted), requests);
    }
}

#[test]
fn counts_a_long_connection_that_the_heartbeat_ended() {
    let heartbeat = Some(Heartbeat { interval: 35_000.0, timeout: 10_000.0 });
    let mut world = World::new(Config { heartbeat, ..falling() })
        .plan(|_| Plan { reply: None, ..Plan::healthy() })
        .started();
    world.run(45_000.0);
    assert_eq!(world.requests(), 1);
}

#[test]
fn does_not_come_of_a_page_that_is_put_away() {
    for after in [0, 1] {
        let mut world = World::new(falling_with(|it| it.after = after)).started();
        world.reconnect();
        world.run(1000.0);
        let requests = world.requests();
        world.page(Page::Shelved);
        assert_eq!((world.status(), world.requests()), (Status::Waiting, requests));
    }
}

#[test]
fn does_not_come_of_a_final_code() {
    let mut world =
        World::new(falling()).plan(|_| Plan::living([(0.0, Fate::Close(1008, ""))])).started();
    world.run(60_000.0);
    assert_eq!((world.status(), world.requests()), (Status::Failed, 0));
}

#[test]
fn counts_no_attempt_that_the_page_put_away() {
    let (silent, failing) = (Plan::healthy, Plan::failing);
    let heard = || Plan::living([(0.0, Fate::Message)]);
    for (plans, requests) in [
        (vec![silent(), failing()], 0),
        (vec![heard(), failing()], 0),
        (vec![failing(), silent(), failing()], 1),
    ] {
        let mut world = World::new(falling_with(|it| it.after = 2))
            .plan(move |n| plans[n as usize - 1].clone())
            .started();
        world.run(500.0);
        world.page(Page::Shelved);
        world.page(Page::Awake);
        world.run(100.0);
        assert_eq!((world.status() == Status::Open, world.requests()), (requests > 0, requests));
    }
}

#[test]
fn counts_anew_when_the_application_reconnects() {
    let mut world = World::new(falling_with(|it| it.after = 2)).plan(|_| Plan::failing()).started();
    world.run(0.0);
    world.reconnect();
    world.run(499.0);
    assert_eq!((world.attempts().len(), world.requests()), (2, 0));
    world.run(1.0);
    assert_eq!((world.attempts().len(), world.requests()), (3, 1));
}
