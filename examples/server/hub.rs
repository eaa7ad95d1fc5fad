//! Who is connected: a seat for every WebSocket, given back when it is dropped, so that the
//! numbers on `/health` cannot leak; and the orders that reach all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::wire::WireHandle;

/// Endpoints that `/health` lists even when nobody is there.
const ENDPOINTS: [&str; 6] =
    ["/ws", "/ws/video", "/ws/esp32cam", "/ws/pico", "/ws/audio", "/ws/logs"];

/// How many clients a second are asked back after a stop.
const RETURNS: u64 = 500;

/// Those who would all be back sooner are not asked: they spread by themselves. In ms.
const SOON: u64 = 1000;

/// A close code and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) reason: Cow<'static, str>,
    /// When to come back, in ms.
    pub(crate) retry: Option<u64>,
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
        Self { code, reason: reason.into(), retry: None }
    }

    /// For one of so many. Each is told a time of its own, so that they do not all come at once.
    fn going_away(crowd: usize) -> Self {
        let within = crowd as u64 * 1000 / RETURNS;
        let retry = (within > SOON).then(|| RandomState::new().hash_one(()) % within);
        Self { retry, ..Self::new(1001, "server is stopping") }
    }

    /// The reason as it is sent.
    pub(crate) fn text(&self) -> Cow<'static, str> {
        match self.retry {
            Some(retry) => format!("{}; retry={retry}", self.reason).into(),
            None => self.reason.clone(),
        }
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
            occupant.drain(drain, seats.taken.len());
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
        let crowd = seats.taken.len();
        seats.at(None).for_each(|occupant| occupant.drain(drain, crowd));
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

    /// As one of so many.
    fn drain(&self, drain: Drain, crowd: usize) {
        match drain {
            Drain::Close => self.close(Close::going_away(crowd)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_clients_are_not_told_when_to_come_back() {
        assert_eq!(Close::going_away(500).text(), "server is stopping");
    }

    #[test]
    fn a_crowd_is_spread_over_the_time_that_it_needs() {
        let times: Vec<u64> = (0..2000).filter_map(|_| Close::going_away(10_000).retry).collect();
        assert!(times.len() == 2000 && times.iter().all(|time| *time < 20_000));
        let early = times.iter().filter(|time| **time < 10_000).count();
        assert!((850..1150).contains(&early), "{early} of 2000 in the first half");
        let told = Close { retry: Some(7), ..Close::going_away(1) };
        assert_eq!(told.text(), "server is stopping; retry=7");
    }
}
