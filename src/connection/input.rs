//! What a connection is told.

use alloc::string::String;

use super::action::Close;
use super::http::PostId;
use super::time::Millis;
use crate::session::{Frame, Source};

/// Names one attempt, or one stay on HTTP. What an earlier attempt's transport still has to say
/// changes nothing, nor does a verdict about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttemptId(pub u32);

impl AttemptId {
    pub(super) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Input<R = String> {
    /// The application wants the connection. Only the first one counts.
    Start,
    /// The attempt knows its URL and protocols.
    Resolved(AttemptId),
    /// The attempt got no URL or protocols, or no transport could be made of them.
    Unusable(AttemptId),
    /// No transport can ever be made of the URL and protocols.
    Impossible(AttemptId),
    /// The transport is open.
    Opened(AttemptId),
    /// The transport reported an error. Its end is told by [`Input::Closed`].
    Errored(AttemptId),
    /// The transport has ended.
    Closed(AttemptId, Close<R>),
    /// Something arrived, for the first time since the transport opened or
    /// [`Action::Ping`](super::Action::Ping).
    Heard(AttemptId),
    /// The reply to a ping arrived.
    Replied(AttemptId),
    /// The answer to [`Action::Judge`](super::Action::Judge).
    Verdict(AttemptId, Verdict),
    /// A request has been answered. After a success (2xx) the body follows, ended by
    /// [`Input::Finished`].
    Answered {
        /// The request.
        post: PostId,
        /// The HTTP status, of which 3xx stands for any redirect.
        status: u16,
        /// When the server wants to be asked again (RFC 9110 section 10.2.3).
        retry_after: Option<Millis>,
    },
    /// Somebody answers, and so the request itself has been sent; only if
    /// [`Action::Post`](super::Action::Post) asked for care.
    Departed(PostId),
    /// A request has failed without an answer, or with one that cannot be the server's.
    Unanswered(PostId),
    /// A request has failed before anything of it was sent.
    Unsent(PostId),
    /// A message of an answer with several has arrived.
    Streamed(PostId),
    /// An answer has ended, whole or cut short.
    Finished {
        /// The request.
        post: PostId,
        /// Whether nothing of it is missing.
        whole: bool,
    },
    /// A session's carrier says something that is no message.
    Frame(Source, Frame<R>),
    /// The application closes the connection.
    Close {
        /// Absent if the application gave none.
        code: Option<u16>,
        /// Empty if the application gave none.
        reason: R,
    },
    /// The application wants a new connection now, whatever the state.
    Reconnect {
        /// What the old one, if any, is closed with.
        code: Option<u16>,
        /// What the old one, if any, is closed with.
        reason: R,
    },
    /// Something happened to the page or its network.
    Page(Page),
    /// The time of [`Connection::next_deadline`](super::Connection::next_deadline) has come. Too
    /// early does no harm.
    Timeout,
}

/// What happens to a page or its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Page {
    /// It is back in some way: online, visible, shown, resumed, on another network.
    Awake,
    /// The browser believes that the network is gone. Often it is wrong.
    Offline,
    /// It goes into the back/forward cache, where it must not hold a connection.
    Shelved,
    /// It goes for good.
    Leaving,
}

/// The application's answer about a retry.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// It has no opinion: the close code decides.
    ByCode,
    /// No further attempt.
    Stop,
    /// Try again, after the usual delay.
    Retry,
    /// Try again after this delay.
    RetryAfter(Millis),
}
