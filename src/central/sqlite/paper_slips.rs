//! Paper slips in central's SQLite store: kept as a projection, and a store's looked at anew with
//! each record that is about them.

use rusqlite::{Connection, Transaction, params};

use crate::domain::ids::{JournalId, PersonId, RecordRef, SaleNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::paper_slip::PaperPad;
use crate::domain::time::Timestamp;
use crate::reconcile::goods::Happened;
use crate::reconcile::paper_slips::{CODES, SlipUse, StoreSlips, look};

use super::ingest::except;
use super::{int, journal_of, seq};
use crate::central::damaged::Table;
use crate::central::paper_slips::{SlipRow, SlipSaid};
use crate::central::project::Projection;
use crate::central::store::StoreError;

/// Stores what a projection says of paper slips, and looks at the store's.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    let mut touched = false;
    for row in &projection.paper_slips {
        touched |= match &row.what {
            SlipSaid::Pad(pad) => put_pad(tx, projection, row, pad)?,
            SlipSaid::Slip { number, sale, taken } => {
                put_slip(tx, projection, row, (*number, *sale, *taken))?
            }
            SlipSaid::Voided(sale) => put_void(tx, projection, *sale)?,
        };
    }
    let number = projection.journal.store;
    if !touched {
        return Ok(());
    }
    for code in CODES {
        tx.prepare_cached("DELETE FROM exception WHERE store = ?1 AND code = ?2 AND derived = 1")?
            .execute(params![number.0, code.word()])?;
    }
    for exception in look(&slips(tx, number)?) {
        except(tx, &projection.rules.weigh(exception), 0, true)?;
    }
    Ok(())
}

/// Empties what is stored here, to be derived again.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch("DELETE FROM paper_pad; DELETE FROM paper_slip;")?;
    Ok(())
}

fn put_pad(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &SlipRow,
    pad: &PaperPad,
) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO paper_pad (store, reg, epoch, seq, branch, at, first, last, person)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
    let added = tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        int(row.seq.0),
        projection.branch,
        row.at.utc_ms,
        pad.first,
        pad.last,
        pad.person.as_str(),
    ])?;
    Ok(added > 0)
}

fn put_slip(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &SlipRow,
    (number, sale, taken): (u32, Option<SaleNo>, Money),
) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO paper_slip (store, number, reg, epoch, seq, branch, at, sale, taken,
               voided) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0) ON CONFLICT DO NOTHING";
    let added = tx.prepare_cached(sql)?.execute(params![
        store.0,
        number,
        register.0,
        epoch.0,
        int(row.seq.0),
        projection.branch,
        row.at.utc_ms,
        sale.map(|sale| int(sale.0)),
        taken.minor(),
    ])?;
    Ok(added > 0)
}

/// A slip whose sale is taken back was keyed wrongly and may be keyed again.
fn put_void(
    tx: &Transaction<'_>,
    projection: &Projection,
    sale: RecordRef,
) -> Result<bool, StoreError> {
    let JournalId { store, register, .. } = projection.journal;
    let sql = "UPDATE paper_slip SET voided = 1 WHERE store = ?1 AND reg = ?2 AND epoch = ?3
               AND seq = ?4 AND branch = ?5";
    let changed = tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        sale.epoch.0,
        int(sale.seq.0),
        projection.branch
    ])?;
    Ok(changed > 0)
}

fn slips(db: &Connection, store: StoreNo) -> Result<StoreSlips, StoreError> {
    let mut all = StoreSlips::default();
    let sql = "SELECT store, reg, epoch, seq, at, first, last, person FROM paper_pad
               WHERE store = ?1 AND branch = 0";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    while let Some(row) = rows.next()? {
        let at = Table::PaperPad.known(Timestamp::new(row.get(4)?, 0));
        let person = Table::PaperPad.read(PersonId::parse(&row.get::<_, String>(7)?));
        // They were read from records with the same types; what is none now was damaged.
        let Some((at, person)) = at.zip(person) else { continue };
        let pad = PaperPad { first: row.get(5)?, last: row.get(6)?, person };
        all.pads.push((Happened { at, journal: journal_of(row)?, seq: seq(row, 3)? }, pad));
    }
    let sql = "SELECT store, reg, epoch, seq, at, number, sale, taken FROM paper_slip
               WHERE store = ?1 AND branch = 0 AND voided = 0";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    while let Some(row) = rows.next()? {
        let at = Table::PaperSlip.known(Timestamp::new(row.get(4)?, 0));
        let Some(at) = at else { continue };
        all.uses.push(SlipUse {
            happened: Happened { at, journal: journal_of(row)?, seq: seq(row, 3)? },
            number: row.get(5)?,
            sale: row.get::<_, Option<i64>>(6)?.map(|sale| SaleNo(sale.unsigned_abs())),
            taken: Money::from_minor(row.get(7)?),
        });
    }
    Ok(all)
}
