//! Where it is silent.

use super::config::{Config, Silence};
use super::level::Meter;

/// Listens in pieces of 10 ms.
#[derive(Debug)]
pub(super) struct Ear {
    silence: Option<Silence>,
    piece: u32,
    lasting: usize,
    meter: Meter,
    /// For how many samples it has been silent.
    silent: usize,
}

impl Ear {
    pub(super) fn new(config: &Config) -> Self {
        let piece = config.samples(10.0) as u32;
        let lasting = config.samples(config.silence.map_or(0.0, |silence| silence.lasting));
        Self { silence: config.silence, piece, lasting, meter: Meter::default(), silent: 0 }
    }

    /// Whether silence has lasted long enough with this sample, and not before it.
    pub(super) fn hears_an_end(&mut self, sample: f32) -> bool {
        let Some(silence) = self.silence else { return false };
        self.meter.add(sample);
        if self.meter.samples() < self.piece {
            return false;
        }
        let level = core::mem::take(&mut self.meter).level();
        let threshold = f64::from(silence.threshold);
        if level.power >= threshold * threshold {
            self.silent = 0;
            return false;
        }
        let before = self.silent;
        self.silent = before.saturating_add(self.piece as usize);
        before < self.lasting.max(1) && self.silent >= self.lasting
    }
}
