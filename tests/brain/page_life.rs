//! What happens to the page or its network: waking retries or checks at once, going offline never
//! kills, and a page that is put away closes cleanly and comes back.

use everline::connection::{Cause, Config, Event, Heartbeat, Page, Status};

use crate::world::{Command, Fate, Handshake, Plan, Sent, World, abnormal, clean, steady};

fn with_heartbeat() -> Config {
    Config { heartbeat: Some(Heartbeat::default()), ..steady() }
}

fn pings(world: &mut World) -> Vec<f64> {
    let sent = world.wire().into_iter();
    sent.filter(|(_, sent)| *sent == Sent::Ping).map(|(at, _)| at).collect()
}

#[test]
fn waking_retries_at_once() {
    let mut world = World::new(steady())
        .plan(|n| if n < 7 { Plan::failing() } else { Plan::healthy() })
        .started();
    world.run(20_000.0);
    assert_eq!(world.status(), Status::Waiting);
    world.page(Page::Awake);
    world.run(0.0);
    assert_eq!(world.status(), Status::Open);
    assert_eq!(world.attempts().last(), Some(&20_000.0));
}

#[test]
fn waking_over_and_over_does_not_storm() {
    let mut world = World::new(steady()).plan(|_| Plan::failing()).started();
    for _ in 0..100 {
        world.page(Page::Awake);
        world.run(10.0);
    }
    assert_eq!(world.attempts().len(), 11, "one every 100 ms");
}

#[test]
fn waking_never_lengthens_the_wait() {
    let mut world = World::new(steady()).plan(|_| Plan::failing()).started();
    world.run(450.0);
    world.page(Page::Awake);
    world.run(50.0);
    assert_eq!(world.attempts(), [0.0, 450.0]);
    assert!(world.deadline() <= Some(1450.0));
}

#[test]
fn waking_leaves_a_handshake_alone() {
    let mut world = World::new(steady())
        .plan(|_| Plan { handshake: Handshake::Opens(5000.0), ..Plan::healthy() })
        .started();
    world.run(1000.0);
    world.page(Page::Awake);
    world.run(4000.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Open, 1));
}

#[test]
fn waking_leaves_what_has_ended_alone() {
    let mut failed =
        World::new(steady()).plan(|_| Plan::living([(0.0, Fate::Close(1008, ""))])).started();
    failed.run(10.0);
    let mut closed = World::new(steady()).started();
    closed.run(10.0);
    closed.close(1000);
    closed.run(10.0);
    for (mut world, status) in
        [(World::new(steady()), Status::Closed), (failed, Status::Failed), (closed, Status::Closed)]
    {
        let attempts = world.attempts().len();
        for page in [Page::Awake, Page::Offline, Page::Shelved] {
            world.page(page);
            world.run(60_000.0);
        }
        assert_eq!((world.status(), world.attempts().len()), (status, attempts));
    }
}

#[test]
fn waking_and_going_offline_check_an_open_connection() {
    for page in [Page::Awake, Page::Offline] {
        let mut world = World::new(with_heartbeat()).started();
        world.run(6000.0);
        world.page(page);
        world.run(10_000.0);
        assert_eq!(pings(&mut world), [6000.0]);
        assert_eq!((world.status(), world.kinds()), (Status::Open, vec![Event::Open]));
    }
}

#[test]
fn a_dead_line_is_found_out_soon() {
    for page in [Page::Awake, Page::Offline] {
        let mut world = World::new(with_heartbeat())
            .plan(|n| Plan { reply: (n > 1).then_some(0.0), ..Plan::healthy() })
            .started();
        world.run(6000.0);
        world.page(page);
        world.run(3999.0);
        assert_eq!(world.status(), Status::Open);
        world.run(501.0);
        assert_eq!((world.status(), world.attempts().len()), (Status::Open, 2));
    }
}

#[test]
fn doubt_shortens_a_ping_that_is_out() {
    let mut world =
        World::new(with_heartbeat()).plan(|_| Plan { reply: None, ..Plan::healthy() }).started();
    world.run(26_000.0);
    assert_eq!(world.deadline(), Some(35_000.0));
    world.page(Page::Offline);
    assert_eq!(world.deadline(), Some(30_000.0));
    world.run(3000.0);
    world.page(Page::Offline);
    assert_eq!(world.deadline(), Some(30_000.0), "once; and never longer");
    assert_eq!(pings(&mut world), [25_000.0]);
}

#[test]
fn going_offline_kills_nothing() {
    let mut world = World::new(steady()).started();
    world.run(6000.0);
    world.page(Page::Offline);
    world.run(1_000_000.0);
    assert_eq!(world.kinds(), [Event::Open]);

    let mut world = World::new(steady()).plan(|_| Plan::failing()).started();
    world.run(100.0);
    world.page(Page::Offline);
    world.run(400.0);
    assert_eq!(world.attempts(), [0.0, 500.0], "and stops no retry");
}

#[test]
fn being_put_away_closes_cleanly_and_comes_back() {
    let mut world = World::new(steady()).started();
    world.run(6000.0);
    world.page(Page::Shelved);
    assert_eq!(world.wire(), [(6000.0, Sent::Close(Some(1000), "page hidden".into()))]);
    assert_eq!(
        world.kinds(),
        [
            Event::Open,
            Event::Close(clean(1000, "page hidden")),
            Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Page },
        ]
    );
    assert_eq!((world.status(), world.live_transports()), (Status::Waiting, 0));
    world.command(Command::Sleep(3_600_000.0));
    world.page(Page::Awake);
    world.run(0.0);
    assert_eq!((world.status(), world.live_transports()), (Status::Open, 1));
}

#[test]
fn being_put_away_gives_up_the_handshake_and_comes_back() {
    let hanging = Plan { handshake: Handshake::Hangs, ..Plan::healthy() };
    let mut world = World::new(steady())
        .plan(move |n| if n == 1 { hanging.clone() } else { Plan::healthy() })
        .started();
    world.run(300.0);
    world.page(Page::Shelved);
    assert_eq!((world.status(), world.live_transports()), (Status::Waiting, 0));
    assert_eq!(
        world.kinds(),
        [
            Event::Error(Cause::Page),
            Event::Close(abnormal()),
            Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Page },
        ]
    );
    world.command(Command::Sleep(3_600_000.0));
    world.page(Page::Awake);
    world.run(100.0);
    assert_eq!((world.status(), world.live_transports()), (Status::Open, 1));
}

#[test]
fn being_put_away_without_a_retry_left_is_the_platforms_business() {
    let mut world = World::new(Config { max_retries: 0, ..steady() }).started();
    world.run(6000.0);
    world.page(Page::Shelved);
    assert_eq!((world.status(), world.kinds()), (Status::Open, vec![Event::Open]));
}

#[test]
fn being_put_away_keeps_the_messages() {
    let mut world = World::new(steady()).started();
    world.run(6000.0);
    world.page(Page::Shelved);
    let message = world.send();
    world.page(Page::Awake);
    world.run(500.0);
    assert_eq!(world.delivered(), [message]);
}
