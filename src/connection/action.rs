//! What a connection wants done, and what it lets the application know.

use alloc::string::String;

use super::close_code::{ABNORMAL, NO_STATUS};
use super::http::PostId;
use super::input::AttemptId;
use super::time::Millis;
use super::transport::Transport;
use crate::session::{Control, Mode, Source};

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Action<R = String> {
    /// Find the URL and protocols; answered by [`Input::Resolved`](super::Input::Resolved) or
    /// [`Input::Unusable`](super::Input::Unusable).
    Resolve(AttemptId),
    /// Open the transport with them.
    Connect(AttemptId),
    /// Send what [`Connection::next_to_send`](super::Connection::next_to_send) gives, for as long as
    /// the transport takes it.
    Flush(AttemptId),
    /// Send the heartbeat's message.
    Ping(AttemptId),
    /// Start the closing handshake; the transport's end is still awaited.
    Disconnect {
        /// The transport's attempt.
        attempt: AttemptId,
        /// Absent if the application gave none.
        code: Option<u16>,
        /// Empty if the application gave none.
        reason: R,
    },
    /// Close the transport and forget it.
    Abandon {
        /// The transport's attempt.
        attempt: AttemptId,
        /// What to close it with, if it is open.
        code: Option<u16>,
        /// What to close it with, if it is open.
        reason: R,
    },
    /// Ask the application whether to try again; answered by
    /// [`Input::Verdict`](super::Input::Verdict).
    Judge {
        /// The attempt, or the stay on HTTP, that ended.
        attempt: AttemptId,
        /// How it ended.
        close: Close<R>,
        /// The number that the next attempt would have, from 1.
        retry: u32,
    },
    /// POST what [`Connection::in_flight`](super::Connection::in_flight) gives, in one body; answered
    /// by [`Input::Answered`](super::Input::Answered) or one of its neighbours.
    Post {
        /// Names the body. It is the same when the same body is sent again.
        post: PostId,
        /// Whether to find out first that there is somebody to answer: the messages could not be
        /// sent again.
        careful: bool,
    },
    /// Give up the request that is under way, and forget it.
    Abort,
    /// The page goes: POST what [`Connection::take_queued`](super::Connection::take_queued) gives, so
    /// that it outlives the page. No answer is expected.
    SendOff,
    /// From now on messages go by this WebSocket, which was an attempt to go back from HTTP.
    Adopt(AttemptId),
    /// Say [`Connection::hello`](super::Connection::hello): on the WebSocket of an attempt, or as the
    /// beginning of a request. In [`Mode::Send`] the messages of
    /// [`Connection::in_flight`](super::Connection::in_flight) follow.
    Greet(Source, Mode),
    /// Say this on the attempt's WebSocket, with
    /// [`Connection::acknowledge`](super::Connection::acknowledge).
    Control(AttemptId, Control),
    /// A request like one in [`Mode::Send`] that then ends the session with this code and reason;
    /// without a code the session goes on. No answer is expected.
    Farewell {
        /// Why.
        code: Option<u16>,
        /// Why.
        reason: R,
    },
    /// Make up another session's name and key.
    Renew,
    /// Tell the application that a session was lost, with what
    /// [`Connection::delivered`](super::Connection::delivered) and
    /// [`Connection::undelivered`](super::Connection::undelivered) give, and then
    /// [`Connection::forget_told`](super::Connection::forget_told).
    Reset {
        /// Whether the server could say what arrived.
        exact: bool,
    },
    /// Keep [`Connection::to_resume`](super::Connection::to_resume), and all that
    /// [`Connection::take_kept`](super::Connection::take_kept) gives, for a later page.
    Save,
    /// Tell the application.
    Emit(Event<R>),
}

/// What the application hears of.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<R = String> {
    /// The connection is open.
    Open,
    /// Something failed. A [`Event::Close`] follows, except after [`Cause::Http`]: that is about a
    /// single request.
    Error(Cause),
    /// The connection, or an attempt at it, has ended.
    Close(Close<R>),
    /// Another attempt follows.
    Reconnecting {
        /// Its number since the last success, from 1.
        attempt: u32,
        /// How long it waits.
        delay: Millis,
        /// Why it is needed.
        cause: Cause,
    },
    /// No further attempt follows by itself.
    Failed(GaveUp),
    /// Messages go another way than before.
    TransportChange {
        /// The new way.
        to: Transport,
        /// Why.
        cause: Cause,
    },
    /// Messages were dropped, or may have been.
    Dropped {
        /// How many.
        count: u32,
        /// Why.
        cause: DropCause,
    },
}

/// How a connection ended (RFC 6455 section 7.1.4 to 7.1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Close<R = String> {
    /// The status code.
    pub code: u16,
    /// The peer's reason.
    pub reason: R,
    /// Whether the closing handshake was completed.
    pub clean: bool,
}

/// Why a connection or an attempt ended, or messages go another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The handshake failed.
    Handshake,
    /// The attempt took longer than
    /// [`Config::connection_timeout`](super::Config::connection_timeout).
    Timeout,
    /// There was no URL, no protocol or no transport for it.
    Provider,
    /// An open connection was closed or cut.
    Close,
    /// An open connection did not answer the heartbeat.
    Heartbeat,
    /// The page was put away.
    Page,
    /// A request got no answer, or none that is of use.
    Http,
    /// HTTP was what worked a short while ago.
    Remembered,
    /// A WebSocket works again.
    Recovered,
}

/// Why no further attempt follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GaveUp {
    /// [`Config::max_retries`](super::Config::max_retries) attempts failed in a row.
    MaxRetries,
    /// The peer closed with a code that forbids another try.
    FinalCode,
    /// The application's verdict was [`Verdict::Stop`](super::Verdict::Stop).
    Verdict,
    /// [`Input::Impossible`](super::Input::Impossible): the platform refuses the URL or the
    /// protocols.
    Impossible,
}

/// Why a message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropCause {
    /// There was no room.
    Overflow,
    /// It waited longer than [`Limits::time_to_live`](super::Limits::time_to_live).
    Expired,
    /// The server refused it, over HTTP.
    Rejected,
    /// It was sent over HTTP, and whether it arrived is not known: it must not be sent again.
    Unconfirmed,
}

impl<R: Default> Close<R> {
    /// A connection that the application ended, as far as it is concerned.
    pub(super) fn by_application(code: Option<u16>, reason: R) -> Self {
        Self { code: code.unwrap_or(NO_STATUS), reason, clean: true }
    }

    /// A connection that ended without a closing handshake.
    pub(super) fn abnormal() -> Self {
        Self { code: ABNORMAL, reason: R::default(), clean: false }
    }
}
