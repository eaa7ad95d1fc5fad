//! A client, a server and the network between them, in virtual time.
//!
//! The world performs the client's actions as a browser would and runs the server's core as its host
//! would, then jumps to the next moment at which something happens. Nothing sleeps.

mod client;
mod climate;
mod command;
mod driver;
mod line;
mod network;
mod post;
mod server;
mod socket;

use std::collections::BTreeMap;

use everline::connection::{AttemptId, Config, Millis, Status, Transport};

use self::client::Client;
use self::climate::Weather;
pub(crate) use self::climate::{Climate, Walls};
pub(crate) use self::command::Command;
use self::line::{Line, LineId, Load, Side};
use self::network::Network;
use self::server::Server;
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::protocol;

/// How many things may happen at one moment before the world is called stuck.
const STUCK: u32 = 20_000;

/// How often a test looks whether something has come to pass.
const STEP: Millis = 1000.0;

pub(crate) struct World {
    now: Millis,
    client: Client,
    server: Server,
    network: Network,
    lines: Vec<Line>,
    line: BTreeMap<Moment, Packet>,
    scheduled: u64,
    /// Until when each side's machine sleeps.
    client_sleeps: Millis,
    server_sleeps: Millis,
    ledger: Ledger,
    /// Whether the story is told.
    is_loud: bool,
}

/// Something that happens at its time.
#[derive(Debug)]
enum Packet {
    /// The next load of a line has arrived.
    Arrival(LineId, Side),
    /// A side notices that a line is dead.
    Notice(LineId, Side),
    /// The URL of an attempt is known, or cannot be told.
    Resolved(AttemptId, bool),
    /// A WebSocket can take more.
    Drained(AttemptId),
    /// An application says something.
    Chat(Command),
    /// An attempt at a WebSocket, or a request, has come to nothing.
    Failed(LineId, Option<network::Failure>),
    /// Somebody repeats a request.
    Repeat(Vec<u8>),
    /// The same, and the client hears the answer to that.
    RepeatFor(LineId, Vec<u8>),
}

/// When something happens, and its turn among what happens then. The bits of numbers that are not
/// negative are in the numbers' order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Moment(u64, u64);

/// What a test does and asks.
impl World {
    pub(crate) fn new(
        client: Config,
        server: protocol::Config,
        climate: Climate,
        mut dice: Dice,
        is_loud: bool,
    ) -> Self {
        let mut world = Self {
            now: 1000.0,
            ledger: Ledger::new(&client, &server),
            client: Client::new(client, dice.split()),
            server: Server::new(server, dice.split()),
            network: Network { climate, weather: Weather::default(), dice },
            lines: Vec::new(),
            line: BTreeMap::new(),
            scheduled: 0,
            client_sleeps: 0.0,
            server_sleeps: 0.0,
            is_loud,
        };
        world.command(Command::Start);
        world
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.tell(|| format!("  -- {command:?}"));
        self.execute(command);
        self.settle();
    }

    /// Lets everything happen that happens in this time, its last moment included.
    pub(crate) fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        let mut at_once = 0;
        while let Some(next) = self.next_moment().filter(|next| *next <= end) {
            at_once = if next > self.now { 0 } else { at_once + 1 };
            assert!(at_once < STUCK, "it spins: {:?}", self.client.connection);
            self.now = self.now.max(next);
            self.step();
            self.settle();
        }
        self.now = end;
    }

    /// The same, but no longer than until this is so.
    pub(crate) fn run_until(&mut self, longest: Millis, is_so: impl Fn(&Self) -> bool) {
        let end = self.now + longest;
        while self.now < end && !is_so(self) {
            self.run(STEP.min(end - self.now));
        }
    }

    /// The network is well from now on. What is dead already stays so.
    pub(crate) fn heal(&mut self, walls: Walls) {
        self.tell(|| format!("  -- the network is well, {walls:?}"));
        let is_crowded = self.network.climate.is_crowded;
        self.network.climate = Climate { is_crowded, ..Climate::calm() };
        self.network.weather = Weather::calm(walls);
        self.client_sleeps = self.now;
        self.server_sleeps = self.now;
        self.client.timer = None;
        self.client.heard = self.now;
        // What was held up moves on, and nobody starts anything new.
        let is_bound = |packet: &Packet| !matches!(packet, Packet::Chat(_) | Packet::Arrival(..));
        self.line.retain(|_, packet| is_bound(packet));
        for id in 0..self.lines.len() {
            self.lines[id].heal(self.now);
            for side in [Side::Client, Side::Server] {
                for _ in 0..self.lines[id].pipe(side).loads.len() {
                    self.schedule(self.now, Packet::Arrival(id, side));
                }
            }
            self.pump(id);
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    pub(crate) fn status(&self) -> Status {
        self.client.connection.status()
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        self.client.connection.transport()
    }

    /// Whether all that was said has been heard, and the client knows.
    pub(crate) fn is_quiet(&self) -> bool {
        let connection = &self.client.connection;
        connection.status() == Status::Open
            && connection.queued() + connection.queued_bytes() == 0
            && self.ledger.is_quiet(&self.client.id)
    }

    /// Nothing is missing, and nothing is kept any more.
    pub(crate) fn check_all_arrived(&mut self) {
        self.ledger.check_all_arrived(&self.client.id);
        assert_eq!(self.client.connection.queued(), 0, "messages wait");
        assert_eq!(self.client.connection.queued_bytes(), 0, "bytes are not acknowledged");
    }

    pub(crate) fn check_all_sent_arrived(&self) {
        self.ledger.check_all_sent_arrived(&self.client.id);
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the server knows that the client's session is over.
    pub(crate) fn is_ended(&self) -> bool {
        !self.ledger.is_alive(&self.client.id)
    }

    pub(crate) fn session(&self) -> String {
        self.client.id.clone()
    }

    pub(crate) fn sessions(&mut self) -> usize {
        self.server.core.counts(self.now as u64).sessions
    }
}

/// What happens by itself.
impl World {
    fn next_moment(&mut self) -> Option<Millis> {
        let timers = [self.client_timer(), self.server_timer()];
        let packet = self.line.keys().next().map(Moment::at);
        timers.into_iter().chain([packet]).flatten().min_by(Millis::total_cmp)
    }

    fn server_timer(&self) -> Option<Millis> {
        Some((self.server.core.next_deadline()? as Millis).max(self.server_sleeps))
    }

    /// One packet, or else a timer.
    fn step(&mut self) {
        let packet = self.line.first_entry().filter(|entry| entry.key().at() <= self.now);
        if let Some(packet) = packet {
            match packet.remove() {
                Packet::Arrival(id, to) => self.arrive(id, to),
                Packet::Notice(id, side) => self.notice(id, side),
                Packet::Resolved(id, is_well) => self.resolved(id, is_well),
                Packet::Drained(id) => self.drained(id),
                Packet::Chat(command) => self.execute(command),
                Packet::Failed(id, failure) => self.failed(id, failure),
                Packet::Repeat(body) => self.repeat(None, body),
                Packet::RepeatFor(id, body) => self.repeat(Some(id), body),
            }
        } else if self.client_timer().is_some_and(|at| at <= self.now) {
            self.client.timer = None;
            self.handle(everline::connection::Input::Timeout);
        } else {
            self.server.core.timeout(self.now as u64);
        }
    }

    fn schedule(&mut self, at: Millis, packet: Packet) {
        self.scheduled += 1;
        self.line.insert(Moment(at.to_bits(), self.scheduled), packet);
    }

    /// Puts something on a line.
    fn put(&mut self, id: LineId, to: Side, load: Load) {
        let at = self.lines[id].pipe(to).push(load, self.now);
        self.schedule(at, Packet::Arrival(id, to));
    }

    fn arrive(&mut self, id: LineId, to: Side) {
        let awake = self.sleeps(to).max(self.network.weather.stalls);
        if awake > self.now {
            return self.schedule(awake, Packet::Arrival(id, to));
        }
        let now = self.now;
        let pipe = self.lines[id].pipe(to);
        let Some(load) = pipe.loads.pop_front().filter(|_| pipe.dead > now) else { return };
        match to {
            Side::Client => {
                self.reach_client(id, load);
                self.pump(id);
            }
            Side::Server => self.reach_server(id, load),
        }
    }

    fn notice(&mut self, id: LineId, side: Side) {
        if self.sleeps(side) > self.now {
            return self.schedule(self.sleeps(side), Packet::Notice(id, side));
        }
        if !self.lines[id].is_dead(self.now) {
            return;
        }
        match side {
            Side::Client => self.client_lost(id),
            Side::Server => self.server_lost(id),
        }
    }

    fn sleeps(&self, side: Side) -> Millis {
        match side {
            Side::Client => self.client_sleeps,
            Side::Server => self.server_sleeps,
        }
    }

    /// The line dies at these times, and so much later it is noticed.
    fn doom(&mut self, id: LineId, from: Millis, death: network::Death) {
        let line = &mut self.lines[id];
        line.up.dead = line.up.dead.min(from + death.up);
        line.down.dead = line.down.dead.min(from + death.down);
        let at = from + death.up.max(death.down);
        for (side, notice) in [(Side::Client, death.client), (Side::Server, death.server)] {
            if let Some(notice) = notice {
                self.schedule(at + notice, Packet::Notice(id, side));
            }
        }
    }

    /// These lines die, one way or another.
    fn storm(&mut self, is_hit: impl Fn(&Line) -> bool) {
        for id in 0..self.lines.len() {
            let line = &self.lines[id];
            if is_hit(line) && !line.server_left && !line.is_dead(self.now) {
                let death = self.network.death();
                let death = network::Death { up: 0.0, down: 0.0, ..death };
                self.doom(id, self.now, death);
            }
        }
    }

    /// What must hold once there is nothing to do.
    fn settle(&mut self) {
        self.settle_server();
        self.check_client();
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        if self.is_loud {
            eprintln!("{:>10.0} {}", self.now, what());
        }
    }
}

impl Moment {
    fn at(&self) -> Millis {
        f64::from_bits(self.0)
    }
}
