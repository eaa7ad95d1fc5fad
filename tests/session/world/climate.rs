//! How bad a network is: by chance, by the hour, and for good.

use everline::connection::Millis;

use crate::dice::Dice;

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
    /// The browser has one connection for requests.
    pub(crate) is_crowded: bool,
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
            is_crowded: false,
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
            is_crowded: dice.chance(10),
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
