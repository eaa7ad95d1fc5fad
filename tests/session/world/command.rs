//! What the applications, the page and the machines do.

use everline::connection::{Config, Connection, Full, Input, Millis, Page};
use everline::session;

use super::line::{Line, Load, Side};
use super::socket::Phase;
use super::{Packet, World};
use crate::protocol::{End, SessionId};

/// What the application, the page or the machine does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Start,
    /// The client's application sends so many messages,
    Send(usize),
    /// and the server's.
    Speak(usize),
    /// Both do, so many times, with pauses as long as this.
    Chat(usize, Millis),
    Close(Option<u16>, &'static str),
    Reconnect,
    Page(Page),
    /// The page is loaded anew, or left.
    Reload,
    Leave,
    /// The server's application ends the session.
    Dismiss,
    /// A timer that fires although it is not due.
    Timeout,
    /// A machine sleeps.
    ClientSleeps(Millis),
    ServerSleeps(Millis),
    /// Every connection dies.
    Storm,
    /// For so long there are no upgrades, no requests, no streams; nothing moves; nobody is there.
    NoUpgrades(Millis),
    /// There are no WebSockets at all.
    Blockade(Millis),
    NoPosts(Millis),
    NoStreams(Millis),
    Stall(Millis),
    Outage(Millis),
    /// The server stops politely or not, forgets its sessions or not, and is back after this time.
    Restart(bool, bool, Millis),
}

/// What the world does.
impl World {
    pub(super) fn execute(&mut self, command: Command) {
        let until = |after: Millis| self.now + after;
        match command {
            Command::Start => self.handle(Input::Start),
            Command::Send(count) => (0..count).for_each(|_| self.send()),
            Command::Speak(count) => {
                let session: SessionId = self.client.id.as_str().into();
                for _ in 0..count {
                    if self.ledger.is_alive(&session) {
                        self.speak(&session);
                        self.settle_server();
                    }
                }
            }
            Command::Chat(times, pause) => {
                for time in 0..times {
                    let at = self.now + time as Millis * pause;
                    let said = if time % 2 == 0 { Command::Send(1) } else { Command::Speak(1) };
                    self.schedule(at, Packet::Chat(said));
                }
            }
            Command::Close(code, reason) => {
                self.ledger.on_close();
                self.handle(Input::Close { code, reason: reason.into() });
            }
            Command::Reconnect => {
                self.handle(Input::Reconnect { code: None, reason: String::new() });
            }
            Command::Page(page) => self.handle(Input::Page(page)),
            Command::Reload => self.reload(),
            Command::Leave => self.leave(),
            Command::Dismiss => {
                self.client.is_dismissed = true;
                let session = self.client.id.as_str().into();
                self.server.core.close(&session, End::new(1000, "that was all"));
            }
            Command::Timeout => self.handle(Input::Timeout),
            Command::ClientSleeps(millis) => {
                self.client_sleeps = until(millis).max(self.client_sleeps)
            }
            Command::ServerSleeps(millis) => {
                self.server_sleeps = until(millis).max(self.server_sleeps)
            }
            Command::Storm => self.storm(|_| true),
            Command::NoUpgrades(millis) => self.network.weather.no_upgrades = until(millis),
            Command::Blockade(millis) => {
                self.network.weather.no_upgrades = until(millis);
                self.storm(Line::is_socket);
            }
            Command::NoPosts(millis) => self.network.weather.no_posts = until(millis),
            Command::NoStreams(millis) => self.network.weather.collects = until(millis),
            Command::Stall(millis) => {
                let weather = &mut self.network.weather;
                weather.stalls = until(millis).max(weather.stalls);
            }
            Command::Outage(millis) => {
                self.network.weather.no_upgrades = until(millis);
                self.network.weather.no_posts = until(millis);
                self.storm(|_| true);
            }
            Command::Restart(is_graceful, forgets, back) => {
                self.restart(is_graceful, forgets, back);
            }
        }
    }
}

/// What the page does to its connection.
impl World {
    pub(super) fn send(&mut self) {
        let largest = self.client.connection.largest();
        let (number, bytes) = self.ledger.compose_up(&mut self.client.dice, largest);
        let taken = self.client.connection.enqueue(number, bytes, self.time());
        self.tell(|| format!("client: sends {number}, {bytes} bytes: {taken:?}"));
        if taken == Err(Full) {
            self.ledger.on_refusal(number);
        }
        self.drain();
    }

    /// The page goes, and the next one finds what it left, if it kept anything.
    fn reload(&mut self) {
        self.handle(Input::Page(Page::Leaving));
        let Some((resume, kept)) = self.client.kept.take() else { return };
        self.tell(|| format!("client: a new page with {resume:?} and {kept:?}"));
        self.vanish();
        self.line.retain(|_, packet| !matches!(packet, Packet::Resolved(..) | Packet::Drained(_)));
        let session = self.client.config.session.unwrap();
        let session = session::Config { resume: Some(resume), ..session };
        let config = Config { session: Some(session), ..self.client.config.clone() };
        self.client.connection = Connection::new(config);
        self.client.timer = None;
        self.ledger.on_reload();
        for number in kept {
            let bytes = self.ledger.size(number);
            self.client.connection.enqueue(number, bytes, self.time()).unwrap();
        }
        self.handle(Input::Start);
    }

    /// The page goes for good.
    fn leave(&mut self) {
        self.handle(Input::Page(Page::Leaving));
        self.vanish();
        self.client.connection = Connection::new(self.client.config.clone());
    }

    /// With a page go its requests and WebSockets.
    fn vanish(&mut self) {
        self.abort();
        for socket in std::mem::take(&mut self.client.sockets).into_values() {
            if !socket.is_forgotten && matches!(socket.phase, Phase::Open | Phase::Handshaking) {
                self.put(socket.line, Side::Server, Load::End(1001, String::new()));
            }
        }
    }
}
