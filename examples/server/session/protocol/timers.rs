//! One deadline for everything that has one.

use std::collections::{BTreeMap, BTreeSet};

use super::{CarrierId, Millis, SessionId};

/// How late a wake-up may be before everybody gets `GRACE`: a machine that slept has not yet heard
/// what the network has to say.
const LATE: Millis = 1000;
const GRACE: Millis = 1000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Carrier(CarrierId),
    Session(SessionId),
}

#[derive(Default)]
pub(crate) struct Timers {
    by_time: BTreeSet<(Millis, Owner)>,
    by_owner: BTreeMap<Owner, Millis>,
    /// Nothing is due before.
    grace: Millis,
}

impl Timers {
    pub(crate) fn set(&mut self, owner: Owner, at: Option<Millis>) {
        if self.by_owner.get(&owner) == at.as_ref() {
            return;
        }
        if let Some(old) = self.by_owner.remove(&owner) {
            self.by_time.remove(&(old, owner.clone()));
        }
        if let Some(at) = at {
            self.by_time.insert((at, owner.clone()));
            self.by_owner.insert(owner, at);
        }
    }

    pub(crate) fn next(&self) -> Option<Millis> {
        self.by_time.first().map(|(at, _)| (*at).max(self.grace))
    }

    /// Takes out what is due.
    pub(crate) fn due(&mut self, now: Millis) -> Vec<Owner> {
        let Some(next) = self.next().filter(|next| *next <= now) else { return Vec::new() };
        if now - next >= LATE {
            self.grace = now + GRACE;
            return Vec::new();
        }
        let mut due = Vec::new();
        while let Some((at, _)) = self.by_time.first()
            && *at <= now
        {
            let Some((_, owner)) = self.by_time.pop_first() else { break };
            self.by_owner.remove(&owner);
            due.push(owner);
        }
        due
    }
}
