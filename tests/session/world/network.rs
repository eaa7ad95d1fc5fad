//! What becomes of each WebSocket and each request.

use everline::connection::Millis;

use super::climate::{Climate, Weather};
use crate::dice::Dice;

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
