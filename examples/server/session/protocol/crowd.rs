//! Who has how many sessions, and how fast new ones come: so that nobody takes all.

use std::collections::BTreeMap;

use super::frame::End;
use super::rate::Bucket;
use super::{Config, Millis};

/// How long somebody at a limit should stay away.
const RETRY: Millis = 5000;
/// Addresses whose rate is remembered, at most.
const MAX_ADDRESSES: usize = 10_000;

#[derive(Default)]
pub(crate) struct Crowd {
    total: usize,
    addresses: BTreeMap<String, usize>,
    principals: BTreeMap<String, usize>,
    rates: BTreeMap<String, Bucket>,
}

impl Crowd {
    /// Makes room for one more session, or says why not. Who has no name shares no limit of names.
    pub(crate) fn enter(
        &mut self,
        address: &str,
        principal: &str,
        config: &Config,
    ) -> Result<(), End> {
        let count = |crowd: &BTreeMap<String, usize>, who| crowd.get(who).copied().unwrap_or(0);
        let why = if self.total >= config.max_sessions {
            "too many sessions"
        } else if count(&self.addresses, address) >= config.max_per_address {
            "too many sessions from this address"
        } else if !principal.is_empty()
            && count(&self.principals, principal) >= config.max_per_principal
        {
            "too many sessions of this principal"
        } else {
            self.total += 1;
            *self.addresses.entry(address.to_owned()).or_default() += 1;
            *self.principals.entry(principal.to_owned()).or_default() += 1;
            return Ok(());
        };
        Err(try_later(why, RETRY))
    }

    pub(crate) fn leave(&mut self, address: &str, principal: &str) {
        self.total -= 1;
        for (crowd, who) in [(&mut self.addresses, address), (&mut self.principals, principal)] {
            let Some(count) = crowd.get_mut(who) else { continue };
            *count -= 1;
            if *count == 0 {
                crowd.remove(who);
            }
        }
    }

    /// Counts a hello that costs: one for a new session, or with a wrong key.
    pub(crate) fn charge(
        &mut self,
        address: &str,
        config: &Config,
        now: Millis,
    ) -> Result<(), End> {
        if !self.rates.contains_key(address) && self.rates.len() >= MAX_ADDRESSES {
            self.rates.retain(|_, bucket| !bucket.is_full(config.hellos, now));
            if self.rates.len() >= MAX_ADDRESSES {
                self.rates.pop_first();
            }
        }
        self.rates
            .entry(address.to_owned())
            .or_default()
            .take(config.hellos, now)
            .map_err(|retry| try_later("too many hellos from this address", retry))
    }
}

pub(crate) fn try_later(why: &'static str, retry: Millis) -> End {
    End { retry: Some(retry), ..End::new(4429, why) }
}
