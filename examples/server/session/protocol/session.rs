//! One session: two numbered streams, and who may attach to them.

use subtle::ConstantTimeEq;

use super::downlink::Downlink;
use super::frame::End;
use super::rate::Bucket;
use super::uplink::Uplink;
use super::{CarrierId, Millis};

pub(crate) struct Session {
    pub(crate) key: String,
    pub(crate) principal: String,
    /// Whose share of the sessions it counts against.
    pub(crate) address: String,
    pub(crate) protocol: Option<String>,
    pub(crate) uplink: Uplink,
    pub(crate) downlink: Downlink,
    /// The newest carrier, which the downlink uses.
    pub(crate) carrier: Option<CarrierId>,
    /// Since when it lives without one.
    pub(crate) alone_since: Millis,
    /// How often the client attached, in its own count.
    pub(crate) att: u64,
    pub(crate) attaches: Bucket,
    /// The application's last word, told after all that it said before.
    pub(crate) closing: Option<End>,
}

impl Session {
    /// Whether whoever shows this key is the one who created the session.
    pub(crate) fn is_of(&self, key: &str, principal: &str) -> bool {
        is_same(&self.key, key) && self.principal == principal
    }

    /// When this carrier should acknowledge, if it is for it to do so.
    pub(crate) fn ack_at(&self, carrier: CarrierId) -> Option<Millis> {
        self.uplink.due().filter(|_| self.carrier == Some(carrier))
    }
}

/// Compares keys in a time that tells nothing about them.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
