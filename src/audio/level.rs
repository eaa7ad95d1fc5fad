//! How loud it is.

/// How loud the samples are that were pushed last, where 1 is full scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// The mean square. Its root is the level that meters show.
    pub power: f64,
    /// The highest.
    pub peak: f32,
}

/// The level of samples as they come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meter {
    squares: f64,
    samples: u32,
    peak: f32,
}

impl Meter {
    pub(super) fn add(&mut self, sample: f32) {
        self.squares += f64::from(sample) * f64::from(sample);
        self.samples = self.samples.saturating_add(1);
        self.peak = self.peak.max(sample.abs());
    }

    pub(super) fn level(&self) -> Level {
        Level { power: self.squares / f64::from(self.samples.max(1)), peak: self.peak }
    }

    pub(super) fn samples(&self) -> u32 {
        self.samples
    }
}
