//! The samples that are kept.

use alloc::collections::LinkedList;

/// The size of a block: about as much as a batch. Blocks of one size neither move nor leave holes in
/// the memory when they come and go for hours.
const BLOCK: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Store {
    blocks: LinkedList<[f32; BLOCK]>,
    /// Where in the first block the first sample is.
    head: usize,
    pub(super) len: usize,
}

impl Store {
    pub(super) fn push(&mut self, sample: f32) {
        let at = (self.head + self.len) % BLOCK;
        if at == 0 {
            self.blocks.push_back([0.0; BLOCK]);
        }
        if let Some(place) = self.blocks.back_mut().and_then(|block| block.get_mut(at)) {
            *place = sample;
            self.len += 1;
        }
    }

    /// Takes out so many samples, or all.
    pub(super) fn take(&mut self, samples: usize, receive: &mut dyn FnMut(f32)) {
        for _ in 0..samples {
            let Some(sample) = self.blocks.front().and_then(|block| block.get(self.head)) else {
                return;
            };
            receive(*sample);
            self.len -= 1;
            self.head += 1;
            if self.head == BLOCK || self.len == 0 {
                self.blocks.pop_front();
                self.head = 0;
            }
        }
    }
}
