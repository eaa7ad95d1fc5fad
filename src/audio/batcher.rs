//! What takes samples and gives batches.

use alloc::vec::Vec;

use super::config::{Config, Encoding, Lengths, Overflow};
use super::ear::Ear;
use super::gaps::{Gap, Gaps, Reason};
use super::header::header;
use super::level::{Level, Meter};
use super::pcm::{Source, finite, to_i16};
use super::queue::{Queue, Run, Stretch};
use super::resampler::{RATES, Resampler};
use super::wav::wav_header;
use crate::connection::Time;

/// Takes samples, and gives batches of them.
///
/// Its methods are of four kinds: [`push`](Self::push), [`flush`](Self::flush) and
/// [`finish`](Self::finish) bring audio; [`start`](Self::start), [`pause`](Self::pause) and
/// [`lost`](Self::lost) tell of the way to the server; [`poll`](Self::poll) and
/// [`poll_gap`](Self::poll_gap) give what is due, and are called after all of these, and at
/// [`next_deadline`](Self::next_deadline), until they give nothing; the rest only looks.
#[derive(Debug)]
pub struct Batcher {
    config: Config,
    lengths: Lengths,
    input: Input,
    way: Way,
    queue: Queue,
    gaps: Gaps,
    ear: Ear,
    meter: Meter,
    /// Since when the first sample has waited, or longer.
    since: Time,
    /// The number of the first sample that came last, and when.
    last: (u64, Time),
    /// What has a lower number goes as soon as it can.
    flushed: u64,
    /// When the next batch may go, if they are not to go faster.
    free: Time,
    /// For how many samples there was no room.
    refused: usize,
    counters: Counters,
    /// The last thing that was handed out.
    pub(crate) bytes: Vec<u8>,
}

/// Where audio comes from.
#[derive(Debug)]
enum Input {
    /// Nowhere yet.
    Awaited,
    Open(Source, Resampler),
    Ended,
}

/// Whether batches can go, and how long they are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Closed,
    /// As long as possible, until what waits is less than a batch.
    CatchingUp,
    Live,
}

/// Which part of what waits is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A batch for an open connection.
    Batch,
    /// A WAV file in 16 bits, for a way on which each message is a recording of its own. It ends
    /// where silence has lasted, if there is such a place, and is at most [`Config::segment`] long.
    Segment,
    /// Such a file with what there is no room for, with [`Overflow::Spill`], whether the way is ready
    /// or not.
    Spill,
}

/// Samples that go out together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch<'a> {
    /// The number of the first sample.
    pub first_sample: u64,
    /// How many there are.
    pub samples: usize,
    /// Them; after a header if [`Config::sequence`] asks for it, or if it is a WAV file.
    pub bytes: &'a [u8],
}

/// What became of samples that were pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// All were taken.
    Kept,
    /// Some of them were dropped, by [`Overflow::DropNewest`].
    Dropped,
}

/// Why samples were not taken. Then none of them was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushError {
    /// There is no room, with [`Overflow::Block`]. They can be pushed again when
    /// [`Batcher::has_room`].
    Full,
    /// A rate out of [`RATES`], no channels, or not the same number of samples in each.
    Unusable,
    /// The audio has ended.
    Finished,
}

impl core::fmt::Display for PushError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Full => "no room for the samples",
            Self::Unusable => "unusable samples",
            Self::Finished => "the audio has ended",
        })
    }
}

impl core::error::Error for PushError {}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that came in, at whatever rate.
    pub samples_in: u64,
    /// Samples that have a number.
    pub samples: u64,
    /// Samples that were handed out.
    pub sent_samples: u64,
    /// Bytes that were handed out.
    pub sent_bytes: u64,
    /// Batches that were handed out.
    pub batches: u32,
    /// Segments that were handed out, either way.
    pub segments: u32,
    /// Samples in gaps.
    pub dropped: u64,
    /// Gaps.
    pub gaps: u32,
}

impl Batcher {
    /// Makes a batcher that waits for its [`start`](Self::start).
    pub fn new(config: Config) -> Self {
        let sample_rate = config.sample_rate.clamp(*RATES.start(), *RATES.end());
        let config = Config { sample_rate, ..config };
        Self {
            config,
            lengths: config.lengths(),
            input: Input::Awaited,
            way: Way::Closed,
            queue: Queue::new(config.fill_gaps),
            gaps: Gaps::default(),
            ear: Ear::new(&config),
            meter: Meter::default(),
            since: Time::default(),
            last: (0, Time::default()),
            flushed: 0,
            free: Time::default(),
            refused: 0,
            counters: Counters::default(),
            bytes: Vec::new(),
        }
    }

    /// Takes samples. Their rate and the number of channels may change: then the last ones before are
    /// followed by silence as far as the resampler is concerned.
    pub fn push(
        &mut self,
        samples: &[f32],
        source: Source,
        now: Time,
    ) -> Result<Pushed, PushError> {
        let frames = samples.len().checked_div(source.channels).unwrap_or(0);
        if frames * source.channels != samples.len() {
            return Err(PushError::Unusable);
        }
        self.admit(frames, source, now)?;
        Ok(self.feed(samples, source, now))
    }

    /// Whether so many frames can be taken; then they may come in pieces.
    pub(crate) fn admit(
        &mut self,
        frames: usize,
        source: Source,
        now: Time,
    ) -> Result<(), PushError> {
        if source.channels == 0 || !RATES.contains(&source.rate) {
            return Err(PushError::Unusable);
        }
        let rates = f64::from(self.config.sample_rate) / f64::from(source.rate);
        let samples = (frames as f64 * rates) as usize;
        match &self.input {
            Input::Ended => return Err(PushError::Finished),
            _ if self.config.overflow == Overflow::Block && !self.has_room_for(samples) => {
                self.refused = samples;
                return Err(PushError::Full);
            }
            Input::Open(open, _)
                if open.rate == source.rate && open.channels == source.channels => {}
            Input::Open(..) | Input::Awaited => {
                self.end_input(now);
                let resampler = Resampler::new(source.rate, self.config.sample_rate);
                self.input = Input::Open(source, resampler);
            }
        }
        self.refused = 0;
        self.meter = Meter::default();
        self.counters.samples_in += frames as u64;
        Ok(())
    }

    /// Takes samples that were admitted.
    pub(crate) fn feed(&mut self, samples: &[f32], source: Source, now: Time) -> Pushed {
        self.arrive(now);
        let before = self.gaps.samples;
        if let Input::Open(open, mut resampler) = self.take_input() {
            let frames = samples.len().checked_div(source.channels).unwrap_or(0);
            for sample in source.mix(samples, frames) {
                self.meter.add(sample);
                resampler.push(sample, &mut |sample| self.keep(sample));
            }
            self.input = Input::Open(open, resampler);
        }
        match self.config.overflow {
            Overflow::DropNewest if self.gaps.samples > before => Pushed::Dropped,
            _ => Pushed::Kept,
        }
    }

    /// What is there goes as soon as it can, however little it is.
    pub fn flush(&mut self) {
        self.flushed = self.queue.end;
    }

    /// The audio ends: with what the resampler has yet to give, and trailing silence. What is there
    /// goes as by [`flush`](Self::flush).
    pub fn finish(&mut self, now: Time) {
        if let Input::Ended = self.input {
            return;
        }
        self.end_input(now);
        self.input = Input::Ended;
        self.queue.end_with_silence(self.lengths.trailing);
        self.gaps.settle();
        self.flush();
    }

    /// The end, at once: what waits is a gap.
    pub fn close(&mut self) {
        self.input = Input::Ended;
        self.way = Way::Closed;
        while self.queue.kept() > 0 {
            self.drop_oldest(self.queue.kept(), Reason::Closed);
        }
        self.queue.clear();
        self.gaps.settle();
    }

    /// Batches can go from now on.
    pub fn start(&mut self, now: Time) {
        if self.way == Way::Closed {
            let is_late = self.queue.waiting() >= self.lengths.batch;
            self.way = if is_late { Way::CatchingUp } else { Way::Live };
            self.free = now;
        }
    }

    /// They cannot go any more.
    pub fn pause(&mut self) {
        self.way = Way::Closed;
    }

    /// What was handed out as these samples did not arrive. Of several batches, tell the newest
    /// first: with [`Config::fill_gaps`], silence goes in their place.
    pub fn lost(&mut self, from: u64, to: u64, reason: Reason) {
        self.gaps.add(from, to, reason);
        if reason == Reason::ConnectionLost {
            self.queue.take_back(from);
        }
    }

    /// The next piece, if one is due.
    pub fn poll(&mut self, piece: Piece, now: Time) -> Option<Batch<'_>> {
        let (first_sample, samples) = self.hand_out(piece, now)?;
        Some(Batch { first_sample, samples, bytes: &self.bytes })
    }

    /// Leaves the next piece in `bytes`, and answers with its first sample and their number.
    pub(crate) fn hand_out(&mut self, piece: Piece, now: Time) -> Option<(u64, usize)> {
        let mut stretch = self.queue.stretch();
        let samples = match piece {
            Piece::Batch => {
                while self.is_remnant(stretch) {
                    self.drop_oldest(stretch.samples, Reason::Overflow);
                    stretch = self.queue.stretch();
                }
                self.find_way(stretch);
                self.due(stretch, now).filter(|_| now >= self.free)?
            }
            Piece::Segment | Piece::Spill => self.segment(stretch, piece)?,
        };
        let Self { config, queue, counters, bytes, .. } = self;
        let mut encoding = Encoding::Pcm16;
        bytes.clear();
        if piece == Piece::Batch {
            encoding = config.encoding;
            if config.sequence {
                bytes.extend_from_slice(&header(counters.batches, stretch.from));
            }
            counters.batches = counters.batches.wrapping_add(1);
            if config.catch_up > 0.0 {
                let time = samples as f64 * 1000.0 / f64::from(config.sample_rate);
                self.free = now + time / config.catch_up;
            }
        } else {
            bytes.extend_from_slice(&wav_header(config.sample_rate, samples as u32));
            counters.segments = counters.segments.saturating_add(1);
        }
        queue.take(stretch, samples, &mut |sample| match encoding {
            Encoding::Pcm16 => bytes.extend_from_slice(&to_i16(sample).to_le_bytes()),
            Encoding::Float32 => bytes.extend_from_slice(&sample.to_le_bytes()),
        });
        counters.sent_samples += samples as u64;
        counters.sent_bytes += bytes.len() as u64;
        self.gaps.settle();
        self.forget_arrival();
        Some((stretch.from, samples))
    }

    /// The next gap that cannot grow any more.
    pub fn poll_gap(&mut self) -> Option<Gap> {
        self.gaps.pop()
    }

    /// When a batch is due though nothing else happens.
    pub fn next_deadline(&self) -> Option<Time> {
        let stretch = self.queue.stretch();
        if self.is_remnant(stretch) {
            return None;
        }
        if self.due(stretch, self.free).is_some() {
            return Some(self.free);
        }
        let can_go = self.way != Way::Closed && stretch.samples >= self.lengths.min;
        can_go.then_some(self.since + self.config.max_delay)
    }

    /// How many samples wait, silence included.
    pub fn queued(&self) -> usize {
        self.queue.waiting()
    }

    /// Whether what was refused last would have room now.
    pub fn has_room(&self) -> bool {
        self.has_room_for(self.refused)
    }

    /// How loud the samples are that were pushed last.
    pub fn level(&self) -> Level {
        self.meter.level()
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        Counters {
            samples: self.queue.end,
            dropped: self.gaps.samples,
            gaps: self.gaps.count,
            ..self.counters
        }
    }

    /// Anything has room where nothing is.
    fn has_room_for(&self, samples: usize) -> bool {
        self.queue.kept() == 0 || self.queue.kept().saturating_add(samples) <= self.lengths.queue
    }

    fn take_input(&mut self) -> Input {
        core::mem::replace(&mut self.input, Input::Awaited)
    }

    /// What the resampler has yet to give.
    fn end_input(&mut self, now: Time) {
        if let Input::Open(_, mut resampler) = self.take_input() {
            self.arrive(now);
            resampler.flush(&mut |sample| self.keep(sample));
        }
    }

    /// The samples from here on come now.
    fn arrive(&mut self, now: Time) {
        if self.queue.stretch().samples == 0 {
            self.since = now;
        }
        self.last = (self.queue.end, now);
    }

    /// The first sample is another.
    fn forget_arrival(&mut self) {
        let (first, at) = self.last;
        if self.queue.stretch().from >= first {
            self.since = at;
        }
    }

    /// Gives a sample its number, and keeps it if there is room.
    fn keep(&mut self, sample: f32) {
        let room = match self.config.overflow {
            Overflow::Block => usize::MAX,
            Overflow::Spill => self.lengths.queue + 2 * self.lengths.segment,
            Overflow::DropOldest | Overflow::DropNewest => self.lengths.queue,
        };
        if self.queue.kept() >= room {
            if self.config.overflow == Overflow::DropNewest {
                self.gaps.add(self.queue.end, self.queue.end + 1, Reason::Overflow);
                return self.queue.skip();
            }
            self.drop_oldest(self.lengths.batch, Reason::Overflow);
            self.forget_arrival();
        }
        let is_cut = self.ear.hears_an_end(sample);
        self.queue.push(finite(Some(sample)), is_cut);
    }

    fn drop_oldest(&mut self, samples: usize, reason: Reason) {
        let Run { from, to } = self.queue.drop_oldest(samples, &mut |_| {});
        self.gaps.add(from, to, reason);
    }

    /// Whether batches are as long as possible.
    fn find_way(&mut self, stretch: Stretch) {
        let Lengths { batch, max, .. } = self.lengths;
        match self.way {
            Way::CatchingUp if stretch.samples < batch => self.way = Way::Live,
            Way::Live if stretch.samples >= max.max(2 * batch) => self.way = Way::CatchingUp,
            Way::Closed | Way::CatchingUp | Way::Live => {}
        }
    }

    /// How many samples are to go as one batch now.
    fn due(&self, stretch: Stretch, now: Time) -> Option<usize> {
        let Lengths { min, batch, max, .. } = self.lengths;
        let Stretch { from, samples, is_closed } = stretch;
        let target = match self.way {
            Way::Closed => return None,
            Way::CatchingUp => max,
            Way::Live => batch,
        };
        let flushed = self.flushed.saturating_sub(from) as usize;
        let is_flushed = 0 < flushed && flushed <= samples.min(target);
        let most = if is_flushed { flushed } else { samples.min(target) };
        let cut = self.queue.cut(from, most);
        if cut >= min {
            return Some(cut);
        }
        if is_flushed {
            return Some(most);
        }
        let is_overdue = samples >= min && self.since + self.config.max_delay <= now;
        if samples < batch && !is_closed && !is_overdue {
            return None;
        }
        // What is left of a stretch that ends is not to be too short for a batch.
        let rest = samples - most;
        Some(match is_closed && 0 < rest && rest < min {
            true if samples <= max => samples,
            true => samples.saturating_sub(min).min(most).max(min.min(most)),
            false => most,
        })
    }

    /// How many samples are to go as one segment now.
    fn segment(&self, stretch: Stretch, piece: Piece) -> Option<usize> {
        let Lengths { min, queue, segment, .. } = self.lengths;
        let most = stretch.samples.min(segment);
        let cut = self.queue.cut(stretch.from, most);
        let is_due = match piece {
            Piece::Spill => self.config.overflow == Overflow::Spill && self.queue.kept() > queue,
            Piece::Batch | Piece::Segment => {
                let is_flushed = self.flushed >= stretch.from + most as u64;
                let is_whole = most == segment || stretch.is_closed || is_flushed || cut >= min;
                self.way != Way::Closed && is_whole
            }
        };
        (is_due && most > 0).then_some(if cut >= min { cut } else { most })
    }

    /// A rest before a gap that is too short for a batch.
    fn is_remnant(&self, stretch: Stretch) -> bool {
        let is_flushed = self.flushed > stretch.from;
        let is_short = stretch.is_closed && stretch.samples < self.lengths.min;
        is_short && !is_flushed && self.way != Way::Closed
    }
}
