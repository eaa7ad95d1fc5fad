//! HTTP bodies, both ways: `u8 kind | u32 big-endian length | payload`, again and again.

use super::frame::{Control, Frame, MAX_CONTROL, Malformed, Message};

const HEADER: usize = 5;
const TEXT: u8 = 0;
const BINARY: u8 = 1;
const CONTROL: u8 = 2;

/// Reads records from bytes that come in any pieces. It holds one record at most, and of that only
/// what has arrived: an announced length reserves nothing.
#[derive(Default)]
pub(crate) struct Decoder {
    partial: Vec<u8>,
}

/// Appends a frame to a body.
pub(crate) fn encode(frame: &Frame, body: &mut Vec<u8>) {
    let control;
    let (kind, payload) = match frame {
        Frame::Data(message @ Message::Text(_)) => (TEXT, message.bytes()),
        Frame::Data(message @ Message::Binary(_)) => (BINARY, message.bytes()),
        Frame::Control(it) => {
            control = it.payload();
            (CONTROL, control.as_bytes())
        }
    };
    // No message is that long: the limit of the welcome is far below.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    body.push(kind);
    body.extend(length.to_be_bytes());
    body.extend(payload);
}

impl Decoder {
    /// Takes from `input` what belongs to the next record; `None` if that needs more. A message may
    /// have `max` bytes.
    pub(crate) fn next(
        &mut self,
        input: &mut &[u8],
        max: usize,
    ) -> Result<Option<Frame>, Malformed> {
        self.fill(HEADER, input);
        let Some(&[kind, a, b, c, d]) = self.partial.first_chunk() else { return Ok(None) };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        match kind {
            TEXT | BINARY if length > max => return Err(Malformed::TooLarge),
            CONTROL if length > MAX_CONTROL => {
                return Err(Malformed::Invalid("control frame too long"));
            }
            TEXT | BINARY | CONTROL => {}
            _ => return Err(Malformed::Invalid("unknown kind of record")),
        }
        self.fill(HEADER + length, input);
        let Some(payload) = self.partial.get(HEADER..HEADER + length) else { return Ok(None) };
        let frame = match kind {
            TEXT => Frame::Data(Message::Text(utf8(payload)?.into())),
            BINARY => Frame::Data(Message::Binary(payload.into())),
            _ => Frame::Control(Control::parse(utf8(payload)?)?),
        };
        self.partial.clear();
        Ok(Some(frame))
    }

    /// Whether a body may end here.
    pub(crate) fn is_between_records(&self) -> bool {
        self.partial.is_empty()
    }

    /// Takes bytes until there are so many.
    fn fill(&mut self, size: usize, input: &mut &[u8]) {
        let missing = size.saturating_sub(self.partial.len()).min(input.len());
        let (taken, rest) = input.split_at(missing);
        self.partial.extend(taken);
        *input = rest;
    }
}

fn utf8(payload: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(payload).map_err(|_| Malformed::Invalid("text that is not UTF-8"))
}
