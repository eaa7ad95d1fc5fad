//! A page that goes sends what waits at once.

use everline::connection::{Page, Transport};

use crate::world::{Exchange, Plan, Sent, World, falling};

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
