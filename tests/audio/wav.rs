//! WAV files, against hound.

use std::io::Cursor;

use everline::audio::{Batcher, Config, Piece, Source, wav_header};
use everline::connection::Time;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

fn spec(sample_rate: u32) -> WavSpec {
    WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int }
}

fn written_by_hound(sample_rate: u32, samples: &[i16]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = WavWriter::new(Cursor::new(&mut bytes), spec(sample_rate)).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes
}

#[test]
fn byte_by_byte() {
    for rate in [8000, 16_000, 24_000, 44_100, 48_000, 192_000] {
        for length in [0_u32, 1, 2, 999, 80_000] {
            let samples: Vec<i16> = (0..length).map(|number| number as i16).collect();
            let mut ours = wav_header(rate, length).to_vec();
            ours.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
            assert!(ours == written_by_hound(rate, &samples), "{length} samples at {rate} Hz");
        }
    }
}

#[test]
fn a_segment_is_a_file() {
    let (mut batcher, now) = (Batcher::new(Config::default()), Time::new(0.0));
    let samples: Vec<i16> = (0..20_000).map(|number| (number * 7) as i16).collect();
    batcher.start(now);
    let floats: Vec<f32> = samples.iter().map(|sample| f32::from(*sample)).collect();
    let source = Source { full_scale: 32_768.0, ..Source::default() };
    batcher.push(&floats, source, now).unwrap();
    batcher.finish(now);
    let segment = batcher.poll(Piece::Segment, now).unwrap();
    let mut reader = WavReader::new(Cursor::new(segment.bytes)).unwrap();
    assert_eq!(reader.spec(), spec(16_000));
    let read: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    assert_eq!(read, samples);
}
