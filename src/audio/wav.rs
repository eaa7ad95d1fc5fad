//! The beginning of a WAV file.

use super::config::Encoding;

/// How many bytes it has.
pub(super) const BYTES: usize = 44;

/// What comes before so many samples of 16 bits in a WAV file with one channel.
pub fn wav_header(sample_rate: u32, samples: u32) -> [u8; BYTES] {
    let width = Encoding::Pcm16.width() as u32;
    let data = samples.saturating_mul(width);
    let words = [
        u32::from_le_bytes(*b"RIFF"),
        data.saturating_add(36),
        u32::from_le_bytes(*b"WAVE"),
        u32::from_le_bytes(*b"fmt "),
        // How long this part is; then PCM in one channel.
        16,
        1 | 1 << 16,
        sample_rate,
        sample_rate.saturating_mul(width),
        // Bytes of a frame, bits of a sample.
        width | (width * 8) << 16,
        u32::from_le_bytes(*b"data"),
        data,
    ];
    let mut header = [0; BYTES];
    for (place, word) in header.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    header
}
