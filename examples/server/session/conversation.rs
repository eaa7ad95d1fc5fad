//! A talk inside a session. It has a task of its own, so that no transcriber holds up the session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::host::Host;
use super::protocol::{Message, SessionId};
use crate::socket::Incoming;
use crate::talk::Talk;

/// How much may wait for a transcriber that lags behind; minutes.
const BACKLOG: usize = 8 << 20;

pub(crate) struct Conversation {
    messages: mpsc::UnboundedSender<Incoming>,
    backlog: Arc<AtomicUsize>,
    _task: AbortOnDropHandle<()>,
}

impl Conversation {
    pub(crate) fn start(talk: Talk, host: Arc<Host>, session: SessionId) -> Self {
        let (messages, receiver) = mpsc::unbounded_channel();
        let backlog = Arc::<AtomicUsize>::default();
        let task = converse(talk, host, session, receiver, backlog.clone());
        Self { messages, backlog, _task: AbortOnDropHandle::new(tokio::spawn(task)) }
    }

    /// False if too much is waiting already.
    pub(crate) fn take(&self, message: &Message) -> bool {
        let incoming = match message {
            Message::Text(text) => Incoming::Text((&**text).into()),
            Message::Binary(bytes) => Incoming::Binary(Bytes::copy_from_slice(bytes)),
        };
        let length = incoming.len();
        let before = self.backlog.fetch_add(length, Ordering::Relaxed);
        if before + length > BACKLOG || self.messages.send(incoming).is_err() {
            self.backlog.fetch_sub(length, Ordering::Relaxed);
            return false;
        }
        true
    }
}

async fn converse(
    mut talk: Talk,
    host: Arc<Host>,
    session: SessionId,
    mut messages: mpsc::UnboundedReceiver<Incoming>,
    backlog: Arc<AtomicUsize>,
) {
    loop {
        let answers = tokio::select! {
            message = messages.recv(), if talk.is_ready() => {
                let Some(message) = message else { return };
                backlog.fetch_sub(message.len(), Ordering::Relaxed);
                talk.answer(&message)
            }
            answers = talk.next() => answers,
        };
        for answer in answers {
            host.send(&session, Message::Text(answer.to_string().into()));
        }
    }
}
