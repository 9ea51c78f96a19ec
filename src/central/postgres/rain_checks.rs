//! Rain checks in the PostgreSQL store: kept as a projection, and compared whichever of promise and
//! redemption comes in first.
//!
//! A promise and its redemptions may be projected by several processes at once. Each holds the
//! epoch of the promise's record until its commit (`projecting`), as with returns: the later one
//! sees the earlier.

use tokio_postgres::Row;

use super::link::{Param, Session};
use super::project::put_found;
use super::values::{
    damaged, epoch_int, hash, int, journal_of, key, reg, seq, store as store_int, text,
};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::rain_checks::{RainCheckRow, RainCheckSaid};
use crate::central::store::StoreError;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, RecordRef, SaleNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::rain_check::{RainCheck, RainCheckKind, RainCheckRef, Worth};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::reconcile::goods::Happened;
use crate::reconcile::rain_checks::{Account, CODES, Issued, Use, cause, look, standing};
use crate::reconcile::rulebook::Rulebook;

/// The epochs of the promises that a projection redeems, or gives back by taking a sale back.
pub(super) async fn epochs(
    session: &Session,
    projection: &Projection,
) -> Result<Vec<i64>, StoreError> {
    let mut epochs = Vec::new();
    for row in &projection.rain_checks {
        match &row.what {
            RainCheckSaid::Issued(_) => {}
            RainCheckSaid::Redeemed(all, _) => {
                epochs.extend(all.iter().map(|of| epoch_int(of.at_record.epoch)));
            }
            // What that sale redeemed is in this projection, or was projected before it.
            RainCheckSaid::Voided(sale) => {
                let sql = "SELECT DISTINCT check_epoch FROM rain_check_use
                           WHERE epoch = $1 AND seq = $2";
                let params: [Param<'_>; 2] = [&epoch_int(sale.epoch), &int(sale.seq.0)];
                for row in session.rows(sql, &params).await? {
                    epochs.push(row.try_get(0)?);
                }
            }
        }
    }
    Ok(epochs)
}

/// Stores what a projection says of rain checks, and looks at each that it touches.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let mut touched = Vec::new();
    for row in &projection.rain_checks {
        match &row.what {
            RainCheckSaid::Issued(check) => {
                put_issued(session, projection, row, check).await?;
                touched.push((projection.journal, row.seq));
            }
            RainCheckSaid::Redeemed(all, sale) => {
                for of in all {
                    put_use(session, projection, row, of, *sale).await?;
                    let RainCheckRef { store, register, at_record, .. } = *of;
                    let journal = JournalId { store, register, epoch: at_record.epoch };
                    touched.push((journal, at_record.seq));
                }
            }
            RainCheckSaid::Voided(sale) => {
                touched.extend(put_void(session, projection, *sale).await?);
            }
        }
    }
    // A slip may name a record that is none of a rain check: it is told once that record is here.
    touched.extend(named_in(session, projection).await?);
    touched.sort_unstable();
    touched.dedup();
    for (journal, seq) in touched {
        compare(session, &projection.rules, journal, seq).await?;
    }
    Ok(())
}

async fn put_issued(
    session: &Session,
    projection: &Projection,
    row: &RainCheckRow,
    check: &RainCheck,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let (off, unit, pieces) = match check.worth {
        Worth::Unsaid => (None, None, None),
        Worth::Off(amount) => (Some(amount.minor()), None, None),
        Worth::Price(price, pieces) => {
            (None, Some(price.tenthousandths()), Some(i64::from(pieces)))
        }
    };
    let what = text(&check.what);
    let sql = "INSERT INTO rain_check (store, reg, epoch, seq, branch, at, number, kind, item,
               what, off, unit, pieces, until)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
               ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 14] = [
        &store,
        &reg,
        &epoch,
        &int(row.seq.0),
        &projection.branch,
        &row.at.utc_ms,
        &i64::from(check.number),
        &check.kind.word(),
        &check.code.as_ref().map(ItemCode::as_str),
        &what.as_ref(),
        &off,
        &unit,
        &pieces,
        &check.until.to_string(),
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

async fn put_use(
    session: &Session,
    projection: &Projection,
    row: &RainCheckRow,
    of: &RainCheckRef,
    sale: Option<SaleNo>,
) -> Result<(), StoreError> {
    let (store, register, epoch) = key(&projection.journal);
    let sql = "INSERT INTO rain_check_use (check_epoch, check_seq, store, reg, epoch, seq, branch,
               at, number, check_store, check_reg, sale, hash, voided)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, false)
               ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 13] = [
        &epoch_int(of.at_record.epoch),
        &int(of.at_record.seq.0),
        &store,
        &register,
        &epoch,
        &int(row.seq.0),
        &projection.branch,
        &row.at.utc_ms,
        &i64::from(of.number),
        &store_int(of.store),
        &reg(of.register),
        &sale.map(|sale| int(sale.0)),
        &of.hash_start.as_ref().map(<[u8; 16]>::as_slice),
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

/// Notes that a sale was taken back; the rain checks that it had redeemed. A sale is voided in its
/// own journal, which is projected in its order.
async fn put_void(
    session: &Session,
    projection: &Projection,
    sale: RecordRef,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let (store, reg, _) = key(&projection.journal);
    let sql = "UPDATE rain_check_use SET voided = true WHERE epoch = $1 AND seq = $2
               AND branch = $3 AND store = $4 AND reg = $5
               RETURNING check_store, check_reg, check_epoch, check_seq";
    let (epoch, at) = (epoch_int(sale.epoch), int(sale.seq.0));
    let rows = session.rows(sql, &[&epoch, &at, &projection.branch, &store, &reg]).await?;
    rows.iter().map(|row| Ok((journal_of(row, 0)?, seq(row, 3)?))).collect()
}

/// The records of this stretch that slips name.
async fn named_in(
    session: &Session,
    projection: &Projection,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "SELECT DISTINCT check_seq FROM rain_check_use
               WHERE check_epoch = $1 AND check_seq >= $2 AND check_seq < $3
               AND check_store = $4 AND check_reg = $5";
    let (from, next) = (int(projection.from.0), int(projection.next.0));
    let rows = session.rows(sql, &[&epoch, &from, &next, &store, &reg]).await?;
    rows.iter().map(|row| Ok((projection.journal, seq(row, 0)?))).collect()
}

/// Looks at one rain check anew: what was found before is replaced, so that it is told once.
async fn compare(
    session: &Session,
    rules: &Rulebook,
    journal: JournalId,
    at: Seq,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&journal);
    let place = int(at.0);
    let of = RecordRef { epoch: journal.epoch, seq: at };
    let codes: Vec<&str> = CODES.iter().map(|code| code.word()).collect();
    let sql = "DELETE FROM exception WHERE cause = $1 AND code = ANY($2::text[]) AND derived";
    session.execute(sql, &[&cause(of), &codes]).await?;
    let sql = "SELECT hash FROM record WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq = $4
               AND branch = 0";
    let held = session.maybe(sql, &[&store, &reg, &epoch, &place]).await?;
    let held = held.map(|row| hash(row.try_get(0)?)).transpose()?;
    let sql = "SELECT c.store, c.reg, c.epoch, c.seq, c.at, r.hash, c.number, c.kind, c.item,
                      c.what, c.off, c.unit, c.pieces, c.until
               FROM rain_check c JOIN record r ON r.store = c.store AND r.reg = c.reg
                    AND r.epoch = c.epoch AND r.seq = c.seq AND r.branch = c.branch
               WHERE c.store = $1 AND c.reg = $2 AND c.epoch = $3 AND c.seq = $4
               AND c.branch = 0";
    let row = session.maybe(sql, &[&store, &reg, &epoch, &place]).await?;
    let issued = row.as_ref().map(issued).transpose()?.flatten();
    let found = look(of, held, issued.as_ref(), &uses(session, of).await?);
    put_found(session, rules, found).await
}

/// What was read from a record with the same types; none where the row was damaged since.
fn issued(row: &Row) -> Result<Option<Issued>, StoreError> {
    let (journal, seq) = (journal_of(row, 0)?, seq(row, 3)?);
    let hash = hash(row.try_get(5)?)?;
    let (off, unit): (Option<i64>, Option<i64>) = (row.try_get(10)?, row.try_get(11)?);
    let odd = |_| damaged("a rain check's number or pieces that no register says");
    let worth = match (off, unit) {
        (Some(off), _) => Worth::Off(Money::from_minor(off)),
        (None, Some(unit)) => {
            let pieces = row.try_get::<_, i64>(12)?.try_into().map_err(odd)?;
            Worth::Price(UnitPrice::from_tenthousandths(unit), pieces)
        }
        (None, None) => Worth::Unsaid,
    };
    let of = Table::RainCheck;
    let until = of.read(BusinessDate::parse(row.try_get(13)?));
    let at = of.known(Timestamp::new(row.try_get(4)?, 0));
    let kind = of.known(RainCheckKind::from_word(row.try_get(7)?));
    let (Some(kind), Some(until), Some(at)) = (kind, until, at) else { return Ok(None) };
    let item: Option<&str> = row.try_get(8)?;
    let check = RainCheck {
        number: row.try_get::<_, i64>(6)?.try_into().map_err(odd)?,
        kind,
        code: item.and_then(|code| of.read(ItemCode::parse(code))),
        what: row.try_get(9)?,
        worth,
        until,
    };
    Ok(Some(Issued { happened: Happened { at, journal, seq }, hash, check }))
}

async fn uses(session: &Session, of: RecordRef) -> Result<Vec<Use>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, branch, at, number, sale, hash, voided
               FROM rain_check_use WHERE check_epoch = $1 AND check_seq = $2
               ORDER BY store, reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq, branch";
    let odd = |_| damaged("a rain check's number that no register says");
    let mut all = Vec::new();
    for row in session.rows(sql, &[&epoch_int(of.epoch), &int(of.seq.0)]).await? {
        let Some(at) = Timestamp::new(row.try_get(5)?, 0) else { continue };
        let (journal, seq) = (journal_of(&row, 0)?, seq(&row, 3)?);
        let start: Option<&[u8]> = row.try_get(8)?;
        all.push(Use {
            happened: Happened { at, journal, seq },
            branch: row.try_get(4)?,
            of,
            number: row.try_get::<_, i64>(6)?.try_into().map_err(odd)?,
            sale: row.try_get::<_, Option<i64>>(7)?.map(|sale| SaleNo(sale.unsigned_abs())),
            hash_start: start.and_then(|start| start.try_into().ok()),
            voided: row.try_get(9)?,
        });
    }
    Ok(all)
}

/// The rain checks that a store issued, or all stores, with where each was redeemed.
pub(super) async fn accounts(
    session: &Session,
    store: Option<StoreNo>,
) -> Result<Vec<Account>, StoreError> {
    let sql = "SELECT c.store, c.reg, c.epoch, c.seq, c.at, r.hash, c.number, c.kind, c.item,
                      c.what, c.off, c.unit, c.pieces, c.until
               FROM rain_check c JOIN record r ON r.store = c.store AND r.reg = c.reg
                    AND r.epoch = c.epoch AND r.seq = c.seq AND r.branch = c.branch
               WHERE c.branch = 0 AND ($1::bigint IS NULL OR c.store = $1)
               ORDER BY c.at, c.store, c.reg, lpad(to_hex(c.epoch), 16, '0') COLLATE \"C\", c.seq";
    let mut all = Vec::new();
    for row in session.rows(sql, &[&store.map(store_int)]).await? {
        let Some(issued) = issued(&row)? else { continue };
        let Happened { journal, seq, .. } = issued.happened;
        let uses = uses(session, RecordRef { epoch: journal.epoch, seq }).await?;
        all.push(Account { issued, uses: standing(&uses) });
    }
    Ok(all)
}
