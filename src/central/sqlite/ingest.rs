//! Takes runs into central's SQLite store, inside a transaction that somebody else commits.
//!
//! What becomes of a run is decided in `ingest`, which is pure; here it is done.

use rusqlite::{Row, Transaction, params};

use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};
use crate::sync::segment::{Run, Stub, read_run, unpack};
use crate::sync::wire::Outcome;

use super::read;
use super::{int, meta, seq, set_meta};
use crate::central::ingest::{Known, Rest, Tip, decide};
use crate::central::store::{Ingested, Position, StoreError};

/// How many runs of one journal may wait for records before them.
const PARKED_MAX: i64 = 1_000;

/// Stores one run in an open transaction.
pub(in crate::central) fn take_in(
    tx: &Transaction<'_>,
    run: &Run,
    now_ms: i64,
) -> Result<Ingested, StoreError> {
    let journal = run.journal;
    let Some((first, last)) = run.records.first().zip(run.records.last()) else {
        return Err(StoreError::Unfit("a run without records can't be stored".to_owned()));
    };
    keep_journal(tx, &journal, &run.key, now_ms)?;
    if let Some((opener, true)) = &run.opened_by {
        own_key(tx, &journal, opener)?;
    }
    let tips = tips(tx, &journal)?;
    // The usual case needs no look at records: the run continues what came first.
    let straight =
        tips.iter().any(|tip| tip.branch == 0 && tip.next_seq == first.seq && tip.head == run.prev);
    let known = if straight { Vec::new() } else { known(tx, &journal, first.seq, last.seq)? };
    let decision = decide(&tips, &known, run.prev, &run.records);
    let new = run.records.get(decision.existing..).unwrap_or_default();
    let mut ingested = Ingested {
        outcome: Outcome::Accepted,
        created: count(new.len()),
        existing: count(decision.existing),
        parked: 0,
        position: Position { next_seq: Seq(0), head: Hash::ZERO, prune_seq: Seq(0) },
    };
    match decision.rest {
        Rest::None => ingested.outcome = Outcome::Duplicate,
        Rest::Append(branch) => {
            append(tx, run, new, branch, now_ms)?;
            if branch > 0 {
                ingested.outcome = Outcome::Forked;
            }
        }
        Rest::Branch => {
            fork(tx, run, new, &tips, now_ms)?;
            ingested.outcome = Outcome::Forked;
        }
        Rest::Park => {
            let parked = park(tx, run, now_ms)?;
            (ingested.created, ingested.parked) = (0, count(new.len()));
            ingested.outcome = Outcome::Parked;
            if !parked {
                ingested.parked = 0;
            }
            let tip = tips.iter().find(|tip| tip.branch == 0);
            if tip.is_some_and(|tip| tip.next_seq >= first.seq) {
                let text = "these records follow others than central holds; what lies between \
                            has not come yet";
                except(tx, &Exception::new(Code::Fork, journal, first.seq, text), 0, false)?;
            }
        }
    }
    if matches!(decision.rest, Rest::Append(_) | Rest::Branch) {
        let joined = join_parked(tx, &journal, now_ms)?;
        ingested.created = ingested.created.saturating_add(joined);
        note_received(tx, ingested.created)?;
    }
    ingested.position = read::position(tx, &journal)?;
    Ok(ingested)
}

fn append(
    tx: &Transaction<'_>,
    run: &Run,
    new: &[Stub],
    branch: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some((first, last)) = new.first().zip(new.last()) else { return Ok(()) };
    put_segment(tx, run, (branch, first.seq), now_ms)?;
    put_records(tx, &run.journal, branch, new)?;
    let JournalId { store, register, epoch } = run.journal;
    let sql = "INSERT INTO branch (store, reg, epoch, branch, from_seq, next_seq, head, projected)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?5)
               ON CONFLICT (store, reg, epoch, branch)
               DO UPDATE SET next_seq = excluded.next_seq, head = excluded.head";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        branch,
        int(first.seq.0),
        int(last.seq.next().0),
        last.hash.0,
    ])?;
    Ok(())
}

fn fork(
    tx: &Transaction<'_>,
    run: &Run,
    new: &[Stub],
    tips: &[Tip],
    now_ms: i64,
) -> Result<(), StoreError> {
    let branch = tips.iter().map(|tip| tip.branch).max().unwrap_or(0).saturating_add(1);
    append(tx, run, new, branch, now_ms)?;
    let Some(first) = new.first() else { return Ok(()) };
    let text = format!(
        "the journal goes on in two ways from record {}: it was restored or copied and both were \
         used; both are kept, the second as branch {branch}",
        first.seq
    );
    except(tx, &Exception::new(Code::Fork, run.journal, first.seq, text), branch, false)
}

/// Keeps a run that can't be joined yet; false when it is waiting already, or too many are.
fn park(tx: &Transaction<'_>, run: &Run, now_ms: i64) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let sql = "SELECT count(*) FROM segment
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = -1";
    let waiting: i64 = tx
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, epoch.0], |row| row.get(0))?;
    if waiting >= PARKED_MAX {
        // Not kept and not acknowledged: the register still has it, and sends it in its turn.
        return Ok(false);
    }
    put_segment(tx, run, (-1, Seq(0)), now_ms)
}

/// Joins runs that waited, until none can be joined. Gives the count of new records.
fn join_parked(tx: &Transaction<'_>, journal: &JournalId, now_ms: i64) -> Result<u64, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let Some(key) = read::journal_key(tx, journal)? else { return Ok(0) };
    let mut created = 0_u64;
    loop {
        let sql = "SELECT from_seq, to_seq, head, prev, header, blob, raw_len FROM segment
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = -1
                   ORDER BY from_seq";
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(params![store.0, register.0, epoch.0])?;
        let mut joined = None;
        while let Some(row) = rows.next()? {
            let run = parked_run(row, journal, key)?;
            let Some((first, last)) = run.records.first().zip(run.records.last()) else {
                continue;
            };
            let tips = tips(tx, journal)?;
            let known = known(tx, journal, first.seq, last.seq)?;
            let decision = decide(&tips, &known, run.prev, &run.records);
            if decision.rest != Rest::Park {
                joined = Some((run, decision, tips));
                break;
            }
        }
        drop(rows);
        drop(statement);
        let Some((run, decision, tips)) = joined else { return Ok(created) };
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
        created = created.saturating_add(count(new.len()));
    }
}

fn parked_run(row: &Row<'_>, journal: &JournalId, key: PublicKey) -> Result<Run, StoreError> {
    let from: i64 = row.get(0)?;
    let prev = Hash(row.get(3)?);
    let blob: Vec<u8> = row.get(5)?;
    let raw_len: i64 = row.get(6)?;
    let damaged =
        |_| StoreError::Unfit("a stored segment can't be read; check central's disk".to_owned());
    let raw = unpack(&blob, usize::try_from(raw_len).unwrap_or(0)).map_err(damaged)?;
    let read = read_run(&raw, *journal, Seq(from.unsigned_abs()), prev).map_err(damaged)?;
    Ok(Run {
        journal: *journal,
        key,
        prev,
        records: read.records,
        header: row.get(4)?,
        blob,
        raw_len: raw_len.unsigned_abs(),
        opened_by: read.opened_by,
    })
}

/// Keeps a run on a branch, of which the records from a place on are new there.
fn put_segment(
    tx: &Transaction<'_>,
    run: &Run,
    (branch, new_from): (i64, Seq),
    now_ms: i64,
) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let (from, to, head) = ends(run);
    let sql = "INSERT INTO segment
               (store, reg, epoch, branch, from_seq, to_seq, head, prev, header, blob, raw_len,
                received_at, new_from)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
               ON CONFLICT (store, reg, epoch, from_seq, to_seq, head)
               DO UPDATE SET branch = excluded.branch, new_from = excluded.new_from
               WHERE branch = -1 AND excluded.branch >= 0";
    let changed = tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        branch,
        from,
        to,
        head.0,
        run.prev.0,
        run.header,
        run.blob,
        int(run.raw_len),
        now_ms,
        int(new_from.0),
    ])?;
    Ok(changed > 0)
}

fn put_records(
    tx: &Transaction<'_>,
    journal: &JournalId,
    branch: i64,
    new: &[Stub],
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql =
        "INSERT INTO record (store, reg, epoch, seq, hash, branch, kind, at, takings, payouts)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let mut insert = tx.prepare_cached(sql)?;
    for stub in new {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            int(stub.seq.0),
            stub.hash.0,
            branch,
            stub.kind,
            stub.at_ms,
            stub.lifetime.takings.minor(),
            stub.lifetime.payouts.minor(),
        ])?;
    }
    Ok(())
}

pub(in crate::central) fn keep_journal(
    tx: &Transaction<'_>,
    journal: &JournalId,
    key: &PublicKey,
    now_ms: i64,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "INSERT INTO journal (store, reg, epoch, public_key, first_seen, last_seen)
               VALUES (?1, ?2, ?3, ?4, ?5, ?5)
               ON CONFLICT (store, reg, epoch) DO UPDATE SET last_seen = excluded.last_seen";
    tx.prepare_cached(sql)?.execute(params![store.0, register.0, epoch.0, key.bytes(), now_ms])?;
    Ok(())
}

/// A journal's key is the one that it proves to have begun with: a register that has another key
/// by now brings it too, and its records are signed as they were.
fn own_key(
    tx: &Transaction<'_>,
    journal: &JournalId,
    opener: &PublicKey,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "UPDATE journal SET public_key = ?4
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND public_key <> ?4";
    let changed =
        tx.prepare_cached(sql)?.execute(params![store.0, register.0, epoch.0, opener.bytes()])?;
    if changed > 0 {
        tracing::info!(%journal, key = %opener.fingerprint(), "a journal of an earlier key");
    }
    Ok(())
}

fn note_received(tx: &Transaction<'_>, created: u64) -> Result<(), StoreError> {
    let before: Option<i64> = meta(tx, "received")?;
    set_meta(tx, "received", &before.unwrap_or(0).saturating_add(int(created)))
}

fn tips(tx: &Transaction<'_>, journal: &JournalId) -> Result<Vec<Tip>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT branch, next_seq, head FROM branch
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 ORDER BY branch";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![store.0, register.0, epoch.0], |row| {
        Ok(Tip { branch: row.get(0)?, next_seq: seq(row, 1)?, head: Hash(row.get(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The records held at these places and the place before, on every branch.
fn known(
    tx: &Transaction<'_>,
    journal: &JournalId,
    from: Seq,
    to: Seq,
) -> Result<Vec<Known>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT seq, hash FROM record
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq BETWEEN ?4 AND ?5";
    let before = from.0.saturating_sub(1);
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![store.0, register.0, epoch.0, int(before), int(to.0)], |row| {
            Ok(Known { seq: seq(row, 0)?, hash: Hash(row.get(1)?) })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(in crate::central) fn except(
    tx: &Transaction<'_>,
    exception: &Exception,
    branch: i64,
    derived: bool,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = exception.journal;
    let sql = "INSERT INTO exception
               (store, reg, epoch, seq, branch, code, cause, level, text, amount, derived)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        int(exception.seq.0),
        branch,
        exception.code.word(),
        exception.cause,
        exception.level.word(),
        exception.text,
        exception.amount.minor(),
        derived,
    ])?;
    Ok(())
}

fn ends(run: &Run) -> (i64, i64, Hash) {
    let first = run.records.first().map_or(0, |stub| int(stub.seq.0));
    let (to, head) =
        run.records.last().map_or((first, Hash::ZERO), |stub| (int(stub.seq.0), stub.hash));
    (first, to, head)
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
