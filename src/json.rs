//! Typed JSON messages over a [`Socket`].

use alloc::rc::Rc;
use alloc::string::ToString;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::socket::{Event, SendError, Sent, Socket};

impl Socket {
    /// Sends a value as JSON text, or lets it wait, as [`Socket::send`] does.
    pub fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<Sent, SendJsonError> {
        let text = serde_json::to_string(value)
            .map_err(JsonError::new)
            .map_err(SendJsonError::Serialize)?;
        Ok(self.send(text)?)
    }

    /// The messages as values, and nothing else: for those whom the connection does not interest.
    /// A message that is no such value is an error, and the next one follows. Both texts and bytes are
    /// read.
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
    type Item = Result<T, JsonError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let event = match Pin::new(&mut *self.socket).poll_next(context) {
                Poll::Ready(Some(event)) => event,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            };
            if let Event::Message(message) = event {
                let value = serde_json::from_slice(message.as_bytes());
                return Poll::Ready(Some(value.map_err(JsonError::new)));
            }
        }
    }
}

impl<T> fmt::Debug for Messages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Messages").field(&self.socket).finish()
    }
}

/// A message is not JSON of the expected form, or a value has no JSON form. Its text says where and
/// what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Rc<str>);

impl JsonError {
    fn new(error: serde_json::Error) -> Self {
        Self(error.to_string().into())
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for JsonError {}

/// A value was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendJsonError {
    /// It has no JSON form.
    Serialize(JsonError),
    /// Its message was not accepted.
    Send(SendError),
}

impl fmt::Display for SendJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendJsonError::Serialize(_) => f.write_str("the value has no JSON form"),
            SendJsonError::Send(_) => f.write_str("the message was not accepted"),
        }
    }
}

impl core::error::Error for SendJsonError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            SendJsonError::Serialize(error) => Some(error),
            SendJsonError::Send(error) => Some(error),
        }
    }
}

impl From<SendError> for SendJsonError {
    fn from(error: SendError) -> Self {
        SendJsonError::Send(error)
    }
}
