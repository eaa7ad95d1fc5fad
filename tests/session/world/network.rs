//! What lies between the client and the server: lines that carry in order, and die.

use std::collections::VecDeque;

use everline::connection::{AttemptId, Millis, PostId};

use crate::dice::Dice;
use crate::protocol::{CarrierId, Message};

/// A connection of the network, for as long as the world exists.
pub(super) type LineId = usize;

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// What a line carries.
#[derive(Clone, Debug)]
pub(super) enum Load {
    /// The head of a request, or of an upgrade; and the answer to that.
    Head,
    /// A WebSocket's message.
    Frame(Message),
    /// Some of an HTTP body.
    Bytes(Vec<u8>),
    /// A WebSocket's close frame, or the end of a body.
    End(u16, String),
    /// The other side has given the line up.
    Gone,
}

/// Who uses a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Socket(AttemptId),
    Post(PostId),
    /// Somebody in between, who repeats a request by himself.
    Proxy,
}

pub(super) struct Line {
    pub(super) owner: Owner,
    pub(super) up: Pipe,
    pub(super) down: Pipe,
    /// The session and the number of the attach that it was made for.
    pub(super) attach: Option<(String, u64)>,
    /// What the server knows it by.
    pub(super) carrier: Option<CarrierId>,
    /// Whether the server writes: not before the body of a request is complete.
    pub(super) is_answered: bool,
    pub(super) server_left: bool,
    /// How many loads the server may have on their way.
    pub(super) room: usize,
    /// The response breaks after so many bytes,
    pub(super) breaks_after: usize,
    /// which is noticed so much later, if it is.
    pub(super) notice: Option<Millis>,
    /// The response is collected until it is complete.
    pub(super) collected: Option<Vec<u8>>,
}

/// One direction.
pub(super) struct Pipe {
    delay: Millis,
    /// When the last load arrives.
    last: Millis,
    /// What would arrive later is lost.
    pub(super) dead: Millis,
    pub(super) loads: VecDeque<Load>,
}

impl Line {
    pub(super) fn new(owner: Owner, delays: (Millis, Millis), room: usize) -> Self {
        Self {
            owner,
            up: Pipe::new(delays.0),
            down: Pipe::new(delays.1),
            attach: None,
            carrier: None,
            is_answered: matches!(owner, Owner::Socket(_)),
            server_left: false,
            room,
            breaks_after: usize::MAX,
            notice: None,
            collected: None,
        }
    }

    pub(super) fn is_socket(&self) -> bool {
        matches!(self.owner, Owner::Socket(_))
    }

    pub(super) fn pipe(&mut self, to: Side) -> &mut Pipe {
        match to {
            Side::Client => &mut self.down,
            Side::Server => &mut self.up,
        }
    }

    pub(super) fn is_dead(&self, now: Millis) -> bool {
        self.up.dead.min(self.down.dead) <= now
    }

    /// Nothing will happen to it that has not happened yet.
    pub(super) fn heal(&mut self, now: Millis) {
        for pipe in [&mut self.up, &mut self.down] {
            if pipe.dead > now {
                pipe.dead = Millis::INFINITY;
            }
            pipe.last = now;
        }
        self.breaks_after = usize::MAX;
        self.room = usize::MAX;
    }
}

impl Pipe {
    fn new(delay: Millis) -> Self {
        Self { delay, last: 0.0, dead: Millis::INFINITY, loads: VecDeque::new() }
    }

    /// Nothing arrives before.
    pub(super) fn hold_until(&mut self, at: Millis) {
        self.last = self.last.max(at);
    }

    /// Takes a load, and answers when it arrives.
    pub(super) fn push(&mut self, load: Load, now: Millis) -> Millis {
        self.last = self.last.max(now + self.delay);
        self.loads.push_back(load);
        self.last
    }
}

/// How a line dies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    pub(super) up: Millis,
    pub(super) down: Millis,
    /// How much later each side notices, if it does.
    pub(super) client: Option<Millis>,
    pub(super) server: Option<Millis>,
}

/// What becomes of a WebSocket.
#[derive(Clone, Copy, Debug)]
pub(super) struct SocketPlan {
    pub(super) handshake: Handshake,
    pub(super) delays: (Millis, Millis),
    pub(super) room: usize,
    /// Counted from the beginning of the handshake.
    pub(super) death: Option<Death>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Handshake {
    Opens(Millis),
    /// Opens, and carries nothing.
    Mute(Millis),
    Fails(Millis),
    Hangs,
    /// The constructor throws.
    Refused,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct PostPlan {
    pub(super) course: Course,
    pub(super) delays: (Millis, Millis),
    pub(super) room: usize,
    pub(super) is_collected: bool,
    /// Somebody repeats it after this time; and whether the client hears the answer to that.
    pub(super) repeated: Option<(Millis, bool)>,
    pub(super) notice: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Course {
    Arrives,
    /// So many hundredths of the body arrive.
    Prefix(usize),
    /// It arrives, and so many bytes of the response come back.
    Breaks(usize),
    /// Nothing arrives, and that is how it is told.
    Fails(Failure),
    Vanishes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Failure {
    Unsent,
    Unanswered,
    Status(u16),
}

/// How likely each trouble is, in percent.
#[derive(Clone, Debug)]
pub(crate) struct Climate {
    pub(crate) latency: Millis,
    /// WebSockets that do not open, that are slow to, that open and are mute, and that die within
    /// `life`.
    pub(crate) closed_doors: usize,
    pub(crate) slow_doors: usize,
    pub(crate) mute: usize,
    pub(crate) deaths: usize,
    pub(crate) life: Millis,
    /// Requests that fail, whose response breaks, is collected, or that are repeated.
    pub(crate) failures: usize,
    pub(crate) breaks: usize,
    pub(crate) collections: usize,
    pub(crate) repeats: usize,
    /// Deaths that somebody notices.
    pub(crate) notices: usize,
    /// How many loads fit on a line, at least.
    pub(crate) room: usize,
    /// URLs that cannot be told, or not at once.
    pub(crate) providers: usize,
    /// How late timers are.
    pub(crate) lag: Millis,
    /// How many messages a WebSocket takes at once.
    pub(crate) takes: usize,
    /// Messages that are answered, at either end.
    pub(crate) chat: usize,
    /// What the client's application does on a whim when it hears of something.
    pub(crate) whims: usize,
}

impl Climate {
    pub(crate) fn calm() -> Self {
        Self {
            latency: 40.0,
            closed_doors: 0,
            slow_doors: 0,
            mute: 0,
            deaths: 0,
            life: 0.0,
            failures: 0,
            breaks: 0,
            collections: 0,
            repeats: 0,
            notices: 100,
            room: usize::MAX,
            providers: 0,
            lag: 0.0,
            takes: usize::MAX,
            chat: 10,
            whims: 0,
        }
    }

    pub(crate) fn restless(dice: &mut Dice) -> Self {
        Self {
            latency: dice.pick(&[200.0, 800.0]),
            room: dice.pick(&[1, 3]),
            deaths: dice.pick(&[0, 60]),
            life: dice.pick(&[5000.0, 60_000.0]),
            closed_doors: dice.pick(&[0, 40]),
            takes: dice.pick(&[1, 5]),
            chat: dice.pick(&[10, 60]),
            ..Self::calm()
        }
    }

    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut rare = |choices: &[usize]| dice.pick(choices);
        Self {
            closed_doors: rare(&[0, 0, 10, 40, 90]),
            slow_doors: rare(&[0, 5, 20]),
            mute: rare(&[0, 0, 5, 30]),
            deaths: rare(&[0, 30, 60, 100]),
            failures: rare(&[0, 0, 10, 30]),
            breaks: rare(&[0, 10, 40]),
            collections: rare(&[0, 0, 20, 100]),
            repeats: rare(&[0, 0, 5, 20]),
            notices: rare(&[10, 50, 100]),
            room: rare(&[1, 3, 20, usize::MAX]),
            providers: rare(&[0, 0, 5]),
            takes: rare(&[1, 5, usize::MAX, usize::MAX]),
            chat: rare(&[0, 10, 60, 90]),
            whims: rare(&[0, 0, 10]),
            latency: dice.pick(&[0.0, 20.0, 200.0, 1500.0]),
            life: dice.pick(&[300.0, 5000.0, 60_000.0]),
            lag: dice.pick(&[0.0, 0.0, 15.0, 1500.0, 60_000.0]),
        }
    }
}

/// What stands in the way for good.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walls {
    pub(crate) no_upgrades: bool,
    pub(crate) collects: bool,
}

/// What is so for everybody, until then.
#[derive(Clone, Debug, Default)]
pub(super) struct Weather {
    /// Upgrades get nowhere.
    pub(super) no_upgrades: Millis,
    /// Requests do not either.
    pub(super) no_posts: Millis,
    /// All responses are collected.
    pub(super) collects: Millis,
    /// Nothing moves, and nothing is lost.
    pub(super) stalls: Millis,
    /// The server is down: nobody is there.
    pub(super) nobody: Millis,
}

impl Weather {
    pub(super) fn calm(walls: Walls) -> Self {
        let always = |is_so| if is_so { Millis::INFINITY } else { 0.0 };
        Self {
            no_upgrades: always(walls.no_upgrades),
            collects: always(walls.collects),
            ..Self::default()
        }
    }
}

pub(super) struct Network {
    pub(super) climate: Climate,
    pub(super) weather: Weather,
    pub(super) dice: Dice,
}

impl Network {
    pub(super) fn socket_plan(&mut self, now: Millis) -> SocketPlan {
        let (climate, weather, dice) = (&self.climate, &self.weather, &mut self.dice);
        let delays = delays(climate, dice);
        let opening = delays.0 + delays.1 + 1.0;
        let slow = if dice.chance(climate.slow_doors) { dice.span(12_000.0) } else { 0.0 };
        let handshake = if weather.nobody > now {
            Handshake::Fails(opening)
        } else if weather.no_upgrades > now || dice.chance(climate.closed_doors) {
            match dice.below(6) {
                0 => Handshake::Hangs,
                1 => Handshake::Mute(opening),
                2 => Handshake::Refused,
                3 => Handshake::Fails(dice.span(15_000.0)),
                _ => Handshake::Fails(opening),
            }
        } else if dice.chance(climate.mute) {
            Handshake::Mute(opening)
        } else {
            Handshake::Opens(opening + slow)
        };
        let death = dice.chance(climate.deaths).then(|| self.death());
        SocketPlan { handshake, delays, room: self.climate.room, death }
    }

    pub(super) fn post_plan(&mut self, size: usize, now: Millis) -> PostPlan {
        let (climate, weather, dice) = (&self.climate, &self.weather, &mut self.dice);
        let course = if weather.nobody > now {
            Course::Fails(Failure::Unanswered)
        } else if weather.no_posts > now || dice.chance(climate.failures) {
            match dice.below(6) {
                0 => Course::Vanishes,
                1 => Course::Fails(Failure::Unsent),
                2 => Course::Fails(Failure::Status(dice.pick(&[502, 503, 504]))),
                3 => Course::Prefix(dice.below(100)),
                _ => Course::Fails(Failure::Unanswered),
            }
        } else if dice.chance(climate.breaks) {
            let size = dice.pick(&[1, 10, 150, 1000, 2 * size + 1]);
            Course::Breaks(dice.below(size))
        } else {
            Course::Arrives
        };
        let after = dice.pick(&[0.0, 50.0, 2000.0, 60_000.0]);
        PostPlan {
            course,
            delays: delays(climate, dice),
            room: climate.room,
            is_collected: weather.collects > now || dice.chance(climate.collections),
            repeated: dice.chance(climate.repeats).then(|| (dice.span(after), dice.chance(30))),
            notice: notice(climate, dice),
        }
    }

    pub(super) fn death(&mut self) -> Death {
        let (climate, dice) = (&self.climate, &mut self.dice);
        let at = dice.span(climate.life);
        let gap = if dice.chance(50) { dice.span(2000.0) } else { 0.0 };
        let (up, down) = if dice.chance(50) { (at, at + gap) } else { (at + gap, at) };
        Death { up, down, client: notice(climate, dice), server: notice(climate, dice) }
    }

    /// How much later than it should a timer fires.
    pub(super) fn lag(&mut self) -> Millis {
        let lag = self.climate.lag;
        // Most are in time, or nothing would ever happen.
        if lag > 100.0 && self.dice.chance(70) { 0.0 } else { self.dice.span(lag) }
    }
}

fn delays(climate: &Climate, dice: &mut Dice) -> (Millis, Millis) {
    (dice.span(climate.latency), dice.span(climate.latency))
}

fn notice(climate: &Climate, dice: &mut Dice) -> Option<Millis> {
    let after = dice.pick(&[0.0, 100.0, 8000.0]);
    dice.chance(climate.notices).then(|| dice.span(after))
}
