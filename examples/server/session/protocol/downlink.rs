//! Messages for the client: those with a number, kept until they are acknowledged, and behind
//! them, without a number yet, those that wait for room in the window.

use std::collections::VecDeque;

use super::frame::{End, Message};

/// What keeping a message costs beyond its bytes; so that empty ones are bounded, too.
const OVERHEAD: usize = 64;

#[derive(Default)]
pub(crate) struct Downlink {
    /// The first of them has the number `acked + 1`.
    messages: VecDeque<Message>,
    acked: u64,
    /// The highest number in use: that message was sent on some carrier.
    numbered: u64,
    /// Size of all, and of those with a number.
    total: usize,
    in_window: usize,
}

impl Downlink {
    pub(crate) fn push(&mut self, message: Message) {
        self.total += cost(&message);
        self.messages.push_back(message);
    }

    /// The first number that may be needed again.
    pub(crate) fn first(&self) -> u64 {
        self.acked + 1
    }

    /// Message `n`, if it is there and the window has room for it.
    pub(crate) fn get(&mut self, n: u64, win: usize) -> Option<Message> {
        let index = usize::try_from(n.checked_sub(self.acked + 1)?).ok()?;
        let message = self.messages.get(index)?;
        if n > self.numbered {
            let size = self.in_window + cost(message);
            if self.in_window > 0 && size > win {
                return None;
            }
            self.in_window = size;
            self.numbered = n;
        }
        Some(message.clone())
    }

    /// The client has all up to `n`. One that was told before says nothing new.
    pub(crate) fn acknowledge(&mut self, n: u64) -> Result<(), End> {
        if n > self.numbered {
            return Err(End::malformed("acknowledges a message that was never sent"));
        }
        while self.acked < n {
            let Some(message) = self.messages.pop_front() else { break };
            self.acked += 1;
            self.total -= cost(&message);
            self.in_window -= cost(&message);
        }
        Ok(())
    }

    pub(crate) fn size(&self) -> usize {
        self.total
    }

    /// Size of what has no number yet.
    pub(crate) fn waiting(&self) -> usize {
        self.total - self.in_window
    }
}

fn cost(message: &Message) -> usize {
    message.len() + OVERHEAD
}
