//! Any course of events: messages both ways over carriers that come, go, overlap and repeat.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// What the network and the client do next.
#[derive(Clone, Debug)]
enum Step {
    Up,
    Down,
    Attach(bool),
    Batch,
    Repeat(usize),
    /// So many records arrive, each way.
    Deliver(usize),
    Cut,
    Ack,
    Pass(u64),
}

/// The simplest client that keeps the rules: one carrier at a time, and POSTs beside it.
#[derive(Default)]
struct Client {
    att: u64,
    recv: u64,
    heard: Vec<u64>,
    /// All that was ever sent, and how much of it is acknowledged.
    sent: u64,
    acked: u64,
    carrier: Option<CarrierId>,
    is_welcomed: bool,
    next: u64,
    posts: Vec<(Hello, Vec<Frame>)>,
    /// On the way to the server.
    way: VecDeque<Frame>,
}

impl Client {
    fn hello(&self, mode: Mode) -> Hello {
        Hello { new: self.att <= 1, recv: self.recv, ..hello(mode, self.att) }
    }

    fn unacked(&self, from: u64) -> impl Iterator<Item = Frame> {
        (from..=self.sent).map(|n| text(&n.to_string()))
    }

    fn hear(&mut self, frame: Frame) {
        match frame {
            Frame::Control(Control::Welcome(w)) => {
                self.next = w.seq;
                self.acked = self.acked.max(w.recv);
                self.is_welcomed = true;
                let replay: Vec<_> = self.unacked(w.recv + 1).collect();
                self.way.extend(replay);
            }
            Frame::Control(Control::Ack(n) | Control::Ping(n)) => self.acked = self.acked.max(n),
            Frame::Control(Control::Start(n)) => self.next = n,
            Frame::Control(Control::End(end)) => panic!("{end:?}"),
            Frame::Control(Control::Hello(_)) => panic!("a hello"),
            Frame::Data(message) => {
                let n = self.next;
                self.next += 1;
                assert!(n <= self.recv + 1, "a gap");
                if n == self.recv + 1 {
                    self.recv = n;
                    let text = String::from_utf8_lossy(message.bytes()).into_owned();
                    self.heard.push(text.parse().unwrap());
                }
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Up),
        3 => Just(Step::Down),
        1 => any::<bool>().prop_map(Step::Attach),
        1 => Just(Step::Batch),
        1 => (0..10_usize).prop_map(Step::Repeat),
        4 => (1..6_usize).prop_map(Step::Deliver),
        1 => Just(Step::Cut),
        1 => Just(Step::Ack),
        1 => (0..3000_u64).prop_map(Step::Pass),
    ]
}

fn act(step: Step, world: &mut World, client: &mut Client, down: &mut u64) {
    match step {
        Step::Up => {
            client.sent += 1;
            if client.is_welcomed {
                client.way.push_back(text(&client.sent.to_string()));
            }
        }
        Step::Down => {
            *down += 1;
            world.send(&down.to_string());
        }
        Step::Attach(same) => {
            // Sometimes the old one is still open at the server, and learns that it is superseded.
            if let (Some(old), false) = (client.carrier.take(), same) {
                world.close(old);
            }
            client.att += 1;
            client.is_welcomed = false;
            client.way.clear();
            client.carrier = Some(world.ws(client.hello(Mode::Ws)));
        }
        Step::Batch => {
            let hello = Hello { seq: Some(client.acked + 1), ..client.hello(Mode::Send) };
            let frames: Vec<_> = client.unacked(client.acked + 1).collect();
            client.posts.push((hello.clone(), frames.clone()));
            world.post(hello, &frames);
        }
        Step::Repeat(index) => {
            if let Some((hello, frames)) = client.posts.get(index).cloned() {
                let id = world.post(hello, &frames);
                let answer = world.read(id);
                assert!(answer[0].starts_with('w'), "{answer:?}");
            }
        }
        Step::Deliver(count) => {
            let Some(id) = client.carrier else { return };
            for _ in 0..count {
                if let Some(frame) = client.way.pop_front() {
                    world.say(id, frame);
                }
                if let Some(Transmit::Frame(frame)) = world.server.transmit(id, world.now) {
                    client.hear(frame);
                }
            }
        }
        Step::Cut => {
            if let Some(id) = client.carrier.take() {
                world.close(id);
            }
            client.is_welcomed = false;
            client.way.clear();
        }
        Step::Ack => {
            if client.is_welcomed {
                client.way.push_back(ack(client.recv));
            }
        }
        Step::Pass(span) => world.pass(span),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn everything_arrives_once_and_in_order(steps in prop::collection::vec(step(), 0..200)) {
        let attaches = crate::session::protocol::config::Rate { burst: 1e6, per_second: 1.0 };
        let mut world = with(Config { win: 1000, attaches, ..Config::default() });
        let (mut client, mut down) = (Client::default(), 0);
        act(Step::Attach(false), &mut world, &mut client, &mut down);
        act(Step::Deliver(1), &mut world, &mut client, &mut down);
        for step in steps {
            act(step, &mut world, &mut client, &mut down);
        }
        act(Step::Attach(false), &mut world, &mut client, &mut down);
        for _ in 0..500 {
            act(Step::Ack, &mut world, &mut client, &mut down);
            act(Step::Deliver(5), &mut world, &mut client, &mut down);
        }
        let up: Vec<u64> = world.heard.iter().map(|text| text.parse().unwrap()).collect();
        prop_assert_eq!(up, (1..=client.sent).collect::<Vec<_>>());
        prop_assert_eq!(&client.heard, &(1..=down).collect::<Vec<_>>());
        prop_assert_eq!(world.sessions(), 1);
    }
}
