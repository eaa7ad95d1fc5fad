//! What to call things in a log, or before people.

use core::fmt::{Display, Formatter, Result};

use super::{Cause, DropCause, Full, GaveUp, Status, Transport};

/// The names of the JavaScript API.
impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Status::Connecting => "connecting",
            Status::Open => "open",
            Status::Waiting => "waiting",
            Status::Closing => "closing",
            Status::Closed => "closed",
            Status::Failed => "failed",
        })
    }
}

/// The names of the JavaScript API.
impl Display for Transport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Transport::WebSocket => "websocket",
            Transport::Http => "http",
        })
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Cause::Handshake => "the handshake failed",
            Cause::Timeout => "the attempt took too long",
            Cause::Provider => "there was no URL, no protocol or no transport",
            Cause::Close => "the connection was closed or cut",
            Cause::Heartbeat => "the connection did not answer the heartbeat",
            Cause::Page => "the page was put away",
            Cause::Http => "a request got no answer that is of use",
            Cause::Remembered => "HTTP was what worked a short while ago",
            Cause::Recovered => "a WebSocket works again",
        })
    }
}

impl Display for GaveUp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            GaveUp::MaxRetries => "too many attempts failed in a row",
            GaveUp::FinalCode => "the server closed with a code that forbids another try",
            GaveUp::Verdict => "the application decided against another try",
            GaveUp::Impossible => "the platform refuses the URL or the protocols",
        })
    }
}

impl Display for DropCause {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            DropCause::Overflow => "there was no room",
            DropCause::Expired => "it waited too long",
            DropCause::Rejected => "the server refused it",
            DropCause::Unconfirmed => "whether it arrived is not known",
        })
    }
}

impl Display for Full {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("too many messages are waiting to be sent")
    }
}

impl core::error::Error for Full {}
