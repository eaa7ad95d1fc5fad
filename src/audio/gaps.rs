//! What did not go out.

use alloc::collections::LinkedList;

/// Samples that did not go out, or did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The number of the first.
    pub from: u64,
    /// The number after the last.
    pub to: u64,
    /// Why.
    pub reason: Reason,
}

/// Why samples did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There was no room for them.
    Overflow,
    /// They were handed out, and the connection was lost before they left.
    ConnectionLost,
    /// They were to go another way, which failed.
    SpillFailed,
    /// They waited when the batcher was closed.
    Closed,
}

/// The gaps that are not told yet. One that may still grow is not told.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    settled: LinkedList<Gap>,
    growing: Option<Gap>,
    pub(super) count: u32,
    pub(super) samples: u64,
}

impl Gaps {
    /// Neighbours with the same reason are one gap.
    pub(super) fn add(&mut self, from: u64, to: u64, reason: Reason) {
        self.samples += to.saturating_sub(from);
        if let Some(gap) = &mut self.growing
            && gap.reason == reason
        {
            if gap.to == from {
                gap.to = to;
                return;
            }
            if gap.from == to {
                gap.from = from;
                return;
            }
        }
        self.settle();
        self.count = self.count.saturating_add(1);
        self.growing = Some(Gap { from, to, reason });
    }

    /// Whatever comes next is another gap.
    pub(super) fn settle(&mut self) {
        self.settled.extend(self.growing.take());
    }

    pub(super) fn pop(&mut self) -> Option<Gap> {
        // Only what overflows goes on by itself.
        if self.growing.is_some_and(|gap| gap.reason != Reason::Overflow) {
            self.settle();
        }
        self.settled.pop_front()
    }
}
