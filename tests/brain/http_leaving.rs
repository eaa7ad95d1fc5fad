//! A page that goes sends what waits at once.

use everline::connection::{Page, Status, Transport};

use crate::world::{Command, Exchange, Plan, Presence, Sent, World, falling};

fn posting() -> World {
    let mut world = World::new(falling())
        .plan(|_| Plan::failing())
        .http(|n| if n == 2 { Exchange::slow(1000.0) } else { Exchange::healthy() })
        .started();
    world.run(0.0);
    world.send();
    world.send();
    world.wire();
    world
}

#[test]
fn sends_off_what_waits_and_what_comes() {
    for page in [Page::Leaving, Page::Shelved] {
        let mut world = posting();
        world.page(page);
        world.send();
        let sent = [Sent::Keepalive(vec![1]), Sent::Keepalive(vec![2])].map(|sent| (0.0, sent));
        assert_eq!(world.wire(), sent);
    }
}

#[test]
fn goes_on_with_what_the_platform_did_not_take() {
    let mut world = posting().keepalive(0);
    world.page(Page::Leaving);
    world.run(1000.0);
    assert_eq!(world.connection().queued(), 1);
    world.page(Page::Awake);
    assert_eq!(world.wire(), [(1000.0, Sent::Post(vec![1]))]);
    assert_eq!(world.transport(), Some(Transport::Http));
}

#[test]
fn a_check_goes_on_where_the_page_was_put_away() {
    let hanging = Exchange { presence: Presence::Never, ..Exchange::healthy() };
    for (exchange, transport) in [(hanging, None), (Exchange::slow(50.0), Some(Transport::Http))] {
        let mut world = World::new(falling())
            .plan(|_| Plan::failing())
            .http(move |n| if n == 1 { exchange.clone() } else { Exchange::healthy() })
            .started();
        world.send();
        world.run(0.0);
        world.page(Page::Shelved);
        assert_eq!((world.status(), world.requests()), (Status::Connecting, 1));
        world.command(Command::Sleep(3_600_000.0));
        world.page(Page::Awake);
        world.run(1000.0);
        assert_eq!((world.transport(), world.requests()), (transport, 1));
        world.run(500.0);
        assert_eq!((world.acted(), world.ledger().dropped()), (vec![0], 0));
    }
}

#[test]
fn sends_off_what_waits_for_a_check_where_http_had_worked() {
    let mut world = World::new(falling())
        .plan(|_| Plan::failing())
        .http(|n| match n {
            2 => Exchange::status(403),
            3 => Exchange { presence: Presence::Never, ..Exchange::healthy() },
            _ => Exchange::healthy(),
        })
        .started();
    world.run(0.0);
    world.send();
    world.send();
    world.run(500.0);
    world.wire();
    world.page(Page::Shelved);
    assert_eq!(world.wire(), [(500.0, Sent::Keepalive(vec![1]))]);
}
