//! Requests, as a browser makes them, and what becomes of them on the way.

use everline::connection::{Input, PostId};
use everline::session::{Mode, Source};

use super::line::{Line, LineId, Load, Owner, Side};
use super::network::{Course, Failure};
use super::{Packet, World};
use crate::protocol::Frame;
use crate::protocol::frame::Control;
use crate::protocol::record::{Decoder, encode};

pub(super) struct Request {
    pub(super) post: PostId,
    pub(super) line: LineId,
    /// Reads the response.
    decoder: Decoder,
    /// The head of the response has come.
    is_answered: bool,
    /// It has to wait for a connection, because there is only one.
    waiting: Option<Vec<Frame>>,
}

/// What the brain wants.
impl World {
    /// Makes a request of these frames.
    pub(super) fn post(&mut self, post: PostId, mode: Mode, frames: Vec<Frame>) {
        let is_uplink = mode == Mode::Send;
        let line = self.lines.len();
        self.lines.push(Line::new(Owner::Post(post), (0.0, 0.0), usize::MAX));
        let waiting = Some(frames);
        let request =
            Request { post, line, decoder: Decoder::default(), is_answered: false, waiting };
        let place = if is_uplink { &mut self.client.uplink } else { &mut self.client.downlink };
        if let Some(older) = place.replace(request) {
            self.put(older.line, Side::Server, Load::Gone);
        }
        self.let_requests_go();
    }

    /// A request that nobody waits for.
    pub(super) fn send_off(&mut self, frames: &[Frame]) {
        let id = self.lines.len();
        self.lines.push(Line::new(Owner::Proxy, (0.0, 0.0), usize::MAX));
        self.request(id, frames);
    }

    /// Those that wait for a connection get one, if there is one.
    fn let_requests_go(&mut self) {
        let is_crowded = self.network.climate.is_crowded;
        let mut under_way = [&self.client.uplink, &self.client.downlink]
            .into_iter()
            .flatten()
            .filter(|request| request.waiting.is_none())
            .count();
        for is_uplink in [true, false] {
            let place = if is_uplink { &mut self.client.uplink } else { &mut self.client.downlink };
            if let Some(request) = place.as_mut().filter(|_| !is_crowded || under_way == 0)
                && let Some(frames) = request.waiting.take()
            {
                let id = request.line;
                under_way += 1;
                self.request(id, &frames);
            }
        }
    }

    pub(super) fn abort(&mut self) {
        let requests = [self.client.uplink.take(), self.client.downlink.take()];
        for request in requests.into_iter().flatten() {
            self.tell(|| format!("client: aborts {}", request.line));
            self.put(request.line, Side::Server, Load::Gone);
        }
    }

    fn request(&mut self, id: LineId, frames: &[Frame]) {
        let mut body = Vec::new();
        frames.iter().for_each(|frame| encode(frame, &mut body));
        let plan = self.network.post_plan(body.len(), self.now);
        self.tell(|| format!("client: {id} posts {} frames, {:?}", frames.len(), plan.course));
        let mut line = Line::new(self.lines[id].owner, plan.delays, plan.room);
        line.notice = plan.notice;
        line.collected = plan.is_collected.then(Vec::new);
        if let Course::Breaks(bytes) = plan.course {
            line.breaks_after = bytes;
        }
        self.lines[id] = line;
        let at = self.now + plan.delays.0 + plan.delays.1;
        match plan.course {
            Course::Vanishes => return,
            Course::Fails(failure) => {
                return self.schedule(at, Packet::Failed(id, Some(failure)));
            }
            Course::Prefix(percent) => {
                let prefix = body.len() * percent / 100;
                self.put(id, Side::Server, Load::Head);
                self.put(id, Side::Server, Load::Bytes(body[..prefix].to_vec()));
                self.put(id, Side::Server, Load::Gone);
                return self.schedule(at, Packet::Failed(id, Some(Failure::Unanswered)));
            }
            Course::Arrives | Course::Breaks(_) => {}
        }
        match plan.repeated {
            // The first one got through, but its answer did not, and somebody tries again.
            Some((after, true)) => {
                self.bring(id, body.clone());
                self.lines[id].down.dead = self.now;
                self.schedule(self.now + after, Packet::RepeatFor(id, body));
            }
            Some((after, false)) => {
                self.bring(id, body.clone());
                self.schedule(self.now + after, Packet::Repeat(body));
            }
            None => self.bring(id, body),
        }
    }

    /// Puts a body on the line, in pieces.
    fn bring(&mut self, id: LineId, body: Vec<u8>) {
        if let Ok(Some(Frame::Control(Control::Hello(hello)))) =
            Decoder::default().next(&mut &*body, usize::MAX)
        {
            self.lines[id].attach = hello.att.map(|attach| (hello.id, attach));
        }
        self.put(id, Side::Server, Load::Head);
        let middle = self.network.dice.below(body.len() + 1);
        for piece in [&body[..middle], &body[middle..]] {
            if !piece.is_empty() {
                self.put(id, Side::Server, Load::Bytes(piece.to_vec()));
            }
        }
        self.put(id, Side::Server, Load::End(0, String::new()));
    }

    /// Somebody between client and server sends a request once more.
    pub(super) fn repeat(&mut self, answers: Option<LineId>, body: Vec<u8>) {
        let delays = (1.0, 1.0);
        let mut line = Line::new(Owner::Proxy, delays, usize::MAX);
        let request = answers.and_then(|id| self.client.request(id));
        let owner = request.map(|request| Owner::Post(request.post));
        let id = self.lines.len();
        if let (Some(first), Some(owner)) = (answers, owner) {
            line.owner = owner;
            line.notice = self.lines[first].notice;
            line.breaks_after = self.lines[first].breaks_after;
            line.collected = self.lines[first].collected.clone();
        } else if answers.is_some() {
            return;
        }
        self.ledger.on_robbery();
        self.tell(|| format!("network: repeats a request, as {id}"));
        self.lines.push(line);
        if let Some(request) = answers.and_then(|first| self.client.request(first)) {
            request.line = id;
        }
        self.bring(id, body);
    }
}

/// What the network brings.
impl World {
    pub(super) fn reach_request(&mut self, id: LineId, load: Load) {
        match load {
            Load::Bytes(mut bytes) => {
                let line = &mut self.lines[id];
                if let Some(collected) = &mut line.collected {
                    collected.append(&mut bytes);
                    return;
                }
                self.read(id, &bytes);
            }
            Load::End(..) => {
                let collected = self.lines[id].collected.take().unwrap_or_default();
                self.read(id, &collected);
                if let Some(request) = self.client.request(id)
                    && !self.lines[id].is_dead(self.now)
                {
                    let whole = request.decoder.is_between_records();
                    self.request_over(id, Some(whole), None);
                }
            }
            Load::Head | Load::Frame(_) | Load::Gone => {}
        }
    }

    fn read(&mut self, id: LineId, bytes: &[u8]) {
        let line = &mut self.lines[id];
        let (mut bytes, is_broken) = match bytes.get(..line.breaks_after) {
            Some(prefix) => (prefix, true),
            None => (bytes, false),
        };
        line.breaks_after -= bytes.len().min(line.breaks_after);
        if is_broken {
            line.down.dead = self.now;
            if let Some(notice) = line.notice {
                self.schedule(self.now + notice, Packet::Notice(id, Side::Client));
            }
            self.schedule(self.now + 500.0, Packet::Notice(id, Side::Server));
        }
        while let Some(request) = self.client.request(id) {
            request.is_answered = true;
            let source = Source::Request(request.post);
            match request.decoder.next(&mut bytes, usize::MAX).unwrap() {
                Some(Frame::Data(message)) => self.deliver(source, message),
                Some(Frame::Control(control)) => self.hear_control(source, control),
                None => return,
            }
        }
    }

    pub(super) fn request_lost(&mut self, id: LineId) {
        if let Some(request) = self.client.request(id) {
            let whole = request.is_answered.then_some(false);
            self.request_over(id, whole, None);
        }
    }

    pub(super) fn request_failed(&mut self, id: LineId, failure: Failure) {
        if self.client.request(id).is_some() {
            self.request_over(id, None, Some(failure));
        }
    }

    fn request_over(&mut self, id: LineId, whole: Option<bool>, failure: Option<Failure>) {
        let Some(request) = self.client.take_request(id) else { return };
        self.let_requests_go();
        let post = request.post;
        self.tell(|| format!("client: {id} is over, {whole:?} {failure:?}"));
        self.handle(match (whole, failure) {
            (Some(whole), _) => Input::Finished { post, whole },
            (None, Some(Failure::Status(status))) => {
                Input::Answered { post, status, retry_after: None }
            }
            (None, Some(Failure::Unsent)) => Input::Unsent(post),
            (None, _) => Input::Unanswered(post),
        });
    }
}
