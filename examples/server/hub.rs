//! Who is connected: a seat for every WebSocket, given back when it is dropped, so that the
//! numbers on `/health` cannot leak; and the orders that reach all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::wire::WireHandle;

/// Endpoints that `/health` lists even when nobody is there.
const ENDPOINTS: [&str; 6] =
    ["/ws", "/ws/video", "/ws/esp32cam", "/ws/pico", "/ws/audio", "/ws/logs"];

/// A close code and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) reason: Cow<'static, str>,
}

/// How connections end when the server stops.
#[derive(Clone, Copy)]
pub(crate) enum Drain {
    Close,
    Reset,
}

#[derive(Default)]
pub(crate) struct Hub {
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    last_id: u64,
    taken: BTreeMap<u64, Occupant>,
    draining: Option<Drain>,
}

struct Occupant {
    endpoint: &'static str,
    wire: WireHandle,
    orders: watch::Sender<Option<Close>>,
}

/// A connection's place in the hub.
pub(crate) struct Seat {
    pub(crate) id: u64,
    pub(crate) endpoint: &'static str,
    pub(crate) wire: WireHandle,
    orders: watch::Receiver<Option<Close>>,
    hub: Arc<Hub>,
}

impl Close {
    pub(crate) fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into() }
    }

    fn going_away() -> Self {
        Self::new(1001, "server is stopping")
    }
}

impl Hub {
    /// Takes a seat; if the server is stopping, the order to leave is already there.
    pub(crate) fn join(self: &Arc<Self>, endpoint: &'static str, wire: WireHandle) -> Seat {
        let (orders, receiver) = watch::channel(None);
        let mut seats = self.seats();
        seats.last_id += 1;
        let id = seats.last_id;
        let occupant = Occupant { endpoint, wire: wire.clone(), orders };
        if let Some(drain) = seats.draining {
            occupant.drain(drain);
        }
        seats.taken.insert(id, occupant);
        Seat { id, endpoint, wire, orders: receiver, hub: Arc::clone(self) }
    }

    /// Connections by endpoint.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::from(ENDPOINTS.map(|endpoint| (endpoint, 0)));
        for occupant in self.seats().taken.values() {
            *counts.entry(occupant.endpoint).or_default() += 1;
        }
        counts
    }

    pub(crate) fn close(&self, endpoint: Option<&str>, close: &Close) {
        self.seats().at(endpoint).for_each(|occupant| occupant.close(close.clone()));
    }

    pub(crate) fn reset(&self, endpoint: Option<&str>) {
        self.seats().at(endpoint).for_each(|occupant| occupant.wire.reset());
    }

    pub(crate) fn mute(&self, endpoint: Option<&str>, until: Instant) {
        self.seats().at(endpoint).for_each(|occupant| occupant.wire.pause_until(until));
    }

    pub(crate) fn muted(&self) -> usize {
        self.seats().at(None).filter(|occupant| occupant.wire.is_muted()).count()
    }

    /// Ends all connections, and those that are just opening.
    pub(crate) fn drain(&self, drain: Drain) {
        let mut seats = self.seats();
        seats.draining = Some(drain);
        seats.at(None).for_each(|occupant| occupant.drain(drain));
    }

    pub(crate) fn reopen(&self) {
        self.seats().draining = None;
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn at(&self, endpoint: Option<&str>) -> impl Iterator<Item = &Occupant> {
        self.taken
            .values()
            .filter(move |occupant| endpoint.is_none_or(|endpoint| endpoint == occupant.endpoint))
    }
}

impl Occupant {
    fn close(&self, close: Close) {
        self.orders.send_replace(Some(close));
    }

    fn drain(&self, drain: Drain) {
        match drain {
            Drain::Close => self.close(Close::going_away()),
            Drain::Reset => self.wire.reset(),
        }
    }
}

impl Seat {
    /// Waits for the order to close.
    pub(crate) async fn ordered_to_close(&mut self) -> Close {
        loop {
            let order = self.orders.borrow_and_update().clone();
            if let Some(close) = order {
                return close;
            }
            if self.orders.changed().await.is_err() {
                // The sender lives as long as the seat does.
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.seats().taken.remove(&self.id);
    }
}
