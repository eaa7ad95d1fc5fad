//! Samples as they come and as they go.

/// What samples are, where they come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// In Hz, within [`RATES`](super::RATES).
    pub rate: u32,
    /// How many channels there are. Their mean is taken.
    pub channels: usize,
    /// In which order.
    pub layout: Layout,
    /// The value of full scale: 1 as usual with floats, 32 768 if they were 16 bits.
    pub full_scale: f32,
}

impl Default for Source {
    /// One channel at 16 kHz, of floats.
    fn default() -> Self {
        Self { rate: 16_000, channels: 1, layout: Layout::Interleaved, full_scale: 1.0 }
    }
}

impl Source {
    /// The mean of all channels at each moment, of as many as `frames`. What is not finite is taken
    /// for 0.
    pub(super) fn mix(self, samples: &[f32], frames: usize) -> impl Iterator<Item = f32> {
        let (step, apart) = match self.layout {
            Layout::Interleaved => (self.channels, 1),
            Layout::Planar => (1, frames),
        };
        let scale = 1.0 / (self.full_scale * self.channels as f32);
        (0..frames).map(move |frame| {
            let mut sum = 0.0;
            for channel in 0..self.channels {
                sum += finite(samples.get(frame * step + channel * apart).copied());
            }
            sum * scale
        })
    }
}

/// The order of samples that have several channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Frame by frame.
    Interleaved,
    /// Channel by channel.
    Planar,
}

/// 0 for what is no sample.
pub(super) fn finite(sample: Option<f32>) -> f32 {
    sample.filter(|sample| sample.is_finite()).unwrap_or_default()
}

/// A sample in 16 bits: the nearest, the even one of two, and the last one for what is too loud.
/// `NaN` is 0.
pub fn to_i16(sample: f32) -> i16 {
    // Where numbers are so large that they have no fraction, an addition rounds.
    const ROUND: f32 = 12_582_912.0;
    let scaled = (sample * 32_768.0).clamp(-32_768.0, 32_767.0);
    ((scaled + ROUND) - ROUND) as i16
}
