//! Takes runs into the PostgreSQL store: several in one transaction, each decided about under the
//! lock of its journal's row.
//!
//! ```text
//!  BEGIN ─ lock the journals, in the order of their keys ─ read branches     one round trip
//!  decide each run (central::ingest, pure); what follows straight on is gathered
//!  segments, header rows and cursors by UNNEST                               one round trip
//!  COMMIT                                                                    one round trip
//! ```
//!
//! What does not follow straight on (a repetition, a fork, a gap) first has what was gathered
//! written, and then looks at records.

use std::collections::{BTreeMap, BTreeSet};

use super::values::{Columns, epoch_int, hash, int, reg, store as store_int};
use super::{keys, link::Session, parked, project::put_exceptions, reconcile};
use crate::central::ingest::{Decision, Known, Rest, Room, Tip, decide, odd_beginning};
use crate::central::store::{Ingested, Named, Position, Stand, StoreError};
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};
use crate::sync::segment::{Run, Stub};
use crate::sync::wire::Outcome;

/// How a transaction begins that takes runs in: it waits for a row that somebody else holds, and
/// not so long that its callers are gone (`PATIENCE` of `backend`) before each was tried alone.
pub(super) const TOGETHER: &str = "BEGIN; SET LOCAL lock_timeout = '2s'";
/// The same for one of them alone, after all together waited already.
pub(super) const ALONE: &str = "BEGIN; SET LOCAL lock_timeout = '250ms'";

const LOCK: &str = "INSERT INTO journal (store, reg, epoch, public_key, first_seen, last_seen)
    SELECT u.*, $5::bigint, $5::bigint
    FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bytea[]) AS u
    ORDER BY 1, 2, 3
    ON CONFLICT (store, reg, epoch) DO UPDATE SET last_seen = excluded.last_seen";
const TIPS: &str = "SELECT j.store, j.reg, j.epoch, j.prune_seq, j.public_key,
           w.parked, w.raw, k.kept_raw, b.branch, b.next_seq, b.head
    FROM unnest($1::bigint[], $2::int[], $3::bigint[]) AS u (store, reg, epoch)
    JOIN journal j ON j.store = u.store AND j.reg = u.reg AND j.epoch = u.epoch
    CROSS JOIN LATERAL (SELECT count(*) AS parked, coalesce(sum(s.raw_len), 0)::bigint AS raw
         FROM segment s WHERE s.store = j.store AND s.reg = j.reg AND s.epoch = j.epoch
         AND s.branch = -1) w
    LEFT JOIN register_key k ON k.store = j.store AND k.reg = j.reg
         AND k.public_key = j.public_key AND k.standing = 'provisional'
    LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
    ORDER BY j.store, j.reg, j.epoch, b.branch";
const SEGMENTS: &str = "INSERT INTO segment (store, reg, epoch, branch, from_seq, to_seq, head,
           prev, header, blob, raw_len, new_from, received_at)
    SELECT u.*, $13::bigint
    FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
           $6::bigint[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bigint[],
           $12::bigint[]) AS u
    ON CONFLICT (store, reg, epoch, from_seq, to_seq, head)
    DO UPDATE SET branch = excluded.branch, new_from = excluded.new_from
    WHERE segment.branch = -1 AND excluded.branch >= 0";
const RECORDS: &str = "INSERT INTO record (store, reg, epoch, branch, seq, hash, kind, at, takings,
           payouts)
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
           $6::bytea[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[])";
const BRANCHES: &str = "INSERT INTO branch (store, reg, epoch, branch, from_seq, next_seq, head,
           projected)
    SELECT u.*, u.from_seq FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[],
           $5::bigint[], $6::bigint[], $7::bytea[])
           AS u (store, reg, epoch, branch, from_seq, next_seq, head)
    ON CONFLICT (store, reg, epoch, branch)
    DO UPDATE SET next_seq = excluded.next_seq, head = excluded.head";

/// Makes a journal known, or heard of now, and holds its row until the transaction ends.
pub(super) async fn keep_journals(
    session: &Session,
    journals: &BTreeMap<JournalId, PublicKey>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let keys: Vec<&[u8]> = journals.values().map(|key| key.bytes().as_slice()).collect();
    let columns = Columns::of(journals.keys());
    let Columns { stores, regs, epochs } = &columns;
    session.execute(LOCK, &[stores, regs, epochs, &keys, &now_ms]).await?;
    Ok(())
}

/// What is held of a journal while runs of it are taken in.
pub(super) struct Holding {
    pub(super) key: PublicKey,
    prune_seq: Seq,
    /// Runs that wait, and the bytes of their lines.
    pub(super) parked: (u64, u64),
    /// The bytes that are kept of its key, where nobody vouched for that.
    unvouched_raw: Option<u64>,
    pub(super) tips: Vec<Tip>,
}

impl Holding {
    /// What is kept already of what a run is of. A key that nobody vouched for speaks for journals
    /// of its own alone.
    fn room(&self, run: &Run) -> Room {
        let (parked, parked_raw) = self.parked;
        let unvouched_raw = self.unvouched_raw.filter(|_| run.key == self.key);
        Room { parked, parked_raw, branches: self.tips.len(), unvouched_raw }
    }

    fn position(&self) -> Position {
        let tip = self.tips.iter().find(|tip| tip.branch == 0);
        let (next_seq, head) = tip.map_or((Seq(0), Hash::ZERO), |tip| (tip.next_seq, tip.head));
        Position { next_seq, head, prune_seq: self.prune_seq }
    }

    fn moved(&mut self, branch: i64, next_seq: Seq, head: Hash) {
        let moved = Tip { branch, next_seq, head };
        match self.tips.iter_mut().find(|tip| tip.branch == branch) {
            Some(tip) => *tip = moved,
            None => self.tips.push(moved),
        }
    }
}

/// What was decided and is not written yet.
#[derive(Default)]
pub(super) struct Gathered<'a> {
    /// With its branch, and the first record that is new on it.
    segments: Vec<(&'a Run, i64, Seq)>,
    records: Vec<(JournalId, i64, &'a [Stub])>,
    /// Where each branch begins, which counts when it is new, and where it ends.
    branches: BTreeMap<(JournalId, i64), (Seq, Seq, Hash)>,
}

/// Takes runs in, and commits: all of them or none. Gives the place the database's log was flushed
/// to as well, so that a database that is put back to before it is known.
pub(super) async fn take_in(
    session: &Session,
    begins: &'static str,
    runs: &[Run],
    now_ms: i64,
) -> Result<(Vec<Ingested>, u64), StoreError> {
    let journals: BTreeMap<JournalId, PublicKey> =
        runs.iter().rev().map(|run| (run.journal, run.key)).collect();
    let (mut held, named) = begin(session, begins, &journals, now_ms).await?;
    let mut all = Vec::with_capacity(runs.len());
    let mut gathered = Gathered::default();
    for run in runs {
        let Some(holding) = held.get_mut(&run.journal) else { return Err(vanished()) };
        let ingested = take_in_one(session, run, holding, &mut gathered, now_ms).await?;
        let ingested = Ingested { named: named.clone(), ..ingested };
        if let Some(found) = odd_beginning(run, &ingested) {
            put_exceptions(session, &[(0, &found)], false).await?;
        }
        all.push(ingested);
    }
    write(session, &mut gathered, now_ms).await?;
    Ok((all, commit(session).await?))
}

/// Commits, and gives the place the database's log was flushed to.
async fn commit(session: &Session) -> Result<u64, StoreError> {
    let log = super::restored::FLUSHED;
    session.statement(log).await?;
    let (_, log) = tokio::try_join!(session.batch("COMMIT"), session.one(log, &[]))?;
    super::values::count(&log, 0)
}

/// Appends records of central's own, if the journal still ends where they were written for, and a
/// closure with them, and commits. None, with nothing kept, when it does not.
pub(super) async fn append_own(
    session: &Session,
    run: &Run,
    closure: Option<(u32, &[u8])>,
    now_ms: i64,
) -> Result<Option<u64>, StoreError> {
    let journals = BTreeMap::from([(run.journal, run.key)]);
    let (mut held, _) = begin(session, "BEGIN", &journals, now_ms).await?;
    let Some(holding) = held.get_mut(&run.journal) else { return Err(vanished()) };
    let (place, first) = (holding.position(), run.records.first().map(|stub| stub.seq));
    if first != Some(place.next_seq) || run.prev != place.head {
        if reconcile::is_kept(session, run, closure).await? {
            return commit(session).await.map(Some);
        }
        session.batch("ROLLBACK").await?;
        return Ok(None);
    }
    let mut gathered = Gathered::default();
    take_in_one(session, run, holding, &mut gathered, now_ms).await?;
    write(session, &mut gathered, now_ms).await?;
    if let Some(closure) = closure
        && !reconcile::put_closure(session, run.journal.store, closure).await?
    {
        session.batch("ROLLBACK").await?;
        return Ok(None);
    }
    commit(session).await.map(Some)
}

fn vanished() -> StoreError {
    StoreError::Unfit("a journal vanished while it was locked".to_owned())
}

/// A journal's key is the one that it proves to have begun with: a register that has another key
/// by now brings it too, and its records are signed as they were.
async fn own_key(
    session: &Session,
    journal: &JournalId,
    opener: &PublicKey,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = super::values::key(journal);
    let sql = "UPDATE journal SET public_key = $4 WHERE store = $1 AND reg = $2 AND epoch = $3";
    session.execute(sql, &[&store, &reg, &epoch, &opener.bytes().as_slice()]).await?;
    tracing::info!(%journal, key = %opener.fingerprint(), "a journal of an earlier key");
    Ok(())
}

async fn begin(
    session: &Session,
    begins: &'static str,
    journals: &BTreeMap<JournalId, PublicKey>,
    now_ms: i64,
) -> Result<(BTreeMap<JournalId, Holding>, Named), StoreError> {
    // Prepared before, so that all go out together and are answered in their order.
    for sql in [LOCK, TIPS, keys::NAMED] {
        session.statement(sql).await?;
    }
    let columns = Columns::of(journals.keys());
    let Columns { stores, regs, epochs } = &columns;
    let params: [super::link::Param<'_>; 3] = [stores, regs, epochs];
    let (_, _, rows, named) = tokio::try_join!(
        session.batch(begins),
        keep_journals(session, journals, now_ms),
        session.rows(TIPS, &params),
        keys::named(session)
    )?;
    let mut held: BTreeMap<JournalId, Holding> = BTreeMap::new();
    for row in &rows {
        let journal = super::values::journal_of(row, 0)?;
        let key: &[u8] = row.try_get(4)?;
        let holding = Holding {
            key: super::values::public_key(key)?,
            prune_seq: super::values::seq(row, 3)?,
            parked: (super::values::count(row, 5)?, super::values::count(row, 6)?),
            unvouched_raw: row.try_get::<_, Option<i64>>(7)?.map(i64::unsigned_abs),
            tips: Vec::new(),
        };
        let holding = held.entry(journal).or_insert(holding);
        if let Some(branch) = row.try_get::<_, Option<i64>>(8)? {
            let next_seq = super::values::seq(row, 9)?;
            holding.moved(branch, next_seq, hash(row.try_get(10)?)?);
        }
    }
    Ok((held, named))
}

async fn take_in_one<'a>(
    session: &Session,
    run: &'a Run,
    holding: &mut Holding,
    gathered: &mut Gathered<'a>,
    now_ms: i64,
) -> Result<Ingested, StoreError> {
    let Some(first) = run.records.first() else {
        return Err(StoreError::Unfit("a run without records can't be stored".to_owned()));
    };
    if let Some((opener, true)) = &run.opened_by
        && *opener != holding.key
    {
        own_key(session, &run.journal, opener).await?;
        holding.key = *opener;
    }
    // The usual case needs no look at records: the run continues what came first.
    let follows = |tip: &Tip| tip.branch == 0 && tip.next_seq == first.seq && tip.head == run.prev;
    let known = if holding.tips.iter().any(follows) {
        BTreeSet::new()
    } else {
        write(session, gathered, now_ms).await?;
        known(session, run).await?
    };
    let decision = decide(&holding.tips, &known, run.prev, &run.records);
    let new = run.records.get(decision.existing..).unwrap_or_default();
    let mut ingested = Ingested {
        outcome: Outcome::Accepted,
        created: count(new.len()),
        existing: count(decision.existing),
        ..Ingested::nothing(Stand { position: holding.position(), named: Named::default() })
    };
    let room = holding.room(run);
    ingested.kept_out = room.keeps_out(decision.rest, run.raw_len);
    if ingested.kept_out.is_some() && parked::is_kept(session, run).await? {
        ingested.kept_out = None;
    }
    match decision.rest {
        _ if ingested.kept_out.is_some() => {
            ingested.created = 0;
            ingested.outcome = Outcome::Position;
        }
        Rest::None => ingested.outcome = Outcome::Duplicate,
        Rest::Append(branch) => {
            gathered.append(run, new, branch, holding);
            if branch > 0 {
                ingested.outcome = Outcome::Forked;
            }
        }
        Rest::Branch => {
            fork(session, run, new, holding, gathered).await?;
            ingested.outcome = Outcome::Forked;
        }
        Rest::Park => {
            ingested.outcome = Outcome::Parked;
            ingested.created = 0;
            if parked::park(session, run, holding, now_ms).await? {
                ingested.parked = count(new.len());
            }
        }
    }
    let kept = matches!(ingested.outcome, Outcome::Accepted | Outcome::Forked);
    if let Some(before) = room.unvouched_raw.filter(|_| kept || ingested.parked > 0) {
        holding.unvouched_raw = Some(before.saturating_add(run.raw_len));
        parked::note_unvouched(session, run).await?;
    }
    if holding.parked.0 > 0 {
        write(session, gathered, now_ms).await?;
        let joined = parked::join(session, &run.journal, holding, now_ms).await?;
        (ingested.joined, ingested.unpacked) = (joined.created, joined.raw);
        ingested.created = ingested.created.saturating_add(joined.created);
    }
    ingested.position = holding.position();
    Ok(ingested)
}

/// Decides about a run that waited, by what is held of its records.
pub(super) async fn decided(
    session: &Session,
    run: &Run,
    holding: &Holding,
) -> Result<Decision, StoreError> {
    let known = known(session, run).await?;
    Ok(decide(&holding.tips, &known, run.prev, &run.records))
}

impl<'a> Gathered<'a> {
    pub(super) fn append(
        &mut self,
        run: &'a Run,
        new: &'a [Stub],
        branch: i64,
        holding: &mut Holding,
    ) {
        let Some((first, last)) = new.first().zip(new.last()) else { return };
        let (next, head) = (last.seq.next(), last.hash);
        self.segments.push((run, branch, first.seq));
        self.records.push((run.journal, branch, new));
        let end = self.branches.entry((run.journal, branch)).or_insert((first.seq, next, head));
        (end.1, end.2) = (next, head);
        holding.moved(branch, next, head);
    }
}

pub(super) async fn fork<'a>(
    session: &Session,
    run: &'a Run,
    new: &'a [Stub],
    holding: &mut Holding,
    gathered: &mut Gathered<'a>,
) -> Result<(), StoreError> {
    let branch = holding.tips.iter().map(|tip| tip.branch).max().unwrap_or(0).saturating_add(1);
    gathered.append(run, new, branch, holding);
    let Some(first) = new.first() else { return Ok(()) };
    let text = format!(
        "the journal goes on in two ways from record {}: it was restored or copied and both were \
         used; both are kept, the second as branch {branch}",
        first.seq
    );
    let found = Exception::new(Code::Fork, run.journal, first.seq, text);
    put_exceptions(session, &[(branch, &found)], false).await
}

/// Those of a run's records that are held, and the one before it: however many branches there are,
/// nothing is given but these.
async fn known(session: &Session, run: &Run) -> Result<BTreeSet<Known>, StoreError> {
    let (store, reg, epoch) = super::values::key(&run.journal);
    let first = run.records.first().and_then(|first| first.seq.0.checked_sub(1));
    let before = first.map(|seq| Known { seq: Seq(seq), hash: run.prev });
    let each = run.records.iter().map(|stub| Known { seq: stub.seq, hash: stub.hash });
    let asked: Vec<Known> = before.into_iter().chain(each).collect();
    let seqs: Vec<i64> = asked.iter().map(|known| int(known.seq.0)).collect();
    let hashes: Vec<&[u8]> = asked.iter().map(|known| known.hash.0.as_slice()).collect();
    let sql = "SELECT r.seq, r.hash FROM unnest($4::bigint[], $5::bytea[]) AS u (seq, hash)
               JOIN record r ON r.store = $1 AND r.reg = $2 AND r.epoch = $3 AND r.seq = u.seq
                    AND r.hash = u.hash";
    let rows = session.rows(sql, &[&store, &reg, &epoch, &seqs, &hashes]).await?;
    let of = |row: &tokio_postgres::Row| {
        Ok(Known { seq: super::values::seq(row, 0)?, hash: hash(row.try_get(1)?)? })
    };
    rows.iter().map(of).collect()
}

/// Writes what was gathered; the three statements go out together.
pub(super) async fn write(
    session: &Session,
    gathered: &mut Gathered<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Gathered { segments, records, branches } = std::mem::take(gathered);
    if segments.is_empty() {
        return Ok(());
    }
    for sql in [SEGMENTS, RECORDS, BRANCHES] {
        session.statement(sql).await?;
    }
    tokio::try_join!(
        put_segments(session, &segments, now_ms),
        put_records(session, &records),
        put_branches(session, &branches)
    )?;
    Ok(())
}

pub(super) async fn put_segments(
    session: &Session,
    segments: &[(&Run, i64, Seq)],
    now_ms: i64,
) -> Result<u64, StoreError> {
    let columns = Columns::of(segments.iter().map(|(run, ..)| &run.journal));
    let Columns { stores, regs, epochs } = &columns;
    let branches: Vec<i64> = segments.iter().map(|(_, branch, _)| *branch).collect();
    let ends: Vec<(i64, i64, Hash)> = segments.iter().map(|(run, ..)| ends(run)).collect();
    let from: Vec<i64> = ends.iter().map(|(from, _, _)| *from).collect();
    let to: Vec<i64> = ends.iter().map(|(_, to, _)| *to).collect();
    let heads: Vec<&[u8]> = ends.iter().map(|(_, _, head)| head.0.as_slice()).collect();
    let runs = || segments.iter().map(|(run, ..)| run);
    let new_from: Vec<i64> = segments.iter().map(|(_, _, seq)| int(seq.0)).collect();
    let prevs: Vec<&[u8]> = runs().map(|run| run.prev.0.as_slice()).collect();
    let headers: Vec<Option<&[u8]>> = runs().map(|run| run.header.as_deref()).collect();
    let blobs: Vec<&[u8]> = runs().map(|run| run.blob.as_slice()).collect();
    let lens: Vec<i64> = runs().map(|run| int(run.raw_len)).collect();
    let params: [super::link::Param<'_>; 13] = [
        stores, regs, epochs, &branches, &from, &to, &heads, &prevs, &headers, &blobs, &lens,
        &new_from, &now_ms,
    ];
    session.execute(SEGMENTS, &params).await
}

async fn put_records(
    session: &Session,
    records: &[(JournalId, i64, &[Stub])],
) -> Result<(), StoreError> {
    let each = || {
        records.iter().flat_map(|(journal, branch, stubs)| {
            stubs.iter().map(move |stub| (journal, *branch, stub))
        })
    };
    let stores: Vec<i64> = each().map(|(journal, _, _)| store_int(journal.store)).collect();
    let regs: Vec<i32> = each().map(|(journal, _, _)| reg(journal.register)).collect();
    let epochs: Vec<i64> = each().map(|(journal, _, _)| epoch_int(journal.epoch)).collect();
    let branches: Vec<i64> = each().map(|(_, branch, _)| branch).collect();
    let stubs = || each().map(|(_, _, stub)| stub);
    let seqs: Vec<i64> = stubs().map(|stub| int(stub.seq.0)).collect();
    let hashes: Vec<&[u8]> = stubs().map(|stub| stub.hash.0.as_slice()).collect();
    let kinds: Vec<&str> = stubs().map(|stub| stub.kind.as_str()).collect();
    let times: Vec<i64> = stubs().map(|stub| stub.at_ms).collect();
    let takings: Vec<i64> = stubs().map(|stub| stub.lifetime.takings.minor()).collect();
    let payouts: Vec<i64> = stubs().map(|stub| stub.lifetime.payouts.minor()).collect();
    let params: [super::link::Param<'_>; 10] =
        [&stores, &regs, &epochs, &branches, &seqs, &hashes, &kinds, &times, &takings, &payouts];
    session.execute(RECORDS, &params).await?;
    Ok(())
}

async fn put_branches(
    session: &Session,
    branches: &BTreeMap<(JournalId, i64), (Seq, Seq, Hash)>,
) -> Result<(), StoreError> {
    let columns = Columns::of(branches.keys().map(|(journal, _)| journal));
    let Columns { stores, regs, epochs } = &columns;
    let numbers: Vec<i64> = branches.keys().map(|(_, branch)| *branch).collect();
    let from: Vec<i64> = branches.values().map(|(from, _, _)| int(from.0)).collect();
    let next: Vec<i64> = branches.values().map(|(_, next, _)| int(next.0)).collect();
    let heads: Vec<&[u8]> = branches.values().map(|(_, _, head)| head.0.as_slice()).collect();
    session.execute(BRANCHES, &[stores, regs, epochs, &numbers, &from, &next, &heads]).await?;
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
