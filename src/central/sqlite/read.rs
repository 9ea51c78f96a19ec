//! What is asked of central's SQLite store. Nothing here writes.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params, params_from_iter};

use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo, TaxClass};
use crate::domain::money::Money;
use crate::domain::tax::TaxRate;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::totals::{TaxTotal, Totals};
use crate::sync::segment::unpack;

use super::{int, journal_of, lifetime, meta, revocation, rotation, seq};
use crate::central::damaged::Table;
use crate::central::export::ledger::RecordStage;
use crate::central::recovery::{whole, within};
use crate::central::revocation::APART;
use crate::central::rotation::both;
use crate::central::store::{
    ExceptionGroup, GROUPS_MAX, JournalRow, Named, Position, Stand, Standing, StoreError,
    Unprojected, bound,
};

pub(in crate::central) fn position(
    db: &Connection,
    journal: &JournalId,
) -> Result<Position, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT next_seq, head, (SELECT prune_seq FROM journal j WHERE j.store = b.store
               AND j.reg = b.reg AND j.epoch = b.epoch)
               FROM branch b WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = 0";
    let found = db
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, epoch.0], |row| {
            Ok(Position {
                next_seq: seq(row, 0)?,
                head: Hash(row.get(1)?),
                prune_seq: seq(row, 2)?,
            })
        })
        .optional()?;
    let start = Position { next_seq: Seq(0), head: Hash::ZERO, prune_seq: Seq(0) };
    Ok(found.unwrap_or(start))
}

pub(in crate::central) fn hold(db: &Connection) -> Result<Option<String>, StoreError> {
    let hold: Option<String> = meta(db, "hold")?;
    Ok(hold.filter(|reason| !reason.is_empty()))
}

/// Where the store stands in a journal and under which name, as one transaction sees it.
pub(in crate::central) fn stand(
    tx: &Transaction<'_>,
    journal: &JournalId,
) -> Result<Stand, StoreError> {
    let server_epoch = meta(tx, "server_epoch")?.unwrap_or_default();
    let named = Named { server_epoch, hold: hold(tx)? };
    Ok(Stand { position: position(tx, journal)?, named })
}

pub(in crate::central) fn journal_key(
    db: &Connection,
    journal: &JournalId,
) -> Result<Option<PublicKey>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT public_key FROM journal WHERE store = ?1 AND reg = ?2 AND epoch = ?3";
    let key: Option<[u8; 32]> = db
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, epoch.0], |row| row.get(0))
        .optional()?;
    key.map(public_key).transpose()
}

pub(in crate::central) fn keys(
    db: &Connection,
    store: StoreNo,
    register: RegisterNo,
) -> Result<Vec<(PublicKey, Standing)>, StoreError> {
    let sql = "SELECT public_key, CASE WHEN EXISTS (SELECT 1 FROM revoked_key v
                    WHERE v.store = k.store AND v.reg = k.reg AND v.public_key = k.public_key
                    AND NOT EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = v.store
                     AND s.reg = v.reg AND s.number = v.number AND s.step = 'refused'))
                    THEN 'revoked'
                    WHEN standing = 'enrolled' AND EXISTS (SELECT 1 FROM key_change c
                     JOIN journal_end e ON e.store = c.store AND e.reg = c.reg
                      AND e.epoch = c.epoch AND e.public_key = c.old_key AND e.new_key = c.new_key
                     WHERE c.store = k.store AND c.reg = k.reg AND c.old_key = k.public_key)
                    THEN 'rotated' ELSE standing END
               FROM register_key k WHERE store = ?1 AND reg = ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![store.0, register.0], |row| {
        Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (key, word) = row?;
        Ok((public_key(key)?, standing(&word)))
    })
    .collect()
}

/// The stretch that a branch's next record came in first: it may have come again in others since,
/// and when it came is of weight.
pub(in crate::central) fn unprojected(db: &Connection) -> Result<Option<Unprojected>, StoreError> {
    let sql = "SELECT b.store, b.reg, b.epoch, b.branch, b.projected, s.from_seq, s.to_seq, s.blob,
                      s.raw_len, j.public_key,
                      (SELECT k.standing FROM register_key k WHERE k.store = j.store
                       AND k.reg = j.reg AND k.public_key = j.public_key), s.received_at
               FROM branch b
               JOIN journal j ON j.store = b.store AND j.reg = b.reg AND j.epoch = b.epoch
               JOIN segment s ON s.store = b.store AND s.reg = b.reg AND s.epoch = b.epoch
                AND s.branch = b.branch AND s.from_seq <= b.projected AND s.to_seq >= b.projected
                AND coalesce(s.new_from, s.from_seq) <= b.projected
               WHERE b.projected < b.next_seq LIMIT 1";
    let found = db
        .prepare_cached(sql)?
        .query_row([], |row| {
            let stretch = Unprojected {
                journal: journal_of(row)?,
                key: PublicKey::from_bytes(row.get(9)?)
                    .map_err(|_| rusqlite::Error::InvalidQuery)?,
                standing: standing(&row.get::<_, Option<String>>(10)?.unwrap_or_default()),
                branch: row.get(3)?,
                from: seq(row, 4)?,
                segment_from: seq(row, 5)?,
                segment_to: seq(row, 6)?,
                blob: row.get(7)?,
                raw_len: row.get::<_, i64>(8)?.unsigned_abs(),
                before: None,
                received_ms: row.get(11)?,
                trust: None,
            };
            Ok(stretch)
        })
        .optional()?;
    let Some(mut stretch) = found else { return Ok(None) };
    stretch.before = before(db, &stretch)?;
    stretch.trust = revocation::trust(db, &stretch.journal, &stretch.key)?;
    Ok(Some(stretch))
}

/// Lifetime totals after the record before a stretch; on a fork's first record, the record before
/// is on another branch.
fn before(db: &Connection, stretch: &Unprojected) -> Result<Option<Lifetime>, StoreError> {
    let Some(seq) = stretch.from.0.checked_sub(1) else { return Ok(Some(Lifetime::default())) };
    let JournalId { store, register, epoch } = stretch.journal;
    let sql = "SELECT takings, payouts FROM record
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4 AND kind <> ''
               AND branch <= ?5 ORDER BY branch DESC LIMIT 1";
    Ok(db
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, epoch.0, int(seq), stretch.branch], |row| {
            lifetime(row, 0)
        })
        .optional()?)
}

pub(in crate::central) fn totals(
    db: &Connection,
    store: StoreNo,
    register: Option<RegisterNo>,
    forks: bool,
) -> Result<Totals, StoreError> {
    let chosen = "WHERE store = ?1 AND (?2 IS NULL OR reg = ?2) AND (branch > 0) = ?3";
    let register = register.map(|register| register.0);
    let sql = format!(
        "SELECT count(*) - coalesce(sum(refund), 0), coalesce(sum(refund), 0),
                coalesce(sum(subtotal), 0), coalesce(sum(tax), 0), coalesce(sum(total), 0),
                coalesce(sum(rounding), 0), coalesce(sum(cash), 0), coalesce(sum(checks), 0)
         FROM sale {chosen}"
    );
    let mut totals =
        db.prepare_cached(&sql)?.query_row(params![store.0, register, forks], |row| {
            let money = |place| Ok::<_, rusqlite::Error>(Money::from_minor(row.get(place)?));
            Ok(Totals {
                sales: row.get::<_, i64>(0)?.unsigned_abs(),
                refunds: row.get::<_, i64>(1)?.unsigned_abs(),
                subtotal: money(2)?,
                tax: money(3)?,
                total: money(4)?,
                rounding: money(5)?,
                cash: money(6)?,
                checks: money(7)?,
                taxes: BTreeMap::new(),
            })
        })?;
    let sql = format!(
        "SELECT code, rate, sum(taxable), sum(amount) FROM tax {chosen}
                       GROUP BY code, rate"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![store.0, register, forks])?;
    while let Some(row) = rows.next()? {
        let code = Table::Tax.read(TaxClass::parse(&row.get::<_, String>(0)?));
        let Some(code) = code else { continue };
        let rate = TaxRate::from_tenmillionths(row.get(1)?);
        let taxable = Money::from_minor(row.get(2)?);
        let amount = Money::from_minor(row.get(3)?);
        totals.taxes.insert((code, rate), TaxTotal { taxable, amount });
    }
    Ok(totals)
}

pub(in crate::central) fn journals(
    db: &Connection,
    store: Option<StoreNo>,
) -> Result<Vec<JournalRow>, StoreError> {
    let of = if store.is_some() { "WHERE j.store = ?1" } else { "" };
    let same = "store = j.store AND reg = j.reg AND epoch = j.epoch";
    let sql = format!(
        "SELECT j.store, j.reg, j.epoch, j.public_key,
                (SELECT standing FROM register_key WHERE store = j.store AND reg = j.reg
                 AND public_key = j.public_key),
                j.prune_seq, j.expected_next, j.expected_takings, j.expected_payouts, j.last_seen,
                coalesce(b.next_seq, 0), b.head, coalesce(b.projected, 0),
                coalesce(r.takings, 0), coalesce(r.payouts, 0),
                (SELECT coalesce(sum(next_seq - from_seq), 0) FROM branch
                 WHERE {same} AND branch > 0),
                (SELECT coalesce(sum(to_seq - from_seq + 1), 0) FROM segment
                 WHERE {same} AND branch = -1)
         FROM journal j
         LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
              AND b.branch = 0
         LEFT JOIN record r ON r.store = j.store AND r.reg = j.reg AND r.epoch = j.epoch
              AND r.seq = b.next_seq - 1 AND r.hash = b.head
         {of}
         ORDER BY j.store, j.reg, j.first_seen, j.epoch"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(store.map(|store| store.0)), |row| {
        let key = PublicKey::from_bytes(row.get(3)?).map_err(|_| rusqlite::Error::InvalidQuery)?;
        let word: Option<String> = row.get(4)?;
        let head: Option<[u8; 32]> = row.get(11)?;
        Ok(JournalRow {
            journal: journal_of(row)?,
            key,
            standing: standing(&word.unwrap_or_default()),
            position: Position {
                next_seq: seq(row, 10)?,
                head: head.map_or(Hash::ZERO, Hash),
                prune_seq: seq(row, 5)?,
            },
            received: lifetime(row, 13)?,
            expected_next: seq(row, 6)?,
            expected: lifetime(row, 7)?,
            forked: row.get::<_, i64>(15)?.unsigned_abs(),
            parked: row.get::<_, i64>(16)?.unsigned_abs(),
            projected: seq(row, 12)?,
            last_seen: row.get(9)?,
            trust: None,
        })
    })?;
    let mut journals: Vec<JournalRow> = rows.collect::<Result<_, _>>()?;
    let named = revocation::named(db)?;
    let of = |row: &JournalRow| (row.journal.store, row.journal.register, row.key);
    for row in journals.iter_mut().filter(|row| named.contains(&of(row))) {
        row.trust = revocation::decided(db, &row.journal, &row.key)?;
    }
    let ended = rotation::all(db, store)?;
    for row in journals.iter_mut().filter(|row| ended.contains_key(&row.journal)) {
        row.trust = both(row.trust, ended.get(&row.journal).copied());
    }
    Ok(journals)
}

pub(in crate::central) fn stores(db: &Connection) -> Result<Vec<StoreNo>, StoreError> {
    let mut select = db.prepare_cached("SELECT DISTINCT store FROM journal ORDER BY store")?;
    let rows = select.query_map([], |row| Ok(StoreNo(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(in crate::central) fn journals_of(
    db: &Connection,
    store: StoreNo,
    register: RegisterNo,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let sql = "SELECT store, reg, epoch, expected_next FROM journal WHERE store = ?1 AND reg = ?2
               ORDER BY first_seen, epoch";
    let mut select = db.prepare_cached(sql)?;
    let told = |row: &rusqlite::Row<'_>| Ok((journal_of(row)?, seq(row, 3)?));
    let rows = select.query_map(params![store.0, register.0], told)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(in crate::central) fn exceptions(
    db: &Connection,
    store: Option<StoreNo>,
) -> Result<Vec<ExceptionGroup>, StoreError> {
    // With one min() SQLite takes the other columns from the row that has it: the first one.
    let sql = concat!(
        "SELECT store, reg, epoch, min(seq), code, cause, level, count(*),
                sum(amount / 1000000), sum(amount % 1000000), text
               FROM (SELECT store, reg, epoch, seq, code, cause, level, text, ",
        within!("amount"),
        " AS amount FROM exception WHERE ?1 IS NULL OR store = ?1)
               GROUP BY store, code, cause
               ORDER BY CASE level WHEN 'critical' THEN 0 WHEN 'hold' THEN 1
                        WHEN 'review' THEN 2 ELSE 3 END, store, count(*) DESC, code, cause
               LIMIT ?2"
    );
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![store.map(|s| s.0), bound(GROUPS_MAX)], |row| {
        let journal = journal_of(row)?;
        Ok(ExceptionGroup {
            store: journal.store,
            journal,
            seq: seq(row, 3)?,
            code: row.get(4)?,
            cause: row.get(5)?,
            level: row.get(6)?,
            count: row.get::<_, i64>(7)?.unsigned_abs(),
            amount: whole(row.get(8)?, row.get(9)?),
            text: row.get(10)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(in crate::central) fn lines(
    db: &Connection,
    journal: &JournalId,
    from: Seq,
    count: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let end = position(db, journal)?.next_seq;
    let sql = "SELECT from_seq, blob, raw_len FROM segment
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = 0
               AND from_seq <= ?4 AND to_seq >= ?4 ORDER BY from_seq DESC LIMIT 1";
    let mut lines = Vec::new();
    let mut next = from;
    while lines.len() < count && next < end {
        let found = db
            .prepare_cached(sql)?
            .query_row(params![store.0, register.0, epoch.0, int(next.0)], |row| {
                let blob: Vec<u8> = row.get(1)?;
                Ok((seq(row, 0)?, blob, row.get::<_, i64>(2)?))
            })
            .optional()?;
        let Some((start, blob, raw_len)) = found else { break };
        let raw = unpack(&blob, usize::try_from(raw_len).unwrap_or(0)).map_err(|_| {
            StoreError::Unfit("a stored segment can't be read; check central's disk".to_owned())
        })?;
        let mut at = start;
        for line in raw.split(|byte| *byte == b'\n') {
            if at == next && lines.len() < count && next < end {
                lines.push(line.to_vec());
                next = next.next();
            }
            at = at.next();
        }
    }
    Ok(lines)
}

pub(super) fn public_key(bytes: [u8; 32]) -> Result<PublicKey, StoreError> {
    PublicKey::from_bytes(bytes).map_err(|why| StoreError::Unfit(why.to_string()))
}

pub(super) fn standing(word: &str) -> Standing {
    Standing::from_word(word).unwrap_or(Standing::Provisional)
}

/// How far a record has come; none where it is not held.
pub(in crate::central) fn stage_of(
    db: &Connection,
    journal: &JournalId,
    at: Seq,
    hash: &Hash,
) -> Result<Option<RecordStage>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let place = int(at.0);
    let sql = "SELECT r.branch, coalesce(b.projected > r.seq, 0),
                      (SELECT min(s.received_at) FROM segment s WHERE s.store = r.store
                       AND s.reg = r.reg AND s.epoch = r.epoch AND s.branch = r.branch
                       AND s.from_seq <= r.seq AND s.to_seq >= r.seq)
               FROM record r LEFT JOIN branch b ON b.store = r.store AND b.reg = r.reg
                    AND b.epoch = r.epoch AND b.branch = r.branch
               WHERE r.store = ?1 AND r.reg = ?2 AND r.epoch = ?3 AND r.seq = ?4
               AND r.hash = ?5";
    let values = params![store.0, register.0, epoch.0, place, hash.0];
    let found = db.query_row(sql, values, |row| {
        let branch: i64 = row.get(0)?;
        let received: Option<i64> = row.get(2)?;
        Ok((branch, row.get::<_, bool>(1)?, received.unwrap_or(0)))
    });
    let Some((branch, projected, received_ms)) = found.optional()? else { return Ok(None) };
    let sql = "SELECT DISTINCT code FROM exception WHERE store = ?1 AND reg = ?2 AND epoch = ?3
               AND seq = ?4 AND (branch = ?5 OR (branch = ?6 AND ?5 = 0))
               ORDER BY code LIMIT 20";
    let mut select = db.prepare_cached(sql)?;
    let values = params![store.0, register.0, epoch.0, place, branch, APART];
    let exceptions = select.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some(RecordStage { received_ms, forked: branch > 0, projected, exceptions }))
}
