//! What a ledger itself has of a journal: its database and its tape, as carriers of records, and
//! the walk over both that each start takes.
//!
//! ```text
//!  database ┐
//!  tape     ┴─ join ─▶ Walked: the joined journal, and what each of the two has of it
//! ```
//!
//! Lines are streamed, so a journal of any length is walked in constant memory.

use std::cell::RefCell;

use rusqlite::Connection;

use crate::domain::book::Book;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::chain::Chain;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

use super::error::LedgerError;
use super::join::{Asked, Carrier, Joined, Other, Record, Sink, Word, join};
use super::open::sql_int;
use super::state::State;
use super::tape::TapeLines;

pub(super) use super::join::{Side, first_key};

const ROWS: i64 = 64;

/// The database's lines, in order.
pub(super) struct DbLines<'a> {
    conn: &'a Connection,
    next: u64,
    rows: std::vec::IntoIter<Record>,
    /// SQLite could not read on.
    pub(super) failed: bool,
}

/// What a walk found.
#[derive(Clone, Debug)]
pub(super) struct Walked {
    /// The joined journal's end; none when not even its first record was found.
    pub(super) chain: Option<Chain>,
    /// Its key.
    pub(super) key: Option<PublicKey>,
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
    /// The other right record at a place at which both hold one, and not the same.
    pub(super) fork: Option<Other>,
    /// The hash at the anchor's place, where the joined journal comes so far.
    pub(super) hash_at_anchor: Option<Hash>,
}

impl Walked {
    /// Nothing yet, of a journal that is about to begin.
    pub(super) fn empty(journal: JournalId, key: PublicKey) -> Self {
        Self {
            chain: Some(Chain::empty(journal)),
            key: Some(key),
            state: State::default(),
            book: Book::default(),
            db: Side::default(),
            tape: Side::default(),
            tape_end: 0,
            fork: None,
            hash_at_anchor: None,
        }
    }
}

impl<'a> DbLines<'a> {
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self { conn, next: 0, rows: Vec::new().into_iter(), failed: false }
    }

    pub(super) fn next_record(&mut self) -> Option<Record> {
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
    db: Option<DbLines<'_>>,
    tape: Option<TapeLines>,
    asked: Asked,
    sink: Sink<'_>,
) -> Result<Walked, LedgerError> {
    let (db, tape) = (RefCell::new(db), RefCell::new(tape));
    let from_db = || db.borrow_mut().as_mut().and_then(DbLines::next_record);
    let from_tape = || tape.borrow_mut().as_mut().and_then(|t| t.next_record().ok().flatten());
    let carriers = vec![
        Carrier { word: Word::Ledger, pull: Box::new(from_db) },
        Carrier { word: Word::Known, pull: Box::new(from_tape) },
    ];
    let joined = join(carriers, asked, sink)?;
    let Joined { chain, key, state, book, sides, others, hash_at_anchor, .. } = joined;
    let side = |number: usize| sides.get(number).copied().unwrap_or_default();
    let fork = others.first().copied();
    let end_of = |tape: &TapeLines| (tape.good_end, tape.damaged > 0);
    let (tape_end, torn) = tape.borrow().as_ref().map_or((0, false), end_of);
    let (mut db_side, mut tape) = (side(0), side(1));
    db_side.damaged |= db.borrow().as_ref().is_some_and(|db| db.failed);
    tape.damaged |= torn;
    Ok(Walked { chain, key, state, book, db: db_side, tape, tape_end, fork, hash_at_anchor })
}

#[cfg(test)]
mod tests;
