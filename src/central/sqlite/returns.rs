//! Which lines of which sale came back, over all stores: kept as a projection, and compared with
//! the sale whichever of the two comes in first.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::journal::hash::Hash;
use crate::reconcile::exception::Code;
use crate::reconcile::returns::{Returned, Sold, look};
use crate::reconcile::rulebook::Rulebook;

use super::ingest::except;
use super::{int, seq};
use crate::central::project::{Projection, SaleRow};
use crate::central::revocation::APART;
use crate::central::store::StoreError;

/// Keeps what a sale takes back, and looks at it and at what came back of the sale itself.
pub(in crate::central) fn note(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &SaleRow,
) -> Result<(), StoreError> {
    let here = projection.journal;
    if matches!(projection.branch, 0 | APART) && came_back(tx, here.epoch, row.seq)? {
        compare(tx, &projection.rules, here.epoch, row.seq)?;
    }
    let Some(link) = &row.sale.terms.link else { return Ok(()) };
    let sql = "INSERT INTO returned (sold_epoch, sold_seq, sold_place, store, reg, epoch, seq,
               branch, place, quantity, amount, hash)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
               ON CONFLICT DO NOTHING";
    let mut insert = tx.prepare_cached(sql)?;
    let mut any = false;
    for (place, line) in (0_i64..).zip(&row.sale.lines) {
        let Some(returned) = line.returned.filter(|_| !line.voided) else { continue };
        any = true;
        insert.execute(params![
            link.epoch.0,
            int(link.seq.0),
            returned.place,
            here.store.0,
            here.register.0,
            here.epoch.0,
            int(row.seq.0),
            projection.branch,
            place,
            line.quantity.tenthousandths().saturating_neg(),
            line.amount.minor().saturating_neg(),
            link.paper.as_ref().map(|paper| paper.hash_start),
        ])?;
    }
    if any { compare(tx, &projection.rules, link.epoch, link.seq) } else { Ok(()) }
}

fn came_back(tx: &Transaction<'_>, epoch: Epoch, at: Seq) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM returned WHERE sold_epoch = ?1 AND sold_seq = ?2 LIMIT 1";
    let any: Option<i64> = tx
        .prepare_cached(sql)?
        .query_row(params![epoch.0, int(at.0)], |row| row.get(0))
        .optional()?;
    Ok(any.is_some())
}

/// A sale that central does not hold yet is compared when it comes in.
fn compare(
    tx: &Transaction<'_>,
    rules: &Rulebook,
    epoch: Epoch,
    at: Seq,
) -> Result<(), StoreError> {
    let returns = returns(tx, epoch, at)?;
    // What was found before is replaced: one of them may count no longer.
    for one in &returns {
        let JournalId { store, register, epoch } = one.journal;
        let sql = "DELETE FROM exception WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4
                   AND code IN (?5, ?6) AND derived = 1";
        let (twice, another) = (Code::ReturnedTwice.word(), Code::ReturnOfAnother.word());
        let key = params![store.0, register.0, epoch.0, int(one.seq.0), twice, another];
        tx.prepare_cached(sql)?.execute(key)?;
    }
    let Some(sold) = sold(tx, epoch, at)? else { return Ok(()) };
    for (branch, exception) in look(&sold, &returns) {
        except(tx, &rules.weigh(exception), branch, true)?;
    }
    Ok(())
}

fn sold(tx: &Transaction<'_>, epoch: Epoch, at: Seq) -> Result<Option<Sold>, StoreError> {
    // A journal's epoch is its own, but only the whole key has an index.
    let sql = "SELECT j.store, j.reg, r.hash FROM journal j JOIN sale s
               ON s.store = j.store AND s.reg = j.reg AND s.epoch = j.epoch AND s.seq = ?2
               AND s.branch = 0 JOIN record r ON r.store = j.store AND r.reg = j.reg
               AND r.epoch = j.epoch AND r.seq = ?2 AND r.branch = 0
               WHERE j.epoch = ?1 LIMIT 1";
    let found = tx
        .prepare_cached(sql)?
        .query_row(params![epoch.0, int(at.0)], |row| {
            let (store, register) = (StoreNo(row.get(0)?), RegisterNo(row.get(1)?));
            Ok((JournalId { store, register, epoch }, Hash(row.get(2)?)))
        })
        .optional()?;
    let Some((journal, hash)) = found else { return Ok(None) };
    let sql = "SELECT place, quantity FROM sale_line WHERE store = ?1 AND reg = ?2 AND epoch = ?3
               AND seq = ?4 AND branch = 0 AND voided = 0";
    let mut statement = tx.prepare_cached(sql)?;
    let key = params![journal.store.0, journal.register.0, epoch.0, int(at.0)];
    let rows = statement
        .query_map(key, |row| Ok((row.get(0)?, Quantity::from_tenthousandths(row.get(1)?))))?;
    Ok(Some(Sold { journal, seq: at, hash, lines: rows.collect::<Result<_, _>>()? }))
}

fn returns(tx: &Transaction<'_>, epoch: Epoch, at: Seq) -> Result<Vec<Returned>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, branch, sold_place, quantity, amount, hash
               FROM returned WHERE sold_epoch = ?1 AND sold_seq = ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![epoch.0, int(at.0)], |row| {
        let (store, register) = (StoreNo(row.get(0)?), RegisterNo(row.get(1)?));
        Ok(Returned {
            journal: JournalId { store, register, epoch: Epoch(row.get(2)?) },
            seq: seq(row, 3)?,
            branch: row.get(4)?,
            place: row.get(5)?,
            quantity: Quantity::from_tenthousandths(row.get(6)?),
            amount: Money::from_minor(row.get(7)?),
            hash_start: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
