//! Typed JSON messages over a [`Socket`].

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::socket::{Event, Message, SendError, Sent, Socket};

impl Socket {
    /// Sends a value as JSON text, or lets it wait.
    pub fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<Sent, SendJsonError> {
        let text = serde_json::to_string(value).map_err(SendJsonError::Serialize)?;
        self.send(text).map_err(SendJsonError::Send)
    }

    /// The messages as values, and nothing else: for those whom the connection does not interest.
    /// A message that is no such value is an error, and the next one follows.
    pub fn messages<T: DeserializeOwned>(&mut self) -> Messages<'_, T> {
        Messages { socket: self, value: PhantomData }
    }
}

/// The stream that [`Socket::messages`] returns.
pub struct Messages<'a, T> {
    socket: &'a mut Socket,
    value: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Stream for Messages<'_, T> {
    type Item = Result<T, serde_json::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let event = match Pin::new(&mut *self.socket).poll_next(context) {
                Poll::Ready(Some(event)) => event,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            };
            match event {
                Event::Message(Message::Text(text)) => {
                    return Poll::Ready(Some(serde_json::from_str(&text)));
                }
                Event::Message(Message::Binary(bytes)) => {
                    return Poll::Ready(Some(serde_json::from_slice(&bytes)));
                }
                _ => {}
            }
        }
    }
}

/// A value was not sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendJsonError {
    /// It has no JSON form.
    Serialize(serde_json::Error),
    /// Its message was not accepted.
    Send(SendError),
}

impl fmt::Display for SendJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendJsonError::Serialize(error) => write!(f, "the value has no JSON form: {error}"),
            SendJsonError::Send(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SendJsonError {}
