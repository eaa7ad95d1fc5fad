//! Gives the core its clock, its carriers' tasks, and an application for each session.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::info;

use super::app::{App, Reaction, Wish};
use super::conversation::Conversation;
use super::protocol::{
    CarrierId, Config, Counts, End, Event, Message, Millis, Opening, SessionId, Sessions, Transmit,
};
use crate::talk::Talk;
use crate::transcriber::Transcribers;

pub(crate) struct Host {
    start: Instant,
    state: Mutex<State>,
    transcribers: Option<Arc<Transcribers>>,
    /// The deadline is nearer than it was.
    hurry: Notify,
}

struct State {
    sessions: Sessions,
    carriers: HashMap<CarrierId, Visit>,
    apps: HashMap<SessionId, App>,
    /// When the timer will go off.
    armed: Option<Millis>,
}

struct Visit {
    wake: Arc<Notify>,
    wish: Wish,
}

/// A carrier, which is closed when this is dropped.
pub(crate) struct Carrier {
    host: Arc<Host>,
    id: CarrierId,
    wake: Arc<Notify>,
}

impl Host {
    pub(crate) fn new(config: Config, transcribers: Option<Arc<Transcribers>>) -> Arc<Self> {
        let state = State {
            sessions: Sessions::new(config),
            carriers: HashMap::new(),
            apps: HashMap::new(),
            armed: None,
        };
        let host = Arc::new(Self {
            start: Instant::now(),
            state: Mutex::new(state),
            transcribers,
            hurry: Notify::new(),
        });
        tokio::spawn(keep_time(host.clone()));
        host
    }

    pub(crate) fn open(self: &Arc<Self>, opening: Opening, wish: Wish) -> Carrier {
        let wake = Arc::new(Notify::new());
        let id = self.with(|state, now| {
            let id = state.sessions.open(opening, now);
            state.carriers.insert(id, Visit { wake: wake.clone(), wish });
            id
        });
        Carrier { host: self.clone(), id, wake }
    }

    pub(crate) fn counts(&self) -> Counts {
        let now = self.now();
        self.state().sessions.counts(now)
    }

    pub(crate) fn send(self: &Arc<Self>, session: &SessionId, message: Message) {
        self.with(|state, now| state.sessions.send(session, message, now));
    }

    /// As if the process had crashed.
    pub(crate) fn forget(self: &Arc<Self>) {
        self.with(|state, now| state.sessions.forget(now));
    }

    /// The one way to the core: what follows from a call is done before the next one.
    fn with<T>(self: &Arc<Self>, work: impl FnOnce(&mut State, Millis) -> T) -> T {
        let mut state = self.state();
        let now = self.now();
        let result = work(&mut state, now);
        self.settle(&mut state, now);
        let next = state.sessions.next_deadline();
        if next.is_some() && state.armed.is_none_or(|armed| next < Some(armed)) {
            self.hurry.notify_one();
        }
        result
    }

    fn settle(self: &Arc<Self>, state: &mut State, now: Millis) {
        while let Some(event) = state.sessions.poll_event() {
            match event {
                Event::Transmit(id) => {
                    state.carriers.get(&id).inspect(|visit| visit.wake.notify_one());
                }
                Event::Opened { session, carrier } => {
                    info!("session {session}: open");
                    let wish = state.carriers.get(&carrier).map(|visit| visit.wish.clone());
                    let app = App::new(&wish.unwrap_or_default());
                    if matches!(app, App::Counter(_)) {
                        tokio::spawn(count(self.clone(), session.clone()));
                    }
                    state.apps.insert(session, app);
                }
                Event::Message { session, message } => {
                    let Some(app) = state.apps.get_mut(&session) else { continue };
                    match app.react(message) {
                        Reaction::Nothing => {}
                        Reaction::Answer(answer) => state.sessions.send(&session, answer, now),
                        Reaction::Close(end) => state.sessions.close(&session, end),
                        Reaction::Count => {
                            tokio::spawn(count(self.clone(), session));
                        }
                        Reaction::Talk(init) => {
                            let talk = Talk::new(self.transcribers.clone());
                            app.talk(Conversation::start(talk, self.clone(), session), &init);
                        }
                    }
                }
                Event::Closed { session, end } => {
                    info!("session {session}: closed, {} {:?}", end.code, end.reason);
                    state.apps.remove(&session);
                }
            }
        }
    }

    fn now(&self) -> Millis {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier {
    pub(crate) fn text(&self, text: &str) {
        self.host.with(|state, now| state.sessions.text(self.id, text, now));
    }

    pub(crate) fn binary(&self, bytes: &[u8]) {
        self.host.with(|state, now| state.sessions.binary(self.id, bytes, now));
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.host.with(|state, now| state.sessions.bytes(self.id, bytes, now));
    }

    pub(crate) fn finished(&self) {
        self.host.with(|state, now| state.sessions.finished(self.id, now));
    }

    pub(crate) fn leave(&self, end: End) {
        self.host.with(|state, now| state.sessions.leave(self.id, end, now));
    }

    pub(crate) fn transmit(&self) -> Option<Transmit> {
        self.host.with(|state, now| state.sessions.transmit(self.id, now))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.host.state().sessions.is_over(self.id)
    }

    /// Waits until there is something to transmit.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.host.with(|state, now| {
            state.sessions.closed(self.id, now);
            state.carriers.remove(&self.id);
        });
    }
}

/// The timer of all sessions.
async fn keep_time(host: Arc<Host>) {
    loop {
        let next = {
            let mut state = host.state();
            state.armed = state.sessions.next_deadline();
            state.armed.map(|at| host.start + Duration::from_millis(at))
        };
        let due = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = due => host.with(|state, now| state.sessions.timeout(now)),
            () = host.hurry.notified() => {}
        }
    }
}

/// Sends a counter's numbers, for as long as its session lives.
async fn count(host: Arc<Host>, session: SessionId) {
    loop {
        let pause = host.with(|state, now| {
            let Some(App::Counter(counter)) = state.apps.get_mut(&session) else { return None };
            state.sessions.send(&session, counter.next(), now);
            Some(counter.pause())
        });
        let Some(pause) = pause else { return };
        sleep(pause).await;
    }
}
