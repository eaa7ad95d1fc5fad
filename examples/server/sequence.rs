//! Batches that say which samples they hold, so that what got lost on the way is known.

use std::ops::Range;

/// What such a batch begins with; its number (u32) and that of its first sample (u64) follow.
const MAGIC: &[u8] = b"EVA1";

/// Where in the stream the next sample is expected; unknown before the first batch.
#[derive(Default)]
pub(crate) struct Sequence {
    next: Option<u64>,
}

/// A batch without its header.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch<'a> {
    pub(crate) first_sample: u64,
    pub(crate) payload: &'a [u8],
}

/// How a batch fits to what came before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// The samples that are missing before it.
    pub(crate) lost: Range<u64>,
    /// How many of its own came already.
    pub(crate) repeated: u64,
}

impl<'a> Batch<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header = bytes.strip_prefix(MAGIC)?;
        let (_number, rest) = header.split_first_chunk::<4>()?;
        let (first, payload) = rest.split_first_chunk()?;
        Some(Self { first_sample: u64::from_le_bytes(*first), payload })
    }
}

impl Sequence {
    pub(crate) fn fit(&mut self, first: u64, samples: u64) -> Fit {
        let next = self.next.unwrap_or(first);
        let fit =
            Fit { lost: next..first.max(next), repeated: next.saturating_sub(first).min(samples) };
        self.next = Some(next.max(first.saturating_add(samples)));
        fit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read() {
        let mut bytes = b"EVA1".to_vec();
        bytes.extend(7u32.to_le_bytes());
        bytes.extend((1u64 << 40).to_le_bytes());
        bytes.extend([1, 2]);
        assert_eq!(Batch::parse(&bytes), Some(Batch { first_sample: 1 << 40, payload: &[1, 2] }));
        assert_eq!(Batch::parse(&bytes[..15]), None);
        assert_eq!(Batch::parse(b"EVA2 and more than sixteen"), None);
    }

    #[test]
    fn what_is_missing_and_what_came_twice_is_known() {
        let mut sequence = Sequence::default();
        let fits = [(1000, 10), (1010, 10), (1050, 10), (1055, 10), (1000, 10), (1065, 10)];
        let fits = fits.map(|(first, samples)| sequence.fit(first, samples));
        assert_eq!(fits[2], Fit { lost: 1020..1050, repeated: 0 });
        assert_eq!(fits.clone().map(|fit| fit.lost.end - fit.lost.start), [0, 0, 30, 0, 0, 0]);
        assert_eq!(fits.map(|fit| fit.repeated), [0, 0, 0, 5, 10, 0]);
        sequence.fit(u64::MAX, 10);
    }
}
