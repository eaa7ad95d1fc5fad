//! What waits while nothing is open.

use alloc::collections::LinkedList;

use super::time::{Millis, Time};

/// How much may wait, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The most messages that wait.
    pub messages: usize,
    /// The most bytes that wait.
    pub bytes: usize,
    /// How long a message may wait.
    pub time_to_live: Millis,
    /// What happens to a message too many.
    pub overflow: Overflow,
}

/// What happens to a message too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The message that came last is dropped.
    DropNewest,
    /// Those that have waited longest are dropped until there is room.
    DropOldest,
    /// The message is refused, and the caller told.
    Refuse,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: usize::MAX,
            bytes: 8 << 20,
            time_to_live: Millis::INFINITY,
            overflow: Overflow::DropNewest,
        }
    }
}

/// The message did not fit, and the policy is [`Overflow::Refuse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

#[derive(Debug)]
pub(super) struct Outbox<M> {
    limits: Limits,
    /// A list, as for the actions: what may go wrong when a vector grows is told in a text with
    /// numbers, and formatting them would be a twentieth of the whole download.
    waiting: LinkedList<Waiting<M>>,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting<M> {
    message: M,
    bytes: usize,
    since: Time,
}

impl<M> Outbox<M> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, waiting: LinkedList::new(), bytes: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a message in, and answers how many were dropped for it, itself included.
    pub(super) fn push(&mut self, message: M, bytes: usize, now: Time) -> Result<u32, Full> {
        let mut dropped = 0;
        if self.limits.overflow == Overflow::DropOldest && self.could_fit(bytes) {
            while !self.fits(bytes) && self.pop().is_some() {
                dropped += 1;
            }
        }
        if self.fits(bytes) {
            self.bytes += bytes;
            self.waiting.push_back(Waiting { message, bytes, since: now });
            return Ok(dropped);
        }
        match self.limits.overflow {
            Overflow::Refuse => Err(Full),
            Overflow::DropNewest | Overflow::DropOldest => Ok(dropped + 1),
        }
    }

    /// Takes out what has waited longest.
    pub(super) fn pop(&mut self) -> Option<M> {
        let first = self.waiting.pop_front()?;
        self.bytes -= first.bytes;
        Some(first.message)
    }

    /// Drops what has waited too long, and answers how many that were.
    pub(super) fn expire(&mut self, now: Time) -> u32 {
        let mut dropped = 0;
        while self.next_expiry().is_some_and(|expiry| expiry <= now) {
            self.pop();
            dropped += 1;
        }
        dropped
    }

    /// When the next message will have waited too long. All live equally long, so the first in
    /// line is the first to go.
    pub(super) fn next_expiry(&self) -> Option<Time> {
        let expiry = self.waiting.front()?.since + self.limits.time_to_live;
        (expiry < Time::new(Millis::INFINITY)).then_some(expiry)
    }

    fn fits(&self, bytes: usize) -> bool {
        let total = self.bytes.checked_add(bytes);
        self.waiting.len() < self.limits.messages
            && total.is_some_and(|total| total <= self.limits.bytes)
    }

    /// Whether it would fit if nothing else waited.
    fn could_fit(&self, bytes: usize) -> bool {
        self.limits.messages > 0 && bytes <= self.limits.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::new(0.0);

    fn outbox(overflow: Overflow) -> Outbox<char> {
        Outbox::new(Limits { messages: 3, bytes: 10, time_to_live: 1000.0, overflow })
    }

    fn drain(outbox: &mut Outbox<char>) -> String {
        core::iter::from_fn(|| outbox.pop()).collect()
    }

    #[test]
    fn drops_the_newest() {
        let mut outbox = outbox(Overflow::DropNewest);
        let dropped: u32 =
            "abcd".chars().map(|message| outbox.push(message, 1, NOW).unwrap()).sum();
        assert_eq!((dropped, drain(&mut outbox).as_str()), (1, "abc"));
    }

    #[test]
    fn drops_the_oldest_by_count_and_by_bytes() {
        let mut outbox = outbox(Overflow::DropOldest);
        for message in "abcd".chars() {
            outbox.push(message, 3, NOW).unwrap();
        }
        assert_eq!(outbox.bytes(), 9);
        assert_eq!(outbox.push('e', 8, NOW), Ok(3));
        assert_eq!(drain(&mut outbox), "e");
    }

    #[test]
    fn a_message_that_can_never_fit_displaces_nothing() {
        let mut outbox = outbox(Overflow::DropOldest);
        outbox.push('a', 1, NOW).unwrap();
        assert_eq!(outbox.push('b', 11, NOW), Ok(1));
        assert_eq!(drain(&mut outbox), "a");
    }

    #[test]
    fn refuses() {
        let mut outbox = outbox(Overflow::Refuse);
        assert_eq!(outbox.push('a', 10, NOW), Ok(0));
        assert_eq!(outbox.push('b', 1, NOW), Err(Full));
        assert_eq!(drain(&mut outbox), "a");
    }

    #[test]
    fn expires_in_order() {
        let mut outbox = outbox(Overflow::DropNewest);
        outbox.push('a', 1, NOW).unwrap();
        outbox.push('b', 1, NOW + 500.0).unwrap();
        assert_eq!(outbox.next_expiry(), Some(NOW + 1000.0));
        assert_eq!(outbox.expire(NOW + 1000.0), 1);
        assert_eq!(drain(&mut outbox), "b");
        assert_eq!(outbox.bytes(), 0);
    }
}
