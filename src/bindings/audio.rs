//! The exports behind the npm package's `AudioBatcher`, by numbers like all others. Samples and
//! batches pass through memory that is lent for the length of a call.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::slice;

use wasm_bindgen::prelude::*;

use crate::audio::{
    Batcher, Config, Encoding, Gap, Layout, Overflow, Piece, PushError, Pushed, Reason, Silence,
    Source,
};
use crate::connection::Time;

#[wasm_bindgen(raw_module = "../../src/npm/audio/memory.ts")]
extern "C" {
    /// Lets the face write or read this memory until it calls again.
    fn lend(memory: &mut [u8]);
}

/// A batcher, and what the face has of it.
struct Audio {
    batcher: Batcher,
    source: Source,
    /// Where samples come in.
    input: Vec<f32>,
    /// How many were promised.
    values: usize,
    /// What was handed out last, the first sample and how many.
    piece: (u64, usize),
    gap: Gap,
    figures: [f64; 14],
}

/// Makes a batcher, and answers its address. The figures are those of the face's `AudioSettings`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "numbers are cheap, and an object is not")]
pub fn listen(
    sample_rate: u32,
    is_float: bool,
    batch: f64,
    min: f64,
    max: f64,
    max_bytes: f64,
    max_delay: f64,
    threshold: f64,
    lasting: f64,
    queue: f64,
    overflow: u8,
    fill_gaps: bool,
    catch_up: f64,
    segment: f64,
    sequence: bool,
    trailing_silence: f64,
) -> usize {
    let threshold = threshold as f32;
    let batcher = Batcher::new(Config {
        sample_rate,
        encoding: if is_float { Encoding::Float32 } else { Encoding::Pcm16 },
        batch,
        min,
        max,
        max_bytes: max_bytes as usize,
        max_delay,
        silence: (threshold >= 0.0).then_some(Silence { threshold, lasting }),
        queue,
        overflow: match overflow {
            0 => Overflow::DropOldest,
            1 => Overflow::DropNewest,
            2 => Overflow::Block,
            _ => Overflow::Spill,
        },
        fill_gaps,
        catch_up,
        segment,
        sequence,
        trailing_silence,
    });
    Box::into_raw(Box::new(Audio {
        batcher,
        source: Source::default(),
        input: Vec::new(),
        values: 0,
        piece: (0, 0),
        gap: Gap { from: 0, to: 0, reason: Reason::Overflow },
        figures: [0.0; 14],
    })) as usize
}

/// Ends a batcher.
#[wasm_bindgen]
pub fn forget(address: usize) {
    // SAFETY: the face does this once for each address that it got, and nothing with it afterwards.
    drop(unsafe { Box::from_raw(address as *mut Audio) });
}

/// Announces samples; answers with a place in the face's list `Pushed`.
#[wasm_bindgen]
pub fn admit(
    address: usize,
    frames: f64,
    channels: f64,
    rate: f64,
    full_scale: f32,
    is_planar: bool,
    now: f64,
) -> u8 {
    let audio = audio(address);
    let layout = if is_planar { Layout::Planar } else { Layout::Interleaved };
    let source = Source { rate: rate as u32, channels: channels as usize, layout, full_scale };
    let are_whole = f64::from(source.rate) == rate
        && source.channels as f64 == channels
        && frames as usize as f64 == frames;
    audio.source = source;
    match audio.batcher.admit(frames as usize, source, Time::new(now)) {
        _ if !are_whole => 3,
        Ok(()) => 0,
        Err(PushError::Full) => 2,
        Err(PushError::Unusable | PushError::Finished) => 3,
    }
}

/// Lends the memory that so many of their values go to.
#[wasm_bindgen]
pub fn input(address: usize, values: usize) {
    let audio = audio(address);
    if audio.input.len() < values {
        audio.input = vec![0.0; values];
    }
    audio.values = values;
    lend(bytes(audio.input.get_mut(..values).unwrap_or_default()));
}

/// Takes what was written there; answers with a place in the face's list `Pushed`.
#[wasm_bindgen]
pub fn feed(address: usize, now: f64) -> u8 {
    let Audio { batcher, source, input, values, .. } = audio(address);
    match batcher.feed(input.get(..*values).unwrap_or_default(), *source, Time::new(now)) {
        Pushed::Kept => 0,
        Pushed::Dropped => 1,
    }
}

/// Has what is there go; with an end, for the last time.
#[wasm_bindgen]
pub fn flush(address: usize, is_end: bool, now: f64) {
    let batcher = &mut audio(address).batcher;
    if is_end { batcher.finish(Time::new(now)) } else { batcher.flush() }
}

/// Tells whether batches can go.
#[wasm_bindgen]
pub fn route(address: usize, is_ready: bool, now: f64) {
    let batcher = &mut audio(address).batcher;
    if is_ready { batcher.start(Time::new(now)) } else { batcher.pause() }
}

/// Lends the next piece that is due, of the kind that has this place in the face's list `Piece`;
/// false if none is.
#[wasm_bindgen]
pub fn poll(address: usize, piece: u8, now: f64) -> bool {
    let audio = audio(address);
    let piece = match piece {
        0 => Piece::Batch,
        1 => Piece::Segment,
        _ => Piece::Spill,
    };
    let Some(piece) = audio.batcher.hand_out(piece, Time::new(now)) else { return false };
    audio.piece = piece;
    lend(&mut audio.batcher.bytes);
    true
}

/// Takes out the next gap, to be read; false if there is none.
#[wasm_bindgen]
pub fn gap(address: usize) -> bool {
    let audio = audio(address);
    let gap = audio.batcher.poll_gap();
    audio.gap = gap.unwrap_or(audio.gap);
    gap.is_some()
}

/// Tells that a piece did not arrive, and why, by a place in the face's list `Reason`.
#[wasm_bindgen]
pub fn lose(address: usize, from: f64, to: f64, reason: u8) {
    let reason = if reason == 1 { Reason::ConnectionLost } else { Reason::SpillFailed };
    audio(address).batcher.lost(from as u64, to as u64, reason);
}

/// Gives up what waits.
#[wasm_bindgen(js_name = giveUp)]
pub fn give_up(address: usize) {
    audio(address).batcher.close();
}

/// Lends the figures of the face's list `AudioFigure`, `NaN` for what is not known.
#[wasm_bindgen]
pub fn measure(address: usize) {
    let Audio { batcher, piece: (from, samples), gap, figures, .. } = audio(address);
    let (counters, level) = (batcher.counters(), batcher.level());
    *figures = [
        batcher.next_deadline().map_or(f64::NAN, |at| at.since(Time::default())),
        counters.samples_in as f64,
        counters.samples as f64,
        batcher.queued() as f64,
        counters.dropped as f64,
        counters.gaps.into(),
        level.power,
        level.peak.into(),
        batcher.has_room().into(),
        *from as f64,
        *from as f64 + *samples as f64,
        gap.from as f64,
        gap.to as f64,
        match gap.reason {
            Reason::Overflow => 0.0,
            Reason::ConnectionLost => 1.0,
            Reason::SpillFailed => 2.0,
            Reason::Closed => 3.0,
        },
    ];
    lend(bytes(figures));
}

fn audio(address: usize) -> &'static mut Audio {
    // SAFETY: the face passes an address that it got from `listen`, until it calls `forget`, and makes
    // no call within another.
    unsafe { &mut *(address as *mut Audio) }
}

/// The bytes of `f32` or `f64`.
fn bytes<T: Number>(numbers: &mut [T]) -> &mut [u8] {
    let size = core::mem::size_of_val(numbers);
    // SAFETY: any bytes are numbers, and numbers are any bytes.
    unsafe { slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), size) }
}

trait Number {}

impl Number for f32 {}

impl Number for f64 {}
