//! Messages of all kinds and sizes. Each is known by its number, as far as it has room for it.

use crate::dice::Dice;
use crate::protocol::Message;

/// Nobody writes more than that here.
const LONGEST: usize = 70_000;

pub(super) struct Letters {
    /// The largest that the server takes.
    pub(super) max: usize,
}

impl Letters {
    pub(super) fn new(max: usize) -> Self {
        Self { max }
    }

    /// The largest that is written: some are too large for the server.
    pub(super) fn largest(&self) -> usize {
        LONGEST.max(self.max.min(LONGEST) + 100)
    }

    pub(super) fn compose(&self, number: u32, dice: &mut Dice, largest: usize) -> Message {
        let largest = largest.min(LONGEST);
        let bound = dice.pick(&[10, 10, 100, 100, 100, 1000, 5000, LONGEST]).min(self.max + 50);
        let size = dice.below(bound.min(largest) + 1);
        let name = format!("{number}:");
        match dice.below(8) {
            0 => text(String::new()),
            1 => Message::Binary(fitted(name.into_bytes(), size).into()),
            2 => text(padded(format!("\u{1}a{name}"), size, '=')),
            3 => text(padded("\u{1}=".into(), size, '\u{1}')),
            4 => text(padded(name, size, 'é')),
            _ => text(padded(name, size, 'x')),
        }
    }
}

fn text(text: String) -> Message {
    Message::Text(text.into())
}

fn padded(mut text: String, size: usize, pad: char) -> String {
    while text.len() + pad.len_utf8() <= size {
        text.push(pad);
    }
    // No part of a character is left behind: the beginning is ASCII.
    text.truncate(size.max(text.len().min(size)));
    text
}

fn fitted(mut bytes: Vec<u8>, size: usize) -> Vec<u8> {
    bytes.resize(size, 0xff);
    bytes
}
