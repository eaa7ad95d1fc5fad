//! Whether HTTP works is found out without losing a message to an outage.

use everline::connection::{Cause, Config, DropCause, Event, GaveUp, Status, Transport, Verdict};

use crate::world::{
    Answer, Command, Exchange, Fate, Outcome, Plan, Presence, Sent, World, falling, falling_with,
};

fn checking(config: Config, exchange: Exchange) -> World {
    let mut world =
        World::new(config).plan(|_| Plan::failing()).http(move |_| exchange.clone()).started();
    world.send();
    world.send();
    world.run(0.0);
    world
}

fn dropped(count: u32, cause: DropCause) -> Event {
    Event::Dropped { count, cause }
}

#[test]
fn asks_first_and_sends_one_message() {
    let mut world = checking(falling(), Exchange::slow(1000.0));
    assert_eq!(world.wire(), [(0.0, Sent::Head), (0.0, Sent::Post(vec![0]))]);
    assert_eq!(world.status(), Status::Connecting);
    world.run(1000.0);
    assert_eq!(world.wire(), [(1000.0, Sent::Post(vec![1]))]);
}

#[test]
fn asks_nothing_where_repeating_is_safe_or_nothing_waits() {
    let mut world = checking(falling_with(|it| it.idempotent = true), Exchange::slow(1000.0));
    assert_eq!(world.wire(), [(0.0, Sent::Post(vec![0]))]);
    let mut world = World::new(falling()).plan(|_| Plan::failing()).started();
    world.run(0.0);
    assert_eq!(world.wire(), [(0.0, Sent::Post(vec![]))]);
}

#[test]
fn loses_nothing_to_an_outage() {
    for presence in [Presence::Fails(0.0), Presence::Never] {
        let mut world = checking(falling(), Exchange { presence, ..Exchange::of(Outcome::Hangs) });
        world.run(3_600_000.0);
        assert_eq!((world.connection().queued(), world.ledger().dropped()), (2, 0));
        assert!(!world.kinds().contains(&Event::Open));
        assert!(!world.wire().iter().any(|(_, sent)| matches!(sent, Sent::Post(_))));
        assert!(world.attempts().len() < 130, "{}", world.attempts().len());
    }
}

#[test]
fn loses_one_message_at_most() {
    for outcome in [Outcome::Lost(0.0), Outcome::Hangs] {
        let mut world = checking(falling(), Exchange::of(outcome));
        world.run(600_000.0);
        let drops =
            world.kinds().into_iter().filter(|event| matches!(event, Event::Dropped { .. }));
        assert_eq!(drops.collect::<Vec<_>>(), [dropped(1, DropCause::Unconfirmed)]);
        assert_eq!(world.connection().queued(), 1);
    }
}

#[test]
fn waits_as_long_as_the_server_asks() {
    let mut world = checking(falling(), Exchange::later(7000.0));
    let last = world.kinds().pop();
    let cause = Cause::Handshake;
    assert_eq!(last, Some(Event::Reconnecting { attempt: 1, delay: 7000.0, cause }));
    assert_eq!(world.connection().queued(), 2);
}

#[test]
fn comes_before_giving_up() {
    let last = Config { max_retries: 0, ..falling() };
    assert_eq!(checking(last.clone(), Exchange::healthy()).status(), Status::Open);
    let mut world = checking(last, Exchange::absent());
    assert_eq!(world.kinds().pop(), Some(Event::Failed(GaveUp::MaxRetries)));
}

#[test]
fn follows_the_verdict() {
    for (verdict, requests) in
        [(Verdict::Stop, 0), (Verdict::Retry, 1), (Verdict::RetryAfter(3000.0), 1)]
    {
        let mut world = World::new(Config { judged: true, ..falling() })
            .plan(move |_| Plan { verdict: Answer::Now(verdict), ..Plan::failing() })
            .http(|_| Exchange::absent())
            .started();
        world.run(0.0);
        assert_eq!(world.requests(), requests);
        if let Verdict::RetryAfter(delay) = verdict {
            assert_eq!(world.connection().counters().last_delay, Some(delay));
        }
    }
}

#[test]
fn is_passed_by_a_refusal() {
    let mut world = checking(falling(), Exchange::status(400));
    assert_eq!(world.transport(), Some(Transport::Http));
    assert_eq!(world.ledger().dropped(), 2);
    assert!(world.kinds().contains(&dropped(1, DropCause::Rejected)));
}

#[test]
fn divides_what_was_one_body() {
    let mut world = World::new(falling_with(|it| it.idempotent = true))
        .plan(|_| Plan::failing())
        .http(|n| match n {
            2 => Exchange::status(502),
            3 => Exchange::status(413),
            _ => Exchange::slow(100.0),
        })
        .started();
    world.run(0.0);
    (0..2).for_each(|_| world.command(Command::Join(4)));
    world.run(60_000.0);
    assert_eq!((world.acted(), world.ledger().dropped()), (vec![0, 1], 0));
}

#[test]
fn ends_with_close_and_keeps_what_was_not_sent() {
    let hanging = Exchange { presence: Presence::Never, ..Exchange::healthy() };
    let mut world = checking(falling(), hanging);
    world.close(4000);
    world.run(0.0);
    assert_eq!((world.status(), world.connection().queued()), (Status::Closed, 2));
}

#[test]
fn a_message_that_no_request_carried_is_not_lost() {
    let mut world = World::new(falling())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .listen(|event| match event {
            Event::TransportChange { to: Transport::Http, .. } => vec![Command::Send(1)],
            Event::Open => vec![],
            Event::Error(Cause::Handshake) => vec![Command::Send(1), Command::Reconnect(None, "")],
            _ => vec![],
        })
        .started();
    world.run(10_000.0);
    assert_eq!((world.acted(), world.ledger().dropped()), (vec![0], 0));
}

#[test]
fn what_is_sent_and_left_at_once_was_never_at_risk() {
    let mut once = true;
    let mut world = World::new(falling())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .http(|_| Exchange::status(400))
        .listen(move |event| match event {
            Event::Error(Cause::Http) if std::mem::take(&mut once) => {
                vec![Command::Send(1), Command::Reconnect(None, "")]
            }
            _ => vec![],
        })
        .started();
    world.run(0.0);
    assert_eq!((world.acted(), world.ledger().dropped()), (vec![0], 0));
}

#[test]
fn risks_one_message_also_of_several_that_were_one_body() {
    let mut world = World::new(falling())
        .plan(|_| Plan::failing())
        .http(|n| match n {
            2 => Exchange::slow(100.0),
            3 => Exchange::status(403),
            _ => Exchange::healthy(),
        })
        .started();
    world.run(0.0);
    world.send();
    (0..2).for_each(|_| world.command(Command::Join(4)));
    world.run(100.0);
    world.wire();
    world.run(500.0);
    let sent = world.wire().into_iter().map(|(_, sent)| sent).collect::<Vec<_>>();
    assert_eq!(sent, [Sent::Head, Sent::Post(vec![1]), Sent::Post(vec![2])]);
}

#[test]
fn risks_another_message_once_something_worked() {
    let carrying = || Plan::living([(0.0, Fate::Message), (1.0, Fate::Cut)]);
    let mut world = World::new(falling())
        .plan(move |n| if n == 2 { carrying() } else { Plan::failing() })
        .http(|n| if n == 1 { Exchange::of(Outcome::Lost(0.0)) } else { Exchange::healthy() })
        .started();
    world.send();
    world.run(501.0);
    world.send();
    world.wire();
    world.run(500.0);
    assert_eq!(world.wire(), [(1001.0, Sent::Head), (1001.0, Sent::Post(vec![1]))], "WebSocket");

    let mut world = World::new(falling())
        .plan(|_| Plan::failing())
        .http(|n| match n {
            1 => Exchange::of(Outcome::Lost(0.0)),
            3 => Exchange::status(403),
            _ => Exchange::healthy(),
        })
        .started();
    world.send();
    world.send();
    world.run(500.0);
    world.wire();
    world.run(500.0);
    assert_eq!(world.wire(), [(1000.0, Sent::Head), (1000.0, Sent::Post(vec![1]))], "HTTP");
}

#[test]
fn waits_no_longer_than_a_day() {
    for asked in [86_400_001.0, f64::INFINITY, f64::NAN] {
        let world = checking(falling(), Exchange::later(asked));
        assert_eq!(world.connection().counters().last_delay, Some(86_400_000.0), "{asked}");
    }
}

#[test]
fn risks_no_other_message_because_the_application_reconnects() {
    let mut world = checking(falling(), Exchange::of(Outcome::Lost(0.0)));
    for _ in 0..5 {
        world.reconnect();
        world.run(0.0);
    }
    assert_eq!((world.ledger().dropped(), world.connection().queued()), (1, 1));
}
