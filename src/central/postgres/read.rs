//! What is asked of the PostgreSQL store. Nothing here writes.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::link::Session;
use super::values::{
    count, hash, int, journal_of, key, lifetime, money, public_key, reg, seq, standing,
    store as store_int, store_no,
};
use super::{revocation, rotation};
use crate::central::damaged::Table;
use crate::central::export::ledger::RecordStage;
use crate::central::recovery::{whole, within};
use crate::central::revocation::APART;
use crate::central::rotation::both;
use crate::central::store::{
    ExceptionGroup, GROUPS_MAX, JournalRow, Position, StoreError, Unprojected, bound,
};
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo, TaxClass};
use crate::domain::tax::TaxRate;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::totals::{TaxTotal, Totals};
use crate::sync::segment::unpack;

pub(super) async fn position(
    session: &Session,
    journal: &JournalId,
) -> Result<Position, StoreError> {
    let (store, reg, epoch) = key(journal);
    let sql = "SELECT b.next_seq, b.head, j.prune_seq FROM branch b
               JOIN journal j ON j.store = b.store AND j.reg = b.reg AND j.epoch = b.epoch
               WHERE b.store = $1 AND b.reg = $2 AND b.epoch = $3 AND b.branch = 0";
    match session.maybe(sql, &[&store, &reg, &epoch]).await? {
        None => Ok(Position { next_seq: Seq(0), head: Hash::ZERO, prune_seq: Seq(0) }),
        Some(row) => Ok(Position {
            next_seq: seq(&row, 0)?,
            head: hash(row.try_get(1)?)?,
            prune_seq: seq(&row, 2)?,
        }),
    }
}

pub(super) async fn journal_key(
    session: &Session,
    journal: &JournalId,
) -> Result<Option<PublicKey>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let sql = "SELECT public_key FROM journal WHERE store = $1 AND reg = $2 AND epoch = $3";
    let row = session.maybe(sql, &[&store, &reg, &epoch]).await?;
    row.map(|row| public_key(row.try_get(0)?)).transpose()
}

/// How many records are held, over all branches.
pub(super) async fn received(session: &Session) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(sum(next_seq - from_seq), 0)::bigint FROM branch";
    count(&session.one(sql, &[]).await?, 0)
}

/// Any of the journals that have something left to project: where a worker begins that has no
/// place yet, or lost the one it had to another.
pub(super) async fn any_due(session: &Session) -> Result<Option<JournalId>, StoreError> {
    let sql = "SELECT store, reg, epoch FROM
               (SELECT store, reg, epoch FROM branch WHERE projected < next_seq
                ORDER BY store, reg, epoch LIMIT 256) AS due ORDER BY random() LIMIT 1";
    session.maybe(sql, &[]).await?.map(|row| journal_of(&row, 0)).transpose()
}

/// A stretch that is left to project, as its first record came first, looked for from a journal on
/// and then from the beginning: workers that stand at different places don't take the same one.
pub(super) async fn unprojected(
    session: &Session,
    from: &JournalId,
) -> Result<Option<Unprojected>, StoreError> {
    let (store, reg, epoch) = key(from);
    let sql = "SELECT b.store, b.reg, b.epoch, b.branch, b.projected, s.from_seq, s.to_seq, s.blob,
                      s.raw_len, j.public_key,
                      (SELECT k.standing FROM register_key k WHERE k.store = j.store
                       AND k.reg = j.reg AND k.public_key = j.public_key), s.received_at
               FROM (SELECT * FROM branch WHERE projected < next_seq
                     AND (store, reg, epoch) >= ($1, $2, $3)
                     ORDER BY store, reg, epoch, branch LIMIT 1) b
               JOIN journal j ON j.store = b.store AND j.reg = b.reg AND j.epoch = b.epoch
               JOIN LATERAL (SELECT * FROM segment s WHERE s.store = b.store AND s.reg = b.reg
                    AND s.epoch = b.epoch AND s.branch = b.branch
                    AND s.from_seq <= b.projected AND s.to_seq >= b.projected
                    AND coalesce(s.new_from, s.from_seq) <= b.projected
                    ORDER BY s.from_seq DESC, s.to_seq DESC LIMIT 1) s ON true";
    let mut found = session.maybe(sql, &[&store, &reg, &epoch]).await?;
    if found.is_none() {
        found = session.maybe(sql, &[&i64::MIN, &i32::MIN, &i64::MIN]).await?;
    }
    let Some(row) = found else { return Ok(None) };
    let mut stretch = Unprojected {
        journal: journal_of(&row, 0)?,
        key: public_key(row.try_get(9)?)?,
        standing: standing(row.try_get(10)?),
        branch: row.try_get(3)?,
        from: seq(&row, 4)?,
        segment_from: seq(&row, 5)?,
        segment_to: seq(&row, 6)?,
        blob: row.try_get(7)?,
        raw_len: count(&row, 8)?,
        before: None,
        received_ms: row.try_get(11)?,
        trust: None,
    };
    stretch.before = before(session, &stretch).await?;
    stretch.trust = revocation::trust_of(session, &stretch.journal).await?;
    Ok(Some(stretch))
}

/// Lifetime totals after the record before a stretch; on a fork's first record, the record before
/// is on another branch.
async fn before(session: &Session, stretch: &Unprojected) -> Result<Option<Lifetime>, StoreError> {
    let Some(seq) = stretch.from.0.checked_sub(1) else { return Ok(Some(Lifetime::default())) };
    let (store, reg, epoch) = key(&stretch.journal);
    let sql = "SELECT takings, payouts FROM record
               WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq = $4 AND kind <> ''
               AND branch <= $5 ORDER BY branch DESC LIMIT 1";
    let row = session.maybe(sql, &[&store, &reg, &epoch, &int(seq), &stretch.branch]).await?;
    row.map(|row| lifetime(&row, 0)).transpose()
}

pub(super) async fn totals(
    session: &Session,
    store: StoreNo,
    register: Option<RegisterNo>,
    forks: bool,
) -> Result<Totals, StoreError> {
    let (store, register) = (store_int(store), register.map(reg));
    let sql = "SELECT count(*) FILTER (WHERE NOT refund), count(*) FILTER (WHERE refund),
                      coalesce(sum(subtotal), 0)::bigint, coalesce(sum(tax), 0)::bigint,
                      coalesce(sum(total), 0)::bigint, coalesce(sum(rounding), 0)::bigint,
                      coalesce(sum(cash), 0)::bigint, coalesce(sum(checks), 0)::bigint
               FROM sale WHERE store = $1 AND ($2::int IS NULL OR reg = $2) AND (branch > 0) = $3";
    let row = session.one(sql, &[&store, &register, &forks]).await?;
    let mut totals = Totals {
        sales: count(&row, 0)?,
        refunds: count(&row, 1)?,
        subtotal: money(&row, 2)?,
        tax: money(&row, 3)?,
        total: money(&row, 4)?,
        rounding: money(&row, 5)?,
        cash: money(&row, 6)?,
        checks: money(&row, 7)?,
        taxes: BTreeMap::new(),
    };
    let sql = "SELECT code, rate, sum(taxable)::bigint, sum(amount)::bigint FROM tax
               WHERE store = $1 AND ($2::int IS NULL OR reg = $2) AND (branch > 0) = $3
               GROUP BY code, rate";
    for row in session.rows(sql, &[&store, &register, &forks]).await? {
        let code = Table::Tax.read(TaxClass::parse(row.try_get(0)?));
        let Some(code) = code else { continue };
        let rate = TaxRate::from_tenmillionths(row.try_get(1)?);
        let total = TaxTotal { taxable: money(&row, 2)?, amount: money(&row, 3)? };
        totals.taxes.insert((code, rate), total);
    }
    Ok(totals)
}

/// Journals with where they stand; each part looks at the chosen store's rows alone. The last
/// record of each is looked up by its place: joined, all there are would be read for all stores.
macro_rules! journals {
    ($of:literal, $and:literal) => {
        concat!(
            "SELECT j.store, j.reg, j.epoch, j.public_key, k.standing,
                   j.prune_seq, j.expected_next, j.expected_takings, j.expected_payouts,
                   j.last_seen, coalesce(b.next_seq, 0), b.head, coalesce(b.projected, 0),
                   coalesce(r.takings, 0), coalesce(r.payouts, 0),
                   coalesce(f.records, 0), coalesce(p.records, 0)
            FROM journal j
            LEFT JOIN register_key k ON k.store = j.store AND k.reg = j.reg
                 AND k.public_key = j.public_key
            LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                 AND b.branch = 0
            LEFT JOIN LATERAL (SELECT takings, payouts FROM record
                 WHERE store = j.store AND reg = j.reg AND epoch = j.epoch
                 AND seq = b.next_seq - 1 AND branch = 0 LIMIT 1) r ON true
            LEFT JOIN (SELECT store, reg, epoch, sum(next_seq - from_seq)::bigint AS records
                       FROM branch WHERE branch > 0",
            $and,
            " GROUP BY 1, 2, 3) f
                 ON f.store = j.store AND f.reg = j.reg AND f.epoch = j.epoch
            LEFT JOIN (SELECT store, reg, epoch, sum(to_seq - from_seq + 1)::bigint AS records
                       FROM segment WHERE branch = -1",
            $and,
            " GROUP BY 1, 2, 3) p
                 ON p.store = j.store AND p.reg = j.reg AND p.epoch = j.epoch
            ",
            $of,
            "
            ORDER BY j.store, j.reg, j.first_seen, lpad(to_hex(j.epoch), 16, '0')"
        )
    };
}

pub(super) async fn journals(
    session: &Session,
    store: Option<StoreNo>,
) -> Result<Vec<JournalRow>, StoreError> {
    let rows = match store {
        None => session.rows(journals!("", ""), &[]).await?,
        Some(store) => {
            let sql = journals!(" WHERE j.store = $1", " AND store = $1");
            session.rows(sql, &[&store_int(store)]).await?
        }
    };
    let mut journals: Vec<JournalRow> = rows.iter().map(journal_row).collect::<Result<_, _>>()?;
    let named = revocation::named(session).await?;
    let of = |row: &JournalRow| (row.journal.store, row.journal.register, row.key);
    for row in journals.iter_mut().filter(|row| named.contains(&of(row))) {
        row.trust = revocation::decided(session, &row.journal).await?;
    }
    let ended = rotation::all(session, store).await?;
    for row in journals.iter_mut().filter(|row| ended.contains_key(&row.journal)) {
        row.trust = both(row.trust, ended.get(&row.journal).copied());
    }
    Ok(journals)
}

pub(super) async fn stores(session: &Session) -> Result<Vec<StoreNo>, StoreError> {
    let rows = session.rows("SELECT DISTINCT store FROM journal ORDER BY store", &[]).await?;
    rows.iter().map(|row| store_no(row.try_get(0)?)).collect()
}

pub(super) async fn journals_of(
    session: &Session,
    store: StoreNo,
    register: RegisterNo,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let sql = "SELECT store, reg, epoch, expected_next FROM journal WHERE store = $1 AND reg = $2
               ORDER BY first_seen, lpad(to_hex(epoch), 16, '0') COLLATE \"C\"";
    let rows = session.rows(sql, &[&store_int(store), &reg(register)]).await?;
    rows.iter().map(|row| Ok((journal_of(row, 0)?, seq(row, 3)?))).collect()
}

fn journal_row(row: &Row) -> Result<JournalRow, StoreError> {
    let head: Option<&[u8]> = row.try_get(11)?;
    Ok(JournalRow {
        journal: journal_of(row, 0)?,
        key: public_key(row.try_get(3)?)?,
        standing: standing(row.try_get(4)?),
        position: Position {
            next_seq: seq(row, 10)?,
            head: head.map(hash).transpose()?.unwrap_or(Hash::ZERO),
            prune_seq: seq(row, 5)?,
        },
        received: lifetime(row, 13)?,
        expected_next: seq(row, 6)?,
        expected: lifetime(row, 7)?,
        forked: count(row, 15)?,
        parked: count(row, 16)?,
        projected: seq(row, 12)?,
        last_seen: row.try_get(9)?,
        trust: None,
    })
}

pub(super) async fn exceptions(
    session: &Session,
    store: Option<StoreNo>,
) -> Result<Vec<ExceptionGroup>, StoreError> {
    let sql = concat!(
        "WITH found AS (SELECT * FROM exception WHERE $1::bigint IS NULL OR store = $1),
               bounded AS (SELECT store, code, cause, ",
        within!("amount"),
        r#" AS amount FROM found),
               groups AS (SELECT store, code, cause, count(*) AS times,
                                 sum(amount / 1000000)::bigint AS amount,
                                 sum(amount % 1000000)::bigint AS rest
                          FROM bounded GROUP BY store, code, cause),
               firsts AS (SELECT DISTINCT ON (store, code, cause) store, code, cause, reg, epoch,
                                 seq, level, text
                          FROM found
                          ORDER BY store, code, cause, seq, reg, epoch, branch)
               SELECT f.store, f.reg, f.epoch, f.seq, f.code, f.cause, f.level, g.times, g.amount,
                      g.rest, f.text
               FROM groups g JOIN firsts f USING (store, code, cause)
               ORDER BY CASE f.level WHEN 'critical' THEN 0 WHEN 'hold' THEN 1
                        WHEN 'review' THEN 2 ELSE 3 END, f.store, g.times DESC,
                        f.code COLLATE "C", f.cause COLLATE "C" LIMIT $2"#
    );
    let rows = session.rows(sql, &[&store.map(store_int), &bound(GROUPS_MAX)]).await?;
    let of = |row: &Row| {
        let journal = journal_of(row, 0)?;
        Ok(ExceptionGroup {
            store: journal.store,
            journal,
            seq: seq(row, 3)?,
            code: row.try_get(4)?,
            cause: row.try_get(5)?,
            level: row.try_get(6)?,
            count: count(row, 7)?,
            amount: whole(row.try_get(8)?, row.try_get(9)?),
            text: row.try_get(10)?,
        })
    };
    rows.iter().map(of).collect()
}

pub(super) async fn lines(
    session: &Session,
    journal: &JournalId,
    from: Seq,
    wanted: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let end = position(session, journal).await?.next_seq;
    let sql = "SELECT from_seq, blob, raw_len FROM segment
               WHERE store = $1 AND reg = $2 AND epoch = $3 AND branch = 0
               AND from_seq <= $4 AND to_seq >= $4 ORDER BY from_seq DESC LIMIT 1";
    let mut lines = Vec::new();
    let mut next = from;
    while lines.len() < wanted && next < end {
        let found = session.maybe(sql, &[&store, &reg, &epoch, &int(next.0)]).await?;
        let Some(row) = found else { break };
        let len = usize::try_from(row.try_get::<_, i64>(2)?).unwrap_or(0);
        let raw = unpack(row.try_get(1)?, len).map_err(|_| {
            StoreError::Unfit("a stored segment can't be read; check central's disk".to_owned())
        })?;
        let mut at = seq(&row, 0)?;
        for line in raw.split(|byte| *byte == b'\n') {
            if at == next && lines.len() < wanted && next < end {
                lines.push(line.to_vec());
                next = next.next();
            }
            at = at.next();
        }
    }
    Ok(lines)
}

/// How far a record has come; none where it is not held.
pub(super) async fn stage_of(
    session: &Session,
    journal: &JournalId,
    at: Seq,
    hash: &Hash,
) -> Result<Option<RecordStage>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let place = int(at.0);
    let sql = "SELECT r.branch, coalesce(b.projected > r.seq, false),
                      coalesce((SELECT min(s.received_at) FROM segment s WHERE s.store = r.store
                       AND s.reg = r.reg AND s.epoch = r.epoch AND s.branch = r.branch
                       AND s.from_seq <= r.seq AND s.to_seq >= r.seq), 0)
               FROM record r LEFT JOIN branch b ON b.store = r.store AND b.reg = r.reg
                    AND b.epoch = r.epoch AND b.branch = r.branch
               WHERE r.store = $1 AND r.reg = $2 AND r.epoch = $3 AND r.seq = $4
               AND r.hash = $5";
    let hash = hash.0.as_slice();
    let found = session.maybe(sql, &[&store, &reg, &epoch, &place, &hash]).await?;
    let Some(row) = found else { return Ok(None) };
    let branch: i64 = row.try_get(0)?;
    let sql = "SELECT DISTINCT code COLLATE \"C\" FROM exception WHERE store = $1 AND reg = $2
               AND epoch = $3 AND seq = $4 AND (branch = $5 OR (branch = $6 AND $5 = 0))
               ORDER BY 1 LIMIT 20";
    let rows = session.rows(sql, &[&store, &reg, &epoch, &place, &branch, &APART]).await?;
    let exceptions = rows.iter().map(|row| Ok::<_, StoreError>(row.try_get(0)?));
    Ok(Some(RecordStage {
        received_ms: row.try_get(2)?,
        forked: branch > 0,
        projected: row.try_get(1)?,
        exceptions: exceptions.collect::<Result<_, _>>()?,
    }))
}
