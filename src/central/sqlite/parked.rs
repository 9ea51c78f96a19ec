//! Runs in central's SQLite store that wait for records before them, until those come.
//!
//! ```text
//!  a delivery ─▶ is the record before a waiting run here? ─ no ─▶ it stays packed
//!                                                           yes ─▶ it is joined: a few each time
//! ```
//!
//! Only the hash that a run follows is looked at, so what never joins costs nothing but its place.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::sync::segment::{Run, read_run, unpack};

use super::ingest::{append, count, decided, ends, fork, tips};
use super::{int, read};
use crate::central::ingest::{Joining, Rest, Room};
use crate::central::store::StoreError;

/// What is kept already of what a run is of, whose journal goes on in so many ways.
pub(super) fn room(tx: &Transaction<'_>, run: &Run, branches: usize) -> Result<Room, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let sql = "SELECT count(*), coalesce(sum(raw_len), 0) FROM segment
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = -1";
    let mut select = tx.prepare_cached(sql)?;
    let (parked, raw): (i64, i64) = select
        .query_row(params![store.0, register.0, epoch.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "SELECT kept_raw FROM register_key
               WHERE store = ?1 AND reg = ?2 AND public_key = ?3 AND standing = 'provisional'";
    let mut select = tx.prepare_cached(sql)?;
    let kept: Option<i64> = select
        .query_row(params![store.0, register.0, run.key.bytes()], |row| row.get(0))
        .optional()?;
    Ok(Room {
        parked: parked.unsigned_abs(),
        parked_raw: raw.unsigned_abs(),
        branches,
        unvouched_raw: kept.map(i64::unsigned_abs),
    })
}

/// Notes that a run of a key was kept that nobody vouched for.
pub(super) fn note_unvouched(tx: &Transaction<'_>, run: &Run) -> Result<(), StoreError> {
    let JournalId { store, register, .. } = run.journal;
    let sql = "UPDATE register_key SET kept_raw = kept_raw + ?4
               WHERE store = ?1 AND reg = ?2 AND public_key = ?3";
    let values = params![store.0, register.0, run.key.bytes(), int(run.raw_len)];
    tx.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Whether the very run is here already, waiting or not.
pub(super) fn is_kept(tx: &Transaction<'_>, run: &Run) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let (from, to, head) = ends(run);
    let sql = "SELECT 1 FROM segment WHERE store = ?1 AND reg = ?2 AND epoch = ?3
               AND from_seq = ?4 AND to_seq = ?5 AND head = ?6";
    let mut select = tx.prepare_cached(sql)?;
    let place = params![store.0, register.0, epoch.0, from, to, head.0];
    Ok(select.exists(place)?)
}

/// Joins runs whose predecessor came, as many as one delivery joins.
pub(super) fn join(
    tx: &Transaction<'_>,
    journal: &JournalId,
    now_ms: i64,
) -> Result<Joining, StoreError> {
    let mut joining = Joining::default();
    let Some(key) = read::journal_key(tx, journal)? else { return Ok(joining) };
    while joining.goes_on() {
        let Some(run) = joinable(tx, journal, key)? else { break };
        joining.unpacks(run.raw_len);
        let tips = tips(tx, journal)?;
        let decision = decided(tx, &run, &tips)?;
        if decision.rest == Rest::Park {
            break;
        }
        let JournalId { store, register, epoch } = journal;
        let (from, to, head) = ends(&run);
        let sql = "DELETE FROM segment WHERE store = ?1 AND reg = ?2 AND epoch = ?3
                   AND from_seq = ?4 AND to_seq = ?5 AND head = ?6 AND branch = -1";
        tx.prepare_cached(sql)?.execute(params![store.0, register.0, epoch.0, from, to, head.0])?;
        let new = run.records.get(decision.existing..).unwrap_or_default();
        match decision.rest {
            Rest::Append(branch) => append(tx, &run, new, branch, now_ms)?,
            Rest::Branch => fork(tx, &run, new, &tips, now_ms)?,
            Rest::None | Rest::Park => {}
        }
        joining.created = joining.created.saturating_add(count(new.len()));
    }
    Ok(joining)
}

/// The first run whose predecessor is here.
fn joinable(
    tx: &Transaction<'_>,
    journal: &JournalId,
    key: PublicKey,
) -> Result<Option<Run>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT from_seq, prev, header, blob, raw_len FROM segment s
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = -1
               AND EXISTS (SELECT 1 FROM record r WHERE r.store = s.store AND r.reg = s.reg
                AND r.epoch = s.epoch AND r.seq = s.from_seq - 1 AND r.hash = s.prev)
               ORDER BY from_seq, to_seq, head LIMIT 1";
    let mut select = tx.prepare_cached(sql)?;
    let found = select
        .query_row(params![store.0, register.0, epoch.0], |row| Ok(parked_run(row, journal, key)));
    found.optional()?.transpose()
}

fn parked_run(row: &Row<'_>, journal: &JournalId, key: PublicKey) -> Result<Run, StoreError> {
    let from: i64 = row.get(0)?;
    let prev = Hash(row.get(1)?);
    let blob: Vec<u8> = row.get(3)?;
    let raw_len: i64 = row.get(4)?;
    let damaged =
        |_| StoreError::Unfit("a stored segment can't be read; check central's disk".to_owned());
    let raw = unpack(&blob, usize::try_from(raw_len).unwrap_or(0)).map_err(damaged)?;
    let read = read_run(&raw, *journal, Seq(from.unsigned_abs()), prev).map_err(damaged)?;
    Ok(Run {
        journal: *journal,
        key,
        prev,
        records: read.records,
        header: row.get(2)?,
        blob,
        raw_len: raw_len.unsigned_abs(),
        opened_by: read.opened_by,
    })
}
