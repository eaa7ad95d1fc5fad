//! Everline's client: the connection itself, as applications run it.

use everline::connection::{
    Action, AttemptId, Close, Config, Connection, Input, Millis, Status, Time,
};

use super::client::{Client, Loss, Step};

pub(crate) struct Brain {
    connection: Connection<u8>,
    attempt: AttemptId,
}

impl Brain {
    /// One that is open at this time, and has shown that it works.
    pub(crate) fn open(config: Config, now: Millis) -> Self {
        let mut it = Self { connection: Connection::new(config), attempt: AttemptId::default() };
        it.connection.handle(Input::Start, Time::new(now));
        while it.next_step().is_some() {}
        it.opened(now);
        while it.next_step().is_some() {}
        debug_assert_eq!(it.connection.status(), Status::Open);
        it
    }

    fn lose(&mut self, code: u16, reason: String, now: Millis) {
        let close = Close { code, reason, clean: code != 1006 };
        self.connection.handle(Input::Closed(self.attempt, close), Time::new(now));
    }
}

impl Client for Brain {
    fn cut(&mut self, loss: Loss, now: Millis) {
        match loss {
            Loss::Killed => self.refused(now),
            Loss::Closed { code, retry } => {
                let reason = retry.map_or(String::new(), |retry| format!("retry={retry:.0}"));
                self.lose(code, reason, now);
            }
        }
    }

    fn opened(&mut self, now: Millis) {
        self.connection.handle(Input::Opened(self.attempt), Time::new(now));
        self.connection.handle(Input::Heard(self.attempt), Time::new(now));
    }

    fn refused(&mut self, now: Millis) {
        self.connection.handle(Input::Errored(self.attempt), Time::new(now));
        self.lose(1006, String::new(), now);
    }

    fn wake(&mut self, now: Millis) {
        self.connection.handle(Input::Timeout, Time::new(now));
    }

    fn next_step(&mut self) -> Option<Step> {
        while let Some(action) = self.connection.poll_action() {
            match action {
                Action::Resolve(id) => {
                    self.attempt = id;
                    // The time is asked for nothing here.
                    self.connection.handle(Input::Resolved(id), Time::default());
                }
                Action::Connect(_) => return Some(Step::Try),
                Action::Abandon { .. } => return Some(Step::Abandon),
                _ => {}
            }
        }
        None
    }

    fn deadline(&self) -> Option<Millis> {
        Some(self.connection.next_deadline()?.since(Time::default()))
    }
}
