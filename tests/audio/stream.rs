//! A batcher that is fed with samples which carry their own numbers, so that each one that comes out
//! can be told.

use everline::audio::{Batcher, Config, Gap, Piece, PushError, Reason, Source};
use everline::connection::Time;

/// What became of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Waiting,
    Sent,
    Missing,
}

pub(crate) struct Stream {
    pub(crate) batcher: Batcher,
    pub(crate) config: Config,
    pub(crate) now: Time,
    fates: Vec<Fate>,
    gaps: Vec<Gap>,
    /// The lengths of the batches.
    pub(crate) batches: Vec<usize>,
    /// What was handed out last and may still be lost.
    sent: Vec<(u64, u64)>,
    next: u64,
    /// Batches up to here may be short.
    flushed: u64,
}

/// Sample number `n`, which is told from silence.
pub(crate) fn sample(number: u64) -> i16 {
    (number % 65_536) as u16 as i16
}

impl Stream {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            batcher: Batcher::new(config),
            config,
            now: Time::new(0.0),
            fates: Vec::new(),
            gaps: Vec::new(),
            batches: Vec::new(),
            sent: Vec::new(),
            next: 0,
            flushed: 0,
        }
    }

    /// Like [`new`](Self::new), and ready to send.
    pub(crate) fn started(config: Config) -> Self {
        let mut stream = Self::new(config);
        stream.batcher.start(stream.now);
        stream
    }

    pub(crate) fn wait(&mut self, millis: f64) {
        self.now = self.now + millis;
    }

    /// Pushes the next samples at the output rate; whether they were taken.
    pub(crate) fn push(&mut self, samples: usize) -> bool {
        let first = self.fates.len() as u64;
        let numbers: Vec<f32> =
            (first..first + samples as u64).map(|number| sample(number).into()).collect();
        let rate = self.config.sample_rate;
        let source = Source { rate, full_scale: 32_768.0, ..Source::default() };
        match self.batcher.push(&numbers, source, self.now) {
            Ok(_) => self.fates.resize(self.fates.len() + samples, Fate::Waiting),
            Err(error) => assert_eq!(error, PushError::Full),
        }
        assert_eq!(self.batcher.counters().samples, self.fates.len() as u64);
        self.fates.len() as u64 > first
    }

    pub(crate) fn flush(&mut self) {
        self.flushed = self.fates.len() as u64;
        self.batcher.flush();
    }

    pub(crate) fn finish(&mut self) {
        self.flushed = u64::MAX;
        self.batcher.finish(self.now);
        self.fates.resize(self.batcher.counters().samples as usize, Fate::Waiting);
    }

    /// Takes every batch that is due; answers how many.
    pub(crate) fn poll(&mut self) -> usize {
        let before = self.batches.len();
        while self.poll_one() {}
        self.batches.len() - before
    }

    pub(crate) fn poll_one(&mut self) -> bool {
        let Some(batch) = self.batcher.poll(Piece::Batch, self.now) else { return false };
        let (from, length, bytes) = (batch.first_sample, batch.samples, batch.bytes.to_vec());
        let bytes = if self.config.sequence { &bytes[16..] } else { &bytes[..] };
        assert_eq!(bytes.len(), 2 * length);
        self.batches.push(length);
        self.take(from, bytes);
        let rate = f64::from(self.config.sample_rate) / 1000.0;
        assert!(length as f64 <= (self.config.max * rate).max(1.0), "{length} are too many");
        if from + length as u64 > self.flushed {
            let min = (self.config.min * rate).min(self.config.max_bytes as f64 / 2.0);
            assert!(length as f64 >= min.floor(), "{length} are too few");
        }
        true
    }

    /// Takes every segment that is due; answers their lengths.
    pub(crate) fn segments(&mut self) -> Vec<usize> {
        let mut lengths = Vec::new();
        while let Some(segment) = self.batcher.poll(Piece::Segment, self.now) {
            let (from, bytes) = (segment.first_sample, segment.bytes.to_vec());
            lengths.push(segment.samples);
            self.take(from, &bytes[44..]);
        }
        lengths
    }

    pub(crate) fn spill(&mut self) -> Vec<usize> {
        let mut lengths = Vec::new();
        while let Some(segment) = self.batcher.poll(Piece::Spill, self.now) {
            let (from, bytes) = (segment.first_sample, segment.bytes.to_vec());
            lengths.push(segment.samples);
            self.take(from, &bytes[44..]);
        }
        lengths
    }

    /// Of what was handed out, the newest so many pieces did not arrive.
    pub(crate) fn lose(&mut self, pieces: usize, reason: Reason) {
        for _ in 0..pieces {
            let Some((from, to)) = self.sent.pop() else { return };
            self.batcher.lost(from, to, reason);
            for number in from..to {
                let fate = &mut self.fates[number as usize];
                // Silence in the place of a gap is in that gap already.
                if *fate == Fate::Sent {
                    *fate = Fate::Waiting;
                }
            }
            if self.config.fill_gaps && reason == Reason::ConnectionLost {
                self.next = from;
            }
        }
    }

    /// The gaps that are told now.
    pub(crate) fn gaps(&mut self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        while let Some(gap) = self.batcher.poll_gap() {
            assert!(gap.from < gap.to, "an empty gap: {gap:?}");
            for number in gap.from..gap.to {
                let fate = &mut self.fates[number as usize];
                assert_ne!(*fate, Fate::Sent, "sample {number} was sent, and yet is in {gap:?}");
                *fate = Fate::Missing;
            }
            gaps.push(gap);
        }
        self.gaps.extend(&gaps);
        gaps
    }

    /// Each sample was sent or told to be missing.
    pub(crate) fn assert_complete(&mut self) {
        self.gaps();
        assert_eq!(self.batcher.queued(), 0, "something still waits");
        let waiting = self.fates.iter().position(|fate| *fate == Fate::Waiting);
        assert_eq!(waiting, None, "nobody said what became of it");
        let counters = self.batcher.counters();
        assert_eq!(counters.gaps as usize, self.gaps.len());
        let told: u64 = self.gaps.iter().map(|gap| gap.to - gap.from).sum();
        assert_eq!(counters.dropped, told);
    }

    fn take(&mut self, from: u64, bytes: &[u8]) {
        self.gaps();
        assert!(from >= self.next, "{from} comes after {}", self.next);
        self.next = from + bytes.len() as u64 / 2;
        self.sent.push((from, self.next));
        let real = self.batcher.counters().samples_in;
        for (number, bytes) in (from..).zip(bytes.chunks_exact(2)) {
            let value = i16::from_le_bytes([bytes[0], bytes[1]]);
            let fate = &mut self.fates[number as usize];
            match fate {
                // Those beyond what came in are the silence at the end.
                Fate::Waiting if number >= real => assert_eq!(value, 0),
                Fate::Waiting => assert_eq!(value, sample(number), "sample {number}"),
                Fate::Missing if self.config.fill_gaps => {
                    assert_eq!(value, 0, "silence for sample {number}");
                    continue;
                }
                Fate::Missing | Fate::Sent => panic!("sample {number} is sent though {fate:?}"),
            }
            *fate = Fate::Sent;
        }
    }
}
