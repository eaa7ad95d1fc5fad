//! A client that follows a formula: what a library documents, or what is thought of.

use everline::connection::Millis;

use super::client::{Client, Loss, Step};
use super::dice::Dice;

/// How some library comes back.
#[derive(Clone, Copy)]
pub(crate) struct Formula {
    pub(crate) name: &'static str,
    /// The delay before a retry.
    pub(crate) delay: fn(Draw) -> Millis,
    /// How long an attempt may take.
    pub(crate) timeout: Millis,
    /// So many retries, then it gives up.
    pub(crate) retries: u32,
}

/// What a delay is made of.
pub(crate) struct Draw {
    /// Which retry it is, from 0.
    pub(crate) retry: i32,
    /// A number below 1, drawn for each delay.
    pub(crate) chance: f64,
    /// One that was drawn for this client once.
    pub(crate) own: f64,
}

pub(crate) struct Follower {
    formula: &'static Formula,
    dice: Dice,
    own: f64,
    retries: u32,
    state: State,
    step: Option<Step>,
}

enum State {
    Open,
    Trying { until: Millis },
    Waiting { until: Millis },
    Failed,
}

impl Follower {
    /// One that is open.
    pub(crate) fn open(formula: &'static Formula, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let own = dice.unit();
        Self { formula, dice, own, retries: 0, state: State::Open, step: None }
    }

    fn retry(&mut self, now: Millis) {
        if self.retries >= self.formula.retries {
            self.state = State::Failed;
            return;
        }
        let (retry, chance, own) = (self.retries as i32, self.dice.unit(), self.own);
        let delay = (self.formula.delay)(Draw { retry, chance, own });
        self.retries += 1;
        self.state = State::Waiting { until: now + delay };
    }
}

impl Client for Follower {
    /// None of them asks why.
    fn cut(&mut self, _: Loss, now: Millis) {
        self.retry(now);
    }

    fn opened(&mut self, _: Millis) {
        self.retries = 0;
        self.state = State::Open;
    }

    fn refused(&mut self, now: Millis) {
        self.retry(now);
    }

    fn wake(&mut self, now: Millis) {
        match self.state {
            State::Waiting { .. } => {
                self.state = State::Trying { until: now + self.formula.timeout };
                self.step = Some(Step::Try);
            }
            State::Trying { .. } => {
                self.step = Some(Step::Abandon);
                self.retry(now);
            }
            State::Open | State::Failed => {}
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        self.step.take()
    }

    fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Waiting { until } | State::Trying { until } if until.is_finite() => Some(until),
            _ => None,
        }
    }
}
