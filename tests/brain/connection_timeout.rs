//! How long an attempt may take, from asking for the URL until the handshake is done.

use everline::connection::{Cause, Config, Event, Millis, Status};

use crate::world::{Handshake, Plan, Resolve, World, abnormal, steady};

fn failed_at(at: Millis, cause: Cause) -> Vec<(Millis, Event)> {
    vec![
        (at, Event::Error(cause)),
        (at, Event::Close(abnormal())),
        (at, Event::Reconnecting { attempt: 1, delay: 500.0, cause }),
    ]
}

fn first_attempt(plan: Plan) -> World {
    let mut plan = Some(plan);
    World::new(steady()).plan(move |_| plan.take().unwrap_or(Plan::healthy())).started()
}

#[test]
fn covers_a_provider_that_never_answers() {
    let mut world = first_attempt(Plan { resolve: Resolve::Never, ..Plan::healthy() });
    assert_eq!(world.deadline(), Some(10_000.0));
    world.run(10_499.0);
    assert_eq!(world.events(), failed_at(10_000.0, Cause::Timeout));
    world.run(1.0);
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn covers_a_handshake_that_never_ends() {
    let mut world = first_attempt(Plan { handshake: Handshake::Hangs, ..Plan::healthy() });
    world.run(10_499.0);
    assert_eq!(world.events(), failed_at(10_000.0, Cause::Timeout));
    assert_eq!(world.live_transports(), 0);
}

#[test]
fn covers_both_together() {
    let mut world = first_attempt(Plan {
        resolve: Resolve::After(6000.0),
        handshake: Handshake::Opens(4001.0),
        ..Plan::healthy()
    });
    world.run(10_000.0);
    assert_eq!(world.events(), failed_at(10_000.0, Cause::Timeout));

    let mut world = first_attempt(Plan {
        resolve: Resolve::After(6000.0),
        handshake: Handshake::Opens(3999.0),
        ..Plan::healthy()
    });
    world.run(10_000.0);
    assert_eq!(world.events(), [(9999.0, Event::Open)]);
}

#[test]
fn is_over_once_the_connection_is_open() {
    let mut world = World::new(steady()).started();
    world.run(1_000_000.0);
    assert_eq!(world.events(), [(0.0, Event::Open)]);
}

#[test]
fn a_failing_provider_is_one_failed_attempt() {
    let mut world = first_attempt(Plan { resolve: Resolve::Fails(20.0), ..Plan::healthy() });
    world.run(20.0);
    assert_eq!(world.events(), failed_at(20.0, Cause::Provider));
}

#[test]
fn an_address_that_the_platform_refuses_is_one_failed_attempt() {
    let mut world = first_attempt(Plan { handshake: Handshake::Refused, ..Plan::healthy() });
    world.run(500.0);
    assert_eq!(world.events()[..3], failed_at(0.0, Cause::Provider));
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn a_failing_handshake_need_not_wait_for_it() {
    let mut world = first_attempt(Plan { handshake: Handshake::Fails(30.0), ..Plan::healthy() });
    world.run(30.0);
    assert_eq!(world.events(), failed_at(30.0, Cause::Handshake));
}

#[test]
fn may_be_left_out() {
    let config = Config { connection_timeout: Millis::INFINITY, ..steady() };
    let mut world = World::new(config)
        .plan(|_| Plan { handshake: Handshake::Opens(1e9), ..Plan::healthy() })
        .started();
    world.run(1e9);
    assert_eq!(world.events(), [(1e9, Event::Open)]);
}
