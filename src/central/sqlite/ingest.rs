//! Takes runs into central's SQLite store, inside a transaction that somebody else commits.
//!
//! What becomes of a run is decided in `ingest`, which is pure; here it is done.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::domain::ids::{JournalId, Seq};
use crate::domain::semver::Semver;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};
use crate::sync::segment::{Run, Stub};
use crate::sync::wire::Outcome;

use super::{int, meta, parked, read, recovery, seq, set_meta};
use crate::central::ingest::{Decision, Known, Rest, Tip, decide};
use crate::central::store::{Expected, Ingested, Stand, StoreError};

/// Stores one run in an open transaction.
pub(in crate::central) fn take_in(
    tx: &Transaction<'_>,
    run: &Run,
    now_ms: i64,
) -> Result<Ingested, StoreError> {
    let journal = run.journal;
    let Some(first) = run.records.first() else {
        return Err(StoreError::Unfit("a run without records can't be stored".to_owned()));
    };
    keep_journal(tx, &journal, &run.key, now_ms)?;
    if let Some((opener, true)) = &run.opened_by {
        own_key(tx, &journal, opener)?;
    }
    let tips = tips(tx, &journal)?;
    let decision = decided(tx, run, &tips)?;
    let new = run.records.get(decision.existing..).unwrap_or_default();
    let mut ingested = Ingested {
        outcome: Outcome::Accepted,
        created: count(new.len()),
        existing: count(decision.existing),
        ..Ingested::nothing(read::stand(tx, &journal)?)
    };
    let room = parked::room(tx, run, tips.len())?;
    ingested.kept_out = room.keeps_out(decision.rest, run.raw_len);
    if ingested.kept_out.is_some() && parked::is_kept(tx, run)? {
        ingested.kept_out = None;
    }
    match decision.rest {
        _ if ingested.kept_out.is_some() => {
            ingested.created = 0;
            ingested.outcome = Outcome::Position;
        }
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
            ingested.created = 0;
            ingested.outcome = Outcome::Parked;
            // It may be waiting already.
            if put_segment(tx, run, (-1, Seq(0)), now_ms)? {
                ingested.parked = count(new.len());
            }
            let tip = tips.iter().find(|tip| tip.branch == 0);
            if tip.is_some_and(|tip| tip.next_seq >= first.seq) {
                let text = "these records follow others than central holds; what lies between \
                            has not come yet";
                except(tx, &Exception::new(Code::Fork, journal, first.seq, text), 0, false)?;
            }
        }
    }
    let kept = matches!(ingested.outcome, Outcome::Accepted | Outcome::Forked);
    if room.unvouched_raw.is_some() && (kept || ingested.parked > 0) {
        parked::note_unvouched(tx, run)?;
    }
    if room.parked > 0 {
        let joined = parked::join(tx, &journal, now_ms)?;
        (ingested.joined, ingested.unpacked) = (joined.created, joined.raw);
        ingested.created = ingested.created.saturating_add(joined.created);
    }
    if ingested.created > 0 {
        note_received(tx, ingested.created)?;
    }
    ingested.position = read::position(tx, &journal)?;
    Ok(ingested)
}

/// Decides about a run, by what is held of its records.
pub(super) fn decided(
    tx: &Transaction<'_>,
    run: &Run,
    tips: &[Tip],
) -> Result<Decision, StoreError> {
    let first = run.records.first().map(|first| first.seq);
    // The usual case needs no look at records: the run continues what came first.
    let straight =
        |tip: &Tip| tip.branch == 0 && Some(tip.next_seq) == first && tip.head == run.prev;
    let known = if tips.iter().any(straight) { BTreeSet::new() } else { known(tx, run)? };
    Ok(decide(tips, &known, run.prev, &run.records))
}

pub(super) fn append(
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

pub(super) fn fork(
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

/// Keeps what a register says it has; the furthest announcement holds.
pub(in crate::central) fn announce(
    tx: &Transaction<'_>,
    expected: &Expected,
    now_ms: i64,
) -> Result<Stand, StoreError> {
    keep_journal(tx, &expected.journal, &expected.key, now_ms)?;
    recovery::note_out(tx, expected, now_ms)?;
    let JournalId { store, register, epoch } = expected.journal;
    let sql = "UPDATE journal SET expected_next = ?4, expected_head = ?5,
               expected_takings = ?6, expected_payouts = ?7, program = ?8,
               program_since = CASE WHEN program IS ?8 THEN coalesce(program_since, ?9)
                                    ELSE ?9 END
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND expected_next <= ?4";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        int(expected.next_seq.0),
        expected.head.0,
        expected.lifetime.takings.minor(),
        expected.lifetime.payouts.minor(),
        expected.program.as_ref().map(Semver::as_str),
        now_ms,
    ])?;
    read::stand(tx, &expected.journal)
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

pub(super) fn tips(tx: &Transaction<'_>, journal: &JournalId) -> Result<Vec<Tip>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT branch, next_seq, head FROM branch
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 ORDER BY branch";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![store.0, register.0, epoch.0], |row| {
        Ok(Tip { branch: row.get(0)?, next_seq: seq(row, 1)?, head: Hash(row.get(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those of a run's records that are held, up to the first that is not, and of the one before it:
/// however many branches there are, no record is looked for but these.
fn known(tx: &Transaction<'_>, run: &Run) -> Result<BTreeSet<Known>, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let sql = "SELECT 1 FROM record
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4 AND hash = ?5";
    let mut held = tx.prepare_cached(sql)?;
    let mut holds = |known: &Known| {
        held.query_row(
            params![store.0, register.0, epoch.0, int(known.seq.0), known.hash.0],
            |_| Ok(()),
        )
        .optional()
    };
    let first = run.records.first().and_then(|first| first.seq.0.checked_sub(1));
    let before = first.map(|seq| Known { seq: Seq(seq), hash: run.prev });
    let mut found = BTreeSet::new();
    if let Some(before) = before
        && holds(&before)?.is_some()
    {
        found.insert(before);
    }
    for stub in &run.records {
        let known = Known { seq: stub.seq, hash: stub.hash };
        if holds(&known)?.is_none() {
            break;
        }
        found.insert(known);
    }
    Ok(found)
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

pub(super) fn ends(run: &Run) -> (i64, i64, Hash) {
    let first = run.records.first().map_or(0, |stub| int(stub.seq.0));
    let (to, head) =
        run.records.last().map_or((first, Hash::ZERO), |stub| (int(stub.seq.0), stub.hash));
    (first, to, head)
}

pub(super) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
