//! A timer that fires late has slept with the machine: what the network had to say was not heard
//! yet, so a deadline that ends something waits a second more, once.

use everline::connection::{Cause, Config, Event, Heartbeat, Status};

use crate::world::{Command, Fate, Handshake, Plan, World, clean, steady};

fn beating(reply: f64) -> World {
    let heartbeat = Some(Heartbeat::default());
    World::new(Config { heartbeat, ..steady() })
        .plan(move |_| Plan { reply: Some(reply), ..Plan::healthy() })
        .started()
}

#[test]
fn a_handshake_that_slept_gets_a_second() {
    let mut world = World::new(steady())
        .plan(|n| match n {
            1 => Plan { handshake: Handshake::Hangs, ..Plan::healthy() },
            _ => Plan::healthy(),
        })
        .started();
    world.command(Command::Sleep(3_600_000.0));
    world.run(0.0);
    assert_eq!((world.status(), world.deadline()), (Status::Connecting, Some(3_601_000.0)));
    world.run(999.0);
    assert_eq!(world.kinds(), []);
    world.run(1.0);
    assert_eq!(world.kinds()[0], Event::Error(Cause::Timeout));
}

#[test]
fn a_second_is_enough_for_what_was_under_way() {
    let mut world = World::new(steady())
        .plan(|_| Plan { handshake: Handshake::Opens(3_600_900.0), ..Plan::healthy() })
        .started();
    world.command(Command::Sleep(3_600_000.0));
    world.run(1000.0);
    assert_eq!(world.kinds(), [Event::Open]);
}

#[test]
fn a_ping_that_slept_gets_a_second() {
    let mut world = beating(3_000_500.0);
    world.run(25_000.0);
    world.command(Command::Sleep(3_000_000.0));
    world.run(400.0);
    assert_eq!(world.status(), Status::Open);
    world.run(100.0);
    assert_eq!((world.status(), world.kinds()), (Status::Open, vec![Event::Open]));
}

#[test]
fn the_second_is_given_once() {
    let mut world = beating(1e9);
    world.run(25_000.0);
    world.command(Command::Sleep(3_000_000.0));
    world.run(100.0);
    assert_eq!(world.deadline(), Some(3_026_000.0));
    world.command(Command::Sleep(3_000_000.0));
    world.run(0.0);
    assert_eq!(world.kinds()[1], Event::Error(Cause::Heartbeat));
}

#[test]
fn a_little_late_is_not_late() {
    for (lag, end) in [(999.0, 10_999.0), (1000.0, 13_000.0)] {
        let mut world = World::new(steady())
            .timer_lag(lag)
            .plan(|_| Plan { handshake: Handshake::Hangs, ..Plan::healthy() })
            .started();
        world.run(end);
        assert_eq!(world.events()[0], (end, Event::Error(Cause::Timeout)));
    }
}

#[test]
fn a_ping_that_is_due_late_gets_its_whole_time() {
    let mut world = beating(9000.0);
    world.run(1000.0);
    world.command(Command::Sleep(3_600_000.0));
    world.run(9000.0);
    assert_eq!((world.status(), world.kinds()), (Status::Open, vec![Event::Open]));
}

#[test]
fn a_retry_that_slept_starts_at_once() {
    let mut world = World::new(steady())
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .started();
    world.run(1.0);
    world.command(Command::Sleep(3_600_000.0));
    world.run(0.0);
    assert_eq!(world.attempts(), [0.0, 3_600_001.0]);
}

#[test]
fn what_the_network_said_meanwhile_counts() {
    let mut world = World::new(steady())
        .plan(|n| match n {
            1 => Plan::living([(7000.0, Fate::Close(1001, ""))]),
            _ => Plan::healthy(),
        })
        .started();
    world.run(6000.0);
    world.command(Command::Sleep(3_600_000.0));
    world.run(500.0);
    assert_eq!(world.kinds()[1], Event::Close(clean(1001, "")));
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn throttled_timers_only_make_it_slower() {
    let mut world = World::new(Config { heartbeat: Some(Heartbeat::default()), ..steady() })
        .timer_lag(60_000.0)
        .plan(|n| if n < 4 { Plan::failing() } else { Plan::healthy() })
        .started();
    world.run(600_000.0);
    assert_eq!(world.status(), Status::Open);
    assert_eq!(world.attempts(), [0.0, 60_500.0, 121_500.0, 183_500.0]);
}

/// Timers that are rounded fire early, too.
#[test]
fn early_timers_change_nothing() {
    let mut world = World::new(Config { heartbeat: Some(Heartbeat::default()), ..steady() })
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .started();
    for _ in 0..1000 {
        world.command(Command::Timeout);
        world.run(37.0);
    }
    assert_eq!(world.attempts(), [0.0, 500.0]);
    assert_eq!(world.status(), Status::Open);
}
