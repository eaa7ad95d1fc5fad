//! Carries out what a [`Connection`] wants.

use core::cell::{Cell, UnsafeCell};

use wasm_bindgen::prelude::*;

use crate::connection::{
    Action, AttemptId, Close, Config, Connection, Event, Full, Input, Millis, PostId, Reason,
    Status, Time, Weight,
};
use crate::session::{Control, Hello, Mode, Resume, Source};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Math)]
    fn random() -> f64;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// What a platform and an application offer to a connection: sockets, requests, a timer, the page's
/// events, and somebody to talk to. Whatever is called here may tell the driver something at once.
pub(crate) trait Host: 'static {
    type Message: Clone + 'static;
    type Reason: Reason + 'static;

    /// Find the URL and protocols of an attempt; answer with [`Input::Resolved`] or
    /// [`Input::Unusable`], now or later.
    fn resolve(&self, attempt: AttemptId);

    /// Make a `WebSocket` of them, and tell what happens to it.
    fn connect(&self, attempt: AttemptId);

    /// Close the attempt's socket, if it has one. One that is to be forgotten is not to be heard any
    /// more.
    fn hang_up(
        &self,
        attempt: AttemptId,
        code: Option<u16>,
        reason: &Self::Reason,
        is_forgotten: bool,
    );

    /// The newest socket, made while messages went over HTTP, is the connection's now.
    fn adopt(&self);

    /// Whether the connection's socket takes messages.
    fn can_send(&self) -> bool;

    /// Hand a message to it.
    fn transmit(&self, message: &Self::Message);

    /// Send the heartbeat's message, by the newest socket.
    fn ping(&self);

    /// Put a message into the next request's body.
    fn add_part(&self, message: &Self::Message);

    /// Send the request; answer with [`Input::Answered`] or one of its neighbours, later.
    fn post(&self, post: PostId, careful: bool);

    /// Give up the request that is under way, and tell nothing of it any more.
    fn abort(&self);

    /// Send requests that outlive the page.
    fn send_off(&self);

    /// Say hello: on the newest socket, or as the beginning of a request, in which the parts follow.
    fn greet(&self, source: Source, mode: Mode, hello: Hello);

    /// Say this on the newest socket.
    fn control(&self, control: Control, number: u64);

    /// Send a request that outlives the page, with a hello, the parts, and with a code the end of the
    /// session.
    fn farewell(&self, hello: Hello, code: Option<u16>, reason: &Self::Reason);

    /// Make up another session's name and key.
    fn renew(&self);

    /// Put a message into the next [`Host::reset`].
    fn part(&self, message: &Self::Message, is_delivered: bool);

    /// Tell the application that a session was lost.
    fn reset(&self, is_exact: bool);

    /// Keep this and the parts for a later page.
    fn save(&self, resume: Resume);

    /// Ask for [`Input::Verdict`].
    fn judge(&self, attempt: AttemptId, close: Close<Self::Reason>, retry: u32);

    /// Tell the application.
    fn emit(&self, event: Event<Self::Reason>);

    /// Call [`Driver::woken`] after this time, which may be infinite, and not at any time named before.
    fn wake_after(&self, delay: Millis);

    /// Tell [`Input::Page`], or stop to.
    fn watch_page(&self, is_wanted: bool);

    /// Let go of everything.
    fn release(&self);
}

/// A [`Connection`] at work. Dropping it closes the socket and leaves nothing behind.
pub(crate) struct Driver<H: Host> {
    host: H,
    connection: UnsafeCell<Connection<H::Message, H::Reason>>,
    /// Somebody works on it; only watched where the tests are.
    is_borrowed: Cell<bool>,
    /// What the host was asked for.
    due: Cell<Time>,
    watches_page: Cell<bool>,
    /// Somebody further up the stack carries out actions, and will find those that are new.
    draining: Cell<bool>,
}

impl<H: Host> Driver<H> {
    pub(crate) fn new(host: H, config: Config) -> Self {
        let config = Config { seed: random().to_bits(), ..config };
        Self {
            host,
            connection: UnsafeCell::new(Connection::from(config)),
            is_borrowed: Cell::new(false),
            due: Cell::new(Time::NEVER),
            watches_page: Cell::new(false),
            draining: Cell::new(false),
        }
    }

    /// Tells the connection what happened, and does what it wants.
    pub(crate) fn tell(&self, input: Input<H::Reason>) {
        self.change(|connection, now| connection.handle(input, now));
    }

    /// The timer has fired; [`Input::Timeout`] is to follow.
    pub(crate) fn woken(&self) {
        self.due.set(Time::NEVER);
    }

    /// Lets a message wait.
    pub(crate) fn enqueue(&self, message: H::Message, weight: Weight) -> Result<(), Full> {
        self.change(|connection, now| connection.enqueue(message, weight, now))
    }

    /// A session's message has arrived; false if it did before.
    pub(crate) fn receive(&self, source: Source, bytes: usize) -> bool {
        self.change(|connection, now| connection.receive(source, bytes, now))
    }

    /// Takes out one message that waits.
    pub(crate) fn take_queued(&self) -> Option<H::Message> {
        self.with(Connection::take_queued)
    }

    /// Works on the connection, and does what it wants then.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&mut Connection<H::Message, H::Reason>, Time) -> T,
    ) -> T {
        let now = now();
        let answer = self.with(|connection| work(connection, now));
        self.drain();
        answer
    }

    /// Works on the connection, and on nothing that may lead back here: messages and reasons are only
    /// cloned and let go, or handed to a [`Host`] that keeps them.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection<H::Message, H::Reason>) -> T,
    ) -> T {
        debug_assert!(!self.is_borrowed.replace(true), "a call led back to the connection");
        // SAFETY: whatever is called meanwhile does not lead back here, so this is the only reference.
        // The tests look after that; a `RefCell` would do it everywhere, for a fortieth of the size.
        let answer = work(unsafe { &mut *self.connection.get() });
        debug_assert!(self.is_borrowed.replace(false));
        answer
    }

    #[cfg(feature = "socket")]
    pub(crate) fn host(&self) -> &H {
        &self.host
    }

    /// No borrow is held while anything outside is called: a listener may call right back.
    #[inline(never)]
    fn drain(&self) {
        let is_nested = self.draining.replace(true);
        // A listener has its events in order, but what it closed is closed when it goes on.
        let next = if is_nested { Connection::poll_hang_up } else { Connection::poll_action };
        while let Some(action) = self.with(next) {
            self.perform(action);
        }
        if !is_nested {
            self.draining.set(false);
            self.watch();
        }
    }

    fn perform(&self, action: Action<H::Reason>) {
        let host = &self.host;
        match action {
            Action::Resolve(attempt) => host.resolve(attempt),
            Action::Connect(attempt) => host.connect(attempt),
            Action::Flush(_) => {
                // The peer may end the connection in the middle: the rest goes on waiting.
                while host.can_send()
                    && let Some((start, message)) = self.with(Connection::next_to_send)
                {
                    if let Some(number) = start {
                        host.control(Control::Start, number);
                    }
                    host.transmit(&message);
                }
            }
            Action::Ping(_) => host.ping(),
            Action::Disconnect { attempt, code, reason } => {
                host.hang_up(attempt, code, &reason, false);
            }
            Action::Abandon { attempt, code, reason } => {
                host.hang_up(attempt, code, &reason, true);
            }
            Action::Judge { attempt, close, retry } => host.judge(attempt, close, retry),
            Action::Post { post, careful } => {
                self.add_parts();
                host.post(post, careful);
            }
            Action::Greet(source, mode) => {
                if mode == Mode::Send {
                    self.add_parts();
                }
                host.greet(source, mode, self.with(|connection| connection.hello(source, mode)));
            }
            Action::Control(_, control) => {
                host.control(control, self.with(Connection::acknowledge));
            }
            Action::Farewell { code, reason } => {
                self.add_parts();
                let source = Source::Request(PostId::default());
                let hello = self.with(|connection| connection.hello(source, Mode::Send));
                host.farewell(hello, code, &reason);
            }
            Action::Renew => host.renew(),
            Action::Reset { exact } => {
                self.with(|connection| {
                    connection.delivered().for_each(|message| host.part(message, true));
                    connection.undelivered().for_each(|message| host.part(message, false));
                    connection.forget_told();
                });
                host.reset(exact);
            }
            Action::Save => {
                let resume = self.with(|connection| connection.to_resume());
                while let Some(message) = self.with(Connection::take_kept) {
                    host.add_part(&message);
                }
                host.save(resume);
            }
            Action::Abort => host.abort(),
            Action::SendOff => {
                while let Some(message) = self.take_queued() {
                    host.add_part(&message);
                }
                host.send_off();
            }
            Action::Adopt(_) => host.adopt(),
            Action::Emit(event) => host.emit(event),
        }
    }

    /// Gives the host what is in flight. That calls nothing else, so the borrow may last.
    fn add_parts(&self) {
        self.with(|connection| {
            connection.in_flight().for_each(|message| self.host.add_part(message));
        });
    }

    /// Sets the timer, and listens to the page exactly as long as there is something to keep alive.
    fn watch(&self) {
        let (due, status) = self.with(|c| (c.deadline(), c.status()));
        if self.due.replace(due) != due {
            self.host.wake_after(due.since(now()));
        }
        let is_alive = !matches!(status, Status::Closed | Status::Failed);
        if self.watches_page.replace(is_alive) != is_alive {
            self.host.watch_page(is_alive);
        }
    }
}

impl<H: Host> Drop for Driver<H> {
    fn drop(&mut self) {
        self.host.release();
    }
}

fn now() -> Time {
    Time::new(performance_now())
}
