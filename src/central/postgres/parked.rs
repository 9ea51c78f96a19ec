//! Runs in the PostgreSQL store that wait for records before them, until those come.
//!
//! ```text
//!  a delivery ─▶ is the record before a waiting run here? ─ no ─▶ it stays packed
//!                                                           yes ─▶ it is joined: a few each time
//! ```
//!
//! Only the hash that a run follows is looked at, so what never joins costs nothing but its place.
//! All of it under the lock of the journal's row.

use super::ingest::{Gathered, Holding, count, decided, ends, fork, put_segments, write};
use super::link::{Param, Session};
use super::project::put_exceptions;
use super::values::{hash, int, key};
use crate::central::ingest::{Joining, Rest};
use crate::central::store::StoreError;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};
use crate::sync::segment::{Run, read_run, unpack};

/// Keeps a run that can't be joined yet; false when it is waiting already.
pub(super) async fn park(
    session: &Session,
    run: &Run,
    holding: &mut Holding,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Some(first) = run.records.first() else { return Ok(false) };
    if holding.tips.iter().any(|tip| tip.branch == 0 && tip.next_seq >= first.seq) {
        let text = "these records follow others than central holds; what lies between has not \
                    come yet";
        let found = Exception::new(Code::Fork, run.journal, first.seq, text);
        put_exceptions(session, &[(0, &found)], false).await?;
    }
    let kept = put_segments(session, &[(run, -1, Seq(0))], now_ms).await? > 0;
    if kept {
        let (runs, raw) = holding.parked;
        holding.parked = (runs.saturating_add(1), raw.saturating_add(run.raw_len));
    }
    Ok(kept)
}

/// Whether the very run is here already, waiting or not.
pub(super) async fn is_kept(session: &Session, run: &Run) -> Result<bool, StoreError> {
    let (store, reg, epoch) = key(&run.journal);
    let (from, to, head) = ends(run);
    let sql = "SELECT 1 FROM segment WHERE store = $1 AND reg = $2 AND epoch = $3
               AND from_seq = $4 AND to_seq = $5 AND head = $6";
    let params: [Param<'_>; 6] = [&store, &reg, &epoch, &from, &to, &head.0.as_slice()];
    Ok(session.maybe(sql, &params).await?.is_some())
}

/// Notes that a run of a key was kept that nobody vouched for.
pub(super) async fn note_unvouched(session: &Session, run: &Run) -> Result<(), StoreError> {
    let sql = "UPDATE register_key SET kept_raw = kept_raw + $4
               WHERE store = $1 AND reg = $2 AND public_key = $3";
    let (store, reg, _) = key(&run.journal);
    let public = run.key.bytes().as_slice();
    session.execute(sql, &[&store, &reg, &public, &int(run.raw_len)]).await?;
    Ok(())
}

/// Joins runs whose predecessor came, as many as one delivery joins.
pub(super) async fn join(
    session: &Session,
    journal: &JournalId,
    holding: &mut Holding,
    now_ms: i64,
) -> Result<Joining, StoreError> {
    let mut joining = Joining::default();
    while joining.goes_on() {
        let Some(run) = joinable(session, journal, holding.key).await? else { break };
        joining.unpacks(run.raw_len);
        let decision = decided(session, &run, holding).await?;
        if decision.rest == Rest::Park {
            break;
        }
        let sql = "DELETE FROM segment WHERE store = $1 AND reg = $2 AND epoch = $3
                   AND from_seq = $4 AND to_seq = $5 AND head = $6 AND branch = -1";
        let (store, reg, epoch) = key(journal);
        let (from, to, head) = ends(&run);
        let params: [Param<'_>; 6] = [&store, &reg, &epoch, &from, &to, &head.0.as_slice()];
        session.execute(sql, &params).await?;
        let (runs, raw) = holding.parked;
        holding.parked = (runs.saturating_sub(1), raw.saturating_sub(run.raw_len));
        let new = run.records.get(decision.existing..).unwrap_or_default();
        let mut gathered = Gathered::default();
        match decision.rest {
            Rest::Append(branch) => gathered.append(&run, new, branch, holding),
            Rest::Branch => fork(session, &run, new, holding, &mut gathered).await?,
            Rest::None | Rest::Park => {}
        }
        write(session, &mut gathered, now_ms).await?;
        joining.created = joining.created.saturating_add(count(new.len()));
    }
    Ok(joining)
}

/// The first run whose predecessor is here.
async fn joinable(
    session: &Session,
    journal: &JournalId,
    public: PublicKey,
) -> Result<Option<Run>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let sql = "SELECT s.from_seq, s.prev, s.header, s.blob, s.raw_len FROM segment s
               WHERE s.store = $1 AND s.reg = $2 AND s.epoch = $3 AND s.branch = -1
               AND EXISTS (SELECT 1 FROM record r WHERE r.store = s.store AND r.reg = s.reg
                AND r.epoch = s.epoch AND r.seq = s.from_seq - 1 AND r.hash = s.prev)
               ORDER BY s.from_seq, s.to_seq, s.head LIMIT 1";
    let found = session.maybe(sql, &[&store, &reg, &epoch]).await?;
    found.map(|row| parked_run(&row, journal, public)).transpose()
}

fn parked_run(
    row: &tokio_postgres::Row,
    journal: &JournalId,
    public: PublicKey,
) -> Result<Run, StoreError> {
    let from: i64 = row.try_get(0)?;
    let prev = hash(row.try_get(1)?)?;
    let blob: Vec<u8> = row.try_get(3)?;
    let raw_len: i64 = row.try_get(4)?;
    let damaged =
        |_| StoreError::Unfit("a stored segment can't be read; check central's disk".to_owned());
    let raw = unpack(&blob, usize::try_from(raw_len).unwrap_or(0)).map_err(damaged)?;
    let read = read_run(&raw, *journal, Seq(from.unsigned_abs()), prev).map_err(damaged)?;
    Ok(Run {
        journal: *journal,
        key: public,
        prev,
        records: read.records,
        header: row.try_get(2)?,
        blob,
        raw_len: raw_len.unsigned_abs(),
        opened_by: read.opened_by,
    })
}
