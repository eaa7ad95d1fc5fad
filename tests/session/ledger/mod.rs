//! What must hold of every message, whatever happens: exactly once, in order, and nothing lost
//! that is not told.

mod law;
mod letters;

use std::collections::{BTreeMap, BTreeSet};

use everline::connection::Config;

use self::law::Law;
use self::letters::Letters;
use crate::dice::Dice;
use crate::protocol::{self, Frame, Message, SessionId};

/// What keeping a message costs beyond its bytes.
const OVERHEAD: usize = 64;

pub(crate) struct Ledger {
    letters: Letters,
    /// What the client may have on its way, and may keep at all.
    window: usize,
    most_kept: usize,
    returns: bool,
    /// The client's messages by their own number, and what became of them.
    up: Vec<Fate>,
    /// The last that the server's application got.
    latest: Option<u32>,
    books: BTreeMap<SessionId, Book>,
    law: Law,
    /// The session that was given up, until it is told why.
    ended: Option<SessionId>,
    /// The application closed the connection.
    is_closed: bool,
    dropped: u32,
    /// Attaches that somebody repeated, so that the client found itself robbed.
    robberies: u32,
    pub(crate) counts: Counts,
}

/// What happened, for those who want to know whether anything did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) resets: u32,
    pub(crate) inexact: u32,
    /// Start frames, of the client and of the server.
    pub(crate) starts_up: u32,
    pub(crate) starts_down: u32,
}

struct Fate {
    message: Message,
    arrivals: u32,
    /// The application knows that it was not sent, or that nobody will send it again.
    is_settled: bool,
    /// It may come twice: nobody could say whether it arrived.
    is_excused: bool,
}

/// One session.
#[derive(Default)]
struct Book {
    /// The client's messages, as they were numbered from 1.
    numbered: Vec<u32>,
    /// How many of them the server's application has.
    arrived: usize,
    /// How many the client knows about.
    acked: u64,
    /// What the server's application said, and how much of it the client's heard.
    said: Vec<Message>,
    heard: usize,
    is_welcomed: bool,
    /// Attaches that the client said, and the newest that the server welcomed.
    attaches: u32,
    attached: u64,
    is_alive: bool,
    /// The server does not even remember that it was.
    is_forgotten: bool,
}

impl Ledger {
    pub(crate) fn new(client: &Config, server: &protocol::Config) -> Self {
        let session = client.session.unwrap();
        let window = session.window.min(server.win);
        let letters = Letters::new(server.max);
        Self {
            window,
            most_kept: client.limits.bytes.saturating_add(window.max(letters.largest())),
            letters,
            returns: session.returns,
            up: Vec::new(),
            latest: None,
            books: BTreeMap::new(),
            law: Law::default(),
            ended: None,
            is_closed: false,
            dropped: 0,
            robberies: 0,
            counts: Counts::default(),
        }
    }

    pub(crate) fn most_kept(&self) -> usize {
        self.most_kept
    }

    /// How many messages were sent, both ways.
    pub(crate) fn sent(&self) -> usize {
        self.up.len() + self.books.values().map(|book| book.said.len()).sum::<usize>()
    }

    /// How many messages may still have a way to go.
    pub(crate) fn under_way(&self) -> usize {
        let up = self.up.iter().filter(|fate| fate.arrivals == 0).count();
        let down = self.books.values().map(|book| book.said.len() - book.heard);
        up + down.sum::<usize>()
    }

    pub(crate) fn size(&self, number: u32) -> usize {
        self.up[number as usize].message.len()
    }

    pub(crate) fn frame(&self, number: u32) -> Frame {
        Frame::Data(self.up[number as usize].message.clone())
    }

    pub(crate) fn is_alive(&self, session: &str) -> bool {
        self.books.get(session).is_some_and(|book| book.is_alive)
    }
}

/// The client's application.
impl Ledger {
    /// Makes up a message that a face would take, and answers its number and size.
    pub(crate) fn compose_up(&mut self, dice: &mut Dice, largest: usize) -> (u32, usize) {
        let number = self.up.len() as u32;
        let message = self.letters.compose(number, dice, largest);
        let bytes = message.len();
        self.up.push(Fate { message, arrivals: 0, is_settled: false, is_excused: false });
        (number, bytes)
    }

    pub(crate) fn on_refusal(&mut self, number: u32) {
        self.up[number as usize].is_settled = true;
    }

    pub(crate) fn on_dropped(&mut self, count: u32) {
        self.dropped += count;
    }

    pub(crate) fn on_close(&mut self) {
        self.is_closed = true;
    }

    pub(crate) fn on_reload(&mut self) {
        self.law = Law::default();
    }

    /// A message that the client had not had before.
    pub(crate) fn on_delivery(&mut self, session: &str, message: &Message) {
        let book = self.books.get_mut(session).expect("a message of no session");
        let expected = book.said.get(book.heard);
        assert_eq!(Some(message), expected, "the client's message {}", book.heard + 1);
        book.heard += 1;
    }

    /// The client has another session from now on.
    pub(crate) fn on_renewal(&mut self, session: &str, former: &str) {
        self.end_unannounced();
        self.ended = Some(former.into());
        self.books.entry(session.into()).or_default();
        self.law = Law::default();
    }

    pub(crate) fn on_reset(&mut self, exact: bool, delivered: &[u32], undelivered: &[u32]) {
        let ended = self.ended.take().expect("no session has ended");
        let book = self.books.entry(ended).or_default();
        self.counts.resets += 1;
        self.counts.inexact += u32::from(!exact);
        let was_robbed = self.robberies >= 3;
        assert!(!book.is_alive || was_robbed, "a session is given up for nothing");
        assert!(
            exact || book.is_forgotten || was_robbed,
            "the server could have said what arrived"
        );

        let told: Vec<u32> = delivered.iter().chain(undelivered).copied().collect();
        assert!(told.is_sorted_by(|a, b| a < b), "told out of order");
        let told: BTreeSet<u32> = told.into_iter().collect();
        let unacked = book.numbered.iter().skip(book.acked as usize);
        for number in unacked {
            assert!(told.contains(number), "{number} was sent, and nothing is told about it");
        }
        let mut tail = book.numbered.iter().skip_while(|number| !told.contains(number));
        assert!(tail.all(|number| told.contains(number)), "told with gaps");
        let arrived: BTreeSet<u32> = book.numbered.iter().take(book.arrived).copied().collect();
        if exact {
            assert!(delivered.iter().all(|number| arrived.contains(number)), "did not arrive");
            assert!(!undelivered.iter().any(|number| arrived.contains(number)), "did arrive");
        } else {
            assert!(delivered.is_empty(), "nobody knows what arrived");
        }
        for number in undelivered {
            let fate = &mut self.up[*number as usize];
            fate.is_excused |= !exact;
            fate.is_settled |= self.returns;
        }
    }

    /// Whoever closes a session does not want to know what became of its messages.
    fn end_unannounced(&mut self) {
        if self.ended.take().is_some() {
            assert!(self.is_closed, "a session is gone, and nobody was told");
            self.is_closed = false;
            for fate in &mut self.up {
                fate.is_settled = true;
            }
        }
    }
}

/// The server's application.
impl Ledger {
    pub(crate) fn on_opened(&mut self, session: &SessionId) {
        let book = self.books.entry(session.clone()).or_default();
        // Once more, if the server forgot it before the client was welcomed.
        assert!(!book.is_alive && !book.is_welcomed && book.arrived == 0, "begins twice");
        book.said.clear();
        book.attached = 0;
        book.is_alive = true;
    }

    /// The server's messages go to the carrier of this attach from now on.
    pub(crate) fn on_attached(&mut self, session: &str, attach: u64) {
        let book = self.books.get_mut(session).unwrap();
        assert!(attach >= book.attached, "attach {attach} after {}", book.attached);
        book.attached = attach;
    }

    /// A message that is new to the server; answers its own number.
    pub(crate) fn on_arrival(&mut self, session: &SessionId, message: &Message) -> u32 {
        let book = self.books.get_mut(session).unwrap();
        let number = *book.numbered.get(book.arrived).expect("a message that nobody sent");
        book.arrived += 1;
        let fate = &mut self.up[number as usize];
        assert_eq!(*message, fate.message, "the content of {number}");
        fate.arrivals += 1;
        assert!(fate.arrivals == 1 || fate.is_excused, "{number} arrives twice");
        assert!(
            self.latest < Some(number) || fate.is_excused || fate.is_settled,
            "{number} after {:?}",
            self.latest
        );
        self.latest = Some(number);
        number
    }

    pub(crate) fn on_closed(&mut self, session: &SessionId) {
        self.books.get_mut(session).unwrap().is_alive = false;
    }

    pub(crate) fn on_forgotten(&mut self) {
        for book in self.books.values_mut() {
            book.is_forgotten |= book.attaches > 0;
        }
    }

    pub(crate) fn on_start_down(&mut self) {
        self.counts.starts_down += 1;
    }

    pub(crate) fn on_robbery(&mut self) {
        self.robberies += 1;
    }

    pub(crate) fn compose_down(&mut self, session: &SessionId, dice: &mut Dice) -> Message {
        let book = self.books.get_mut(session).unwrap();
        let message = self.letters.compose(book.said.len() as u32, dice, self.letters.max);
        book.said.push(message.clone());
        message
    }
}

/// The end.
impl Ledger {
    pub(crate) fn is_quiet(&self, session: &str) -> bool {
        let Some(book) = self.books.get(session) else { return true };
        book.numbered.len() == book.arrived && book.said.len() == book.heard
    }

    /// Whatever was sent in this session has arrived, though perhaps nobody was told.
    pub(crate) fn check_all_sent_arrived(&self, session: &str) {
        if let Some(book) = self.books.get(session) {
            assert_eq!(book.numbered.len(), book.arrived, "sent and arrived");
        }
    }

    /// Whatever the server's application said in this session has been heard.
    pub(crate) fn check_all_heard(&self, session: &str) {
        if let Some(book) = self.books.get(session) {
            assert_eq!(book.said.len(), book.heard, "said and heard");
        }
    }

    /// Nothing is missing.
    pub(crate) fn check_all_arrived(&mut self, session: &str) {
        self.end_unannounced();
        self.check_all_sent_arrived(session);
        self.check_all_heard(session);
        let is_missing = |fate: &Fate| fate.arrivals == 0 && !fate.is_settled;
        let missing: Vec<_> = (0..self.up.len()).filter(|it| is_missing(&self.up[*it])).collect();
        let settled = self.up.iter().filter(|fate| fate.is_settled).count();
        let dropped = self.dropped as usize;
        assert!(
            missing.len() <= dropped && dropped <= missing.len() + settled,
            "{missing:?} are missing, {dropped} were dropped"
        );
    }
}
