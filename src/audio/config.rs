//! How audio is batched.

use crate::connection::Millis;

/// The most samples that may wait: an hour of speech.
const MOST: usize = 1 << 26;

/// The longest silence that is added at the end.
const LONGEST_TAIL: Millis = 60_000.0;

/// How samples are kept and cut. The defaults are the documented ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The output rate in Hz, within [`RATES`](super::RATES). 16 000 by default.
    pub sample_rate: u32,
    /// What a sample is in a batch. [`Encoding::Pcm16`] by default.
    pub encoding: Encoding,
    /// How long a batch is. 100 ms by default.
    pub batch: Millis,
    /// How long a batch must be at least, unless it is flushed. 50 ms by default.
    pub min: Millis,
    /// How long a batch may be at most; while catching up they are as long. 1000 ms by default.
    pub max: Millis,
    /// How many bytes of samples a batch may have at most. Not limited by default.
    pub max_bytes: usize,
    /// How long after its first sample came a batch goes, however short it is, if it is not shorter
    /// than `min`. 200 ms by default.
    pub max_delay: Millis,
    /// Whether a batch is also cut where silence has lasted. Off by default.
    pub silence: Option<Silence>,
    /// How much may wait. 30 000 ms by default, for which 2 MB are taken at 16 kHz.
    pub queue: Millis,
    /// What happens to more than that. [`Overflow::DropOldest`] by default.
    pub overflow: Overflow,
    /// Whether silence goes in place of what was dropped or lost, so that a server which counts
    /// samples keeps the time. Off by default.
    pub fill_gaps: bool,
    /// How many times faster than real time batches may go. Infinite by default.
    pub catch_up: f64,
    /// How long a segment ([`Piece::Segment`](super::Piece::Segment)) may be at most. 5000 ms by default.
    pub segment: Millis,
    /// Whether each batch begins with a [`header`](super::header()). Off by default.
    pub sequence: bool,
    /// How much silence is added at the end, up to a minute. None by default.
    pub trailing_silence: Millis,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sample_rate: 16_000,
            encoding: Encoding::Pcm16,
            batch: 100.0,
            min: 50.0,
            max: 1000.0,
            max_bytes: usize::MAX,
            max_delay: 200.0,
            silence: None,
            queue: 30_000.0,
            overflow: Overflow::DropOldest,
            fill_gaps: false,
            catch_up: f64::INFINITY,
            segment: 5000.0,
            sequence: false,
            trailing_silence: 0.0,
        }
    }
}

/// What a sample is in a batch. Both are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 16 bits, signed.
    Pcm16,
    /// 32 bits, floating.
    Float32,
}

impl Encoding {
    /// How many bytes a sample has.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::Float32 => 4,
        }
    }
}

/// What happens to samples for which there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Those that have waited longest are dropped, a batch at a time: for captions of what is said
    /// now.
    DropOldest,
    /// They are dropped themselves.
    DropNewest,
    /// They are refused, and can be pushed again: for files and whatever else can wait.
    Block,
    /// Those that have waited longest go another way ([`Piece::Spill`](super::Piece::Spill)).
    /// If that is too slow as well, they are dropped.
    Spill,
}

/// What silence is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// The root mean square below which 10 ms are silent, where 1 is full scale.
    pub threshold: f32,
    /// How long it must last.
    pub lasting: Millis,
}

impl Default for Silence {
    fn default() -> Self {
        // −50 dB.
        Self { threshold: 0.003_162, lasting: 300.0 }
    }
}

/// The same in samples, each within what can be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    pub(super) min: usize,
    pub(super) batch: usize,
    pub(super) max: usize,
    pub(super) queue: usize,
    pub(super) segment: usize,
    pub(super) trailing: usize,
}

impl Config {
    pub(super) fn lengths(&self) -> Lengths {
        let within = |length: usize, least: usize, most: usize| length.max(least).min(most);
        let most = within(self.max_bytes / self.encoding.width(), 1, MOST);
        let min = within(self.samples(self.min), 1, most);
        let max = within(self.samples(self.max), min, most);
        let batch = within(self.samples(self.batch), min, max);
        Lengths {
            min,
            batch,
            max,
            queue: within(self.samples(self.queue), batch, MOST),
            segment: within(self.samples(self.segment), min, MOST),
            trailing: self.samples(self.trailing_silence.min(LONGEST_TAIL)),
        }
    }

    /// How many samples a time has; a time that is none has none.
    pub(super) fn samples(&self, time: Millis) -> usize {
        (time * f64::from(self.sample_rate) / 1000.0) as usize
    }
}
