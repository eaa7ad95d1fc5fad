//! The server's host, and an application behind it.

use std::collections::BTreeMap;

use everline::connection::Millis;

use super::line::{LineId, Load, Side};
use super::{Packet, World};
use crate::dice::Dice;
use crate::protocol::frame::Control;
use crate::protocol::record::encode;
use crate::protocol::{
    CarrierId, Config, End, Event, Frame, Kind, Message, Opening, SessionId, Sessions, Transmit,
};

pub(super) struct Server {
    pub(super) core: Sessions,
    lines: BTreeMap<CarrierId, LineId>,
    pub(super) dice: Dice,
}

impl Server {
    pub(super) fn new(config: Config, dice: Dice) -> Self {
        Self { core: Sessions::new(config), lines: BTreeMap::new(), dice }
    }
}

/// What the network brings.
impl World {
    pub(super) fn reach_server(&mut self, id: LineId, load: Load) {
        let now = self.now as u64;
        let line = &mut self.lines[id];
        if line.server_left {
            return;
        }
        let is_socket = line.is_socket();
        let core = &mut self.server.core;
        match (load, line.carrier) {
            (Load::Head, _) => {
                let kind = if is_socket { Kind::WebSocket } else { Kind::Post };
                let gate = Box::new(|_: &_| Ok(String::new()));
                let opening = Opening { kind, sid: None, address: "client".into(), gate };
                let carrier = core.open(opening, now);
                line.carrier = Some(carrier);
                self.server.lines.insert(carrier, id);
                if is_socket {
                    self.put(id, Side::Client, Load::Head);
                }
            }
            (Load::Frame(Message::Text(text)), Some(carrier)) => core.text(carrier, &text, now),
            (Load::Frame(Message::Binary(bytes)), Some(carrier)) => {
                core.binary(carrier, &bytes, now);
            }
            (Load::Bytes(bytes), Some(carrier)) => {
                core.bytes(carrier, &bytes, now);
                line.is_answered |= core.is_over(carrier);
            }
            (Load::End(..), Some(carrier)) if !is_socket => {
                core.finished(carrier, now);
                line.is_answered = true;
            }
            (Load::End(code, reason), Some(_)) => {
                // The closing handshake.
                self.put(id, Side::Client, Load::End(code, reason));
                self.server_leaves(id);
            }
            (Load::Gone, _) => self.server_leaves(id),
            (_, None) => {}
        }
        self.pump(id);
    }

    pub(super) fn server_lost(&mut self, id: LineId) {
        if !self.lines[id].server_left {
            self.tell(|| format!("server: line {id} is lost"));
            self.server_leaves(id);
        }
    }

    fn server_leaves(&mut self, id: LineId) {
        self.lines[id].server_left = true;
        if let Some(carrier) = self.lines[id].carrier {
            self.server.lines.remove(&carrier);
            self.server.core.closed(carrier, self.now as u64);
        }
    }
}

/// What the server says.
impl World {
    pub(super) fn settle_server(&mut self) {
        while let Some(event) = self.server.core.poll_event() {
            match event {
                Event::Transmit(carrier) => {
                    if let Some(id) = self.server.lines.get(&carrier) {
                        self.pump(*id);
                    }
                }
                Event::Opened { session, .. } => {
                    self.tell(|| format!("server: session {session} begins"));
                    self.ledger.on_opened(&session);
                }
                Event::Message { session, message } => {
                    let number = self.ledger.on_arrival(&session, &message);
                    self.tell(|| format!("server: has {message:?} as {number}"));
                    if self.server.dice.chance(self.network.climate.chat) {
                        self.speak(&session);
                    }
                }
                Event::Closed { session, end } => {
                    self.tell(|| format!("server: session {session} ends: {end:?}"));
                    self.ledger.on_closed(&session);
                }
            }
        }
    }

    /// Writes what there is to write, as far as the line takes it.
    pub(super) fn pump(&mut self, id: LineId) {
        loop {
            let line = &self.lines[id];
            let Some(carrier) = line.carrier else { return };
            if line.server_left
                || !line.is_answered
                || line.down.loads.len() >= line.room
                || self.server_sleeps > self.now
            {
                return;
            }
            let Some(transmit) = self.server.core.transmit(carrier, self.now as u64) else {
                return;
            };
            let is_socket = line.is_socket();
            match transmit {
                Transmit::Frame(frame) => {
                    self.tell(|| format!("server: {id} < {}", short(&frame)));
                    self.check_word(id, &frame);
                    let load = if is_socket {
                        Load::Frame(frame.to_websocket())
                    } else {
                        let mut body = Vec::new();
                        encode(&frame, &mut body);
                        Load::Bytes(body)
                    };
                    self.put(id, Side::Client, load);
                }
                Transmit::End(end) => {
                    self.tell(|| format!("server: {id} < end"));
                    let end = end.unwrap_or_else(|| End::new(1000, ""));
                    self.put(id, Side::Client, Load::End(end.code, end.reason.into_owned()));
                    self.server_leaves(id);
                }
            }
        }
    }

    /// What the server says to a client that keeps the rules, and to whoever repeats what that said.
    fn check_word(&mut self, id: LineId, frame: &Frame) {
        match frame {
            Frame::Control(Control::End(end)) => {
                assert!(!matches!(end.code, 4400 | 4403), "the server complains: {end:?}");
            }
            Frame::Control(Control::Welcome(_)) => {
                if let Some((session, attach)) = self.lines[id].attach.take() {
                    self.ledger.on_attached(&session, attach);
                }
            }
            Frame::Control(Control::Start(_)) => self.ledger.on_start_down(),
            _ => {}
        }
    }

    /// The application says something.
    pub(super) fn speak(&mut self, session: &SessionId) {
        // Who has said goodbye says nothing more.
        if self.client.is_dismissed {
            return;
        }
        let message = self.ledger.compose_down(session, &mut self.server.dice);
        self.server.core.send(session, message, self.now as u64);
    }

    /// The process is told to stop, or dies, and is back after a while.
    pub(super) fn restart(&mut self, is_graceful: bool, forgets: bool, back_after: Millis) {
        let now = self.now as u64;
        let retry = self.server.dice.span(3000.0) as u64;
        for (carrier, id) in self.server.lines.clone() {
            if is_graceful {
                let end = End { retry: Some(retry), ..End::new(1001, "restart") };
                self.server.core.leave(carrier, end, now);
                self.lines[id].is_answered = true;
                self.pump(id);
            }
            if !self.lines[id].server_left {
                self.server_leaves(id);
                self.lines[id].down.dead = self.now;
                let after = self.network.dice.span(8000.0);
                self.schedule(self.now + after, Packet::Notice(id, Side::Client));
            }
        }
        self.settle_server();
        if forgets {
            self.server.core.forget(now);
            self.settle_server();
            self.ledger.on_forgotten();
        }
        // Whatever is on its way finds nobody.
        for line in &mut self.lines {
            line.up.dead = line.up.dead.min(self.now);
        }
        let is_repeat =
            |packet: &Packet| matches!(packet, Packet::Repeat(_) | Packet::RepeatFor(..));
        self.line.retain(|_, packet| !is_repeat(packet));
        self.network.weather.nobody = self.now + back_after;
    }
}

pub(super) fn short(frame: &Frame) -> String {
    match frame {
        Frame::Data(message) => format!("{message:?}"),
        Frame::Control(control) => control.payload(),
    }
}
