//! What the answer to a request means for its messages and for the connection.

use everline::connection::{Cause, Config, DropCause, Event, Status, Transport};

use crate::world::{
    Command, Exchange, Outcome, Plan, Sent, World, abnormal, falling, falling_with,
};

/// On HTTP, where the second request, which carries the first message, goes so.
fn second(config: Config, exchange: Exchange) -> World {
    let mut world = World::new(config)
        .plan(|_| Plan::failing())
        .http(move |n| if n == 2 { exchange.clone() } else { Exchange::healthy() })
        .started();
    world.run(0.0);
    world.events();
    world.wire();
    world.send();
    world.run(0.0);
    world
}

fn error() -> Event {
    Event::Error(Cause::Http)
}

fn dropped(cause: DropCause) -> Event {
    Event::Dropped { count: 1, cause }
}

fn idempotent() -> Config {
    falling_with(|it| it.idempotent = true)
}

#[test]
fn success_tells_nothing() {
    for status in [200, 204, 299] {
        let mut world = second(falling(), Exchange::status(status));
        assert_eq!((world.kinds(), world.acted()), (vec![], vec![0]));
        assert_eq!((world.connection().queued_bytes(), world.requests()), (0, 2));
    }
}

#[test]
fn refusal_drops_the_message_and_goes_on() {
    for status in [400, 409, 413, 418, 422, 499] {
        let mut world = second(falling(), Exchange::status(status));
        assert_eq!(world.kinds(), [error(), dropped(DropCause::Rejected)], "{status}");
        assert_eq!(world.transport(), Some(Transport::Http));
    }
}

#[test]
fn later_keeps_the_message_and_repeats_it() {
    for status in [408, 425, 429, 503] {
        let mut world = second(falling(), Exchange::status(status));
        assert_eq!(world.kinds(), [error()]);
        world.run(499.0);
        assert_eq!(world.acted(), []);
        world.run(1.0);
        assert_eq!((world.acted(), world.status()), (vec![0], Status::Open));
    }
    let mut world = second(idempotent(), Exchange::status(409));
    world.run(500.0);
    assert_eq!(world.acted(), [0]);
}

#[test]
fn later_waits_as_long_as_the_server_asks() {
    for (asked, waited) in [(3000.0, 3000.0), (0.0, 100.0)] {
        let mut world = second(falling(), Exchange::later(asked));
        world.run(waited - 1.0);
        assert_eq!(world.requests(), 2);
        world.run(1.0);
        assert_eq!((world.requests(), world.acted()), (3, vec![0]));
    }
}

#[test]
fn uselessness_ends_http_and_keeps_the_message() {
    for status in [301, 307, 401, 403, 404, 405, 407, 410, 421, 426, 451, 501, 505, 511] {
        let mut world = second(falling(), Exchange::status(status));
        assert_eq!(
            world.kinds(),
            [
                error(),
                Event::Close(abnormal()),
                Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Http },
            ],
            "{status}"
        );
        world.run(500.0);
        assert_eq!((world.attempts().len(), world.acted()), (2, vec![0]), "WebSocket, then HTTP");
    }
}

#[test]
fn breaking_may_have_cost_the_message_and_goes_on() {
    let mut world = second(falling(), Exchange::status(500));
    assert_eq!(world.kinds(), [error(), dropped(DropCause::Unconfirmed)]);
    let next = world.send();
    assert_eq!(world.acted(), []);
    world.run(500.0);
    assert_eq!((world.acted(), world.status()), (vec![next], Status::Open));
    let mut world = second(idempotent(), Exchange::status(500));
    assert_eq!(world.kinds(), [error()]);
    world.run(500.0);
    assert_eq!(world.acted(), [0]);
}

#[test]
fn no_answer_may_have_cost_the_message_and_ends_http() {
    let outcomes = [
        Exchange::status(502),
        Exchange::status(504),
        Exchange::status(600),
        Exchange::of(Outcome::Lost(0.0)),
        Exchange::of(Outcome::Hangs),
    ];
    for exchange in outcomes {
        let mut world = second(falling(), exchange.clone());
        world.run(10_000.0);
        let kinds = world.kinds();
        let told = [error(), dropped(DropCause::Unconfirmed), Event::Close(abnormal())];
        assert_eq!(kinds[..3], told, "{exchange:?}");
        let mut world = second(idempotent(), exchange);
        world.run(11_000.0);
        assert_eq!((world.acted(), world.ledger().dropped()), (vec![0], 0));
        let posts = world.posts();
        assert_eq!(posts[1], posts[2], "the key of a body that is sent again");
    }
}

#[test]
fn a_lost_answer_is_told_and_the_message_arrived() {
    for end in [Some((0.0, false)), None] {
        let mut world = second(falling(), Exchange::body([], end));
        world.run(20_000.0);
        assert_eq!((world.kinds(), world.acted()), (vec![error()], vec![0]));
        let mut world = second(idempotent(), Exchange::body([], end));
        world.run(20_000.0);
        assert_eq!((world.requests(), world.acted()), (3, vec![0]), "repeated, acted upon once");
    }
}

#[test]
fn answers_cut_over_and_over_are_asked_for_less_and_less() {
    let mut world = World::new(falling_with(|it| {
        it.idempotent = true;
        it.retry_websocket = f64::INFINITY;
    }))
    .plan(|_| Plan::failing())
    .http(|n| Exchange::body([], Some((0.0, n == 1))))
    .started();
    world.run(0.0);
    world.send();
    world.run(3_600_000.0);
    assert!(world.requests() < 130, "{}", world.requests());
}

#[test]
fn each_line_of_an_answer_starts_its_time_anew() {
    let mut world = second(falling(), Exchange::body([9000.0; 5], Some((0.0, true))));
    world.run(45_000.0);
    assert_eq!((world.kinds(), world.connection().queued_bytes()), (vec![], 0));
}

#[test]
fn one_request_at_a_time_in_order_and_together_what_may() {
    let mut world = second(falling(), Exchange::slow(100.0));
    world.command(Command::Join(4));
    world.command(Command::Join(4));
    world.command(Command::Send(4));
    world.command(Command::Join(4));
    assert_eq!(world.connection().queued_bytes(), 17);
    world.wire();
    world.run(100.0);
    let bodies = [vec![1, 2], vec![3], vec![4]].map(|body| (100.0, Sent::Post(body)));
    assert_eq!(world.wire(), bodies);
}

#[test]
fn too_large_a_batch_is_halved_and_its_empty_messages_too() {
    for bytes in [0, 7] {
        let mut world = World::new(falling())
            .plan(|_| Plan::failing())
            .http(|n| match n {
                2 => Exchange::slow(100.0),
                3 => Exchange::status(413),
                _ => Exchange::healthy(),
            })
            .started();
        world.run(0.0);
        world.send();
        (0..4).for_each(|_| world.command(Command::Join(bytes)));
        world.run(100.0);
        assert_eq!((world.acted(), world.requests()), (vec![0, 1, 2, 3, 4], 5));
    }
}

#[test]
fn polls_when_nothing_was_asked_for_a_while() {
    let mut world =
        World::new(falling_with(|it| it.poll = 1000.0)).plan(|_| Plan::failing()).started();
    world.run(500.0);
    world.send();
    world.run(2000.0);
    let posts: Vec<f64> = world.wire().into_iter().map(|(at, _)| at).collect();
    assert_eq!(posts, [0.0, 500.0, 1500.0, 2500.0]);
}

#[test]
fn what_is_under_way_is_neither_expired_nor_displaced_but_weighs() {
    let mut config = falling();
    config.limits.messages = 2;
    config.limits.time_to_live = 1000.0;
    config.limits.overflow = everline::connection::Overflow::DropOldest;
    let mut world = second(config, Exchange::slow(5000.0));
    world.send();
    let young = world.send();
    assert_eq!(world.connection().in_flight().collect::<Vec<_>>(), [&0]);
    assert_eq!(world.connection().queued(), 1);
    world.run(5000.0);
    assert_eq!((world.acted(), world.ledger().dropped()), (vec![0], 2), "{young} expired");
}

#[test]
fn success_makes_the_delays_short_again() {
    let mut world = World::new(falling())
        .plan(|_| Plan::failing())
        .http(|n| if [2, 3, 5].contains(&n) { Exchange::status(503) } else { Exchange::healthy() })
        .started();
    world.run(0.0);
    world.send();
    world.run(1500.0);
    assert_eq!(world.acted(), [0]);
    world.send();
    world.run(500.0);
    assert_eq!(world.acted(), [1]);
}

#[test]
fn no_server_is_left_alone_for_more_than_a_day() {
    for asked in [86_400_001.0, f64::MAX, f64::INFINITY, f64::NAN] {
        let config = falling_with(|it| it.retry_websocket = f64::INFINITY);
        let mut world = second(config, Exchange::later(asked));
        assert_eq!(world.deadline(), Some(86_400_000.0), "{asked}");
        world.run(86_400_000.0);
        assert_eq!(world.acted(), [0]);
    }
}

#[test]
fn a_body_without_what_expired_is_another() {
    for (time_to_live, dropped, same) in [(1000.0, 1, false), (2000.0, 0, true)] {
        let mut config = idempotent();
        config.limits.time_to_live = time_to_live;
        let mut world = World::new(config)
            .plan(|_| Plan::failing())
            .http(|n| match n {
                2 => Exchange::slow(800.0),
                3 => Exchange::status(500),
                _ => Exchange::healthy(),
            })
            .started();
        world.run(0.0);
        world.send();
        world.command(Command::Join(1));
        world.run(700.0);
        world.command(Command::Join(1));
        world.run(600.0);
        let posts = world.posts();
        assert_eq!((world.requests(), world.ledger().dropped()), (4, dropped));
        assert_eq!(posts[2] == posts[3], same, "the key");
        assert_eq!(world.acted().last(), Some(&2));
    }
}
