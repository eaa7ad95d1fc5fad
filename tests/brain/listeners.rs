//! A listener may close or reconnect while it hears of something: what it undid is not announced
//! any more.

use everline::connection::{AttemptId, Cause, Config, Connection, Event, Input, Status, Time};

use crate::world::{Command, Plan, World, abnormal, clean, steady};

#[test]
fn that_reconnects_after_the_last_retry_hears_of_no_failure() {
    let mut once = true;
    let mut world = World::new(Config { max_retries: 0, ..steady() })
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .listen(move |event| match event {
            Event::Close(_) if std::mem::take(&mut once) => vec![Command::Reconnect(None, "")],
            _ => Vec::new(),
        })
        .started();
    world.run(0.0);
    assert_eq!(world.status(), Status::Open);
    let kinds = world.kinds();
    let expected = [Event::Error(Cause::Handshake), Event::Close(abnormal()), Event::Open];
    assert_eq!(kinds, expected);
}

#[test]
fn that_reconnects_on_close_hears_of_no_retry() {
    let mut once = true;
    let mut world = World::new(steady())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .listen(move |event| match event {
            Event::Close(_) if std::mem::take(&mut once) => vec![Command::Reconnect(None, "")],
            _ => Vec::new(),
        })
        .started();
    world.run(60_000.0);
    assert_eq!(world.attempts(), [0.0, 0.0]);
    assert!(!world.kinds().iter().any(|event| matches!(event, Event::Reconnecting { .. })));
}

#[test]
fn that_closes_on_close_hears_of_no_retry() {
    let mut world = World::new(steady())
        .plan(|_| Plan::failing())
        .listen(|event| match event {
            Event::Close(_) => vec![Command::Close(Some(4000), "enough")],
            _ => Vec::new(),
        })
        .started();
    world.run(60_000.0);
    assert_eq!(world.status(), Status::Closed);
    assert_eq!(
        world.kinds(),
        [
            Event::Error(Cause::Handshake),
            Event::Close(abnormal()),
            Event::Close(clean(4000, "enough")),
        ]
    );
}

#[test]
fn that_closes_on_a_drop_hears_of_no_open_connection() {
    let mut config = steady();
    config.limits.time_to_live = 1000.0;
    let mut world = World::new(config)
        .plan(|_| Plan { handshake: crate::world::Handshake::Opens(1000.0), ..Plan::healthy() })
        .listen(|event| match event {
            Event::Dropped { .. } => vec![Command::Close(None, "")],
            _ => Vec::new(),
        })
        .started();
    world.send();
    world.run(60_000.0);
    assert!(!world.kinds().contains(&Event::Open));
    assert_eq!(world.status(), Status::Closed);
}

#[test]
fn that_reconnects_on_every_close_comes_to_rest() {
    let mut world = World::new(steady())
        .listen(|event| match event {
            Event::Close(_) => vec![Command::Reconnect(None, "")],
            _ => Vec::new(),
        })
        .started();
    world.run(100.0);
    world.reconnect();
    world.run(60_000.0);
    assert_eq!(world.status(), Status::Open);
    assert_eq!(world.live_transports(), 1);
    assert_eq!(world.ledger().closes(), 1);
}

/// The answer of the first attempt is in line while the second one starts.
#[test]
fn that_reconnects_between_answer_and_handshake_delays_nothing() {
    let mut connection: Connection<u32> = Connection::new(steady());
    let now = Time::default();
    connection.handle(Input::Start, now);
    connection.handle(Input::Resolved(AttemptId(1)), now);
    connection.handle(Input::Reconnect { code: None, reason: String::new() }, now);
    let mut actions = Vec::new();
    while let Some(action) = connection.poll_action() {
        actions.push(format!("{action:?}"));
    }
    assert_eq!(actions.last().unwrap(), "Resolve(AttemptId(2))");
    connection.handle(Input::Resolved(AttemptId(2)), now);
    let action = connection.poll_action().map(|action| format!("{action:?}"));
    assert_eq!(action.as_deref(), Some("Connect(AttemptId(2))"));
}

/// A driver that is in the middle of telling can still let go at once.
#[test]
fn that_closes_is_obeyed_before_it_goes_on() {
    let attempt = AttemptId(1);
    let now = Time::default();
    let inputs = [
        Input::Close { code: Some(4000), reason: String::new() },
        Input::Reconnect { code: Some(4000), reason: String::new() },
    ];
    for input in inputs {
        let mut connection: Connection<u32> = Connection::new(steady());
        connection.handle(Input::Start, now);
        connection.handle(Input::Resolved(attempt), now);
        while connection.poll_action().is_some() {}
        connection.handle(Input::Opened(attempt), now);
        assert_eq!(connection.poll_hang_up(), None, "only letting go has precedence");
        connection.handle(input, now);
        let action = connection.poll_hang_up().map(|action| format!("{action:?}"));
        let expected = ["Disconnect", "Abandon"];
        assert!(expected.iter().any(|kind| action.as_ref().unwrap().starts_with(kind)));
        assert_eq!(connection.poll_hang_up(), None);
    }
}
