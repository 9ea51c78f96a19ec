//! Reads a copy of central's database, without changing a byte of it or of what stands beside it.
//!
//! ```text
//!  FILE, opened as one that never changes (no log, no lock, no -shm) ─▶ one journal at a time
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, params};

use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;

use super::format::{APPLICATION_ID, SCHEMA_VERSION};
use super::{journal_of, seq};
use crate::central::store::StoreError;

/// The most pieces of damage that SQLite's own look names.
const DAMAGE_MAX: u32 = 10;

/// A copy that is looked at.
pub(in crate::central) struct SqliteCopy(Connection);

/// A branch of a journal, as the copy has it.
pub(in crate::central) struct CopiedBranch {
    pub(in crate::central) branch: i64,
    pub(in crate::central) from: Seq,
    pub(in crate::central) next: Seq,
    pub(in crate::central) head: Hash,
}

/// Records as they came, as the copy has them.
pub(in crate::central) struct CopiedSegment {
    pub(in crate::central) branch: i64,
    pub(in crate::central) from: Seq,
    pub(in crate::central) to: Seq,
    pub(in crate::central) head: Hash,
    pub(in crate::central) prev: Hash,
    /// The sealed header; none for plain record lines.
    pub(in crate::central) header: Option<Vec<u8>>,
    pub(in crate::central) blob: Vec<u8>,
    pub(in crate::central) raw_len: u64,
}

impl SqliteCopy {
    /// Opens a copy that this version can read.
    pub(in crate::central) fn open(file: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let copy = Connection::open_with_flags(never_changing(file), flags)?;
        copy.pragma_update(None, "trusted_schema", "OFF")?;
        let id: i64 = copy.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: i64 = copy.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if id != APPLICATION_ID || !(1..=SCHEMA_VERSION).contains(&version) {
            return Err(StoreError::Unfit(format!(
                "{} is no copy of a central of this version (format {version})",
                file.display()
            )));
        }
        Ok(Self(copy))
    }

    /// What SQLite itself finds wrong with the file's pages and indexes; nothing when it is well.
    pub(in crate::central) fn damage(&self) -> Result<Vec<String>, StoreError> {
        let sql = format!("PRAGMA integrity_check({DAMAGE_MAX})");
        let mut statement = self.0.prepare(&sql)?;
        let said = statement.query_map([], |row| row.get::<_, String>(0))?;
        let said: Vec<String> = said.collect::<Result<_, _>>()?;
        Ok(said.into_iter().filter(|words| words != "ok").collect())
    }

    /// Each journal with its key.
    pub(in crate::central) fn journals(&self) -> Result<Vec<(JournalId, [u8; 32])>, StoreError> {
        let sql = "SELECT store, reg, epoch, public_key FROM journal ORDER BY store, reg, epoch";
        let mut statement = self.0.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((journal_of(row)?, row.get(3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(in crate::central) fn branches(
        &self,
        journal: &JournalId,
    ) -> Result<Vec<CopiedBranch>, StoreError> {
        let sql = "SELECT branch, from_seq, next_seq, head FROM branch
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 ORDER BY branch";
        let JournalId { store, register, epoch } = journal;
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params![store.0, register.0, epoch.0], |row| {
            let (from, next) = (seq(row, 1)?, seq(row, 2)?);
            Ok(CopiedBranch { branch: row.get(0)?, from, next, head: Hash(row.get(3)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The branch of each record that is listed.
    pub(in crate::central) fn records(
        &self,
        journal: &JournalId,
    ) -> Result<BTreeMap<(Seq, Hash), i64>, StoreError> {
        let sql = "SELECT seq, hash, branch FROM record
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3";
        let JournalId { store, register, epoch } = journal;
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params![store.0, register.0, epoch.0], |row| {
            Ok(((seq(row, 0)?, Hash(row.get(1)?)), row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Shows each stored segment of a journal; gives how many there are.
    pub(in crate::central) fn segments(
        &self,
        journal: &JournalId,
        see: &mut dyn FnMut(CopiedSegment),
    ) -> Result<u64, StoreError> {
        let sql = "SELECT branch, from_seq, to_seq, head, prev, header, blob, raw_len FROM segment
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 ORDER BY from_seq, to_seq";
        let JournalId { store, register, epoch } = journal;
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params![store.0, register.0, epoch.0])?;
        let mut count = 0_u64;
        while let Some(row) = rows.next()? {
            see(segment_of(row)?);
            count = count.saturating_add(1);
        }
        Ok(count)
    }
}

fn segment_of(row: &Row<'_>) -> rusqlite::Result<CopiedSegment> {
    Ok(CopiedSegment {
        branch: row.get(0)?,
        from: seq(row, 1)?,
        to: seq(row, 2)?,
        head: Hash(row.get(3)?),
        prev: Hash(row.get(4)?),
        header: row.get(5)?,
        blob: row.get(6)?,
        raw_len: row.get::<_, i64>(7)?.unsigned_abs(),
    })
}

/// The file's address for SQLite: a name may hold what an address gives a meaning to.
fn never_changing(file: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut address = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte));
            }
            other => {
                // Writing into a string never fails.
                write!(address, "%{other:02X}").ok();
            }
        }
    }
    address.push_str("?immutable=1");
    address
}
