//! Builds a ledger's database from a journal's lines, beside the place it is to take. The same
//! lines give the same bytes.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;

use crate::domain::ids::Seq;

use super::error::LedgerError;
use super::join::Sink;
use super::open::{Db, beside, sql_int};
use super::projection;

/// Where a database is being built; what is found there at a start was cut off.
pub(super) const REBUILDING: &str = "rebuilding.db";

/// Builds a database of what `fill` hands on, with what `beside_lines` puts beside it, and flushes
/// it. Whoever asked for it gives it its place.
pub(super) fn build(
    path: &Path,
    fill: &mut dyn FnMut(Sink<'_>) -> Result<(), LedgerError>,
    beside_lines: &dyn Fn(&Connection) -> rusqlite::Result<()>,
) -> Result<(), LedgerError> {
    let failed = |why| LedgerError::sqlite(path, "building the ledger again", why);
    let new = Db::create(path)?;
    let transaction = new.conn.unchecked_transaction().map_err(failed)?;
    fill(&mut |seq, line| insert(&transaction, seq, line).map_err(failed))?;
    projection::rebuild(&transaction).map_err(failed)?;
    beside_lines(&transaction).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    new.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).map_err(failed)?;
    drop(new);
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(beside(path, suffix)).ok();
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(|why| LedgerError::file(path, why))
}

/// Takes away what a program that was cut off had built.
pub(super) fn forget(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        // Half built: it is built again from the same lines.
        fs::remove_file(beside(path, suffix)).ok();
    }
}

/// Puts a line at its place.
pub(super) fn insert(db: &Connection, seq: Seq, line: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO journal(seq, line) VALUES (?1, ?2)")?
        .execute((sql_int(seq.0), line))?;
    Ok(())
}
