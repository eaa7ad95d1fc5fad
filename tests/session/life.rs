//! What a life is like: the client, the server, the network, and what befalls them.

use everline::connection::{
    Backoff, Config, Fallback, Heartbeat, Jitter, Limits, Millis, Overflow, Page,
};
use everline::session;

use crate::dice::Dice;
use crate::protocol::{self, config::Rate};
use crate::world::{Climate, Command, Walls, World};

#[derive(Debug)]
pub(crate) struct Life {
    client: Config,
    pub(crate) server: protocol::Config,
    climate: Climate,
    /// What stays when all else is well again.
    pub(crate) walls: Walls,
    /// How many things befall them.
    pub(crate) troubles: usize,
    is_restless: bool,
}

impl Life {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut life = Self {
            client: client(dice),
            server: server(dice),
            climate: Climate::draw(dice),
            walls: Walls { no_upgrades: dice.chance(10), collects: dice.chance(10) },
            troubles: dice.pick(&[0, 5, 20, 60]),
            is_restless: dice.chance(20),
        };
        if life.is_restless {
            life.make_restless(dice);
        }
        life
    }

    /// Many changes of carrier under load, over long lines: what overlaps, overlaps much.
    fn make_restless(&mut self, dice: &mut Dice) {
        self.climate = Climate::restless(dice);
        self.client.connection_timeout = 10_000.0;
        self.client.fallback = Some(Fallback { retry_websocket: 1000.0, ..Fallback::default() });
        self.client.session.iter_mut().for_each(|session| session.window = 1 << 20);
        let protocol::Config { hb, max, .. } = self.server;
        self.server = protocol::Config { hb, max, ..protocol::Config::default() };
    }

    pub(crate) fn begin(&self, dice: Dice, is_loud: bool) -> World {
        let (client, server) = (self.client.clone(), self.server.clone());
        World::new(client, server, self.climate.clone(), dice, is_loud)
    }

    pub(crate) fn command(&self, dice: &mut Dice) -> Command {
        if self.is_restless && dice.chance(60) {
            restless_command(dice)
        } else {
            command(dice, self.persists())
        }
    }

    pub(crate) fn persists(&self) -> bool {
        self.client.session.is_some_and(|session| session.persists)
    }

    /// Whether it must come back to a WebSocket.
    pub(crate) fn returns(&self) -> bool {
        let rest = self.client.fallback.map_or(Millis::INFINITY, |it| it.retry_websocket);
        rest.is_finite() && !self.walls.no_upgrades
    }

    /// How long a dead WebSocket may be silent.
    pub(crate) fn silence(&self) -> Millis {
        let asking = self.client.heartbeat.map_or(0.0, |it| it.interval + it.timeout);
        asking.max(3.0 * self.server.hb as Millis) + self.client.connection_timeout
    }

    /// How long it may take until everything is well again.
    pub(crate) fn patience(&self) -> Millis {
        let Config { session, backoff, connection_timeout, .. } = &self.client;
        let wait = session.map_or(0.0, |session| session.wait) + self.server.wait as Millis;
        let dead = 4.0 * self.server.hb as Millis;
        60_000.0 + dead + wait + 4.0 * backoff.max + 4.0 * connection_timeout
    }
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

fn restless_command(dice: &mut Dice) -> Command {
    match dice.below(4) {
        // As long as three attempts.
        0 | 1 => Command::Blockade(4000.0 + dice.span(4000.0)),
        _ => Command::Chat(300, dice.pick(&[10.0, 30.0, 100.0])),
    }
}
