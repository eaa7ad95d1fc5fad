//! What waits while nothing is open, or for its turn.

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
#[non_exhaustive]
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

/// What a message weighs, and whether it shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Its size.
    pub bytes: usize,
    /// Whether it can share a request's body with others that can.
    pub joins: bool,
}

impl From<usize> for Weight {
    fn from(bytes: usize) -> Self {
        Self { bytes, joins: false }
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
    waiting: LinkedList<Parcel<M>>,
    /// Of a request that is under way. It weighs until its fate is known, but is never displaced.
    pub(super) flight: LinkedList<Parcel<M>>,
    /// How many of the first that wait were one body and will be one again.
    again: usize,
    /// Of all.
    bytes: usize,
}

/// A message, and what is known of it.
#[derive(Debug)]
pub(crate) struct Parcel<M> {
    pub(crate) message: M,
    pub(crate) weight: Weight,
    since: Time,
    /// It may have arrived already.
    pub(crate) was_sent: bool,
}

impl<M> Parcel<M> {
    pub(crate) fn new(message: M, weight: Weight, since: Time) -> Self {
        Self { message, weight, since, was_sent: false }
    }
}

impl<M> Outbox<M> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, waiting: LinkedList::new(), flight: LinkedList::new(), again: 0, bytes: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a message in, and answers how many were dropped for it, itself included.
    pub(super) fn push(&mut self, message: M, weight: Weight, now: Time) -> Result<u32, Full> {
        let bytes = weight.bytes;
        let mut dropped = 0;
        if self.limits.overflow == Overflow::DropOldest && self.could_fit(bytes) {
            while !self.fits(bytes) && self.pop().is_some() {
                dropped += 1;
            }
        }
        if self.fits(bytes) {
            self.bytes += bytes;
            self.waiting.push_back(Parcel::new(message, weight, now));
            return Ok(dropped);
        }
        match self.limits.overflow {
            Overflow::Refuse => Err(Full),
            Overflow::DropNewest | Overflow::DropOldest => Ok(dropped + 1),
        }
    }

    /// How large the message is that has waited longest.
    pub(super) fn first_bytes(&self) -> Option<usize> {
        Some(self.waiting.front()?.weight.bytes)
    }

    /// Takes out what has waited longest.
    pub(super) fn pop(&mut self) -> Option<Parcel<M>> {
        let first = self.waiting.pop_front()?;
        self.again = 0;
        self.bytes -= first.weight.bytes;
        Some(first)
    }

    /// Puts what comes first into one body: as much as may share it and has room, at one byte more
    /// than its size, but one message at least. What was one body before is one again, which is told
    /// by `false`.
    pub(super) fn take_off(&mut self, mut room: usize) -> bool {
        let again = core::mem::take(&mut self.again);
        let mut may_join = true;
        while let Some(first) = self.waiting.front() {
            let is_first = self.flight.is_empty();
            let fits = may_join && first.weight.joins && first.weight.bytes < room;
            if !(is_first || self.flight.len() < again || again == 0 && fits) {
                break;
            }
            may_join = first.weight.joins;
            room = room.saturating_sub(first.weight.bytes.saturating_add(1));
            self.flight.extend(self.waiting.pop_front());
        }
        again == 0
    }

    /// What is under way has reached its goal, or is given up; answers how many that were.
    pub(super) fn land(&mut self) -> u32 {
        let flight = core::mem::take(&mut self.flight);
        self.bytes -= bytes_of(&flight);
        flight.len() as u32
    }

    /// What is under way waits again, before all others, and perhaps as one body.
    pub(super) fn turn_back(&mut self, as_one: bool) {
        self.again = if as_one { self.flight.len() } else { 0 };
        self.flight.append(&mut self.waiting);
        core::mem::swap(&mut self.flight, &mut self.waiting);
    }

    /// The same, but the body was too large: it will be at most half as large. Answers how large, if
    /// it can be divided.
    pub(super) fn divide(&mut self) -> Option<usize> {
        if self.flight.len() < 2 {
            return None;
        }
        let room = bytes_of(&self.flight).saturating_add(self.flight.len());
        self.turn_back(false);
        Some(room / 2)
    }

    /// Drops what has waited too long, and answers how many that were.
    pub(super) fn expire(&mut self, now: Time) -> u32 {
        let mut dropped = 0;
        while self.next_expiry() <= now {
            self.pop();
            dropped += 1;
        }
        dropped
    }

    /// When the next message will have waited too long. All live equally long, so the first in
    /// line is the first to go.
    pub(super) fn next_expiry(&self) -> Time {
        self.waiting.front().map_or(Time::NEVER, |first| first.since + self.limits.time_to_live)
    }

    fn fits(&self, bytes: usize) -> bool {
        let total = self.bytes.checked_add(bytes);
        self.waiting.len() + self.flight.len() < self.limits.messages
            && total.is_some_and(|total| total <= self.limits.bytes)
    }

    /// Whether it would fit if nothing else waited.
    fn could_fit(&self, bytes: usize) -> bool {
        let total = bytes_of(&self.flight).checked_add(bytes);
        self.flight.len() < self.limits.messages
            && total.is_some_and(|total| total <= self.limits.bytes)
    }
}

fn bytes_of<M>(messages: &LinkedList<Parcel<M>>) -> usize {
    messages.iter().map(|waiting| waiting.weight.bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::new(0.0);

    fn outbox(overflow: Overflow) -> Outbox<char> {
        Outbox::new(Limits { messages: 3, bytes: 10, time_to_live: 1000.0, overflow })
    }

    fn drain(outbox: &mut Outbox<char>) -> String {
        core::iter::from_fn(|| outbox.pop()).map(|parcel| parcel.message).collect()
    }

    #[test]
    fn drops_the_newest() {
        let mut outbox = outbox(Overflow::DropNewest);
        let dropped: u32 =
            "abcd".chars().map(|message| outbox.push(message, 1.into(), NOW).unwrap()).sum();
        assert_eq!((dropped, drain(&mut outbox).as_str()), (1, "abc"));
    }

    #[test]
    fn drops_the_oldest_by_count_and_by_bytes() {
        let mut outbox = outbox(Overflow::DropOldest);
        for message in "abcd".chars() {
            outbox.push(message, 3.into(), NOW).unwrap();
        }
        assert_eq!(outbox.bytes(), 9);
        assert_eq!(outbox.push('e', 8.into(), NOW), Ok(3));
        assert_eq!(drain(&mut outbox), "e");
    }

    #[test]
    fn a_message_that_can_never_fit_displaces_nothing() {
        let mut outbox = outbox(Overflow::DropOldest);
        outbox.push('a', 1.into(), NOW).unwrap();
        assert_eq!(outbox.push('b', 11.into(), NOW), Ok(1));
        assert_eq!(drain(&mut outbox), "a");
    }

    #[test]
    fn refuses() {
        let mut outbox = outbox(Overflow::Refuse);
        assert_eq!(outbox.push('a', 10.into(), NOW), Ok(0));
        assert_eq!(outbox.push('b', 1.into(), NOW), Err(Full));
        assert_eq!(drain(&mut outbox), "a");
    }

    #[test]
    fn expires_in_order() {
        let mut outbox = outbox(Overflow::DropNewest);
        outbox.push('a', 1.into(), NOW).unwrap();
        outbox.push('b', 1.into(), NOW + 500.0).unwrap();
        assert_eq!(outbox.next_expiry(), NOW + 1000.0);
        assert_eq!(outbox.expire(NOW + 1000.0), 1);
        assert_eq!(drain(&mut outbox), "b");
        assert_eq!(outbox.bytes(), 0);
    }
}
