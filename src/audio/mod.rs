//! Audio: from samples as a microphone gives them to batches as a speech server takes them.
//!
//! [`Batcher`] takes samples of any rate and number of channels, mixes them down to one channel,
//! brings them to the server's rate, numbers them, keeps them while the way to the server is not
//! ready, and cuts them into batches. Nothing is lost in silence: what does not go out is told as a
//! [`Gap`]. Like [`connection`](crate::connection), it does no input or output of its own, and time is
//! an argument.
//!
//! ```
//! use everline::audio::{Batcher, Config, Piece, Source};
//! use everline::connection::Time;
//!
//! let mut batcher = Batcher::new(Config::default()); // 16 kHz, 16 bits, 100 ms
//! let mut wire = Vec::new();
//! let source = Source { rate: 48_000, ..Source::default() };
//! let mut now = Time::new(0.0);
//!
//! batcher.start(now); // the server is ready
//! for _ in 0..375 {
//!     // One second, in the pieces that an `AudioWorklet` makes.
//!     batcher.push(&[0.25; 128], source, now)?;
//!     now = now + 1000.0 / 375.0;
//!     while let Some(batch) = batcher.poll(Piece::Batch, now) {
//!         wire.extend_from_slice(batch.bytes);
//!     }
//! }
//! batcher.finish(now);
//! while let Some(batch) = batcher.poll(Piece::Batch, now) {
//!     wire.extend_from_slice(batch.bytes);
//! }
//! assert_eq!(wire.len(), 16_000 * 2);
//! assert_eq!(batcher.poll_gap(), None);
//! # Ok::<(), everline::audio::PushError>(())
//! ```
//!
//! # What holds
//!
//! | | |
//! |---|---|
//! | numbers | sample `n` is the `n`-th at the output rate since the start, whether it was sent or not |
//! | batches | whole samples, little-endian, in the order of their numbers; what is missing between two is a gap that was told |
//! | rate | `n` samples become `⌈n · output / input⌉`, and how they were divided among calls changes no bit |
//! | length | between [`Config::min`] and [`Config::max`]; only what a flush sends may be shorter |
//! | memory | [`Config::queue`], whatever happens |
//! | panics | none: not on any input, in any state, at any time |

mod batcher;
mod config;
mod ear;
mod gaps;
mod header;
mod level;
mod pcm;
mod queue;
mod resampler;
mod store;
mod wav;

pub use batcher::{Batch, Batcher, Counters, Piece, PushError, Pushed};
pub use config::{Config, Encoding, Overflow, Silence};
pub use gaps::{Gap, Reason};
pub use header::header;
pub use level::Level;
pub use pcm::{Layout, Source, to_i16};
pub use resampler::{RATES, Resampler};
pub use wav::wav_header;
