//! While on HTTP, a WebSocket is tried in the background, and taken once it has shown that it works.

use everline::connection::{Cause, Config, DropCause, Event, Heartbeat, Page, Status, Transport};

use crate::world::{Command, Exchange, Fate, Handshake, Plan, Sent, World, falling, falling_with};

/// On HTTP; all later attempts go so.
fn fallen(config: Config, plan: Plan) -> World {
    let mut world = World::new(config)
        .plan(move |n| if n == 1 { Plan::failing() } else { plan.clone() })
        .started();
    world.run(0.0);
    assert_eq!(world.transport(), Some(Transport::Http));
    world.events();
    world.wire();
    world
}

fn recovered() -> Event {
    Event::TransportChange { to: Transport::WebSocket, cause: Cause::Recovered }
}

#[test]
fn is_tried_less_and_less_often_and_silently() {
    for seed in 0..50 {
        let mut world = fallen(Config { seed, ..falling() }, Plan::failing());
        world.run(3_600_000.0);
        let rests = world.attempts().windows(2).map(|pair| pair[1] - pair[0]);
        let expected = [5e3, 15e3, 45e3, 135e3].into_iter().chain(std::iter::repeat(300e3));
        for (rest, expected) in rests.zip(expected) {
            assert!((0.75 * expected..=1.25 * expected).contains(&rest), "{rest} {expected}");
        }
        assert!(world.attempts().len() <= 21, "in an hour");
        assert_eq!((world.kinds(), world.requests()), (vec![], 1));
    }
}

#[test]
fn is_never_tried_where_nobody_wants_it() {
    for remembered in [false, true] {
        let config = falling_with(|it| {
            it.retry_websocket = f64::INFINITY;
            it.remembered = remembered;
        });
        let mut world = fallen(config, Plan::healthy());
        let attempts = world.attempts().len();
        world.page(Page::Awake);
        world.run(3_600_000.0);
        assert_eq!((world.attempts().len(), world.deadline()), (attempts, None));
    }
}

#[test]
fn does_not_storm_where_it_may_be_tried_at_once() {
    let mut world = fallen(falling_with(|it| it.retry_websocket = 0.0), Plan::failing());
    world.run(3_600_000.0);
    assert!(world.attempts().len() < 30, "{}", world.attempts().len());
}

#[test]
fn is_tried_at_once_when_the_page_wakes() {
    let mut world = fallen(falling(), Plan::failing());
    world.run(1000.0);
    for _ in 0..9 {
        world.page(Page::Awake);
        world.run(10.0);
    }
    assert_eq!(world.attempts(), [0.0, 1000.0], "and at most every 100 ms");
}

#[test]
fn takes_two_seconds_without_a_heartbeat_or_a_message() {
    let mut world = fallen(falling(), Plan::healthy());
    world.run(100.0);
    world.page(Page::Awake);
    world.run(1999.0);
    assert_eq!(world.transport(), Some(Transport::Http));
    world.run(1.0);
    assert_eq!((world.transport(), world.kinds()), (Some(Transport::WebSocket), vec![recovered()]));

    let mut world = fallen(falling(), Plan::living([(50.0, Fate::Message)]));
    world.run(100.0);
    world.page(Page::Awake);
    world.run(50.0);
    assert_eq!(world.transport(), Some(Transport::WebSocket));
}

#[test]
fn takes_a_reply_with_a_heartbeat() {
    let config = Config { heartbeat: Some(Heartbeat::default()), ..falling() };
    let mut world = fallen(config.clone(), Plan { reply: Some(500.0), ..Plan::healthy() });
    world.run(100.0);
    world.page(Page::Awake);
    world.run(500.0);
    assert_eq!(world.wire(), [(100.0, Sent::Ping)]);
    assert_eq!(world.transport(), Some(Transport::WebSocket));

    let mut world = fallen(config, Plan { reply: None, ..Plan::healthy() });
    world.run(100.0);
    world.page(Page::Awake);
    world.run(10_000.0);
    assert_eq!((world.transport(), world.live_transports()), (Some(Transport::Http), 0));
}

#[test]
fn waits_for_the_request_and_brings_what_waits() {
    let mut world = World::new(falling())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::living([(0.0, Fate::Message)]) })
        .http(|n| if n == 2 { Exchange::slow(5000.0) } else { Exchange::healthy() })
        .listen(|event| match event {
            Event::TransportChange { to: Transport::WebSocket, .. } => vec![Command::Send(1)],
            _ => vec![],
        })
        .started();
    world.run(100.0);
    world.send();
    world.send();
    world.page(Page::Awake);
    world.run(4999.0);
    assert_eq!(world.transport(), Some(Transport::Http));
    world.run(1.0);
    assert_eq!(world.transport(), Some(Transport::WebSocket));
    assert_eq!(world.acted(), [0, 1, 2]);
    assert_eq!(world.delivered(), [1, 2]);
}

#[test]
fn does_not_wait_for_a_server_that_rests() {
    let mut world = World::new(falling())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::living([(0.0, Fate::Message)]) })
        .http(|n| if n == 2 { Exchange::later(60_000.0) } else { Exchange::healthy() })
        .started();
    world.run(100.0);
    world.send();
    world.run(0.0);
    world.page(Page::Awake);
    world.run(0.0);
    assert_eq!(world.delivered(), [0]);
}

#[test]
fn that_dies_young_leads_straight_back_and_the_next_comes_later() {
    let mut world = fallen(falling_with(|it| it.after = 1), Plan::living([(10_000.0, Fate::Cut)]));
    world.run(60_000.0);
    let attempts = world.attempts().to_vec();
    assert_eq!(world.requests(), 1 + attempts.len() - 1, "{attempts:?}");
    assert!(attempts[2] - attempts[1] >= 10_000.0 + 0.75 * 15e3);
    assert!(!world.kinds().iter().any(|event| matches!(event, Event::Reconnecting { .. })));
}

#[test]
fn that_lasts_is_forgotten() {
    for end in ["cut", "page"] {
        let life = if end == "cut" { vec![(40_000.0, Fate::Cut)] } else { vec![] };
        let mut world = World::new(falling())
            .plan(move |n| if n == 2 { Plan::living(life.clone()) } else { Plan::failing() })
            .started();
        world.run(47_000.0);
        if end == "page" {
            world.page(Page::Shelved);
            world.page(Page::Awake);
        }
        world.run(500.0);
        let attempts = world.attempts().len();
        world.run(6500.0);
        assert!(world.attempts().len() > attempts, "{end}: after 5 s again");
    }
}

#[test]
fn close_and_reconnect_end_what_is_under_way() {
    for idempotent in [false, true] {
        for reconnects in [false, true] {
            let mut world = World::new(falling_with(|it| it.idempotent = idempotent))
                .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
                .http(|n| if n == 2 { Exchange::slow(5000.0) } else { Exchange::healthy() })
                .started();
            world.run(0.0);
            world.send();
            if reconnects {
                world.reconnect()
            } else {
                world.close(1000)
            }
            world.run(100.0);
            let unconfirmed = Event::Dropped { count: 1, cause: DropCause::Unconfirmed };
            assert_eq!(world.kinds().contains(&unconfirmed), !idempotent);
            let status = if reconnects { Status::Open } else { Status::Closed };
            assert_eq!((world.status(), world.live_transports()), (status, reconnects.into()));
        }
    }
}

#[test]
fn that_dies_young_needs_no_other_failures() {
    let mut world = World::new(falling_with(|it| it.after = 3))
        .plan(|n| match n {
            1..=3 => Plan::failing(),
            _ => Plan::living([(0.0, Fate::Message), (10_000.0, Fate::Cut)]),
        })
        .started();
    world.run(1500.0);
    world.page(Page::Awake);
    world.run(10_100.0);
    assert_eq!((world.attempts().len(), world.transport()), (4, Some(Transport::Http)));
}

#[test]
fn is_taken_untried_when_http_is_lost() {
    let mut world = World::new(falling())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .http(|n| if n == 2 { Exchange::status(403) } else { Exchange::healthy() })
        .started();
    world.run(100.0);
    world.page(Page::Awake);
    world.run(1000.0);
    world.send();
    world.run(0.0);
    assert_eq!((world.transport(), world.delivered()), (Some(Transport::WebSocket), vec![0]));
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn is_on_trial_no_longer_once_the_application_reconnects() {
    let mut world = World::new(falling_with(|it| it.after = 3))
        .plan(|n| match n {
            1..=3 => Plan::failing(),
            4 => Plan::healthy(),
            _ => Plan::living([(1000.0, Fate::Cut)]),
        })
        .started();
    world.run(1500.0);
    world.page(Page::Awake);
    world.run(3000.0);
    assert_eq!((world.transport(), world.requests()), (Some(Transport::WebSocket), 1));
    world.reconnect();
    world.run(1000.0);
    assert_eq!((world.status(), world.requests()), (Status::Waiting, 1));
}

#[test]
fn brings_nothing_that_is_too_old() {
    let mut config = falling();
    config.limits.time_to_live = 1000.0;
    let mut world = World::new(config)
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::living([(0.0, Fate::Message)]) })
        .http(|n| if n == 2 { Exchange::slow(5000.0) } else { Exchange::healthy() })
        .started();
    world.run(100.0);
    world.send();
    world.send();
    world.page(Page::Awake);
    world.run(0.0);
    world.command(Command::Sleep(6000.0));
    world.run(0.0);
    assert_eq!((world.transport(), world.delivered()), (Some(Transport::WebSocket), vec![]));
    assert_eq!((world.acted(), world.ledger().dropped()), (vec![0], 1));
}

#[test]
fn is_tried_as_soon_as_at_first_once_the_application_reconnects() {
    let mut world = fallen(falling(), Plan::failing());
    world.run(600_000.0);
    world.reconnect();
    world.run(0.0);
    assert_eq!(world.transport(), Some(Transport::Http));
    let attempts = world.attempts().len();
    world.run(6250.0);
    assert_eq!(world.attempts().len(), attempts + 1);
}

#[test]
fn goes_on_at_once_after_an_attempt_that_is_impossible() {
    let impossible = Plan { handshake: Handshake::Impossible, ..Plan::healthy() };
    let mut world = fallen(falling(), impossible);
    for _ in 0..2 {
        world.run(1000.0);
        world.page(Page::Awake);
        world.run(0.0);
    }
    assert_eq!(world.attempts(), [0.0, 1000.0, 2000.0]);
    assert_eq!(world.kinds(), []);
}

#[test]
fn by_reconnecting_is_told_too() {
    let mut world = fallen(falling(), Plan::healthy());
    world.reconnect();
    world.run(0.0);
    assert_eq!(world.kinds()[1..], [recovered(), Event::Open]);
}

#[test]
fn is_left_by_a_page_that_is_put_away() {
    let mut world = fallen(falling(), Plan::healthy());
    world.run(100.0);
    world.page(Page::Awake);
    world.run(1000.0);
    assert_eq!((world.transport(), world.live_transports()), (Some(Transport::Http), 1));
    world.page(Page::Shelved);
    assert_eq!((world.transport(), world.live_transports()), (Some(Transport::Http), 0));
}
