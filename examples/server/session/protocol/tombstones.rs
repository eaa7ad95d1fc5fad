//! What remains of sessions that are gone: enough to tell a client what arrived, and not to let a
//! late repeat of its first hello raise it from the dead.

use std::collections::{BTreeMap, VecDeque};

use super::{Config, Millis, SessionId};

#[derive(Default)]
pub(crate) struct Tombstones {
    by_id: BTreeMap<SessionId, Tombstone>,
    /// The oldest first.
    order: VecDeque<(Millis, SessionId)>,
}

pub(crate) struct Tombstone {
    pub(crate) key: String,
    pub(crate) recv: u64,
}

impl Tombstones {
    pub(crate) fn add(
        &mut self,
        id: SessionId,
        tombstone: Tombstone,
        config: &Config,
        now: Millis,
    ) {
        self.forget_old(config, now);
        if self.by_id.len() >= config.max_tombstones
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        self.order.push_back((now, id.clone()));
        self.by_id.insert(id, tombstone);
    }

    pub(crate) fn get(
        &mut self,
        id: &SessionId,
        config: &Config,
        now: Millis,
    ) -> Option<&Tombstone> {
        self.forget_old(config, now);
        self.by_id.get(id)
    }

    pub(crate) fn count(&mut self, config: &Config, now: Millis) -> usize {
        self.forget_old(config, now);
        self.by_id.len()
    }

    pub(crate) fn clear(&mut self) {
        self.by_id.clear();
        self.order.clear();
    }

    fn forget_old(&mut self, config: &Config, now: Millis) {
        while let Some((since, id)) = self.order.front()
            && now.saturating_sub(*since) >= config.tombstone_ttl
        {
            self.by_id.remove(id);
            self.order.pop_front();
        }
    }
}
