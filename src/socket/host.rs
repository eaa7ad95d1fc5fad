//! What the driver needs: the platform's `WebSocket`, requests, a timer, the page's events.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::string::{String, ToString};
use core::cell::{Cell, RefCell};

use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::message::Message;
use super::options::{
    Batch, Credentials, Fallback, Heartbeat, Judge, Options, Provider, ProviderError, Url,
    from_millis,
};
use super::{Event, FallbackError, Shared};
use crate::browser::{Host, news, page};
use crate::connection::{self, AttemptId, Cause, Close, Input, Millis, PostId, Verdict, Weight};

#[wasm_bindgen(module = "/src/browser/fetch.js")]
extern "C" {
    fn joins(message: &JsValue, batch: &str) -> bool;
}

#[wasm_bindgen(module = "/src/browser/http.js")]
extern "C" {
    type Http;

    #[wasm_bindgen(constructor)]
    fn new(settings: &Object, url: &JsValue, tell: &JsValue) -> Http;

    #[wasm_bindgen(method, js_name = addPart)]
    fn add_part(this: &Http, part: &JsValue);

    #[wasm_bindgen(method)]
    fn post(this: &Http, post: u32, careful: bool, as_blob: bool);

    #[wasm_bindgen(method)]
    fn abort(this: &Http) -> JsValue;

    #[wasm_bindgen(method, js_name = sendOff)]
    fn send_off(this: &Http);
}

#[wasm_bindgen(module = "/src/browser/hint.js")]
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
    /// What went wrong with the last request.
    problem: Cell<FallbackError>,
    timer: Cell<Option<Timeout>>,
    stop_watching: RefCell<Option<Function>>,
    shared: Rc<Shared>,
}

/// What the fallback needs.
struct Requests {
    http: Http,
    url: Option<Url>,
    headers: Provider<alloc::vec::Vec<(String, String)>>,
    batch: &'static str,
    /// Where it is remembered that HTTP worked.
    hint: Option<String>,
}

impl SocketHost {
    /// The host, and what the connection is told of its fallback.
    pub(super) fn new(
        url: Url,
        options: Options,
        shared: Rc<Shared>,
    ) -> (Self, Option<connection::Fallback>) {
        let requests = options.fallback.map(|fallback| {
            let core = fallback.core;
            let requests = Requests::new(fallback, &url, &shared);
            let remembered = requests.hint.as_deref().is_some_and(is_remembered);
            (requests, connection::Fallback { remembered, ..core })
        });
        let (requests, fallback) = requests.unzip();
        let host = Self {
            url,
            protocols: options.protocols.iter().map(JsValue::from).collect(),
            heartbeat: options.heartbeat,
            judge: options.judge,
            resolved: RefCell::default(),
            newest: RefCell::default(),
            adopted: Cell::default(),
            listening: Cell::default(),
            awaits_reply: Cell::default(),
            requests,
            problem: Cell::new(FallbackError::Network),
            timer: Cell::default(),
            stop_watching: RefCell::default(),
            shared,
        };
        (host, fallback)
    }

    pub(super) fn weigh(&self, message: &Message) -> Weight {
        let joins = self.requests.as_ref().is_some_and(|Requests { batch, .. }| {
            *batch != "none" && joins(&message.to_js(), batch)
        });
        Weight { bytes: message.len(), joins }
    }

    fn newest(&self) -> Option<(AttemptId, WebSocket)> {
        self.newest.borrow().clone()
    }

    fn listen(&self, attempt: AttemptId, socket: &WebSocket) {
        let shared = Rc::downgrade(&self.shared);
        listen(socket, "open", move |_: JsValue| tell(&shared, Input::Opened(attempt)));
        let shared = Rc::downgrade(&self.shared);
        listen(socket, "error", move |_: JsValue| tell(&shared, Input::Errored(attempt)));
        let shared = Rc::downgrade(&self.shared);
        listen(socket, "close", move |event: CloseEvent| {
            let (code, reason, clean) = (event.code(), event.reason(), event.was_clean());
            tell(&shared, Input::Closed(attempt, Close { code, reason, clean }));
        });
        let shared = Rc::downgrade(&self.shared);
        listen(socket, "message", move |event: MessageEvent| {
            if let Some(driver) = shared.upgrade().and_then(|shared| shared.driver()) {
                driver.host().receive(attempt, &event.data());
            }
        });
    }

    fn receive(&self, attempt: AttemptId, data: &JsValue) {
        // The last words of a socket that was let go.
        if self.newest().is_none_or(|(newest, _)| newest != attempt) {
            return;
        }
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

    fn deliver(&self, message: Message) {
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

    fn hear_of_post(&self, post: u32, parts: &Array, kind: i32, value: &JsValue, retry_after: f64) {
        let error = if kind == ANSWERED { get(value, "error") } else { value.clone() };
        if let Some(problem) = FallbackError::from_js(&error) {
            self.problem.set(problem);
        } else if kind == ANSWERED {
            self.count_sent(parts.length());
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
    }

    fn remember(&self, is_http: bool) {
        if let Some(hint) = self.requests.as_ref().and_then(|requests| requests.hint.as_ref()) {
            remember(hint, is_http);
        }
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
        match WebSocket::new_with_str_sequence(&self.resolved.borrow(), &self.protocols) {
            Ok(socket) => {
                socket.set_binary_type(BinaryType::Arraybuffer);
                self.listen(attempt, &socket);
                self.newest.replace(Some((attempt, socket)));
                self.listening.set(true);
            }
            Err(_) => {
                return self.shared.tell(match &self.url.0 {
                    Provider::Fixed(_) => Input::Impossible(attempt),
                    Provider::Function(_) => Input::Unusable(attempt),
                });
            }
        }
        let transport = self.shared.driver().and_then(|driver| driver.with(|c| c.transport()));
        if transport != Some(connection::Transport::Http) {
            self.adopt();
        }
    }

    fn hang_up(&self, attempt: AttemptId, code: Option<u16>, reason: &String, is_forgotten: bool) {
        let Some((_, socket)) = self.newest().filter(|(newest, _)| *newest == attempt) else {
            return;
        };
        if is_forgotten {
            self.newest.replace(None);
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
        self.hand_over(message);
    }

    fn ping(&self) {
        self.listening.set(true);
        self.awaits_reply.set(true);
        if let Some(heartbeat) = &self.heartbeat {
            self.hand_over(&heartbeat.message);
        }
    }

    fn add_part(&self, message: &Message) {
        if let Some(requests) = &self.requests {
            requests.http.add_part(&message.to_js());
        }
    }

    fn post(&self, post: PostId, careful: bool) {
        if let Some(requests) = &self.requests {
            requests.http.post(post.0, careful, false);
        }
    }

    fn abort(&self) {
        if let Some(requests) = &self.requests {
            requests.http.abort();
            self.problem.set(FallbackError::Timeout);
        }
    }

    fn send_off(&self) {
        if let Some(requests) = &self.requests {
            requests.http.send_off();
        }
    }

    fn judge(&self, attempt: AttemptId, close: Close, retry: u32) {
        let verdict = self.judge.as_ref().map_or(Verdict::ByCode, |judge| judge(&close, retry));
        self.shared.tell(Input::Verdict(attempt, verdict));
    }

    fn emit(&self, event: connection::Event) {
        self.shared.push(match event {
            connection::Event::Open => Event::Open,
            connection::Event::Error(Cause::Http) => Event::RequestFailed(self.problem.get()),
            connection::Event::Error(cause) => Event::Error(cause),
            connection::Event::Close(close) => Event::Close(close),
            connection::Event::Reconnecting { attempt, delay, cause } => {
                Event::Reconnecting { attempt, delay: from_millis(delay), cause }
            }
            connection::Event::Failed(cause) => Event::Failed(cause),
            connection::Event::TransportChange { to, cause } => {
                if to == connection::Transport::Http {
                    self.remember(true);
                }
                Event::TransportChange { to, cause }
            }
            connection::Event::Dropped { count, cause } => Event::Dropped { count, cause },
        });
    }

    fn wake_after(&self, delay: Option<Millis>) {
        let shared = Rc::downgrade(&self.shared);
        self.timer.set(delay.map(|delay| {
            // Browsers keep a delay in 31 bits, and run what is longer at once.
            let delay = delay.ceil().min(i32::MAX.into()) as u32;
            Timeout::new(delay, move || {
                if let Some(driver) = shared.upgrade().and_then(|shared| shared.driver()) {
                    driver.woken();
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
            let hear = move |happening: u8| tell(&shared, Input::Page(page(happening)));
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

impl Requests {
    fn new(fallback: Fallback, socket_url: &Url, shared: &Rc<Shared>) -> Self {
        let Fallback { url, headers, batch, credentials, core } = fallback;
        let batch = match batch {
            Batch::None => "none",
            Batch::Ndjson => "ndjson",
            Batch::Concat => "concat",
        };
        let credentials = credentials.map(|credentials| match credentials {
            Credentials::Omit => "omit",
            Credentials::SameOrigin => "same-origin",
            Credentials::Include => "include",
        });
        let hint = match (&url, &socket_url.0) {
            (Some(Url(Provider::Fixed(url))), _) => Some(url.clone()),
            (None, Provider::Fixed(url)) => Some(http_for(url)),
            _ => None,
        };
        let settings = Object::new();
        set(&settings, "batch", batch.into());
        set(&settings, "credentials", credentials.map(JsValue::from).unwrap_or_default());
        set(&settings, "headers", asking(shared, |host| Box::pin(host.headers())));
        set(&settings, "idempotent", core.idempotent.into());
        let find = asking(shared, |host| Box::pin(host.http_url()));
        let weak = Rc::downgrade(shared);
        let hear = move |post: u32, parts: Array, kind: i32, value: JsValue, after: JsValue| {
            if let Some(driver) = weak.upgrade().and_then(|shared| shared.driver()) {
                let after = after.as_f64().unwrap_or(f64::NAN);
                driver.host().hear_of_post(post, &parts, kind, &value, after);
            }
        };
        let hear = Closure::wrap(Box::new(hear) as Box<dyn Fn(u32, Array, i32, JsValue, JsValue)>)
            .into_js_value();
        Self { http: Http::new(&settings, &find, &hear), url, headers, batch, hint }
    }
}

type Asked = core::pin::Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// A function for JavaScript that asks the host, and answers with a promise.
fn asking(shared: &Rc<Shared>, ask: fn(&SocketHost) -> Asked) -> JsValue {
    let shared = Rc::downgrade(shared);
    let ask = move || match shared.upgrade().and_then(|shared| shared.driver()) {
        Some(driver) => future_to_promise(ask(driver.host())),
        None => Promise::reject(&JsValue::UNDEFINED),
    };
    Closure::wrap(Box::new(ask) as Box<dyn Fn() -> Promise>).into_js_value()
}

impl SocketHost {
    fn headers(&self) -> impl Future<Output = Result<JsValue, JsValue>> + use<> {
        let answer = self.requests.as_ref().map(|requests| requests.headers.ask());
        async move {
            let headers = match answer {
                Some(answer) => answer.await.map_err(|ProviderError| "no headers")?,
                None => Default::default(),
            };
            let pair = |(name, value)| Array::of2(&JsValue::from(name), &JsValue::from(value));
            Ok(headers.into_iter().map(pair).collect::<Array>().into())
        }
    }

    /// The fallback's URL, which must not weaken what the socket's asks for.
    fn http_url(&self) -> impl Future<Output = Result<JsValue, JsValue>> + use<> {
        let socket_url = self.resolved.borrow().clone();
        let url = self.requests.as_ref().and_then(|requests| requests.url.as_ref());
        let answer = url.map(|url| url.0.ask());
        async move {
            let url = match answer {
                Some(answer) => answer.await.map_err(|ProviderError| "no URL")?,
                None => http_for(&socket_url),
            };
            let is_weaker = socket_url.starts_with("wss:") && url.starts_with("http:");
            // Nothing would mean the page itself.
            if url.is_empty() || is_weaker {
                return Err("no URL, or a weaker one than the socket's".into());
            }
            Ok(url.into())
        }
    }
}

impl FallbackError {
    fn from_js(error: &JsValue) -> Option<Self> {
        let kind = get(error, "kind").as_string()?;
        Some(match kind.as_str() {
            "timeout" => Self::Timeout,
            "status" => Self::Status(get(error, "status").as_f64().unwrap_or_default() as u16),
            "redirect" => Self::Redirect,
            "type" => Self::Type,
            "body" => Self::Body,
            "provider" => Self::Provider,
            _ => Self::Network,
        })
    }
}

fn http_for(url: &str) -> String {
    match url.strip_prefix("ws") {
        Some(rest) => ["http", rest].concat(),
        None => url.to_string(),
    }
}

/// The listener stays until the socket goes.
fn listen<E: wasm_bindgen::convert::FromWasmAbi + 'static>(
    socket: &WebSocket,
    name: &str,
    listener: impl Fn(E) + 'static,
) {
    let listener = Closure::wrap(Box::new(listener) as Box<dyn Fn(E)>).into_js_value();
    let _ = socket.add_event_listener_with_callback(name, listener.unchecked_ref());
}

fn tell(shared: &Weak<Shared>, input: Input) {
    if let Some(shared) = shared.upgrade() {
        shared.tell(input);
    }
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

fn set(object: &Object, name: &str, value: JsValue) {
    let _ = Reflect::set(object, &name.into(), &value);
}
