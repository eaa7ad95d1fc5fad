//! The client's brain alone, with a server that a test plays. What the client says and does is read
//! as a list of lines:
//!
//! | line | what |
//! | --- | --- |
//! | `socket 1` | the first WebSocket is made |
//! | `1: h ws recv 0, att 1, new` | a hello on it; `h probe`, too |
//! | `1: a5`, `1: p5`, `1: s5`, `1: = 7` | an ack, a ping, a start, and the application's message 7 |
//! | `1: gone`, `1: x 1000` | it is dropped, or closed |
//! | `post 1: h stream recv 0, att 2` | the first request; `h poll`, `h glance`, too |
//! | `post 2: h send recv 0, seq 1, [0, 1]` | one with messages |
//! | `abort` | both requests are given up |
//! | `farewell recv 0, seq 1, [0] x 1000` | a request without an answer |
//! | `renew`, `reset exact [0] [1]`, `save …` | the session's ends |
//! | `open`, `close 1006`, `http`, … | what the application hears |

use everline::connection::{
    Action, AttemptId, Close, Config, Connection, Event, Fallback, Input, Jitter, Millis, Page,
    PostId, Status, Time, Transport,
};
use everline::session::{self, Control, Frame, Hello, Mode, Resume, Source, Welcome};

pub(crate) struct Bench {
    pub(crate) connection: Connection<u32>,
    pub(crate) now: Millis,
    said: Vec<String>,
    /// The newest of each, and what was made before.
    attempt: AttemptId,
    pub(crate) post: PostId,
    sockets: Vec<AttemptId>,
    posts: usize,
    has_request: bool,
    next_message: u32,
    /// How many messages the WebSocket takes at once.
    pub(crate) takes: usize,
}

/// Delays without jitter: 500, 1000, 2000 … 30 000 ms.
pub(crate) fn steady() -> Config {
    let mut config = Config {
        fallback: Some(Fallback::default()),
        session: Some(session::Config::default()),
        ..Config::default()
    };
    config.backoff.jitter = Jitter::None;
    config
}

pub(crate) fn session_with(change: impl FnOnce(&mut session::Config)) -> Config {
    let mut session = session::Config::default();
    change(&mut session);
    Config { session: Some(session), ..steady() }
}

pub(crate) fn welcome(recv: u64, seq: u64) -> Welcome {
    let window = 1 << 20;
    Welcome { recv, seq, heartbeat: 20_000.0, window, largest: window }
}

pub(crate) fn end(code: u16, recv: Option<u64>) -> Frame<String> {
    let close = Close { code, reason: String::new(), clean: true };
    Frame::End { close, recv, retry: None }
}

impl Bench {
    /// A connection that has started.
    pub(crate) fn new(config: Config) -> Self {
        let mut bench = Self::unstarted(config);
        bench.tell(Input::Start);
        bench
    }

    pub(crate) fn unstarted(config: Config) -> Self {
        Self {
            connection: Connection::new(config),
            now: 0.0,
            said: Vec::new(),
            attempt: AttemptId::default(),
            post: PostId::default(),
            sockets: Vec::new(),
            posts: 0,
            has_request: false,
            next_message: 0,
            takes: usize::MAX,
        }
    }

    /// One whose WebSocket has carried something: HTTP is far.
    pub(crate) fn open() -> Self {
        Self::open_with(steady())
    }

    pub(crate) fn open_with(config: Config) -> Self {
        let mut bench = Self::welcomed(config);
        bench.frame(bench.socket(), Frame::Ack(0));
        bench
    }

    /// One whose WebSocket was welcomed.
    pub(crate) fn welcomed(config: Config) -> Self {
        let mut bench = Self::new(config);
        bench.opened();
        bench.welcome(bench.socket(), welcome(0, 1));
        assert_eq!(
            bench.said(),
            ["socket 1", "1: h ws recv 0, att 1, new", "open"],
            "the beginning of all tests"
        );
        bench
    }

    /// One that is on HTTP, because its WebSocket failed at once.
    pub(crate) fn on_http() -> Self {
        Self::on_http_with(steady())
    }

    pub(crate) fn on_http_with(config: Config) -> Self {
        let mut bench = Self::new(config);
        bench.lost();
        bench.welcome(bench.request(), welcome(0, 1));
        assert_eq!(bench.status(), (Status::Open, Some(Transport::Http)));
        bench.said();
        bench
    }

    pub(crate) fn socket(&self) -> Source {
        Source::Socket(self.attempt)
    }

    /// The newest request.
    pub(crate) fn request(&self) -> Source {
        Source::Request(self.post)
    }

    pub(crate) fn status(&self) -> (Status, Option<Transport>) {
        (self.connection.status(), self.connection.transport())
    }

    /// What the client said and did since it was asked last.
    pub(crate) fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    /// The same without what the application heard.
    pub(crate) fn wire(&mut self) -> Vec<String> {
        let is_wire = |line: &String| {
            line.contains(": ")
                || line.starts_with("socket")
                || line == "abort"
                || line.starts_with("farewell")
        };
        self.said().into_iter().filter(|line| is_wire(line)).collect()
    }
}

/// What happens.
impl Bench {
    pub(crate) fn tell(&mut self, input: Input) {
        self.connection.handle(input, Time::new(self.now));
        self.drain();
    }

    pub(crate) fn opened(&mut self) {
        self.tell(Input::Opened(self.attempt));
    }

    /// The WebSocket is closed, and nothing was said before.
    pub(crate) fn closed(&mut self, code: u16) {
        let close = Close { code, reason: String::new(), clean: true };
        self.tell(Input::Closed(self.attempt, close));
    }

    /// The WebSocket ends without a word.
    pub(crate) fn lost(&mut self) {
        self.tell(Input::Errored(self.attempt));
        let close = Close { code: 1006, reason: String::new(), clean: false };
        self.tell(Input::Closed(self.attempt, close));
    }

    pub(crate) fn frame(&mut self, source: Source, frame: Frame<String>) {
        self.tell(Input::Frame(source, frame));
    }

    pub(crate) fn welcome(&mut self, source: Source, welcome: Welcome) {
        self.frame(source, Frame::Welcome(welcome));
    }

    /// A message of so many bytes arrives; whether the application gets it.
    pub(crate) fn message(&mut self, source: Source, bytes: usize) -> bool {
        let is_new = self.connection.receive(source, bytes, Time::new(self.now));
        self.drain();
        is_new
    }

    pub(crate) fn finished(&mut self, post: PostId, whole: bool) {
        self.tell(Input::Finished { post, whole });
    }

    pub(crate) fn unanswered(&mut self, post: PostId) {
        self.tell(Input::Unanswered(post));
    }

    pub(crate) fn page(&mut self, page: Page) {
        self.tell(Input::Page(page));
    }

    /// Sends a message, and answers its number, from 0.
    pub(crate) fn send(&mut self, bytes: usize) -> u32 {
        let number = self.next_message;
        self.next_message += 1;
        self.connection.enqueue(number, bytes, Time::new(self.now)).unwrap();
        self.drain();
        number
    }

    pub(crate) fn close(&mut self, code: Option<u16>) {
        self.tell(Input::Close { code, reason: String::new() });
    }

    pub(crate) fn reconnect(&mut self) {
        self.tell(Input::Reconnect { code: None, reason: String::new() });
    }

    /// Lets time pass, from deadline to deadline.
    pub(crate) fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        while let Some(next) = self.deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.tell(Input::Timeout);
        }
        self.now = end;
    }

    /// Lets time pass, and the timer fires at its end only.
    pub(crate) fn sleep(&mut self, millis: Millis) {
        self.now += millis;
        self.tell(Input::Timeout);
    }

    fn deadline(&self) -> Option<Millis> {
        Some(self.connection.next_deadline()?.since(Time::default()))
    }
}

/// What the client wants.
impl Bench {
    fn drain(&mut self) {
        while let Some(action) = self.connection.poll_action() {
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        let line = match action {
            Action::Resolve(attempt) => return self.tell(Input::Resolved(attempt)),
            Action::Connect(attempt) => {
                self.attempt = attempt;
                self.sockets.push(attempt);
                format!("socket {}", self.sockets.len())
            }
            Action::Greet(source, mode) => self.greet(source, mode),
            Action::Control(attempt, control) => {
                let number = self.connection.acknowledge();
                let letter = match control {
                    Control::Ack => 'a',
                    Control::Ping => 'p',
                    Control::Start => 's',
                };
                format!("{}: {letter}{number}", self.name(attempt))
            }
            Action::Flush(attempt) => {
                for _ in 0..self.takes {
                    let Some((start, message)) = self.connection.next_to_send() else { return };
                    let name = self.name(attempt);
                    self.said.extend(start.map(|start| format!("{name}: s{start}")));
                    self.said.push(format!("{name}: = {message}"));
                }
                return;
            }
            Action::Disconnect { attempt, code, .. } => {
                format!("{}: x {}", self.name(attempt), code.unwrap_or(1000))
            }
            Action::Abandon { attempt, .. } if self.sockets.contains(&attempt) => {
                format!("{}: gone", self.name(attempt))
            }
            Action::Abort if std::mem::take(&mut self.has_request) => "abort".into(),
            Action::Abandon { .. } | Action::Abort | Action::Adopt(_) => return,
            Action::Farewell { code, .. } => {
                let source = Source::Request(PostId(u32::MAX));
                let Hello { recv, first, .. } = self.connection.hello(source, Mode::Send);
                let end = code.map(|code| format!(" x {code}")).unwrap_or_default();
                format!("farewell recv {recv}, seq {first}, {:?}{end}", self.in_flight())
            }
            Action::Renew => "renew".into(),
            Action::Reset { exact } => {
                let delivered: Vec<_> = self.connection.delivered().collect();
                let undelivered: Vec<_> = self.connection.undelivered().collect();
                let how = if exact { "exact " } else { "" };
                let line = format!("reset {how}{delivered:?} {undelivered:?}");
                self.connection.forget_told();
                line
            }
            Action::Save => {
                let resume = self.connection.to_resume();
                let Resume { recv, acked, attaches, numbered, is_new } = resume;
                let kept: Vec<_> = std::iter::from_fn(|| self.connection.take_kept()).collect();
                format!("save {recv} {acked} {attaches} {numbered} {is_new} {kept:?}")
            }
            Action::Emit(event) => return self.hear(event),
            Action::Judge { .. } | Action::Ping(_) | Action::Post { .. } | Action::SendOff => {
                panic!("{action:?} in a session")
            }
        };
        self.said.push(line);
    }

    fn greet(&mut self, source: Source, mode: Mode) -> String {
        let hello = self.connection.hello(source, mode);
        let name = match mode {
            Mode::Socket => "ws",
            Mode::Probe => "probe",
            Mode::Stream => "stream",
            Mode::Poll => "poll",
            Mode::Glance => "glance",
            Mode::Send => "send",
        };
        let carrier = match source {
            Source::Socket(attempt) => self.name(attempt).to_string(),
            Source::Request(post) => {
                self.post = post;
                self.posts += 1;
                self.has_request = true;
                format!("post {}", self.posts)
            }
        };
        let mut line = format!("{carrier}: h {name} recv {}", hello.recv);
        if mode.attaches() {
            line += &format!(", att {}", hello.attach);
        }
        if hello.is_new {
            line += ", new";
        }
        if mode == Mode::Send {
            line += &format!(", seq {}, {:?}", hello.first, self.in_flight());
        }
        line
    }

    /// WebSockets are numbered from 1.
    fn name(&self, attempt: AttemptId) -> usize {
        self.sockets.iter().position(|socket| *socket == attempt).expect("a WebSocket") + 1
    }

    fn in_flight(&self) -> Vec<u32> {
        self.connection.in_flight().copied().collect()
    }

    fn hear(&mut self, event: Event) {
        self.said.push(match event {
            Event::Open => "open".into(),
            Event::Error(_) => return,
            Event::Close(close) => format!("close {}", close.code),
            Event::Reconnecting { delay, .. } => format!("back in {delay}"),
            Event::Failed(cause) => format!("failed: {cause:?}"),
            Event::TransportChange { to: Transport::Http, .. } => "http".into(),
            Event::TransportChange { .. } => "websocket".into(),
            Event::Dropped { count, cause } => format!("dropped {count} {cause:?}"),
        });
    }
}
