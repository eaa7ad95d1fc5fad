//! Whether what the client says is legal, by `docs/PROTOCOL.md`.

use std::collections::BTreeMap;

use everline::session::{Control, Hello, Mode, Source};

use super::{Book, Ledger, OVERHEAD};
use crate::protocol::frame::Control as Word;

/// What is known of the carriers of one page.
#[derive(Default)]
pub(super) struct Law {
    carriers: BTreeMap<Source, Carrier>,
}

struct Carrier {
    mode: Mode,
    is_welcomed: bool,
    /// The number that the server takes the next message for.
    next: Option<u64>,
}

/// What the client says.
impl Ledger {
    pub(crate) fn on_hello(
        &mut self,
        (source, mode): (Source, Mode),
        hello: &Hello,
        messages: &[u32],
        session: &str,
    ) {
        self.end_unannounced();
        let book = self.books.entry(session.into()).or_default();
        let Hello { recv, attach, is_new, first } = *hello;
        let before = self.law.carriers.get(&source);
        let may_greet = match before {
            None => mode != Mode::Socket || matches!(source, Source::Socket(_)),
            Some(Carrier { mode: Mode::Probe, is_welcomed, .. }) => {
                mode == Mode::Socket && *is_welcomed
            }
            Some(_) => false,
        };
        assert!(may_greet, "a hello out of turn: {hello:?}");
        if mode.attaches() {
            assert!(attach > book.attaches, "an attach with the number of an earlier one");
            book.attaches = attach;
        }
        assert_eq!(recv, book.heard as u64, "what a hello acknowledges");
        assert_eq!(is_new, !book.is_welcomed, "whether the session is new");
        assert!(mode != Mode::Send || book.is_welcomed, "messages before the first welcome");
        self.law.carriers.insert(source, Carrier { mode, is_welcomed: false, next: None });
        for (number, letter) in (first..).zip(messages) {
            self.number(number, *letter, session);
        }
    }

    pub(crate) fn on_farewell(&mut self, first: u64, messages: &[u32], session: &str) {
        for (number, letter) in (first..).zip(messages) {
            self.number(number, *letter, session);
        }
    }

    pub(crate) fn on_control(
        &mut self,
        source: Source,
        control: Control,
        number: u64,
        session: &str,
    ) {
        let carrier = self.law.carriers.get_mut(&source).expect("a hello comes first");
        assert!(carrier.is_welcomed, "{control:?} before the welcome");
        match control {
            Control::Ack | Control::Ping => {
                let heard = self.books[session].heard as u64;
                assert_eq!(number, heard, "what an {control:?} acknowledges");
            }
            Control::Start => {
                assert!(number > 0 && carrier.next != Some(number), "a start for nothing");
                carrier.next = Some(number);
                self.counts.starts_up += 1;
            }
        }
    }

    /// A message on a WebSocket.
    pub(crate) fn on_message(&mut self, source: Source, letter: u32, session: &str) {
        let carrier = self.law.carriers.get_mut(&source).expect("a hello comes first");
        let number = carrier.next.expect("a message before the welcome");
        carrier.next = Some(number + 1);
        self.number(number, letter, session);
    }

    /// The client hears something.
    pub(crate) fn on_word(&mut self, source: Source, word: &Word, session: &str) {
        let book = self.books.get_mut(session).unwrap();
        match word {
            Word::Welcome(welcome) => {
                book.acked = book.acked.max(welcome.recv);
                book.is_welcomed = true;
                let carrier = self.law.carriers.get_mut(&source).unwrap();
                carrier.is_welcomed = true;
                if carrier.mode == Mode::Socket {
                    carrier.next = Some(welcome.recv + 1);
                }
            }
            Word::Ack(number) | Word::Ping(number) => book.acked = book.acked.max(*number),
            Word::Hello(_) | Word::Start(_) | Word::End(_) => {}
        }
    }

    /// A message goes out under this number.
    fn number(&mut self, number: u64, letter: u32, session: &str) {
        let book = self.books.get_mut(session).unwrap();
        let index = number as usize - 1;
        match book.numbered.get(index) {
            Some(known) => assert_eq!(*known, letter, "the message with the number {number}"),
            None => {
                assert_eq!(book.numbered.len(), index, "the number of {letter}");
                assert!(book.numbered.last() < Some(&letter), "{letter} out of order");
                book.numbered.push(letter);
                self.check_window(session);
            }
        }
    }

    fn check_window(&self, session: &str) {
        let Book { numbered, acked, .. } = &self.books[session];
        let unacked = numbered.get(*acked as usize..).unwrap_or_default();
        let bytes: usize = unacked.iter().map(|letter| self.size(*letter) + OVERHEAD).sum();
        assert!(bytes <= self.window || unacked.len() == 1, "{bytes} bytes in the window");
    }
}
