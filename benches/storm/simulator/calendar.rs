//! What happens when: a bucket for each millisecond, since a heap of millions is slow.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use everline::connection::Millis;

/// How far ahead there are buckets; what lies beyond waits in a heap.
const DAYS: usize = 1 << 17;

/// Something that happens to a client. What is not negative is ordered by its bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    at: u64,
    pub(crate) client: u32,
    pub(crate) what: u32,
}

impl Entry {
    pub(crate) fn at(&self) -> Millis {
        f64::from_bits(self.at)
    }

    fn day(&self) -> usize {
        self.at() as usize
    }
}

pub(crate) struct Calendar {
    today: usize,
    /// What is left of it.
    rest: BinaryHeap<Reverse<Entry>>,
    days: Vec<Vec<Reverse<Entry>>>,
    /// How many there are in `days`.
    ahead: usize,
    beyond: BinaryHeap<Reverse<Entry>>,
}

impl Calendar {
    pub(crate) fn new(start: Millis) -> Self {
        Self {
            today: start as usize,
            rest: BinaryHeap::new(),
            days: vec![Vec::new(); DAYS],
            ahead: 0,
            beyond: BinaryHeap::new(),
        }
    }

    pub(crate) fn add(&mut self, at: Millis, client: u32, what: u32) {
        self.put(Entry { at: at.to_bits(), client, what });
    }

    fn put(&mut self, entry: Entry) {
        let day = entry.day();
        if day <= self.today {
            self.rest.push(Reverse(entry));
        } else if day < self.today + DAYS {
            self.days[day % DAYS].push(Reverse(entry));
            self.ahead += 1;
        } else {
            self.beyond.push(Reverse(entry));
        }
    }

    pub(crate) fn next(&mut self) -> Option<Entry> {
        while self.rest.is_empty() {
            self.turn_page()?;
        }
        Some(self.rest.pop()?.0)
    }

    fn turn_page(&mut self) -> Option<()> {
        if self.ahead == 0 {
            self.today = self.beyond.peek()?.0.day();
        } else {
            self.today += 1;
            let day = std::mem::take(&mut self.days[self.today % DAYS]);
            self.ahead -= day.len();
            self.rest = BinaryHeap::from(day);
        }
        while self.beyond.peek().is_some_and(|first| first.0.day() < self.today + DAYS) {
            let first = self.beyond.pop()?.0;
            self.put(first);
        }
        Some(())
    }
}
