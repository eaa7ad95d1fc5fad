//! What numbers batches, for servers that ask for it.

/// How many bytes it has.
pub(super) const BYTES: usize = 16;

/// What a batch begins with if [`Config::sequence`](super::Config::sequence) asks for it: `EVA1`, the
/// batch's number from 0 (32 bits) and the number of its first sample (64 bits), little-endian.
pub fn header(sequence: u32, first_sample: u64) -> [u8; BYTES] {
    let mut header = [0; BYTES];
    let number = u32::from_le_bytes(*b"EVA1");
    let whole = u128::from(number) | u128::from(sequence) << 32 | u128::from(first_sample) << 64;
    header.copy_from_slice(&whole.to_le_bytes());
    header
}
