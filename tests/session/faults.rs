//! Thousands of lives, each with another network, another server and other people.
//!
//! A failure prints its seed; `EVERLINE_SEED=… cargo test --test session lives` lives through that
//! one again and tells its story, and `EVERLINE_SEEDS=…` sets how many there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use everline::connection::{
    Backoff, Config, Fallback, Heartbeat, Jitter, Limits, Millis, Overflow, Page, Status, Transport,
};
use everline::session;

use crate::dice::Dice;
use crate::protocol::{self, config::Rate};
use crate::world::{Climate, Command, Walls, World};

const SEEDS: u64 = 1000;

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

fn live(seed: u64, is_loud: bool) -> World {
    let _culprit = Culprit(seed);
    let mut dice = Dice::new(seed);
    let mut client = client(&mut dice);
    let mut server = server(&mut dice);
    let mut climate = Climate::draw(&mut dice);
    let is_restless = dice.chance(20);
    if is_restless {
        climate = Climate::restless(&mut dice);
        make_restless(&mut client, &mut server);
    }
    let asking = client.heartbeat.map_or(0.0, |beat| beat.interval + beat.timeout);
    let dead = asking.max(3.0 * server.hb as Millis) + client.connection_timeout;
    let patience = patience(&client, &server);
    let ttl = server.ttl as Millis;
    // It does not end a session because of what waits.
    let is_patient = server.outbox > 1 << 20;
    let troubles = dice.pick(&[0, 5, 20, 60]);
    if is_loud {
        eprintln!("{client:#?}\n{server:#?}\n{climate:#?}");
    }
    let persists = client.session.is_some_and(|session| session.persists);
    let returns = client.fallback.is_some_and(|fallback| fallback.retry_websocket.is_finite());
    let mut world = World::new(client, server, climate, dice.split(), is_loud);
    for _ in 0..troubles {
        let gap = dice.pick(&[0.0, 100.0, 3000.0, 30_000.0]);
        world.run(dice.span(gap));
        let command = if is_restless && dice.chance(60) {
            restless_command(&mut dice)
        } else {
            command(&mut dice, persists)
        };
        world.command(command);
    }
    let walls = Walls { no_upgrades: dice.chance(10), collects: dice.chance(10) };
    world.heal(walls);
    // The smallest windows have room for one message, whose ack takes a second.
    let patience = patience + 3000.0 * world.ledger().under_way() as Millis;
    // Whatever is dead has been found dead.
    world.run(dead);
    let is_over = |world: &World| matches!(world.status(), Status::Closed | Status::Failed);
    world.run_until(patience, |world| world.is_quiet() || is_over(world));
    if is_over(&world) {
        world.command(Command::Reconnect);
        world.run_until(patience, World::is_quiet);
    }
    assert_eq!(world.status(), Status::Open, "the network is well");
    world.check_all_arrived();
    if returns && !walls.no_upgrades {
        let is_back = |world: &World| world.transport() == Some(Transport::WebSocket);
        world.run_until(LONGEST_REST, is_back);
        assert_eq!(world.transport(), Some(Transport::WebSocket), "it comes back");
    }
    say_goodbye(&mut world, &mut dice, is_patient);
    world.run(ttl + 60_000.0);
    assert_eq!(world.sessions(), 0, "the server keeps a session of nobody");
    world
}

/// The last words arrive.
fn say_goodbye(world: &mut World, dice: &mut Dice, is_patient: bool) {
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
        1 if world.transport() == Some(Transport::Http) => {
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

/// The longest time between two attempts at a WebSocket, twice.
const LONGEST_REST: Millis = 760_000.0;

/// How long it may take until everything is well again.
fn patience(client: &Config, server: &protocol::Config) -> Millis {
    let dead = 4.0 * server.hb as Millis;
    let wait = client.session.map_or(0.0, |session| session.wait) + server.wait as Millis;
    60_000.0 + dead + wait + 4.0 * client.backoff.max + 4.0 * client.connection_timeout
}

fn client(dice: &mut Dice) -> Config {
    let session = session::Config {
        window: dice.pick(&[300, 3000, 40_000, 1 << 20]),
        wait: dice.pick(&[3000.0, 45_000.0]),
        returns: dice.chance(25),
        persists: dice.chance(30),
        resume: None,
    };
    let limits = Limits {
        messages: dice.pick(&[3, 50, usize::MAX, usize::MAX]),
        bytes: dice.pick(&[500, 100_000, 8 << 20, 8 << 20]),
        time_to_live: dice.pick(&[Millis::INFINITY, Millis::INFINITY, 5000.0]),
        overflow: dice.pick(&[Overflow::DropNewest, Overflow::DropOldest, Overflow::Refuse]),
    };
    let jitter = dice.pick(&[Jitter::Full, Jitter::Equal, Jitter::None]);
    let fallback = Fallback {
        retry_websocket: dice.pick(&[5000.0, 5000.0, 0.0, 60_000.0, Millis::INFINITY]),
        remembered: dice.chance(20),
        ..Fallback::default()
    };
    Config {
        connection_timeout: dice.pick(&[1000.0, 10_000.0]),
        max_retries: dice.pick(&[2, u32::MAX, u32::MAX, u32::MAX]),
        backoff: Backoff { max: dice.pick(&[3000.0, 30_000.0]), jitter, ..Backoff::default() },
        limits,
        fallback: Some(fallback),
        session: Some(session),
        heartbeat: dice.chance(20).then_some(Heartbeat { interval: 7000.0, timeout: 3000.0 }),
        judged: dice.chance(20),
        seed: dice.next(),
        ..Config::default()
    }
}

fn server(dice: &mut Dice) -> protocol::Config {
    protocol::Config {
        hb: dice.pick(&[1000, 5000, 20_000]),
        ttl: dice.pick(&[3000, 20_000, 120_000, 120_000]),
        win: dice.pick(&[300, 4000, 1 << 20]),
        outbox: dice.pick(&[10_000, 4 << 20]),
        max: dice.pick(&[500, 60_000, 1 << 20]),
        attaches: dice
            .pick(&[Rate { burst: 100.0, per_second: 10.0 }, Rate { burst: 5.0, per_second: 1.0 }]),
        ..protocol::Config::default()
    }
}

fn command(dice: &mut Dice, persists: bool) -> Command {
    let longest = dice.pick(&[100.0, 5000.0, 60_000.0, 180_000.0]);
    let span = dice.span(longest);
    match dice.below(40) {
        0 => Command::Reconnect,
        1 => Command::Page(Page::Awake),
        2 => Command::Page(Page::Offline),
        3 => Command::Page(Page::Shelved),
        4 if persists => Command::Reload,
        5 => Command::ClientSleeps(span),
        6 => Command::ServerSleeps(span),
        7 | 8 => Command::Storm,
        9 => Command::NoUpgrades(span),
        10 => Command::NoPosts(span),
        11 => Command::NoStreams(span),
        12 => Command::Stall(span),
        13 => Command::Outage(span),
        14 => Command::Restart(dice.chance(50), dice.chance(70), span / 10.0),
        30 => Command::Timeout,
        15 if dice.chance(30) => Command::Close(Some(1000), "changed my mind"),
        16..=26 => Command::Send(1 + dice.below(5)),
        27 => Command::Chat(200, dice.pick(&[10.0, 100.0, 1000.0])),
        28 => Command::Send(1 + dice.below(100)),
        29 => Command::Speak(1 + dice.below(100)),
        _ => Command::Speak(1 + dice.below(5)),
    }
}

/// Many changes of carrier under load, over long lines: what overlaps, overlaps much.
fn make_restless(client: &mut Config, server: &mut protocol::Config) {
    client.connection_timeout = 10_000.0;
    client.fallback = Some(Fallback { retry_websocket: 1000.0, ..Fallback::default() });
    client.session.iter_mut().for_each(|session| session.window = 1 << 20);
    *server = protocol::Config { hb: server.hb, max: server.max, ..protocol::Config::default() };
}

fn restless_command(dice: &mut Dice) -> Command {
    match dice.below(4) {
        // As long as three attempts.
        0 | 1 => Command::Blockade(4000.0 + dice.span(4000.0)),
        _ => Command::Chat(300, dice.pick(&[10.0, 30.0, 100.0])),
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
