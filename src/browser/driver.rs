//! Carries out what a [`Connection`] wants.

use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use super::listener::{bind, listener};
use super::page::PageWatch;
use super::reason::JsReason;
use super::timer::{self, Timer};
use crate::connection::{
    Action, AttemptId, Close, Config, Connection, Event, Full, Input, PostId, Status, Transport,
    Weight,
};

#[wasm_bindgen]
extern "C" {
    /// Anything of the shape of `WebSocket`. By hand, because whatever uses `web-sys` carries along
    /// what `js-sys` has for promises.
    #[derive(Clone)]
    pub(crate) type NativeSocket;

    #[wasm_bindgen(method, getter, js_name = readyState)]
    fn ready_state(this: &NativeSocket) -> u8;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &NativeSocket, kind: &str, listener: &JsValue);

    #[wasm_bindgen(method, catch)]
    fn close(this: &NativeSocket, code: Option<u16>, reason: &JsReason) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = Math)]
    fn random() -> f64;
}

/// `WebSocket.OPEN`.
const OPEN: u8 = 1;

const ON_OPEN: u8 = 0;
const ON_ERROR: u8 = 1;
const ON_CLOSE: u8 = 2;

/// The application's side: what it brings, and where it is told.
pub(crate) trait Host: 'static {
    /// Find the URL and protocols of an attempt; answer with [`Input::Resolved`] or
    /// [`Input::Unusable`], now or later.
    fn resolve(&self, attempt: AttemptId);

    /// Make a `WebSocket` of them, and listen to its messages.
    fn connect(&self, attempt: AttemptId) -> Socket;

    /// The socket of this attempt is let go: what it still brings is to be ignored.
    fn detach(&self, attempt: AttemptId);

    /// Hand a message to the open socket.
    fn transmit(&self, socket: &NativeSocket, message: &JsValue);

    /// Send the heartbeat's message.
    fn ping(&self, attempt: AttemptId);

    /// Ask for [`Input::Verdict`].
    fn judge(&self, attempt: AttemptId, close: Close<JsReason>, retry: u32);

    /// Put a message into the next request's body.
    fn add_part(&self, message: &JsValue);

    /// Send the request; answer with [`Input::Answered`] or one of its neighbours, later.
    fn post(&self, post: PostId, careful: bool);

    /// Give up the request that is under way, and tell nothing of it any more.
    fn abort(&self);

    /// Send requests that outlive the page.
    fn send_off(&self);

    /// The newest socket, made while messages went over HTTP, is the connection's now.
    fn adopt(&self);

    /// Tell the application.
    fn emit(&self, event: Event<JsReason>);
}

/// What became of an attempt to make a `WebSocket`.
pub(crate) enum Socket {
    Made(NativeSocket),
    /// The class threw; another URL may do better.
    Refused,
    /// The class threw, and it will throw again.
    #[cfg(feature = "socket")]
    Impossible,
}

/// A [`Connection`] at work. Dropping it closes the socket and leaves nothing behind.
pub(crate) struct Driver<H: Host> {
    host: H,
    connection: RefCell<Connection<JsValue, JsReason>>,
    link: Cell<Option<Link>>,
    timer: Timer,
    page: Cell<Option<PageWatch>>,
    /// Somebody further up the stack carries out actions, and will find those that are new.
    draining: Cell<bool>,
}

/// The socket of the present attempt.
#[derive(Clone)]
struct Link {
    attempt: AttemptId,
    socket: NativeSocket,
}

impl<H: Host> Driver<H> {
    pub(crate) fn new(host: H, config: Config) -> Rc<Self> {
        let config = Config { seed: random().to_bits(), ..config };
        Rc::new_cyclic(|driver: &Weak<Self>| {
            let driver = driver.clone();
            Self {
                host,
                connection: RefCell::new(Connection::from(config)),
                link: Cell::new(None),
                timer: Timer::new(move || {
                    if let Some(driver) = driver.upgrade() {
                        driver.timer.fired();
                        driver.tell(Input::Timeout);
                    }
                }),
                page: Cell::new(None),
                draining: Cell::new(false),
            }
        })
    }

    /// Tells the connection what happened, and does what it wants.
    pub(crate) fn tell(self: &Rc<Self>, input: Input<JsReason>) {
        self.with(|connection| connection.handle(input, timer::now()));
        self.drain();
    }

    /// Lets a message wait.
    pub(crate) fn enqueue(self: &Rc<Self>, message: JsValue, weight: Weight) -> Result<(), Full> {
        let queued = self.with(|connection| connection.enqueue(message, weight, timer::now()));
        self.drain();
        queued
    }

    /// Takes out one message that waits.
    pub(crate) fn take_queued(&self) -> Option<JsValue> {
        self.with(Connection::take_queued)
    }

    /// Works on the connection. Nothing that is called meanwhile leads back here, so it is never
    /// borrowed twice; a `borrow_mut` would bring along the formatting of the panic that cannot be.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Connection<JsValue, JsReason>) -> T) -> T {
        match self.connection.try_borrow_mut() {
            Ok(mut connection) => work(&mut connection),
            Err(_) => core::arch::wasm32::unreachable(),
        }
    }

    #[cfg(feature = "socket")]
    pub(crate) fn host(&self) -> &H {
        &self.host
    }

    /// No borrow is held while anything outside is called: a listener may call right back.
    fn drain(self: &Rc<Self>) {
        if self.draining.replace(true) {
            // A listener has its events in order, but what it closed is closed when it goes on.
            while let Some(action) = self.with(Connection::poll_hang_up) {
                self.perform(action);
            }
            return;
        }
        while let Some(action) = self.with(Connection::poll_action) {
            self.perform(action);
        }
        self.draining.set(false);
        self.watch();
    }

    fn perform(self: &Rc<Self>, action: Action<JsReason>) {
        match action {
            Action::Resolve(attempt) => self.host.resolve(attempt),
            Action::Connect(attempt) => self.connect(attempt),
            Action::Flush(_) => self.flush(),
            Action::Ping(attempt) => self.host.ping(attempt),
            Action::Disconnect { attempt, code, reason } => {
                if let Some(link) = self.link_of(attempt) {
                    close(&link.socket, code, &reason);
                }
            }
            Action::Abandon { attempt, code, reason } => {
                if let Some(link) = self.link_of(attempt) {
                    self.link.replace(None);
                    self.host.detach(attempt);
                    close(&link.socket, code, &reason);
                }
            }
            Action::Judge { attempt, close, retry } => self.host.judge(attempt, close, retry),
            Action::Post { post, careful } => {
                // Adding a part calls nothing else, so the borrow may last.
                self.with(|connection| {
                    connection.in_flight().for_each(|message| self.host.add_part(message));
                });
                self.host.post(post, careful);
            }
            Action::Abort => self.host.abort(),
            Action::SendOff => {
                while let Some(message) = self.take_queued() {
                    self.host.add_part(&message);
                }
                self.host.send_off();
            }
            Action::Adopt(_) => self.host.adopt(),
            Action::Emit(event) => self.host.emit(event),
        }
    }

    fn connect(self: &Rc<Self>, attempt: AttemptId) {
        let now = timer::now();
        match self.host.connect(attempt) {
            Socket::Made(socket) => {
                self.listen(attempt, &socket);
                self.link.replace(Some(Link { attempt, socket }));
            }
            Socket::Refused => {
                self.with(|connection| connection.handle(Input::Unusable(attempt), now));
            }
            #[cfg(feature = "socket")]
            Socket::Impossible => {
                self.with(|connection| connection.handle(Input::Impossible(attempt), now));
            }
        }
    }

    fn flush(&self) {
        // The peer may end the connection in the middle: the rest goes on waiting.
        while let Some(socket) = self.open_socket()
            && let Some(message) = self.take_queued()
        {
            self.host.transmit(&socket, &message);
        }
    }

    /// The socket, as long as it takes messages. One that was made while they go over HTTP takes none
    /// yet.
    pub(crate) fn open_socket(&self) -> Option<NativeSocket> {
        if self.with(|connection| connection.transport()) != Some(Transport::WebSocket) {
            return None;
        }
        let socket = self.link()?.socket;
        (socket.ready_state() == OPEN).then_some(socket)
    }

    /// The listener stays until the socket goes, also when the attempt is over: its words name the
    /// attempt, and Node's `ws` treats an error that nobody listens to as a crash.
    fn listen(self: &Rc<Self>, attempt: AttemptId, socket: &NativeSocket) {
        let driver = Rc::downgrade(self);
        let listener = listener(move |kind, event| {
            let Some(driver) = driver.upgrade() else {
                return;
            };
            match kind {
                ON_OPEN => driver.tell(Input::Opened(attempt)),
                ON_ERROR => driver.tell(Input::Errored(attempt)),
                _ => {
                    if driver.link_of(attempt).is_some() {
                        driver.link.replace(None);
                    }
                    let (code, reason, clean) = (event.code(), event.reason(), event.was_clean());
                    driver.tell(Input::Closed(attempt, Close { code, reason, clean }));
                }
            }
        })
        .into_js_value();
        for (name, kind) in [("open", ON_OPEN), ("error", ON_ERROR), ("close", ON_CLOSE)] {
            socket.add_event_listener(name, &bind(&listener, kind));
        }
    }

    /// Sets the timer, and listens to the page exactly as long as there is something to keep alive.
    fn watch(self: &Rc<Self>) {
        let (deadline, status) = self.with(|c| (c.next_deadline(), c.status()));
        self.timer.set(deadline);
        let alive = !matches!(status, Status::Closed | Status::Failed);
        let watch = self.page.take();
        self.page.set(alive.then(|| watch.unwrap_or_else(|| self.watch_page())));
    }

    fn watch_page(self: &Rc<Self>) -> PageWatch {
        let driver = Rc::downgrade(self);
        PageWatch::new(move |page| {
            if let Some(driver) = driver.upgrade() {
                driver.tell(Input::Page(page));
            }
        })
    }

    fn link(&self) -> Option<Link> {
        let link = self.link.take();
        self.link.set(link.clone());
        link
    }

    fn link_of(&self, attempt: AttemptId) -> Option<Link> {
        self.link().filter(|link| link.attempt == attempt)
    }
}

impl<H: Host> Drop for Driver<H> {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            close(&link.socket, None, &JsReason::default());
        }
    }
}

/// The code and reason were checked when the application gave them, so the platform takes them.
fn close(socket: &NativeSocket, code: Option<u16>, reason: &JsReason) {
    let _ = socket.close(code, reason);
}
