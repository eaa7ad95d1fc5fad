//! Nothing that is passed in, however wrong, makes it panic or wait for ever.

use everline::audio::{
    Batcher, Config, Encoding, Layout, Overflow, Piece, PushError, Reason, Silence, Source, header,
    wav_header,
};
use everline::connection::Time;
use proptest::prelude::*;

use crate::random;

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-1.0),
        Just(0.0),
        Just(1e300),
        0.0..1000.0,
    ]
}

fn config() -> impl Strategy<Value = Config> {
    let times = prop::array::uniform9(number());
    let policy = prop::sample::select(vec![
        Overflow::DropOldest,
        Overflow::DropNewest,
        Overflow::Block,
        Overflow::Spill,
    ]);
    (any::<u32>(), times, any::<bool>(), any::<bool>(), policy, any::<usize>()).prop_map(
        |(sample_rate, times, is_float, flag, overflow, max_bytes)| {
            let [batch, min, max, max_delay, lasting, queue, catch_up, segment, trailing] = times;
            Config {
                sample_rate,
                encoding: if is_float { Encoding::Float32 } else { Encoding::Pcm16 },
                batch,
                min,
                max,
                max_bytes,
                max_delay,
                silence: Some(Silence { threshold: batch as f32, lasting }),
                queue,
                overflow,
                fill_gaps: flag,
                catch_up,
                segment,
                sequence: flag,
                trailing_silence: trailing.min(1000.0),
            }
        },
    )
}

proptest! {
    #![proptest_config(random::cases(300))]

    #[test]
    fn any_numbers_are_survived(
        config in config(),
        rates in prop::collection::vec(any::<u32>(), 1..6),
        channels in 0..9_usize,
        is_planar in any::<bool>(),
        times in prop::collection::vec(number(), 1..6),
        lost in any::<(u32, u32)>(),
    ) {
        let mut batcher = Batcher::new(config);
        let layout = if is_planar { Layout::Planar } else { Layout::Interleaved };
        for (rate, time) in rates.iter().zip(times.iter().cycle()) {
            let now = Time::new(*time);
            batcher.start(now);
            for rate in [*rate, 1000 + rate % 100_000] {
                let source = Source { rate, channels, layout, full_scale: *time as f32 };
                let samples = [f32::NAN, f32::MAX, f32::MIN, f32::INFINITY, 0.5, -0.5, 1e-40, 2.0];
                let _ = batcher.push(&samples, source, now);
                let _ = batcher.push(&[-32_768.0; 64], source, now);
            }
            for _ in 0..20 {
                batcher.poll(Piece::Batch, now);
                batcher.poll(Piece::Segment, now);
                batcher.poll(Piece::Spill, now);
                batcher.poll_gap();
                batcher.next_deadline();
            }
            batcher.lost(lost.0.into(), lost.1.into(), Reason::ConnectionLost);
            batcher.flush();
        }
        batcher.finish(Time::new(f64::NAN));
        batcher.close();
        while batcher.poll_gap().is_some() {}
        prop_assert_eq!(batcher.queued(), 0);
    }
}

#[test]
fn what_cannot_be_is_refused_and_leaves_the_rest_unharmed() {
    let mut batcher = Batcher::new(Config::default());
    let now = Time::new(0.0);
    let good = Source::default();
    assert!(batcher.push(&[0.5; 100], good, now).is_ok());
    let wrong = [
        Source { rate: 0, ..good },
        Source { rate: 999, ..good },
        Source { rate: u32::MAX, ..good },
        Source { channels: 0, ..good },
        Source { channels: 3, ..good },
        Source { channels: usize::MAX, ..good },
    ];
    for source in wrong {
        assert_eq!(batcher.push(&[0.5; 100], source, now), Err(PushError::Unusable));
    }
    assert_eq!(batcher.counters().samples, 100);
    batcher.finish(now);
    assert_eq!(batcher.push(&[0.5; 100], good, now), Err(PushError::Finished));
}

#[test]
fn headers_of_the_largest_numbers() {
    assert_eq!(header(u32::MAX, u64::MAX)[4..], [255; 12]);
    assert_eq!(wav_header(u32::MAX, u32::MAX).len(), 44);
}
