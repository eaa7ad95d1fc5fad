//! What the driver needs: the platform's `WebSocket`, requests, a timer, the page's events.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::message::Message;
use super::options::{Heartbeat, Judge, Options, Provider, ProviderError, Url, from_millis};
use super::requests::{Asked, Http, Requests, absolute, joins};
use super::session::SessionSide;
use super::{Event, FallbackError, Shared};
use crate::browser::{Driver, Host, frame, greeting, news, page};
use crate::connection::{
    self, AttemptId, Cause, Close, Config, Flush, Input, Millis, PostId, Transport, Verdict, Weight,
};
use crate::session::{Control, Hello, Mode, Resume, Source};

#[wasm_bindgen(module = "/src/browser/http.js")]
extern "C" {
    #[wasm_bindgen(js_name = isRemembered)]
    fn is_remembered(url: &str) -> bool;

    fn remember(url: &str, is_http: bool);
}

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = watchPage)]
    fn watch_page(tell: &JsValue) -> Function;
}

/// What `fetch.js` tells of a request that is not for the connection alone; see [`news`].
const MESSAGE: i32 = -1;
const STREAMED: i32 = 8;
const ANSWERED: i32 = 11;

/// The subprotocol of a session.
const SUBPROTOCOL: &str = "resume.v1";

/// Marks a session's control frame, and with `=` a text that begins like one.
const MARK: &str = "\u{1}";

pub(super) struct SocketHost {
    url: Url,
    protocols: Array,
    heartbeat: Option<Heartbeat>,
    judge: Option<Judge>,
    /// The URL of the present attempt.
    resolved: RefCell<String>,
    newest: RefCell<Option<(AttemptId, WebSocket)>>,
    /// The attempt whose socket is the connection's.
    adopted: Cell<AttemptId>,
    /// The next message is news to the connection.
    listening: Cell<bool>,
    /// A ping is out that no reply was matched to.
    awaits_reply: Cell<bool>,
    requests: Option<Requests>,
    /// The fallback's way, if there is no session.
    http: Option<Http>,
    session: Option<SessionSide>,
    /// What a request has failed of that is being told of. When one took too long, nobody tells.
    problem: Cell<Option<FallbackError>>,
    timer: Cell<Option<Timeout>>,
    stop_watching: RefCell<Option<Function>>,
    shared: Rc<Shared>,
}

impl SocketHost {
    /// The host, and what the connection is told.
    pub(super) fn new(url: Url, options: Options, shared: Rc<Shared>) -> (Self, Config) {
        let Options { mut config, protocols, heartbeat, fallback, session, judge, .. } = options;
        config.heartbeat = heartbeat.as_ref().map(Heartbeat::deadlines);
        config.judged = judge.is_some();
        let protocols: Array = protocols.iter().map(JsValue::from).collect();
        let fallback = fallback.or_else(|| session.as_ref().map(|_| Default::default()));
        config.fallback = fallback.as_ref().map(|fallback| fallback.core);
        let requests = fallback.map(|fallback| Requests::new(fallback, &url));
        if let (Some(fallback), Some(requests)) = (&mut config.fallback, &requests) {
            fallback.remembered = requests.hint.as_deref().is_some_and(is_remembered);
        }
        let session = session.zip(requests.as_ref()).map(|(session, requests)| {
            let (side, core) = SessionSide::open(session, &url, &protocols, requests, &shared);
            config.session = Some(core);
            side
        });
        // A session sends what waits as soon as it can.
        if session.is_some() && config.flush == Flush::Manual {
            config.flush = Flush::BeforeOpen;
        }
        let http = match session {
            Some(_) => None,
            None => requests.as_ref().map(|requests| requests.open_http(&shared)),
        };
        let host = Self {
            url,
            protocols,
            heartbeat,
            judge,
            resolved: RefCell::default(),
            newest: RefCell::default(),
            adopted: Cell::default(),
            listening: Cell::default(),
            awaits_reply: Cell::default(),
            requests,
            http,
            session,
            problem: Cell::default(),
            timer: Cell::default(),
            stop_watching: RefCell::default(),
            shared,
        };
        (host, config)
    }

    /// The messages of a session that has outlived its page.
    pub(super) fn restored(&self) -> Vec<Message> {
        self.session.as_ref().map(SessionSide::restored).unwrap_or_default()
    }

    pub(super) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    pub(super) fn weigh(&self, message: &Message) -> Weight {
        let batch = self.requests.as_ref().map_or("none", |requests| requests.batch);
        let joins = self.http.is_some() && batch != "none" && joins(&message.to_js(), batch);
        Weight { bytes: message.len(), joins }
    }

    fn newest(&self) -> Option<(AttemptId, WebSocket)> {
        self.newest.borrow().clone()
    }

    fn listen(&self, attempt: AttemptId, socket: &WebSocket) {
        self.on(attempt, socket, "open", move |host, _: JsValue| {
            host.shared.tell(Input::Opened(attempt));
        });
        self.on(attempt, socket, "error", move |host, _: JsValue| {
            host.shared.tell(Input::Errored(attempt));
        });
        self.on(attempt, socket, "close", move |host, event: CloseEvent| {
            let (code, reason, clean) = (event.code(), event.reason(), event.was_clean());
            host.shared.tell(Input::Closed(attempt, Close { code, reason, clean }));
        });
        self.on(attempt, socket, "message", move |host, event: MessageEvent| match &host.session {
            Some(session) => session.js.hear(attempt.0, &event.data()),
            None => host.receive(attempt, &event.data()),
        });
    }

    /// The listener stays until the socket goes.
    fn on<E: wasm_bindgen::convert::FromWasmAbi + 'static>(
        &self,
        attempt: AttemptId,
        socket: &WebSocket,
        name: &str,
        hear: impl Fn(&Self, E) + 'static,
    ) {
        let shared = Rc::downgrade(&self.shared);
        let listener = move |event: E| {
            if let Some(driver) = reach(&shared)
                // Not the last words of a socket that was let go.
                && driver.host().newest().is_some_and(|(newest, _)| newest == attempt)
            {
                hear(driver.host(), event);
            }
        };
        let listener = Closure::wrap(Box::new(listener) as Box<dyn Fn(E)>).into_js_value();
        let _ = socket.add_event_listener_with_callback(name, listener.unchecked_ref());
    }

    fn receive(&self, attempt: AttemptId, data: &JsValue) {
        let Some(message) = Message::from_js(data) else { return };
        if self.listening.replace(false) {
            self.remember(false);
            self.shared.tell(Input::Heard(attempt));
        }
        if self.awaits_reply.get() && self.is_reply(&message) {
            self.awaits_reply.set(false);
            self.shared.tell(Input::Replied(attempt));
        }
        self.deliver(message);
    }

    pub(super) fn deliver(&self, message: Message) {
        self.shared.received.set(self.shared.received.get() + 1);
        self.shared.push(Event::Message(message));
    }

    fn is_reply(&self, message: &Message) -> bool {
        let is_reply = self.heartbeat.as_ref().and_then(|heartbeat| heartbeat.is_reply.as_ref());
        is_reply.is_some_and(|is_reply| is_reply(message))
    }

    /// Sends by the newest socket.
    fn hand_over(&self, message: &Message) {
        let Some((_, socket)) = self.newest() else { return };
        let sent = match message {
            Message::Text(text) => socket.send_with_str(text),
            Message::Binary(bytes) => socket.send_with_u8_array(bytes),
        };
        if sent.is_ok() {
            self.count_sent(1);
        }
    }

    fn count_sent(&self, messages: u32) {
        self.shared.sent.set(self.shared.sent.get() + u64::from(messages));
    }

    /// What `fetch.js` tells of a request, with so many messages.
    pub(super) fn hear_of_post(
        &self,
        post: u32,
        messages: u32,
        kind: i32,
        value: &JsValue,
        retry_after: f64,
    ) {
        let error = if kind == ANSWERED { get(value, "error") } else { value.clone() };
        self.problem.set(FallbackError::from_js(&error));
        if kind == ANSWERED && self.problem.get().is_none() {
            self.count_sent(messages);
        }
        if matches!(kind, MESSAGE | STREAMED)
            && let Some(message) = Message::from_js(value)
        {
            self.deliver(message);
        }
        if let Ok(number) = u8::try_from(kind) {
            let status = get(value, "status").as_f64().unwrap_or_default() as u16;
            self.shared.tell(news(number, PostId(post), status, retry_after));
        }
        self.problem.set(None);
    }

    fn remember(&self, is_http: bool) {
        if let Some(hint) = self.requests.as_ref().and_then(|requests| requests.hint.as_ref()) {
            remember(hint, is_http);
        }
    }
}

/// What JavaScript asks for.
impl SocketHost {
    pub(super) fn http_url(&self) -> Option<Asked> {
        Some(self.requests.as_ref()?.ask_url(self.resolved.borrow().clone()))
    }

    pub(super) fn headers(&self) -> Option<Asked> {
        Some(self.requests.as_ref()?.ask_headers())
    }

    pub(super) fn token(&self) -> Option<Asked> {
        self.session.as_ref()?.ask_token()
    }
}

/// What a session's half in JavaScript wants.
impl SocketHost {
    /// Sends this by the attempt's socket, if that is the newest.
    pub(super) fn say(&self, attempt: AttemptId, text: &str) {
        if let Some((newest, socket)) = self.newest()
            && newest == attempt
            && socket.ready_state() == WebSocket::OPEN
        {
            // An open socket takes any text.
            let _ = socket.send_with_str(text);
        }
    }

    /// There is no hello for this socket.
    pub(super) fn lose(&self, attempt: AttemptId) {
        if self.let_go(attempt) {
            let close = Close { code: 1006, ..Close::default() };
            self.shared.tell(Input::Errored(attempt));
            self.shared.tell(Input::Closed(attempt, close));
        }
    }

    /// A control frame came.
    pub(super) fn hear(&self, letter: u8, source: Source, figures: &Array, reason: &JsValue) {
        if let Source::Socket(attempt) = source {
            match letter {
                b'w' => self.remember(false),
                b'x' => drop(self.let_go(attempt)),
                _ => {}
            }
        }
        let figures = [0, 1, 2, 3, 4].map(|place| figures.get(place).as_f64().unwrap_or(f64::NAN));
        let frame = frame(letter, figures, || reason.as_string().unwrap_or_default());
        self.shared.tell(Input::Frame(source, frame));
    }

    /// Closes the attempt's socket and forgets it, if it is the newest.
    fn let_go(&self, attempt: AttemptId) -> bool {
        let newest = self.newest.borrow_mut().take_if(|(newest, _)| *newest == attempt);
        newest.is_some_and(|(_, socket)| socket.close().is_ok())
    }
}

impl Host for SocketHost {
    type Message = Message;
    type Reason = String;

    fn resolve(&self, attempt: AttemptId) {
        self.adopted.set(AttemptId::default());
        if let Provider::Fixed(url) = &self.url.0 {
            self.resolved.replace(url.clone());
            return self.shared.tell(Input::Resolved(attempt));
        }
        let (answer, shared) = (self.url.0.ask(), self.shared.clone());
        spawn_local(async move {
            let answer = answer.await;
            let Some(driver) = shared.driver() else { return };
            driver.tell(match answer {
                Ok(url) => {
                    driver.host().resolved.replace(url);
                    Input::Resolved(attempt)
                }
                Err(ProviderError) => Input::Unusable(attempt),
            });
        });
    }

    fn connect(&self, attempt: AttemptId) {
        let url = self.resolved.borrow().clone();
        let made = match &self.session {
            Some(session) => {
                let url = absolute(&url).and_then(|url| session.js.address(&url));
                url.and_then(|url| WebSocket::new_with_str(&url, SUBPROTOCOL))
            }
            None => WebSocket::new_with_str_sequence(&url, &self.protocols),
        };
        let Ok(socket) = made else {
            return self.shared.tell(match &self.url.0 {
                Provider::Fixed(_) => Input::Impossible(attempt),
                Provider::Function(_) => Input::Unusable(attempt),
            });
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        self.listen(attempt, &socket);
        self.newest.replace(Some((attempt, socket)));
        self.listening.set(true);
        let transport = self.shared.driver().and_then(|driver| driver.with(|c| c.transport()));
        if transport != Some(Transport::Http) && !self.has_session() {
            self.adopt();
        }
    }

    fn hang_up(&self, attempt: AttemptId, code: Option<u16>, reason: &String, is_forgotten: bool) {
        let Some((_, socket)) = self.newest().filter(|(newest, _)| *newest == attempt) else {
            return;
        };
        if is_forgotten {
            self.newest.replace(None);
        } else if let Some(session) = &self.session {
            session.js.end(attempt.0, code.unwrap_or_default(), reason);
        }
        // The code and reason were checked when the application gave them.
        let _ = match code {
            Some(code) => socket.close_with_code_and_reason(code, reason),
            None => socket.close(),
        };
    }

    fn adopt(&self) {
        self.adopted.set(self.newest().map(|(attempt, _)| attempt).unwrap_or_default());
    }

    fn can_send(&self) -> bool {
        self.newest().is_some_and(|(attempt, socket)| {
            attempt == self.adopted.get() && socket.ready_state() == WebSocket::OPEN
        })
    }

    fn transmit(&self, message: &Message) {
        match message {
            Message::Text(text) if self.has_session() && text.starts_with(MARK) => {
                self.hand_over(&Message::Text([MARK, "=", text].concat()));
            }
            _ => self.hand_over(message),
        }
    }

    fn ping(&self) {
        self.listening.set(true);
        self.awaits_reply.set(true);
        if let Some(heartbeat) = &self.heartbeat {
            self.hand_over(&heartbeat.message);
        }
    }

    fn add_part(&self, message: &Message) {
        let part = message.to_js();
        if let Some(session) = &self.session {
            session.js.add_part(&part);
            // Without a session what was answered is counted.
            self.count_sent(1);
        } else if let Some(http) = &self.http {
            http.add_part(&part);
        }
    }

    fn post(&self, post: PostId, careful: bool) {
        if let Some(http) = &self.http {
            http.post(post.0, careful, false);
        }
    }

    fn abort(&self) {
        if let Some(session) = &self.session {
            session.js.abort();
        } else if let Some(http) = &self.http {
            http.abort();
        }
    }

    fn send_off(&self) {
        if let Some(http) = &self.http {
            http.send_off();
        }
    }

    fn greet(&self, source: Source, mode: Mode, hello: Hello) {
        let Some(session) = &self.session else { return };
        let (number, mode) = greeting(source, mode, &hello);
        session.js.greet(hello.recv as f64, hello.first as f64, number, mode);
    }

    fn control(&self, control: Control, number: u64) {
        let letter = match control {
            Control::Ack => 'a',
            Control::Ping => 'p',
            Control::Start => 's',
        };
        if let Some((attempt, _)) = self.newest() {
            self.say(attempt, &format!("{MARK}{letter}{number}"));
        }
    }

    fn farewell(&self, hello: Hello, code: Option<u16>, reason: &String) {
        let Some(session) = &self.session else { return };
        let (recv, first) = (hello.recv as f64, hello.first as f64);
        session.js.farewell(recv, first, code.unwrap_or_default(), reason);
    }

    fn renew(&self) {
        if let Some(session) = &self.session {
            session.js.renew();
        }
    }

    fn part(&self, message: &Message, is_delivered: bool) {
        let Some(session) = &self.session else { return };
        let part = if is_delivered { &session.delivered } else { &session.undelivered };
        part.borrow_mut().push(message.clone());
    }

    fn reset(&self, exact: bool) {
        let Some(session) = &self.session else { return };
        let (delivered, undelivered) = (session.delivered.take(), session.undelivered.take());
        self.shared.push(Event::Reset { delivered, undelivered, exact });
    }

    fn save(&self, Resume { recv, acked, attaches, numbered, is_new }: Resume) {
        if let Some(session) = &self.session {
            session.js.save(recv as f64, acked as f64, attaches, numbered, is_new.into());
        }
    }

    fn judge(&self, attempt: AttemptId, close: Close, retry: u32) {
        let verdict =
            self.judge.as_ref().map_or(Verdict::ByCode, |Judge(judge)| judge(&close, retry));
        self.shared.tell(Input::Verdict(attempt, verdict));
    }

    fn emit(&self, event: connection::Event) {
        self.shared.push(match event {
            connection::Event::Open => Event::Open,
            connection::Event::Error(Cause::Http) => {
                Event::RequestFailed(self.problem.take().unwrap_or(FallbackError::Timeout))
            }
            connection::Event::Error(cause) => Event::Error(cause),
            connection::Event::Close(close) => Event::Close(close),
            connection::Event::Reconnecting { attempt, delay, cause } => {
                Event::Reconnecting { attempt, delay: from_millis(delay), cause }
            }
            connection::Event::Failed(cause) => Event::Failed(cause),
            connection::Event::TransportChange { to, cause } => {
                if to == Transport::Http {
                    self.remember(true);
                }
                Event::TransportChange { to, cause }
            }
            connection::Event::Dropped { count, cause } => Event::Dropped { count, cause },
        });
    }

    fn wake_after(&self, delay: Millis) {
        let shared = Rc::downgrade(&self.shared);
        self.timer.set((delay < Millis::INFINITY).then(|| {
            // Browsers keep a delay in 31 bits, and run what is longer at once.
            let delay = delay.ceil().min(i32::MAX.into()) as u32;
            Timeout::new(delay, move || {
                if let Some(driver) = reach(&shared) {
                    driver.woken();
                    driver.tell(Input::Timeout);
                }
            })
        }));
    }

    fn watch_page(&self, is_wanted: bool) {
        if let Some(stop) = self.stop_watching.take() {
            let _ = stop.call0(&JsValue::UNDEFINED);
        }
        if is_wanted {
            let shared = Rc::downgrade(&self.shared);
            let hear = move |happening: u8| {
                if let Some(driver) = reach(&shared) {
                    driver.tell(Input::Page(page(happening)));
                }
            };
            let hear = Closure::wrap(Box::new(hear) as Box<dyn Fn(u8)>).into_js_value();
            self.stop_watching.replace(Some(watch_page(&hear)));
        }
    }

    fn release(&self) {
        self.timer.set(None);
        self.watch_page(false);
        self.abort();
        if let Some((_, socket)) = self.newest.take() {
            let _ = socket.close();
        }
    }
}

/// The driver, as long as the socket lives.
pub(super) fn reach(shared: &Weak<Shared>) -> Option<Rc<Driver<SocketHost>>> {
    shared.upgrade()?.driver()
}

pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}
