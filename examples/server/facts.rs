//! What can be measured in audio. The server recognises no speech, and invents none.

use std::ops::Range;

use serde::Serialize;

/// Silence is judged in windows of this length …
const WINDOW_MS: u64 = 10;
/// … by their RMS, about −50 dBFS …
const SILENCE: f64 = 0.003;
/// … and this much of it in a row is a gap.
const GAP_MS: u64 = 200;
/// How many gaps and losses are listed; what is beyond is still counted.
const MAX_GAPS: usize = 100;

/// Measures a stretch of a recording.
pub(crate) struct Meter {
    rate: u64,
    /// Where the stretch starts, in samples from the start of the recording.
    start: u64,
    samples: u64,
    squares: f64,
    peak: f64,
    window_samples: u64,
    window_squares: f64,
    silent_samples: u64,
    silent_since: Option<u64>,
    gaps: Vec<Gap>,
    lost: Option<Lost>,
}

#[derive(Clone, Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    pub(crate) start_ms: u64,
    pub(crate) duration_ms: u64,
    pub(crate) samples: u64,
    pub(crate) sample_rate: u64,
    /// Both from 0 to 1, full scale.
    pub(crate) rms: f64,
    pub(crate) peak: f64,
    pub(crate) silent_ms: u64,
    pub(crate) gaps: Vec<Gap>,
    #[serde(flatten)]
    pub(crate) lost: Option<Lost>,
}

#[derive(Clone, Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gap {
    start_ms: u64,
    end_ms: u64,
}

/// What did not arrive, of audio whose samples are numbered.
#[derive(Clone, Debug, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lost {
    lost_samples: u64,
    lost: Vec<Loss>,
}

#[derive(Clone, Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Loss {
    from_sample: u64,
    to_sample: u64,
}

impl Meter {
    pub(crate) fn new(rate: u32, start: u64) -> Self {
        Self {
            rate: rate.into(),
            start,
            samples: 0,
            squares: 0.0,
            peak: 0.0,
            window_samples: 0,
            window_squares: 0.0,
            silent_samples: 0,
            silent_since: None,
            gaps: Vec::new(),
            lost: None,
        }
    }

    /// From now on the facts tell what got lost.
    pub(crate) fn count_lost(mut self) -> Self {
        self.lost = Some(Lost::default());
        self
    }

    pub(crate) fn lose(&mut self, samples: &Range<u64>) {
        if let Some(lost) = self.lost.as_mut().filter(|_| !samples.is_empty()) {
            lost.lost_samples += samples.end - samples.start;
            if lost.lost.len() < MAX_GAPS {
                lost.lost.push(Loss { from_sample: samples.start, to_sample: samples.end });
            }
        }
    }

    pub(crate) fn samples(&self) -> u64 {
        self.samples
    }

    pub(crate) fn push(&mut self, sample: i16) {
        let level = f64::from(sample) / 32_768.0;
        self.samples += 1;
        self.squares += level * level;
        self.peak = self.peak.max(level.abs());
        self.window_samples += 1;
        self.window_squares += level * level;
        if self.window_samples * 1000 >= self.rate * WINDOW_MS {
            self.end_window();
        }
    }

    pub(crate) fn facts(&self) -> Facts {
        let mut gaps = self.gaps.clone();
        gaps.extend(self.open_gap().filter(|_| gaps.len() < MAX_GAPS));
        Facts {
            start_ms: self.ms(self.start),
            duration_ms: self.ms(self.samples),
            samples: self.samples,
            sample_rate: self.rate,
            rms: root_mean(self.squares, self.samples),
            peak: self.peak,
            silent_ms: self.ms(self.silent_samples),
            gaps,
            lost: self.lost.clone(),
        }
    }

    fn end_window(&mut self) {
        let now = self.start + self.samples;
        if root_mean(self.window_squares, self.window_samples) < SILENCE {
            self.silent_samples += self.window_samples;
            self.silent_since.get_or_insert(now - self.window_samples);
        } else if self.silent_since.is_some() {
            // This window is loud: the gap ended before it.
            let gap = self.open_gap();
            self.gaps.extend(gap.filter(|_| self.gaps.len() < MAX_GAPS));
            self.silent_since = None;
        }
        self.window_samples = 0;
        self.window_squares = 0.0;
    }

    /// The silence that reaches up to the current window, if it is long enough.
    fn open_gap(&self) -> Option<Gap> {
        let end = self.start + self.samples - self.window_samples;
        let gap = Gap { start_ms: self.ms(self.silent_since?), end_ms: self.ms(end) };
        (gap.end_ms - gap.start_ms >= GAP_MS).then_some(gap)
    }

    fn ms(&self, samples: u64) -> u64 {
        samples * 1000 / self.rate
    }
}

fn root_mean(squares: f64, samples: u64) -> f64 {
    if samples == 0 { 0.0 } else { (squares / samples as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(rate: u32, samples: impl IntoIterator<Item = i16>) -> Facts {
        let mut meter = Meter::new(rate, 0);
        samples.into_iter().for_each(|sample| meter.push(sample));
        meter.facts()
    }

    #[test]
    fn a_sine_has_its_rms_and_peak() {
        let sine = (0..16_000).map(|i| {
            let phase = f64::from(i) * 440.0 * std::f64::consts::TAU / 16_000.0;
            (phase.sin() * 16_384.0).round() as i16
        });
        let facts = measure(16_000, sine);
        assert_eq!((facts.duration_ms, facts.samples), (1000, 16_000));
        assert!((facts.rms - 0.5 / 2f64.sqrt()).abs() < 1e-4, "{}", facts.rms);
        assert!((facts.peak - 0.5).abs() < 1e-3, "{}", facts.peak);
        assert_eq!((facts.silent_ms, facts.gaps), (0, vec![]));
    }

    #[test]
    fn gaps_are_found_where_they_are() {
        let loud = |ms: usize| std::iter::repeat_n(8_000, ms * 16);
        let silent = |ms: usize| std::iter::repeat_n(1, ms * 16);
        let samples = loud(300).chain(silent(250)).chain(loud(100)).chain(silent(100));
        let facts = measure(16_000, samples.chain(loud(50)).chain(silent(400)));
        assert_eq!(facts.silent_ms, 750);
        assert_eq!(
            facts.gaps,
            [Gap { start_ms: 300, end_ms: 550 }, Gap { start_ms: 800, end_ms: 1200 }]
        );
    }

    #[test]
    fn nothing_measured_is_zero() {
        let facts = measure(16_000, []);
        assert_eq!((facts.duration_ms, facts.rms, facts.peak), (0, 0.0, 0.0));
    }

    #[test]
    fn the_most_negative_sample_is_full_scale() {
        assert_eq!(measure(16_000, [i16::MIN]).peak, 1.0);
    }
}
