//! The samples that wait, by their numbers.

use alloc::collections::LinkedList;

use super::store::Store;

/// Samples that are kept and follow on one another. One run follows on another at once where silence
/// has lasted; where there is a gap, it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What can be taken out at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The number of the first sample.
    pub(super) from: u64,
    /// How many there are.
    pub(super) samples: usize,
    /// What comes after it is missing, so it will not grow.
    pub(super) is_closed: bool,
}

#[derive(Debug)]
pub(super) struct Queue {
    runs: LinkedList<Run>,
    store: Store,
    /// Whether there is silence where nothing is kept.
    is_filled: bool,
    /// The number of the next sample that is taken out, if there is any.
    next: u64,
    /// The number of the next sample that comes.
    pub(super) end: u64,
    /// Where the silence at the end begins.
    tail: u64,
}

impl Queue {
    pub(super) fn new(is_filled: bool) -> Self {
        let (runs, store) = (LinkedList::new(), Store::default());
        Self { runs, store, is_filled, next: 0, end: 0, tail: u64::MAX }
    }

    /// How many samples wait, silence included.
    pub(super) fn waiting(&self) -> usize {
        let silence = self.end.saturating_sub(self.tail.max(self.next)) as usize;
        if self.is_filled { (self.end - self.next) as usize } else { self.kept() + silence }
    }

    /// How many samples are kept.
    pub(super) fn kept(&self) -> usize {
        self.store.len
    }

    /// Keeps the next sample. A cut is after it.
    pub(super) fn push(&mut self, sample: f32, is_cut: bool) {
        if self.runs.back().is_none_or(|run| run.to != self.end) {
            self.divide();
        }
        self.store.push(sample);
        self.end += 1;
        if let Some(run) = self.runs.back_mut() {
            run.to = self.end;
        }
        if is_cut {
            self.divide();
        }
    }

    /// Does not keep the next sample.
    pub(super) fn skip(&mut self) {
        if self.runs.back().is_some_and(|run| run.from == run.to) {
            self.runs.pop_back();
        }
        self.end += 1;
    }

    /// The silence at the end.
    pub(super) fn end_with_silence(&mut self, samples: usize) {
        self.tail = self.end;
        self.end += samples as u64;
    }

    /// What was taken out from here on is missing.
    pub(super) fn take_back(&mut self, from: u64) {
        if self.is_filled {
            self.next = self.next.min(from);
        }
    }

    /// What is first and follows on one another.
    pub(super) fn stretch(&self) -> Stretch {
        let first = self.runs.front().map_or(self.end.min(self.tail), |run| run.from);
        let from = if self.is_filled { self.next } else { self.next.max(first) };
        let mut to = from;
        for run in &self.runs {
            if run.from != to {
                break;
            }
            to = run.to;
        }
        if self.is_filled || to >= self.tail {
            to = self.end;
        }
        Stretch { from, samples: (to - from) as usize, is_closed: to != self.end }
    }

    /// How many samples of the stretch end where silence has lasted: as many as possible, up to
    /// `most`.
    pub(super) fn cut(&self, from: u64, most: usize) -> usize {
        let mut cut = from;
        let mut before = from;
        for run in &self.runs {
            if run.from == before && before <= from + most as u64 {
                cut = before;
            }
            before = run.to;
        }
        (cut - from) as usize
    }

    /// Takes out so many samples of the stretch, and gives them.
    pub(super) fn take(&mut self, stretch: Stretch, samples: usize, receive: &mut dyn FnMut(f32)) {
        self.next = stretch.from;
        let to = stretch.from + samples as u64;
        while self.next < to {
            let first = self.runs.front().map_or(to, |run| run.from.min(to));
            let silent = first.saturating_sub(self.next) as usize;
            if silent > 0 {
                (0..silent).for_each(|_| receive(0.0));
                self.next = first;
            } else {
                let run = self.drop_oldest((to - self.next) as usize, receive);
                self.next = self.next.max(run.to);
            }
        }
    }

    /// Gives up all that waits.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
        self.store = Store::default();
        self.next = self.end;
        self.tail = self.end;
    }

    /// Takes out the first samples that are kept, at most so many and of one run; answers with
    /// their numbers.
    pub(super) fn drop_oldest(&mut self, samples: usize, receive: &mut dyn FnMut(f32)) -> Run {
        let Some(run) = self.runs.front_mut() else { return Run { from: 0, to: 0 } };
        let from = run.from;
        let to = run.to.min(from + samples as u64);
        run.from = to;
        if to == run.to {
            self.runs.pop_front();
        }
        let part = (to - from) as usize;
        self.store.take(part, receive);
        Run { from, to }
    }

    /// Whatever comes is another run.
    fn divide(&mut self) {
        self.runs.push_back(Run { from: self.end, to: self.end });
    }
}
