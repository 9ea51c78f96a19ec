//! Which of the journals that lie in a register's folders is the one in use, by their first
//! records. Looks only.
//!
//! ```text
//!  anchor ── or the database's, or a tape's that follows it ──▶ the one that nobody follows
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, Seq};
use crate::journal::record::Envelope;

use super::anchor::Mark;
use super::error::LedgerError;
use super::tape::TapeLines;
use super::{Identity, Place};

/// The first record's journal, and the one it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    pub(super) journal: JournalId,
    pub(super) follows: Option<Epoch>,
    /// How many records the one before had, as far as was known when this one began.
    pub(super) had: Seq,
}

pub(super) fn first_of(line: &[u8]) -> Option<First> {
    let envelope = Envelope::read(line).ok()?;
    let Ok(Event::EpochOpen(open)) = envelope.event() else { return None };
    let had = open.follows.as_ref().map_or(Seq(0), |follows| follows.next_seq);
    let follows = open.follows.map(|follows| follows.epoch);
    Some(First { journal: envelope.header.journal, follows, had })
}

/// The first record of a database.
pub(super) fn first_of_db(conn: &Connection) -> Option<First> {
    let sql = "SELECT line FROM journal WHERE seq = 0";
    let line: Vec<u8> = conn.query_row(sql, (), |row| row.get(0)).ok()?;
    first_of(&line)
}

/// The first records of this register's tapes.
pub(super) fn tapes(place: &Place, identity: Identity) -> Vec<First> {
    let Ok(entries) = fs::read_dir(&place.tape_dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("tape-") && name.ends_with(".jsonl"))
        })
        .collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| TapeLines::open(path).ok()?.next_record().ok()??.1.into())
        .filter_map(|line: Vec<u8>| first_of(&line))
        .filter(|first| {
            first.journal.store == identity.store && first.journal.register == identity.register
        })
        .collect()
}

/// Which journal is the current one: what the anchor names, unless the database or a tape follows
/// it; without an anchor the database's; without either the one tape that no other follows.
pub(super) fn wanted(
    in_db: Option<&First>,
    anchor: Option<&Mark>,
    tapes: &[First],
) -> Option<Epoch> {
    let db_epoch = in_db.map(|first| first.journal.epoch);
    let anchored = anchor.map(|mark| mark.journal.epoch);
    let mut current = match (db_epoch, anchored) {
        (Some(db), Some(anchored)) if in_db.and_then(|f| f.follows) == Some(anchored) => Some(db),
        (_, Some(anchored)) => Some(anchored),
        (db, None) => db,
    };
    if current.is_none() {
        let followed = |epoch: Epoch| tapes.iter().any(|tape| tape.follows == Some(epoch));
        let mut open = tapes.iter().filter(|tape| !followed(tape.journal.epoch));
        current = open.next().map(|tape| tape.journal.epoch).filter(|_| open.next().is_none());
    }
    for _ in tapes {
        let next = tapes.iter().find(|tape| tape.follows.is_some() && tape.follows == current);
        current = next.map(|tape| tape.journal.epoch).or(current);
    }
    current
}

/// A ledger of another register is not touched.
pub(super) fn refuse_other_register(
    identity: Identity,
    path: &Path,
    found: JournalId,
) -> Result<(), LedgerError> {
    let Identity { store, register } = identity;
    if found.store == store && found.register == register {
        return Ok(());
    }
    Err(LedgerError::OtherRegister { path: path.to_path_buf(), found, store, register })
}
