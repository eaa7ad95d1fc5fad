//! Whatever goes wrong on both sides at once, for an hour: nobody is stormed, and nothing is stuck.

use everline::connection::{Config, Heartbeat, Status};

use crate::world::{Exchange, Fate, Handshake, Outcome, Plan, Presence, World, falling_with};

/// One every 10 s.
const MESSAGES: usize = 360;

/// What the backoff alone allows in an hour: one every 30 s, and the first few.
const BACKOFF: usize = 126;

/// What the rests on HTTP allow, and the times at which a WebSocket was taken and died.
const RESTS: usize = 30;

fn websockets() -> [Plan; 4] {
    [
        Plan::failing(),
        Plan { handshake: Handshake::Hangs, ..Plan::healthy() },
        Plan { reply: None, ..Plan::healthy() },
        Plan::living([(1000.0, Fate::Cut)]),
    ]
}

/// The most attempts and requests where HTTP goes so each time.
fn answers() -> [(Exchange, usize, usize); 10] {
    let hung = Exchange { presence: Presence::Never, ..Exchange::of(Outcome::Hangs) };
    [
        (Exchange::absent(), BACKOFF, BACKOFF),
        (hung, BACKOFF, BACKOFF),
        (Exchange::of(Outcome::Hangs), BACKOFF, BACKOFF),
        (Exchange::of(Outcome::Lost(0.0)), BACKOFF, BACKOFF),
        (Exchange::status(500), BACKOFF, BACKOFF),
        (Exchange::status(503), BACKOFF, BACKOFF),
        (Exchange::status(302), BACKOFF, BACKOFF),
        // As often as the server asks for.
        (Exchange::later(12_000.0), 301, 301),
        (Exchange::body([], Some((0.0, false))), RESTS, MESSAGES + RESTS),
        (Exchange::healthy(), RESTS, MESSAGES + RESTS),
    ]
}

/// How many attempts and requests an hour takes, and that all is well after it.
fn an_hour(
    idempotent: bool,
    plan: Plan,
    http: impl FnMut(u32) -> Exchange + 'static,
) -> (usize, usize) {
    let heartbeat = Some(Heartbeat::default());
    let config = Config { heartbeat, ..falling_with(|it| it.idempotent = idempotent) };
    let mut world = World::new(config).plan(move |_| plan.clone()).http(http).started();
    for _ in 0..MESSAGES {
        world.send();
        world.run(10_000.0);
    }
    let counts = (world.attempts().len(), world.requests());
    world.heal();
    world.run(400_000.0);
    assert_eq!((world.status(), world.connection().queued()), (Status::Open, 0));
    counts
}

#[test]
fn come_of_no_two_failures() {
    for plan in websockets() {
        for (exchange, attempts, requests) in answers() {
            for idempotent in [false, true] {
                let http = exchange.clone();
                let counts = an_hour(idempotent, plan.clone(), move |_| http.clone());
                let is_calm = counts.0 <= attempts && counts.1 <= requests;
                assert!(is_calm, "{counts:?} of {plan:?} and {exchange:?}");
            }
        }
    }
}

/// Each time that HTTP works the delays are short again, but then a message was brought or lost.
#[test]
fn come_of_no_server_that_is_well_every_other_time() {
    for plan in websockets() {
        for (exchange, ..) in answers() {
            let http = exchange.clone();
            let every_other = move |n| if n % 2 == 0 { http.clone() } else { Exchange::healthy() };
            let (attempts, requests) = an_hour(true, plan.clone(), every_other);
            let is_calm = attempts <= MESSAGES + RESTS && requests <= 2 * MESSAGES + RESTS;
            assert!(is_calm, "{attempts}, {requests} of {plan:?} and {exchange:?}");
        }
    }
}

#[test]
fn come_of_no_websocket_that_flaps() {
    let plan = Plan::living([(0.0, Fate::Message), (1000.0, Fate::Cut)]);
    // It carries something each time: HTTP has no turn, and no delay is longer than the first.
    assert_eq!(an_hour(false, plan, |_| Exchange::absent()), (2401, 0));
}
