//! One loss of all connections, in virtual time.

use everline::connection::Millis;
use serde::Serialize;

use super::calendar::Calendar;
use super::client::{Client, Loss, Step};
use super::outcome::{Counts, Histogram, Outcome};
use super::server::{Caller, Server};

/// When it begins: so late that every connection counts as a success.
pub(crate) const START: Millis = 1_048_576.0;

/// Whoever is not back then is lost.
const END: Millis = START + 1_800_000.0;

/// How the server goes and comes back.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Setting {
    pub(crate) clients: usize,
    /// How long it is away, in ms.
    pub(crate) down: Millis,
    /// How many connections it accepts a second.
    pub(crate) rate: f64,
    /// How many more may wait for that.
    pub(crate) queue: usize,
    /// The shortest and the longest way to it, in ms.
    pub(crate) way: [Millis; 2],
}

impl Setting {
    /// A server that could accept all its clients in so many seconds, and lets a second's worth wait.
    pub(crate) fn new(clients: usize, down: Millis, seconds: f64) -> Self {
        let rate = clients as f64 / seconds;
        Self { clients, down, rate, queue: rate as usize, way: [10.0, 50.0] }
    }

    pub(crate) fn limit(&self) -> Millis {
        self.down + self.clients as f64 / self.rate * 1000.0
    }

    /// How long it takes from this client to the server, or back.
    pub(crate) fn trip(&self, client: u32) -> Millis {
        let [shortest, longest] = self.way;
        let place = f64::from(client.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
        shortest + place * (longest - shortest)
    }
}

struct Place<C> {
    client: C,
    wake: Millis,
    /// The newest attempt's number, and whether it is under way.
    attempt: u32,
    is_trying: bool,
}

/// What happens; the number of the attempt stands above these bits.
const KINDS: u32 = 3;
const CUT: u32 = 0;
const WAKE: u32 = 1;
const ARRIVED: u32 = 2;
const ACCEPTED: u32 = 3;
const OPENED: u32 = 4;
const REFUSED: u32 = 5;

pub(crate) struct Storm<C, L> {
    setting: Setting,
    server: Server,
    places: Vec<Place<C>>,
    losses: L,
    calendar: Calendar,
    counts: Counts,
}

impl<C: Client, L: FnMut(u32) -> Loss> Storm<C, L> {
    /// `clients` makes one that is open, `news` says how long it takes until each hears that it is let go,
    /// and `losses` how that is done.
    pub(crate) fn new(
        setting: Setting,
        mut clients: impl FnMut() -> C,
        news: impl Fn(u32) -> Millis,
        losses: L,
    ) -> Self {
        let make =
            |_| Place { client: clients(), wake: Millis::INFINITY, attempt: 0, is_trying: false };
        let mut storm = Self {
            setting,
            server: Server::new(START + setting.down, setting.rate, setting.queue),
            places: (0..setting.clients).map(make).collect(),
            losses,
            calendar: Calendar::new(START),
            counts: Counts::default(),
        };
        for client in 0..setting.clients as u32 {
            storm.calendar.add(START + news(client), client, CUT);
        }
        storm
    }

    pub(crate) fn run(mut self) -> (Outcome, Histogram) {
        let mut back = 0;
        while back < self.setting.clients
            && let Some(entry) = self.calendar.next()
            && entry.at() < END
        {
            let (now, client) = (entry.at(), entry.client);
            let attempt = entry.what >> KINDS;
            let caller = Caller { client, attempt };
            let place = &mut self.places[client as usize];
            match entry.what & ((1 << KINDS) - 1) {
                CUT => place.client.cut((self.losses)(client), now),
                WAKE if place.wake == now => {
                    place.wake = Millis::INFINITY;
                    place.client.wake(now);
                }
                ARRIVED => {
                    self.arrived(caller, now);
                    continue;
                }
                ACCEPTED => {
                    self.server.finish();
                    self.calendar.add(
                        now + self.setting.trip(client),
                        client,
                        OPENED | attempt << KINDS,
                    );
                    self.serve(now);
                    continue;
                }
                OPENED if place.waits(attempt) => {
                    place.is_trying = false;
                    place.client.opened(now);
                    self.counts.back.count(now - START);
                    back += 1;
                }
                REFUSED if place.waits(attempt) => {
                    place.is_trying = false;
                    place.client.refused(now);
                }
                _ => continue,
            }
            self.follow(client, now);
        }
        (Outcome::new(&self.counts, self.setting.clients, self.setting.limit()), self.counts.back)
    }

    fn arrived(&mut self, caller: Caller, now: Millis) {
        let Caller { client, attempt } = caller;
        self.counts.arrivals.count(now - START);
        if now >= START + self.setting.down {
            self.counts.at_living.count(now - START);
        }
        if self.server.arrive(caller, now) {
            self.serve(now);
        } else {
            self.calendar.add(now + self.setting.trip(client), client, REFUSED | attempt << KINDS);
        }
    }

    fn serve(&mut self, now: Millis) {
        let places = &self.places;
        let waits = |caller: Caller| places[caller.client as usize].waits(caller.attempt);
        if let Some((at, caller)) = self.server.begin(waits, now) {
            self.calendar.add(at, caller.client, ACCEPTED | caller.attempt << KINDS);
        }
    }

    /// Does what the client wants.
    fn follow(&mut self, client: u32, now: Millis) {
        let place = &mut self.places[client as usize];
        while let Some(step) = place.client.next_step() {
            place.is_trying = matches!(step, Step::Try);
            if place.is_trying {
                place.attempt += 1;
                let what = ARRIVED | place.attempt << KINDS;
                self.calendar.add(now + self.setting.trip(client), client, what);
            }
        }
        if let Some(at) = place.client.deadline()
            && place.wake != at
        {
            place.wake = at.max(now);
            self.calendar.add(place.wake, client, WAKE);
        }
    }
}

impl<C> Place<C> {
    fn waits(&self, attempt: u32) -> bool {
        self.is_trying && self.attempt == attempt
    }
}
