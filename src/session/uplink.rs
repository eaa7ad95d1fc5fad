//! What was sent and is not acknowledged yet.

use alloc::collections::LinkedList;

use crate::connection::Parcel;

/// What a message costs beyond its bytes: without it, empty ones would fill the memory.
const OVERHEAD: usize = 64;

#[derive(Debug)]
pub(crate) struct Uplink<M> {
    /// The last message that arrived. The next in line has the number after it.
    pub(crate) acked: u64,
    /// On its way by the present carrier.
    pub(crate) sent: LinkedList<Parcel<M>>,
    /// To be sent by it.
    pub(super) unsent: LinkedList<Parcel<M>>,
    /// Of all.
    pub(crate) bytes: usize,
    /// What the server takes the next message on the present WebSocket for.
    expected: u64,
    pub(crate) replayed: u32,
}

impl<M> Uplink<M> {
    pub(crate) fn new(acked: u64) -> Self {
        let (sent, unsent) = (LinkedList::new(), LinkedList::new());
        Self { acked, sent, unsent, bytes: 0, expected: 0, replayed: 0 }
    }

    /// How many messages are not acknowledged.
    pub(crate) fn len(&self) -> usize {
        self.sent.len() + self.unsent.len()
    }

    /// One always has room.
    pub(crate) fn has_room(&self, bytes: usize, window: usize) -> bool {
        let overhead = (self.len() + 1) * OVERHEAD;
        self.len() == 0 || self.bytes.saturating_add(bytes).saturating_add(overhead) <= window
    }

    /// Gives a message its number.
    pub(crate) fn push(&mut self, parcel: Parcel<M>) {
        self.bytes += parcel.weight.bytes;
        self.unsent.push_back(parcel);
    }

    pub(crate) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// A WebSocket has taken over, on which the message after `recv` is expected.
    pub(crate) fn send_again(&mut self, recv: u64) {
        self.expected = recv + 1;
        self.sent.append(&mut self.unsent);
        core::mem::swap(&mut self.sent, &mut self.unsent);
    }

    /// The next message for the WebSocket; before it, its number if the server would take it for
    /// another.
    pub(crate) fn next(&mut self) -> Option<(Option<u64>, M)>
    where
        M: Clone,
    {
        let number = self.acked + 1 + self.sent.len() as u64;
        let mut next = self.unsent.pop_front()?;
        let start = (self.expected != number).then_some(number);
        self.expected = number + 1;
        self.replayed += u32::from(core::mem::replace(&mut next.was_sent, true));
        let message = next.message.clone();
        self.sent.push_back(next);
        Some((start, message))
    }

    /// A request takes everything.
    pub(crate) fn send_all(&mut self) {
        self.sent.append(&mut self.unsent);
        for sent in &mut self.sent {
            self.replayed += u32::from(core::mem::replace(&mut sent.was_sent, true));
        }
    }

    /// Whatever carrier says so: an ack counts. False if it is one of what was never sent.
    pub(crate) fn acknowledged(&mut self, number: u64) -> bool {
        let is_possible = number <= self.acked + self.len() as u64;
        if is_possible {
            self.take_until(number);
        }
        is_possible
    }

    /// Takes out what has a number up to this one.
    pub(crate) fn take_until(&mut self, number: u64) -> LinkedList<Parcel<M>> {
        let mut taken = LinkedList::new();
        while self.acked < number
            && let Some(parcel) = self.pop()
        {
            self.acked += 1;
            taken.push_back(parcel);
        }
        taken
    }

    pub(crate) fn pop(&mut self) -> Option<Parcel<M>> {
        let first = self.sent.pop_front().or_else(|| self.unsent.pop_front())?;
        self.bytes -= first.weight.bytes;
        Some(first)
    }
}

pub(crate) fn messages<M>(parcels: &LinkedList<Parcel<M>>) -> impl Iterator<Item = &M> {
    parcels.iter().map(|parcel| &parcel.message)
}
