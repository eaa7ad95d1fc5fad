//! Reads the WAV files that browsers and recorders make: 16-bit PCM, any rate, any channels.

use crate::pcm::Pcm;

const PCM: u16 = 1;
/// The real format follows in the extended header.
const EXTENSIBLE: u16 = 0xFFFE;
/// What programs write as the size of a stream that has not ended.
const UNKNOWN_SIZE: u32 = u32::MAX;

/// A recording, mixed down to one channel.
#[derive(Debug, PartialEq)]
pub(crate) struct Wav {
    pub(crate) rate: u32,
    pub(crate) samples: Vec<i16>,
}

pub(crate) fn is_wav(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE")
}

/// Reads a whole file; the error says what is wrong with it.
pub(crate) fn parse(file: &[u8]) -> Result<Wav, String> {
    let mut rest = file;
    if take(&mut rest, 4) != Some(b"RIFF") || u32_of(&mut rest).is_none() {
        return Err("not a WAV file: it does not start with RIFF".into());
    }
    if take(&mut rest, 4) != Some(b"WAVE") {
        return Err("a RIFF file, but not of the kind WAVE".into());
    }
    let mut format = None;
    loop {
        let Some((name, size)) = take(&mut rest, 4).zip(u32_of(&mut rest)) else {
            return Err("no data chunk".into());
        };
        if name == b"data" {
            let (rate, channels) = format.ok_or("the data chunk comes before the fmt chunk")?;
            let length = if size == UNKNOWN_SIZE { rest.len() } else { size as usize };
            let data = rest.get(..length).ok_or_else(|| {
                format!("cut short: {size} bytes of audio announced, {} there", rest.len())
            })?;
            return Ok(Wav { rate, samples: mix_down(data, channels)? });
        }
        let body = take(&mut rest, size as usize).ok_or("cut short in the header")?;
        if name == b"fmt " {
            format = Some(parse_format(body)?);
        }
        // Chunks are padded to an even length.
        take(&mut rest, size as usize % 2);
    }
}

/// The rate and the channels.
fn parse_format(mut body: &[u8]) -> Result<(u32, u16), String> {
    const SHORT: &str = "the fmt chunk is too short";
    let mut kind = u16_of(&mut body).ok_or(SHORT)?;
    let channels = u16_of(&mut body).ok_or(SHORT)?;
    let rate = u32_of(&mut body).ok_or(SHORT)?;
    let _byte_rate = u32_of(&mut body).ok_or(SHORT)?;
    let _block_size = u16_of(&mut body).ok_or(SHORT)?;
    let bits = u16_of(&mut body).ok_or(SHORT)?;
    if kind == EXTENSIBLE {
        let _extension_size_valid_bits_and_speakers = take(&mut body, 8).ok_or(SHORT)?;
        kind = u16_of(&mut body).ok_or(SHORT)?;
    }
    if kind != PCM || bits != 16 {
        return Err(format!("only 16-bit PCM is read; this is format {kind} with {bits} bits"));
    }
    if channels == 0 || rate == 0 {
        return Err(format!("{channels} channels at {rate} Hz make no sound"));
    }
    Ok((rate, channels))
}

fn mix_down(data: &[u8], channels: u16) -> Result<Vec<i16>, String> {
    let frame_size = usize::from(channels) * 2;
    if !data.len().is_multiple_of(frame_size) {
        return Err(format!("{} bytes of audio are no whole number of frames", data.len()));
    }
    let mut samples = Vec::with_capacity(data.len() / frame_size);
    for frame in data.chunks_exact(frame_size) {
        let mut sum = 0;
        Pcm::default().decode(frame, |sample| sum += i32::from(sample));
        // A mean of 16-bit samples fits into 16 bits.
        samples.push((sum / i32::from(channels)) as i16);
    }
    Ok(samples)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn u16_of(rest: &mut &[u8]) -> Option<u16> {
    take(rest, 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_of(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
        let mut chunk = [name, &(body.len() as u32).to_le_bytes(), body].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    }

    fn format(kind: u16, channels: u16, bits: u16) -> Vec<u8> {
        let block = channels * bits / 8;
        let mut body = [kind.to_le_bytes(), channels.to_le_bytes()].concat();
        body.extend(16_000u32.to_le_bytes());
        body.extend((16_000 * u32::from(block)).to_le_bytes());
        body.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
        body
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunk(b"RIFF", &[b"WAVE".to_vec(), chunks.concat()].concat())
    }

    fn bytes(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
    }

    #[test]
    fn mono_is_read_past_other_chunks() {
        let data = chunk(b"data", &bytes(&[1, -2, 3]));
        let file = file(&[chunk(b"LIST", b"odd"), chunk(b"fmt ", &format(1, 1, 16)), data]);
        assert_eq!(parse(&file), Ok(Wav { rate: 16_000, samples: vec![1, -2, 3] }));
    }

    #[test]
    fn stereo_is_mixed_down() {
        let data = chunk(b"data", &bytes(&[100, 200, i16::MIN, i16::MIN]));
        let file = file(&[chunk(b"fmt ", &format(1, 2, 16)), data]);
        assert_eq!(parse(&file).unwrap().samples, [150, i16::MIN]);
    }

    #[test]
    fn the_extended_header_is_read() {
        let mut body = format(EXTENSIBLE, 1, 16);
        body.extend([22, 0, 16, 0, 4, 0, 0, 0]);
        body.extend([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        let file = file(&[chunk(b"fmt ", &body), chunk(b"data", &bytes(&[7]))]);
        assert_eq!(parse(&file).unwrap().samples, [7]);
    }

    #[test]
    fn a_stream_of_unknown_size_is_read_to_its_end() {
        let mut file = file(&[chunk(b"fmt ", &format(1, 1, 16)), chunk(b"data", &bytes(&[5, 6]))]);
        let size = file.len() - 8;
        file[size..size + 4].copy_from_slice(&UNKNOWN_SIZE.to_le_bytes());
        file.extend(bytes(&[8]));
        assert!(parse(&file).is_ok_and(|wav| wav.samples.ends_with(&[8])));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_reason() {
        let fmt = chunk(b"fmt ", &format(1, 1, 16));
        let data = chunk(b"data", &bytes(&[1, 2]));
        let whole = file(&[fmt.clone(), data.clone()]);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "cut after {length} bytes");
        }
        assert!(parse(&file(std::slice::from_ref(&data))).unwrap_err().contains("before the fmt"));
        let float = chunk(b"fmt ", &format(3, 1, 32));
        assert!(parse(&file(&[float, data])).unwrap_err().contains("16-bit PCM"));
        assert!(parse(&file(&[fmt, chunk(b"data", &[1, 2, 3])])).is_err());
    }
}
