//! Very many clients lose one server, in virtual time: the real connections, or followers of other
//! libraries' formulas.
//!
//! A storm is: all connections end at once, the server is away for a while, and then it accepts so many
//! a second, lets some more wait, and refuses the others.

mod brain;
mod calendar;
mod client;
mod dice;
mod formula;
mod outcome;
mod peers;
mod server;
mod storm;

use everline::connection::{Config, Millis};

use self::brain::Brain;
use self::formula::Follower;
use self::storm::Storm;

pub(crate) use self::client::Loss;
pub(crate) use self::dice::Dice;
pub(crate) use self::formula::Formula;
pub(crate) use self::outcome::{Histogram, Outcome};
pub(crate) use self::peers::PEERS;
pub(crate) use self::storm::Setting;

/// Who decides when to come back.
#[derive(Clone)]
pub(crate) enum Policy {
    Everline(Config),
    Formula(&'static Formula),
}

/// How the clients are let go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Farewell {
    /// The server dies.
    None,
    /// It closes with this code.
    Code(u16),
    /// It also tells each client when to come back, some time within so many ms.
    Hints(u16, Millis),
}

/// One storm; and how many were back when.
pub(crate) fn storm(
    policy: &Policy,
    farewell: Farewell,
    setting: Setting,
    seed: u64,
) -> (Outcome, Histogram) {
    let mut hints = Dice(!seed);
    let losses = |_| match farewell {
        Farewell::None => Loss::Killed,
        Farewell::Code(code) => Loss::Closed { code, retry: None },
        Farewell::Hints(code, within) => Loss::Closed { code, retry: Some(hints.unit() * within) },
    };
    // The news takes as long as the network.
    let news = |client| setting.trip(client);
    match policy {
        Policy::Everline(config) => storm_of(config, news, losses, setting, seed),
        Policy::Formula(formula) => {
            let mut seeds = Dice(seed);
            Storm::new(setting, || Follower::open(formula, seeds.next()), news, losses).run()
        }
    }
}

/// The same of Everline's clients, each of which hears of it after some time and is let go in some way.
pub(crate) fn storm_of(
    config: &Config,
    news: impl Fn(u32) -> Millis,
    losses: impl FnMut(u32) -> Loss,
    setting: Setting,
    seed: u64,
) -> (Outcome, Histogram) {
    let mut seeds = Dice(seed);
    let open = || Brain::open(Config { seed: seeds.next(), ..config.clone() }, 0.0);
    Storm::new(setting, open, news, losses).run()
}
