//! Thousands of lives, each with another network, another server and other people.
//!
//! A failure prints its seed; `EVERLINE_SEED=… cargo test --test session faults` lives through that
//! one again and tells its story. `EVERLINE_SEEDS=…` sets how many there are, from `EVERLINE_FIRST=…`
//! on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use everline::connection::{Millis, Status, Transport};

use crate::dice::Dice;
use crate::life::Life;
use crate::world::{Command, World};

const SEEDS: u64 = 1000;

/// The longest time between two attempts at a WebSocket, twice.
const LONGEST_REST: Millis = 760_000.0;

#[test]
fn lives_of_thousands_end_well() {
    if let Some(seed) = number("EVERLINE_SEED") {
        live(seed, true);
        return;
    }
    let start = Instant::now();
    let seeds = number("EVERLINE_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(number("EVERLINE_FIRST").unwrap_or(0));
    let end = next.load(Relaxed) + seeds;
    let total = Mutex::new(Total::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Relaxed)).filter(|it| *it < end) {
                    let world = live(seed, false);
                    total.lock().expect("no other life has failed").add(&world);
                }
            });
        }
    });
    println!("{:?} in {:?}", total.into_inner().unwrap(), start.elapsed());
}

/// What was lived through.
#[derive(Debug, Default)]
struct Total {
    lives: u32,
    hours: f64,
    messages: usize,
    resets: u32,
    inexact: u32,
    starts_up: u32,
    starts_down: u32,
}

impl Total {
    fn add(&mut self, world: &World) {
        self.lives += 1;
        self.hours += world.now() / 3_600_000.0;
        self.messages += world.ledger().sent();
        let counts = world.ledger().counts;
        self.resets += counts.resets;
        self.inexact += counts.inexact;
        self.starts_up += counts.starts_up;
        self.starts_down += counts.starts_down;
    }
}

/// One life: troubles, recovery, and the end.
fn live(seed: u64, is_loud: bool) -> World {
    let _culprit = Culprit(seed);
    let mut dice = Dice::new(seed);
    let life = Life::draw(&mut dice);
    if is_loud {
        eprintln!("{life:#?}");
    }
    let mut world = life.begin(dice.split(), is_loud);
    for _ in 0..life.troubles {
        let gap = dice.pick(&[0.0, 100.0, 3000.0, 30_000.0]);
        world.run(dice.span(gap));
        world.command(life.command(&mut dice));
    }
    recover(&life, &mut world);
    say_goodbye(&life, &mut world, &mut dice);
    world.run(life.server.ttl as Millis + 60_000.0);
    assert_eq!(world.sessions(), 0, "the server keeps a session of nobody");
    world
}

/// The network is well again: everything arrives, and by a WebSocket if there may be any.
fn recover(life: &Life, world: &mut World) {
    world.heal(life.walls);
    // The smallest windows have room for one message, whose ack takes a second.
    let patience = life.patience() + 3000.0 * world.ledger().under_way() as Millis;
    // Whatever is dead has been found dead.
    world.run(life.silence());
    let is_over = |world: &World| matches!(world.status(), Status::Closed | Status::Failed);
    world.run_until(patience, |world| world.is_quiet() || is_over(world));
    if is_over(world) {
        world.command(Command::Reconnect);
        world.run_until(patience, World::is_quiet);
    }
    assert_eq!(world.status(), Status::Open, "the network is well");
    world.check_all_arrived();
    if life.returns() {
        let is_back = |world: &World| world.transport() == Some(Transport::WebSocket);
        world.run_until(LONGEST_REST, is_back);
        assert!(is_back(world), "it comes back");
    }
}

/// The last words arrive.
fn say_goodbye(life: &Life, world: &mut World, dice: &mut Dice) {
    // It does not end a session because of what waits.
    let is_patient = life.server.outbox > 1 << 20;
    match dice.below(4) {
        0 if is_patient => {
            world.command(Command::Speak(dice.below(5)));
            let said = world.session();
            world.command(Command::Dismiss);
            world.run(60_000.0);
            // Unless a request found the session gone, before the response could say why.
            if world.session() != said && world.status() == Status::Open {
                world.command(Command::Close(None, "bye"));
                return world.run(20_000.0);
            }
            assert_eq!(world.status(), Status::Failed, "the server's application ended it");
            world.ledger().check_all_heard(&said);
        }
        1 if !life.persists() && world.transport() == Some(Transport::Http) => {
            world.command(Command::Send(dice.below(5)));
            world.command(Command::Leave);
            world.run(5000.0);
            world.check_all_sent_arrived();
        }
        _ => {
            world.command(Command::Send(dice.below(5)));
            world.command(Command::Close(dice.pick(&[None, Some(1000), Some(4000)]), "bye"));
            world.run(20_000.0);
            assert_eq!(world.status(), Status::Closed);
            assert!(world.is_ended(), "the server was not told");
            if is_patient {
                world.check_all_sent_arrived();
            }
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().expect("a number"))
}

struct Culprit(u64);

impl Drop for Culprit {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("EVERLINE_SEED={} lives through this again", self.0);
        }
    }
}
