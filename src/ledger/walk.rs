//! One walk over a journal and its tape together: at each place the line that is right, from
//! whichever holds it.
//!
//! ```text
//!  database   0 1 2 3 x 5           x: a flipped bit
//!  tape       0 1 2 y 4 5 6
//!  joined     0 1 2 3 4 5 6         each line follows the one before; where the two differ, the
//!                                   signature decides; two right lines at one place are a fork
//! ```
//!
//! Lines are streamed, so a journal of any length is walked in constant memory.

use rusqlite::Connection;

use crate::domain::book::{Book, Origin};
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, Seq};
use crate::journal::chain::Chain;
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;

use super::anchor::Mark;
use super::error::LedgerError;
use super::open::sql_int;
use super::state::State;
use super::tape::TapeLines;

const ROWS: i64 = 64;

/// The database's lines, in order.
pub(super) struct DbLines<'a> {
    conn: &'a Connection,
    next: u64,
    rows: std::vec::IntoIter<Record>,
    /// SQLite could not read on.
    pub(super) failed: bool,
}

/// What one side holds of the joined journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    /// Leading records that are as they should be.
    pub(super) good: u64,
    /// One more than its last record's place, right or not.
    pub(super) end: u64,
    /// A record is there but wrong, or can't be read.
    pub(super) damaged: bool,
}

/// What a walk found.
#[derive(Clone, Debug)]
pub(super) struct Walked {
    /// The joined journal's end; none when not even its first record was found.
    pub(super) chain: Option<Chain>,
    /// Its key.
    pub(super) key: Option<PublicKey>,
    /// The journal it follows.
    pub(super) follows: Option<Epoch>,
    /// The fold over its events.
    pub(super) state: State,
    /// What the store's book has of it.
    pub(super) book: Book,
    /// The database.
    pub(super) db: Side,
    /// The tape.
    pub(super) tape: Side,
    /// The bytes of the tape up to its last whole record.
    pub(super) tape_end: u64,
    /// A place at which both hold a right record, and not the same.
    pub(super) fork_at: Option<Seq>,
    /// The hash at the anchor's place, where the joined journal comes so far.
    pub(super) hash_at_anchor: Option<Hash>,
}

/// A line and its place.
type Record = (Seq, Vec<u8>);
/// Is handed each accepted line.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Seq, &[u8]) -> Result<(), LedgerError>;

/// Where one side is, while it is walked.
struct Cursor<F> {
    pull: F,
    current: Option<Record>,
    side: Side,
    /// Every record so far was this side's.
    whole: bool,
}

/// An accepted line that nothing vouches for yet, and what stood before it.
struct Unproven {
    before: Chain,
    state: State,
    line: Vec<u8>,
    /// For the book; none for a kind of a later program.
    news: Option<(Origin, Event)>,
}

/// The joined journal, while it grows.
struct Walk<'a> {
    wanted: Option<Epoch>,
    chain: Option<Chain>,
    key: Option<PublicKey>,
    anchor: Option<Mark>,
    found: Walked,
    /// The last accepted line, whose signature has not been checked.
    unproven: Option<Unproven>,
    sink: Sink<'a>,
}

impl Walked {
    /// Nothing yet, of a journal that is about to begin.
    pub(super) fn empty(journal: JournalId, key: PublicKey) -> Self {
        Self { chain: Some(Chain::empty(journal)), key: Some(key), ..Self::nothing() }
    }

    fn nothing() -> Self {
        Self {
            chain: None,
            key: None,
            follows: None,
            state: State::default(),
            book: Book::default(),
            db: Side::default(),
            tape: Side::default(),
            tape_end: 0,
            fork_at: None,
            hash_at_anchor: None,
        }
    }
}

impl<'a> DbLines<'a> {
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self { conn, next: 0, rows: Vec::new().into_iter(), failed: false }
    }

    fn next_record(&mut self) -> Option<Record> {
        if let Some(row) = self.rows.next() {
            return Some(row);
        }
        let mut read = Vec::new();
        let result = self
            .conn
            .prepare_cached("SELECT seq, line FROM journal WHERE seq >= ?1 ORDER BY seq LIMIT ?2")
            .and_then(|mut lines| {
                let mut rows = lines.query((sql_int(self.next), ROWS))?;
                while let Some(row) = rows.next()? {
                    let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
                    read.push((Seq(seq), row.get(1)?));
                }
                Ok(())
            });
        if result.is_err() {
            self.failed = true;
        }
        if let Some((last, _)) = read.last() {
            self.next = last.next().0;
        }
        self.rows = read.into_iter();
        self.rows.next()
    }
}

/// Walks both sides and hands each accepted line to `sink`.
pub(super) fn walk(
    mut db: Option<DbLines<'_>>,
    mut tape: Option<TapeLines>,
    wanted: Option<Epoch>,
    anchor: Option<Mark>,
    sink: Sink<'_>,
) -> Result<Walked, LedgerError> {
    let mut walk = Walk::new(wanted, anchor, sink);
    let mut from_db = Cursor::new(|| db.as_mut().and_then(DbLines::next_record));
    let mut from_tape = Cursor::new(|| tape.as_mut().and_then(|t| t.next_record().ok().flatten()));
    let mut place = Seq(0);
    loop {
        let (a, b) = (from_db.at(place), from_tape.at(place));
        let Some(line) = walk.choose(place, a, b) else { break };
        from_db.settle(place, &line);
        from_tape.settle(place, &line);
        if !walk.accept(place, line)? {
            break;
        }
        place = place.next();
    }
    walk.found.db = from_db.drain();
    walk.found.tape = from_tape.drain();
    if let Some(tape) = &tape {
        walk.found.tape_end = tape.good_end;
        walk.found.tape.damaged |= tape.damaged > 0;
    }
    walk.found.db.damaged |= db.is_some_and(|db| db.failed);
    walk.finish()
}

impl<F: FnMut() -> Option<Record>> Cursor<F> {
    fn new(mut pull: F) -> Self {
        let current = pull();
        let end = current.as_ref().map_or(0, |(seq, _)| seq.next().0);
        Self { pull, current, side: Side { end, ..Side::default() }, whole: true }
    }

    fn advance(&mut self) {
        self.current = (self.pull)();
        if let Some((seq, _)) = &self.current {
            self.side.end = self.side.end.max(seq.next().0);
        }
    }

    /// The line at a place; lines of earlier places come too late to be of use.
    fn at(&mut self, place: Seq) -> Option<&[u8]> {
        while self.current.as_ref().is_some_and(|(seq, _)| *seq < place) {
            self.side.damaged = true;
            self.advance();
        }
        self.current.as_ref().filter(|(seq, _)| *seq == place).map(|(_, line)| line.as_slice())
    }

    /// Takes note of whether the line that was chosen is this side's.
    fn settle(&mut self, place: Seq, chosen: &[u8]) {
        match self.at(place) {
            Some(line) if line == chosen => {
                if self.whole {
                    self.side.good = place.next().0;
                }
                self.advance();
            }
            Some(_) => {
                self.side.damaged = true;
                self.whole = false;
                self.advance();
            }
            None => {
                // Later records are here and this one is not, also where the other side has it.
                self.side.damaged |= self.current.is_some();
                self.whole = false;
            }
        }
    }

    /// Reads on to the end, so that it is known how many records there once were.
    fn drain(mut self) -> Side {
        // A record that follows from nothing is damage here.
        self.side.damaged |= self.current.is_some();
        while self.current.is_some() {
            self.advance();
        }
        self.side
    }
}

impl<'a> Walk<'a> {
    fn new(wanted: Option<Epoch>, anchor: Option<Mark>, sink: Sink<'a>) -> Self {
        let found = Walked::nothing();
        Self { wanted, chain: None, key: None, anchor, found, unproven: None, sink }
    }

    /// The line that is right at a place; none when neither is.
    fn choose(&mut self, place: Seq, a: Option<&[u8]>, b: Option<&[u8]>) -> Option<Vec<u8>> {
        let chosen = match (a, b) {
            (Some(a), Some(b)) if a == b => Some(a).filter(|a| self.follows(place, a)),
            (Some(a), Some(b)) => {
                let right = |line| self.follows(place, line) && self.is_proven(line);
                match (right(a), right(b)) {
                    (true, true) => {
                        self.found.fork_at.get_or_insert(place);
                        Some(a)
                    }
                    (true, false) => Some(a),
                    (false, true) => Some(b),
                    (false, false) => None,
                }
            }
            // What only the database holds is proven by the records after it, and at the end by
            // its last signature; what comes back from the tape is proven one by one.
            (Some(a), None) => Some(a).filter(|a| self.follows(place, a)),
            (None, Some(b)) => Some(b).filter(|b| self.follows(place, b) && self.is_proven(b)),
            (None, None) => None,
        };
        chosen.map(<[u8]>::to_vec)
    }

    fn follows(&self, place: Seq, line: &[u8]) -> bool {
        let Ok(envelope) = Envelope::read(line) else { return false };
        let header = &envelope.header;
        match &self.chain {
            Some(chain) => {
                header.journal == chain.journal && header.seq == place && header.prev == chain.head
            }
            None => {
                header.seq == place
                    && header.prev == Hash::ZERO
                    && self.wanted.is_none_or(|wanted| wanted == header.journal.epoch)
                    && first_key(&envelope).is_some()
            }
        }
    }

    fn is_proven(&self, line: &[u8]) -> bool {
        let Ok(envelope) = Envelope::read(line) else { return false };
        if envelope.signature.is_none() {
            // Written while no key was available; its place in the chain is all it has.
            return true;
        }
        let key = self.key.or_else(|| first_key(&envelope));
        key.is_some_and(|key| envelope.is_signed_by(&key))
    }

    /// Takes a line into the joined journal; false when it can't be counted.
    fn accept(&mut self, place: Seq, line: Vec<u8>) -> Result<bool, LedgerError> {
        let (hash, header, event) = {
            let Ok(envelope) = Envelope::read(&line) else { return Ok(false) };
            if place == Seq(0) {
                self.key = first_key(&envelope);
            }
            (Hash::of_line(&line), envelope.header.clone(), envelope.event())
        };
        let before = self.chain.unwrap_or_else(|| Chain::empty(header.journal));
        let state = match &event {
            Ok(event) => self.found.state.after(header.at, header.date, event)?,
            // A kind of a later program: kept, chained and sent, but not understood here.
            Err(_) => self.found.state.clone(),
        };
        let chain =
            Chain { next_seq: place.next(), head: hash, lifetime: header.lifetime, ..before };
        let state_before = std::mem::replace(&mut self.found.state, state);
        if let Some(mark) = self.anchor
            && mark.journal == header.journal
            && mark.next_seq == chain.next_seq
        {
            self.found.hash_at_anchor = Some(hash);
        }
        if let Ok(Event::EpochOpen(open)) = &event {
            self.found.follows = open.follows.as_ref().map(|follows| follows.epoch);
        }
        // The record before is proven by this one, so it can be handed on.
        self.hand_on()?;
        self.chain = Some(chain);
        let news = event.ok().map(|event| (header.origin(), event));
        self.unproven = Some(Unproven { before, state: state_before, line, news });
        Ok(true)
    }

    fn hand_on(&mut self) -> Result<(), LedgerError> {
        let Some(proven) = self.unproven.take() else { return Ok(()) };
        self.give(proven)
    }

    fn give(&mut self, proven: Unproven) -> Result<(), LedgerError> {
        if let Some((origin, event)) = &proven.news {
            self.found.book.take(origin, event);
        }
        (self.sink)(proven.before.next_seq, &proven.line)
    }

    /// Checks the last line's signature, since no record after it proves it.
    fn finish(mut self) -> Result<Walked, LedgerError> {
        if let Some(last) = self.unproven.take() {
            if self.is_proven(&last.line) {
                self.give(last)?;
            } else {
                self.take_back(last.before, last.state);
            }
        }
        self.found.chain = self.chain;
        self.found.key = self.key;
        Ok(self.found)
    }

    /// The last line was changed: the journal ends before it, as far as is known here.
    fn take_back(&mut self, before: Chain, state: State) {
        let good = before.next_seq.0;
        for side in [&mut self.found.db, &mut self.found.tape] {
            side.damaged |= side.end > good;
            side.good = side.good.min(good);
        }
        self.found.state = state;
        self.chain = (good > 0).then_some(before);
    }
}

/// The key that a journal's first record names, when the journal's name follows from it.
pub(super) fn first_key(envelope: &Envelope<'_>) -> Option<PublicKey> {
    let Ok(Event::EpochOpen(open)) = envelope.event() else { return None };
    let key = PublicKey::from_bytes(open.public_key).ok()?;
    (epoch::derive(&key, &open.nonce) == envelope.header.journal.epoch).then_some(key)
}

#[cfg(test)]
mod tests;
