//! Samples from bytes, little-endian, that may be cut anywhere.

use serde::Deserialize;

/// How a sample is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    #[default]
    Pcm16,
    /// From −1 to 1.
    Float32,
}

#[derive(Default)]
pub(crate) struct Pcm {
    format: Format,
    /// Of a sample that was cut in two.
    rest: Vec<u8>,
}

impl Pcm {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, rest: Vec::new() }
    }

    pub(crate) fn decode(&mut self, bytes: &[u8], mut sample: impl FnMut(i16)) {
        match self.format {
            Format::Pcm16 => self.whole(bytes, |bytes| sample(i16::from_le_bytes(bytes))),
            Format::Float32 => self.whole(bytes, |bytes| sample(round(f32::from_le_bytes(bytes)))),
        }
    }

    fn whole<const N: usize>(&mut self, mut bytes: &[u8], mut sample: impl FnMut([u8; N])) {
        if !self.rest.is_empty() {
            let missing = N - self.rest.len();
            let (head, tail) = bytes.split_at(missing.min(bytes.len()));
            self.rest.extend(head);
            let Ok(whole) = self.rest.as_slice().try_into() else { return };
            sample(whole);
            self.rest.clear();
            bytes = tail;
        }
        let (whole, rest) = bytes.as_chunks();
        whole.iter().copied().for_each(sample);
        self.rest.extend(rest);
    }
}

/// What is too loud is clipped; what is no number is silence.
fn round(sample: f32) -> i16 {
    (sample * 32_768.0).round_ties_even() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(format: Format, bytes: &[u8], size: usize) -> Vec<i16> {
        let mut decoded = Vec::new();
        let mut pcm = Pcm::new(format);
        for chunk in bytes.chunks(size) {
            pcm.decode(chunk, |sample| decoded.push(sample));
            pcm.decode(&[], |sample| decoded.push(sample));
        }
        decoded
    }

    #[test]
    fn samples_survive_any_cut() {
        let samples = [1i16, -2, 300, i16::MIN, i16::MAX];
        let pcm: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let float: Vec<u8> = samples
            .iter()
            .flat_map(|&sample| (f32::from(sample) / 32_768.0).to_le_bytes())
            .collect();
        for (format, bytes) in [(Format::Pcm16, pcm), (Format::Float32, float)] {
            for size in 1..=bytes.len() {
                assert_eq!(decode(format, &bytes, size), samples, "{format:?} in {size} bytes");
            }
        }
    }

    #[test]
    fn floats_out_of_range_are_clipped_and_no_numbers_are_silence() {
        let floats = [1.0, -1.0, 7.0, -7.0, f32::INFINITY, f32::NAN, 0.5 / 32_768.0];
        let bytes: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
        let expected = [i16::MAX, i16::MIN, i16::MAX, i16::MIN, i16::MAX, 0, 0];
        assert_eq!(decode(Format::Float32, &bytes, bytes.len()), expected);
    }
}
