//! The application's close is final, told once, and told later: never inside the call.

use everline::connection::{Cause, Config, Event, Status, Verdict};

use crate::world::{
    Answer, Command, Fate, Handshake, Plan, Resolve, Sent, World, abnormal, clean, steady,
};

/// A world at this time, whose attempts all go by the plan.
fn world(plan: Plan, at: f64) -> World {
    let config = Config { judged: !matches!(plan.verdict, Answer::Now(_)), ..steady() };
    let mut world = World::new(config).plan(move |_| plan.clone()).started();
    world.run(at);
    world.events();
    world
}

/// Closes, and sees that nothing is told at once and nothing follows what is told then.
fn ends_with(mut world: World, command: Command, expected: &[Event]) {
    world.command(command);
    assert_eq!(world.kinds(), [], "nothing is told inside the call");
    assert_eq!(world.status(), Status::Closing);
    world.run(15_000.0);
    assert_eq!(world.kinds(), expected);
    assert_eq!((world.status(), world.deadline()), (Status::Closed, None));
    let attempts = world.attempts().len();
    world.run(1_000_000.0);
    assert_eq!((world.kinds(), world.attempts().len()), (vec![], attempts), "final");
    assert_eq!(world.live_transports(), 0);
}

fn bye() -> Command {
    Command::Close(Some(4000), "bye")
}

#[test]
fn of_an_open_connection_is_told_with_its_own_code() {
    ends_with(world(Plan::healthy(), 100.0), bye(), &[Event::Close(clean(4000, "bye"))]);
    let without_code = Command::Close(None, "");
    ends_with(world(Plan::healthy(), 100.0), without_code, &[Event::Close(clean(1005, ""))]);
}

#[test]
fn of_an_open_connection_goes_over_the_wire() {
    let mut world = world(Plan::healthy(), 100.0);
    world.command(bye());
    assert_eq!(world.wire(), [(100.0, Sent::Close(Some(4000), "bye".into()))]);
}

#[test]
fn takes_as_long_as_the_peer() {
    let mut world = world(Plan { closing: Some(3000.0), ..Plan::healthy() }, 100.0);
    world.command(bye());
    world.run(2999.0);
    assert_eq!((world.status(), world.kinds()), (Status::Closing, vec![]));
    world.run(1.0);
    assert_eq!(world.events(), [(3100.0, Event::Close(clean(4000, "bye")))]);
}

#[test]
fn gives_up_on_a_peer_that_never_closes() {
    let mut world = world(Plan { closing: None, lingers: true, ..Plan::healthy() }, 100.0);
    world.command(bye());
    assert_eq!(world.deadline(), Some(15_100.0));
    world.run(1_000_000.0);
    assert_eq!(
        world.events(),
        [(15_100.0, Event::Error(Cause::Close)), (15_100.0, Event::Close(abnormal()))]
    );
    assert_eq!(world.live_transports(), 0);
}

#[test]
fn of_an_attempt_is_a_failed_one_as_on_the_platform() {
    let failed = [Event::Error(Cause::Close), Event::Close(abnormal())];
    for plan in [
        Plan { resolve: Resolve::Never, ..Plan::healthy() },
        Plan { resolve: Resolve::After(200.0), ..Plan::healthy() },
        Plan { handshake: Handshake::Hangs, ..Plan::healthy() },
        Plan { handshake: Handshake::Hangs, closing: None, ..Plan::healthy() },
        Plan { handshake: Handshake::Opens(150.0), ..Plan::healthy() },
    ] {
        ends_with(world(plan, 100.0), bye(), &failed);
    }
}

#[test]
fn of_a_wait_is_told_with_its_own_code() {
    let waiting = || world(Plan::failing(), 100.0);
    assert_eq!(waiting().status(), Status::Waiting);
    ends_with(waiting(), bye(), &[Event::Close(clean(4000, "bye"))]);
    ends_with(waiting(), Command::Close(None, ""), &[Event::Close(clean(1005, ""))]);
}

#[test]
fn of_a_wait_for_the_verdict_too() {
    for verdict in [Answer::Never, Answer::After(200.0, Verdict::Retry)] {
        let judging = world(Plan { verdict, ..Plan::failing() }, 100.0);
        ends_with(judging, bye(), &[Event::Close(clean(4000, "bye"))]);
    }
}

#[test]
fn of_a_wait_needs_no_time() {
    let mut world = world(Plan::failing(), 100.0);
    world.command(bye());
    world.run(0.0);
    assert_eq!(world.events(), [(100.0, Event::Close(clean(4000, "bye")))]);
}

#[test]
fn of_what_has_ended_tells_nothing() {
    let mut never_started = World::new(steady());
    never_started.command(bye());
    assert_eq!((never_started.status(), never_started.kinds()), (Status::Closed, vec![]));

    let mut closed = world(Plan::healthy(), 100.0);
    closed.command(bye());
    closed.run(0.0);
    closed.events();
    closed.command(bye());
    closed.run(60_000.0);
    assert_eq!((closed.status(), closed.kinds()), (Status::Closed, vec![]));

    let mut failed = world(Plan::living([(0.0, Fate::Close(1008, ""))]), 100.0);
    assert_eq!(failed.status(), Status::Failed);
    failed.command(bye());
    failed.run(60_000.0);
    assert_eq!((failed.status(), failed.kinds()), (Status::Closed, vec![]));
}

#[test]
fn twice_is_once() {
    let mut world = world(Plan { closing: Some(100.0), ..Plan::healthy() }, 100.0);
    world.command(bye());
    world.command(Command::Close(Some(4999), "bye again"));
    world.run(60_000.0);
    assert_eq!(world.kinds(), [Event::Close(clean(4000, "bye"))]);
}

#[test]
fn that_meets_the_peers_close_tells_the_peers() {
    let plan = Plan { closing: Some(500.0), ..Plan::living([(200.0, Fate::Close(1011, "oops"))]) };
    let mut world = world(plan, 100.0);
    world.command(bye());
    world.run(60_000.0);
    assert_eq!(world.kinds(), [Event::Close(clean(1011, "oops"))]);
    assert_eq!(world.status(), Status::Closed);
}

#[test]
fn is_not_undone_by_the_page() {
    use everline::connection::Page;
    for page in [Page::Awake, Page::Offline, Page::Shelved] {
        let mut world = world(Plan::healthy(), 100.0);
        world.command(bye());
        world.page(page);
        world.run(1000.0);
        world.page(page);
        world.run(60_000.0);
        assert_eq!((world.status(), world.attempts().len()), (Status::Closed, 1));
    }
}

#[test]
fn is_not_a_drop() {
    let mut world = world(Plan::healthy(), 100.0);
    world.command(bye());
    world.run(0.0);
    assert_eq!(world.connection().counters().drops, 0);
}

#[test]
fn leaves_what_waits() {
    let mut world = world(Plan { handshake: Handshake::Hangs, ..Plan::healthy() }, 100.0);
    let message = world.send();
    world.command(bye());
    world.run(1000.0);
    assert_eq!(world.take_queued(), [message]);
}
