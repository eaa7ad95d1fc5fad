//! The protocol from outside: what comes in, what goes out, and when, in a time of its own.

mod attaching;
mod bounds;
mod codec;
mod endings;
mod liveness;
mod messages;
mod responses;
mod stories;

use super::protocol::frame::{Control, Hello, Mode, Welcome};
use super::protocol::record::{Decoder, encode};
use super::protocol::{
    CarrierId, Config, End, Event, Frame, Kind, Message, Millis, Opening, SessionId, Sessions,
    Transmit,
};

const ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const KEY: &str = "kkkkkkkkkkkkkkkkkkkkkk";

/// A server with the time in its hands.
struct World {
    server: Sessions,
    now: Millis,
    /// What the application heard, and the ends of sessions.
    heard: Vec<String>,
    ends: Vec<u16>,
}

fn world() -> World {
    with(Config::default())
}

fn with(config: Config) -> World {
    World { server: Sessions::new(config), now: 1000, heard: Vec::new(), ends: Vec::new() }
}

/// A hello of the usual session.
fn hello(mode: Mode, att: u64) -> Hello {
    Hello {
        v: 1,
        id: ID.into(),
        key: KEY.into(),
        new: true,
        recv: 0,
        att: mode.attaches().then_some(att),
        seq: None,
        mode,
        token: None,
        protocols: None,
        wait: None,
    }
}

/// The token is the principal; "bad" is none, and "far" belongs to another node.
fn gate(hello: &Hello) -> Result<String, End> {
    match hello.token.as_deref() {
        Some("bad") => Err(End::new(4401, "bad token")),
        Some("far") => Err(End { url: Some("wss://far".into()), ..End::new(4421, "not here") }),
        token => Ok(token.unwrap_or_default().to_owned()),
    }
}

fn text(text: &str) -> Frame {
    Frame::Data(Message::Text(text.into()))
}

fn ack(n: u64) -> Frame {
    Frame::Control(Control::Ack(n))
}

fn ping(n: u64) -> Frame {
    Frame::Control(Control::Ping(n))
}

fn start(n: u64) -> Frame {
    Frame::Control(Control::Start(n))
}

fn control(hello: Hello) -> Frame {
    Frame::Control(Control::Hello(Box::new(hello)))
}

/// What goes out on a carrier, in short: `w recv seq`, `a n`, `p n`, `s n`, `x code`, `= text`,
/// `.` for the end.
fn short(transmit: &Transmit) -> String {
    match transmit {
        Transmit::End(_) => ".".into(),
        Transmit::Frame(Frame::Data(message)) => {
            format!("= {}", String::from_utf8_lossy(message.bytes()))
        }
        Transmit::Frame(Frame::Control(control)) => match control {
            Control::Hello(_) => "h".into(),
            Control::Welcome(w) => format!("w {} {}", w.recv, w.seq),
            Control::Ack(n) => format!("a {n}"),
            Control::Ping(n) => format!("p {n}"),
            Control::Start(n) => format!("s {n}"),
            Control::End(End { code, recv: None, .. }) => format!("x {code}"),
            Control::End(End { code, recv: Some(recv), .. }) => format!("x {code} {recv}"),
        },
    }
}

impl World {
    fn open(&mut self, kind: Kind) -> CarrierId {
        self.open_from("10.0.0.1", kind)
    }

    fn open_from(&mut self, address: &str, kind: Kind) -> CarrierId {
        let opening = Opening { kind, sid: None, address: address.into(), gate: Box::new(gate) };
        self.server.open(opening, self.now)
    }

    /// A WebSocket that has said this hello.
    fn ws(&mut self, hello: Hello) -> CarrierId {
        let id = self.open(Kind::WebSocket);
        self.say(id, control(hello));
        id
    }

    /// A usual session on a WebSocket that was welcomed.
    fn session(&mut self) -> CarrierId {
        let id = self.ws(hello(Mode::Ws, 1));
        assert_eq!(self.read(id), ["w 0 1"]);
        id
    }

    /// A whole POST.
    fn post(&mut self, hello: Hello, frames: &[Frame]) -> CarrierId {
        let id = self.open(Kind::Post);
        let mut body = Vec::new();
        encode(&control(hello), &mut body);
        frames.iter().for_each(|frame| encode(frame, &mut body));
        self.server.bytes(id, &body, self.now);
        self.server.finished(id, self.now);
        self.settle();
        id
    }

    fn say(&mut self, id: CarrierId, frame: Frame) {
        match frame.to_websocket() {
            Message::Text(text) => self.server.text(id, &text, self.now),
            Message::Binary(bytes) => self.server.binary(id, &bytes, self.now),
        }
        self.settle();
    }

    /// The application speaks.
    fn send(&mut self, text: &str) {
        self.server.send(&SessionId::from(ID), Message::Text(text.into()), self.now);
        self.settle();
    }

    /// Everything that can be written now.
    fn frames(&mut self, id: CarrierId) -> Vec<Transmit> {
        let mut frames = Vec::new();
        while let Some(transmit) = self.server.transmit(id, self.now) {
            let is_end = matches!(transmit, Transmit::End(_));
            frames.push(transmit);
            if is_end {
                break;
            }
        }
        self.settle();
        frames
    }

    fn read(&mut self, id: CarrierId) -> Vec<String> {
        self.frames(id).iter().map(short).collect()
    }

    fn close(&mut self, id: CarrierId) {
        self.server.closed(id, self.now);
        self.settle();
    }

    /// Lets time pass, from deadline to deadline.
    fn pass(&mut self, span: Millis) {
        let end = self.now + span;
        while let Some(next) = self.server.next_deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.server.timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// Wakes up late: the time has passed, and nothing was done.
    fn sleep(&mut self, span: Millis) {
        self.now += span;
        self.server.timeout(self.now);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                Event::Message { message, .. } => {
                    self.heard.push(String::from_utf8_lossy(message.bytes()).into_owned());
                }
                Event::Closed { end, .. } => self.ends.push(end.code),
                Event::Opened { .. } | Event::Transmit(_) => {}
            }
        }
    }

    fn sessions(&mut self) -> usize {
        self.server.counts(self.now).sessions
    }

    fn tombstones(&mut self) -> usize {
        self.server.counts(self.now).tombstones
    }
}
