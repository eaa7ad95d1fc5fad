//! WebSockets, as a browser has them.

use std::collections::BTreeMap;

use everline::connection::{AttemptId, Close, Input};
use everline::session::Source;

use super::Packet;
use super::World;
use super::line::{Line, LineId, Load, Owner, Side};
use super::network::Handshake;
use super::server::short;
use crate::protocol::frame::Control;
use crate::protocol::{End, Frame, Message};

pub(super) struct Socket {
    pub(super) line: LineId,
    pub(super) phase: Phase,
    /// Nothing is heard of it any more.
    pub(super) is_forgotten: bool,
    pub(super) is_welcomed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Handshaking,
    Open,
    Closing,
    Gone,
}

pub(super) type Sockets = BTreeMap<AttemptId, Socket>;

/// What the brain wants.
impl World {
    pub(super) fn connect(&mut self, attempt: AttemptId) {
        assert!(
            self.client.sockets.values().all(|it| it.is_forgotten || it.phase == Phase::Gone),
            "two WebSockets"
        );
        let plan = self.network.socket_plan(self.now);
        self.tell(|| format!("client: connects, {:?}", plan.handshake));
        let id = self.lines.len();
        self.lines.push(Line::new(Owner::Socket(attempt), plan.delays, plan.room));
        let mut phase = Phase::Handshaking;
        match plan.handshake {
            Handshake::Opens(after) => {
                if let Some(death) = plan.death {
                    self.doom(id, self.now + after, death);
                }
                self.lines[id].up.hold_until(self.now + after / 2.0);
                self.put(id, Side::Server, Load::Head);
            }
            Handshake::Mute(after) => {
                // Something in between says 101, and then nothing.
                self.put(id, Side::Client, Load::Head);
                self.lines[id].up.dead = self.now;
                self.lines[id].down.dead = self.now + after;
            }
            Handshake::Fails(after) => {
                self.schedule(self.now + after, Packet::Failed(id, None));
            }
            Handshake::Hangs => {}
            Handshake::Refused => phase = Phase::Gone,
        }
        let socket = Socket { line: id, phase, is_forgotten: false, is_welcomed: false };
        self.client.sockets.insert(attempt, socket);
        if phase == Phase::Gone {
            self.handle(Input::Unusable(attempt));
        }
    }

    pub(super) fn is_open(&self, attempt: AttemptId) -> bool {
        self.client
            .sockets
            .get(&attempt)
            .is_some_and(|socket| !socket.is_forgotten && socket.phase == Phase::Open)
    }

    /// A control frame; a WebSocket that has just failed lets it vanish.
    pub(super) fn mention(&mut self, attempt: AttemptId, control: Control) {
        if self.is_open(attempt) {
            self.say(attempt, &Frame::Control(control));
        }
    }

    pub(super) fn say(&mut self, attempt: AttemptId, frame: &Frame) {
        assert!(self.is_open(attempt), "said to nobody: {}", short(frame));
        let id = self.client.sockets[&attempt].line;
        self.tell(|| format!("client: {id} > {}", short(frame)));
        if let Frame::Control(Control::Hello(hello)) = frame {
            self.lines[id].attach = hello.att.map(|attach| (hello.id.clone(), attach));
        }
        self.put(id, Side::Server, Load::Frame(frame.to_websocket()));
    }

    pub(super) fn hang_up(
        &mut self,
        attempt: AttemptId,
        code: Option<u16>,
        reason: String,
        is_forgotten: bool,
    ) {
        // An attempt that never came to a socket has nothing to hang up.
        let Some(socket) = self.client.sockets.get_mut(&attempt) else { return };
        if socket.is_forgotten {
            return;
        }
        socket.is_forgotten = is_forgotten;
        let (id, phase, is_welcomed) = (socket.line, socket.phase, socket.is_welcomed);
        if phase != Phase::Gone {
            socket.phase = Phase::Closing;
        }
        self.tell(|| format!("client: hangs up {id} with {code:?}, forgets it: {is_forgotten}"));
        match phase {
            Phase::Gone | Phase::Closing => {}
            Phase::Handshaking => {
                self.put(id, Side::Server, Load::Gone);
                if !is_forgotten {
                    self.schedule(self.now + 1.0, Packet::Failed(id, None));
                }
            }
            Phase::Open => {
                if is_welcomed && !is_forgotten {
                    let end = End::new(code.unwrap_or(1000), reason.clone());
                    let frame = Frame::Control(Control::End(end));
                    self.put(id, Side::Server, Load::Frame(frame.to_websocket()));
                }
                self.put(id, Side::Server, Load::End(code.unwrap_or(1005), reason));
            }
        }
    }
}

/// What the network brings.
impl World {
    pub(super) fn reach_socket(&mut self, attempt: AttemptId, load: Load) {
        let Some(socket) = self.client.sockets.get_mut(&attempt) else { return };
        if socket.is_forgotten {
            return;
        }
        match (load, socket.phase) {
            (Load::Head, Phase::Handshaking) => {
                socket.phase = Phase::Open;
                self.tell(|| "client: open".into());
                self.handle(Input::Opened(attempt));
            }
            (Load::Frame(message), Phase::Open) => {
                let Message::Text(text) = &message else {
                    return self.deliver(Source::Socket(attempt), message);
                };
                match Frame::from_text(text).unwrap() {
                    Frame::Data(message) => self.deliver(Source::Socket(attempt), message),
                    Frame::Control(control) => {
                        self.hear_control(Source::Socket(attempt), control);
                    }
                }
            }
            (Load::End(code, reason), Phase::Open | Phase::Closing) => {
                socket.phase = Phase::Gone;
                self.tell(|| format!("client: closed with {code}"));
                self.handle(Input::Closed(attempt, Close { code, reason, clean: true }));
            }
            _ => {}
        }
    }

    /// It ends without a closing handshake.
    pub(super) fn socket_lost(&mut self, attempt: AttemptId) {
        let Some(socket) = self.client.sockets.get_mut(&attempt) else { return };
        if socket.is_forgotten || socket.phase == Phase::Gone {
            return;
        }
        socket.phase = Phase::Gone;
        self.tell(|| "client: the WebSocket is lost".into());
        self.handle(Input::Errored(attempt));
        let is_heard = self.client.sockets.get(&attempt).is_some_and(|it| !it.is_forgotten);
        if is_heard {
            let close = Close { code: 1006, reason: String::new(), clean: false };
            self.handle(Input::Closed(attempt, close));
        }
    }
}
