//! A timer that fires minutes late finds each thing to be done once, and gives a second more to what
//! may have been heard of meanwhile.

use everline::connection::{Cause, Config, DropCause, Event, Status, Transport};

use crate::world::{
    Command, Exchange, Handshake, Outcome, Plan, Presence, World, falling, falling_with,
};

const LATE: f64 = 600_000.0;

/// On HTTP, with a message sent; the second request and the second attempt go so.
fn sleeping(config: Config, exchange: Exchange, plan: Plan) -> World {
    let mut world = World::new(config)
        .plan(move |n| if n == 2 { plan.clone() } else { Plan::failing() })
        .http(move |n| if n == 2 { exchange.clone() } else { Exchange::healthy() })
        .started();
    world.run(0.0);
    world.send();
    world.run(0.0);
    world.events();
    world.wire();
    world
}

fn stays() -> Config {
    falling_with(|it| it.retry_websocket = f64::INFINITY)
}

#[test]
fn a_request_gets_a_second() {
    let mut world = sleeping(stays(), Exchange::of(Outcome::Hangs), Plan::failing());
    world.command(Command::Sleep(LATE));
    world.run(999.0);
    assert_eq!((world.kinds(), world.requests()), (vec![], 2));
    world.run(1.0);
    let lost = Event::Dropped { count: 1, cause: DropCause::Unconfirmed };
    assert_eq!(world.kinds()[..2], [Event::Error(Cause::Http), lost]);

    let mut world = sleeping(stays(), Exchange::slow(LATE + 500.0), Plan::failing());
    world.command(Command::Sleep(LATE));
    world.run(1000.0);
    assert_eq!((world.kinds(), world.acted(), world.requests()), (vec![], vec![0], 2));
}

#[test]
fn a_check_gets_a_second() {
    let hanging = Exchange { presence: Presence::Never, ..Exchange::healthy() };
    let mut world =
        World::new(falling()).plan(|_| Plan::failing()).http(move |_| hanging.clone()).started();
    world.send();
    world.run(0.0);
    world.events();
    world.command(Command::Sleep(LATE));
    world.run(999.0);
    assert_eq!((world.status(), world.kinds()), (Status::Connecting, vec![]));
    world.run(1.0);
    assert_eq!((world.status(), world.requests()), (Status::Waiting, 1));
    assert_eq!((world.connection().queued(), world.ledger().dropped()), (1, 0));
}

#[test]
fn what_was_put_off_is_sent_once() {
    let config = falling_with(|it| (it.retry_websocket, it.poll) = (f64::INFINITY, 3000.0));
    for exchange in [Exchange::later(1000.0), Exchange::healthy()] {
        let mut world = sleeping(config.clone(), exchange, Plan::failing());
        world.command(Command::Sleep(LATE));
        world.run(2999.0);
        assert_eq!((world.requests(), world.acted()), (3, vec![0]));
        world.run(1.0);
        assert_eq!(world.requests(), 4, "and polls go on");
    }
}

#[test]
fn a_websocket_is_tried_once_and_gets_a_second() {
    for (handshake, to) in
        [(Handshake::Hangs, Transport::Http), (Handshake::Opens(0.0), Transport::WebSocket)]
    {
        let plan = Plan { handshake, ..Plan::healthy() };
        let mut world = sleeping(falling(), Exchange::healthy(), plan);
        for attempts in [2, 2] {
            world.command(Command::Sleep(LATE));
            world.run(500.0);
            assert_eq!(world.attempts().len(), attempts);
            assert_eq!(world.transport(), Some(Transport::Http));
        }
        world.run(500.0);
        assert_eq!(
            (world.transport(), world.live_transports() > 0),
            (Some(to), to == Transport::WebSocket)
        );
    }
}

#[test]
fn an_answer_that_never_ends_is_given_up_before_its_message_goes_by_websocket() {
    let config = falling_with(|it| it.idempotent = true);
    let mut world = sleeping(config, Exchange::body([], None), Plan::healthy());
    let tries = world.deadline().unwrap() - world.now();
    world.run(tries);
    assert_eq!(world.transport(), Some(Transport::Http), "a WebSocket has to show what it can");
    world.command(Command::Sleep(LATE));
    world.run(1000.0);
    assert_eq!(world.transport(), Some(Transport::WebSocket));
    assert_eq!(world.delivered(), [0], "whatever the request did, the server knows its key");
}
