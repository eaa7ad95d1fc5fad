//! Whatever happens to a stream: what goes out is the input, less the gaps.

use everline::audio::{Config, Overflow, Reason, Silence};
use proptest::prelude::*;

use crate::random;
use crate::stream::Stream;

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Wait(f64),
    Start,
    Pause,
    Poll,
    PollOne,
    Segments,
    Spill,
    Lose(usize),
    LoseSpilled,
    Flush,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..4000_usize).prop_map(Step::Push),
        2 => (0..300_u16).prop_map(|millis| Step::Wait(millis.into())),
        3 => Just(Step::Start),
        1 => Just(Step::Pause),
        3 => Just(Step::Poll),
        3 => Just(Step::PollOne),
        1 => Just(Step::Segments),
        2 => Just(Step::Spill),
        1 => (0..4_usize).prop_map(Step::Lose),
        1 => Just(Step::LoseSpilled),
        1 => Just(Step::Flush),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    let overflow = prop_oneof![
        Just(Overflow::DropOldest),
        Just(Overflow::DropNewest),
        Just(Overflow::Block),
        Just(Overflow::Spill),
    ];
    let lengths = (1..200_u16, 1..200_u16, 1..400_u16, 1..2000_u16);
    let limits = (2..20_000_usize, prop_oneof![Just(f64::INFINITY), 1.0..8.0]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..500_u16);
    (overflow, lengths, limits, flags).prop_map(
        |(overflow, (batch, min, more, queue), (max_bytes, catch_up), flags)| {
            let (fill_gaps, sequence, hears_silence, trailing) = flags;
            // Some wrong ones: what is wrong with them is put right.
            Config {
                overflow,
                batch: batch.into(),
                min: min.into(),
                max: f64::from(min) + f64::from(more),
                queue: queue.into(),
                max_bytes,
                catch_up,
                fill_gaps,
                sequence,
                silence: hears_silence.then_some(Silence { threshold: 0.1, lasting: 40.0 }),
                segment: f64::from(queue) / 2.0,
                trailing_silence: trailing.into(),
                ..Config::default()
            }
        },
    )
}

proptest! {
    #![proptest_config(random::cases(1500))]

    #[test]
    fn what_goes_out_is_the_input_less_the_gaps(
        config in config(),
        steps in prop::collection::vec(step(), 1..120),
        closes in any::<bool>(),
    ) {
        let mut stream = Stream::new(config);
        for step in steps {
            match step {
                Step::Push(samples) => { stream.push(samples); }
                Step::Wait(millis) => stream.wait(millis),
                Step::Start => stream.batcher.start(stream.now),
                Step::Pause => stream.batcher.pause(),
                Step::Poll => { stream.poll(); }
                Step::PollOne => { stream.poll_one(); }
                Step::Segments => { stream.segments(); }
                Step::Spill => { stream.spill(); }
                // With silence in the place of what is lost, it would be lost twice.
                Step::Lose(_) if config.fill_gaps => {}
                Step::Lose(pieces) => stream.lose(pieces, Reason::ConnectionLost),
                Step::LoseSpilled => {
                    if stream.spill().len() == 1 && !config.fill_gaps {
                        stream.lose(1, Reason::SpillFailed);
                    }
                }
                Step::Flush => stream.flush(),
            }
        }
        if closes {
            stream.batcher.close();
        } else {
            stream.finish();
            stream.batcher.start(stream.now);
            stream.poll();
            while let Some(deadline) = stream.batcher.next_deadline() {
                stream.now = deadline;
                prop_assert!(stream.poll() > 0, "woken for nothing");
            }
        }
        stream.assert_complete();
    }
}
