//! Writes projected rows into central's SQLite store, and takes them to be written once.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::domain::ids::JournalId;
use crate::domain::money::Money;
use crate::domain::tender::Tender;

use super::int;
use crate::central::project::{Projection, SaleRow};
use crate::central::store::StoreError;

/// Stores a projection; false, with nothing to be kept, when the branch's mark is not where the
/// projection begins: somebody else projected it, or it was emptied meanwhile.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "UPDATE branch SET projected = ?6 WHERE store = ?1 AND reg = ?2 AND epoch = ?3
               AND branch = ?4 AND projected = ?5 RETURNING 1";
    let moved: Option<i64> = tx
        .prepare_cached(sql)?
        .query_row(
            params![
                store.0,
                register.0,
                epoch.0,
                projection.mark,
                int(projection.from.0),
                int(projection.next.0)
            ],
            |row| row.get(0),
        )
        .optional()?;
    // Somebody may have revoked the key since it was read, or refused that.
    let counts = super::revocation::trust_of(tx, &projection.journal)? == projection.trust;
    if moved.is_none() || !counts {
        return Ok(false);
    }
    super::goods::store(tx, projection)?;
    super::rain_checks::store(tx, projection)?;
    super::paper_slips::store(tx, projection)?;
    super::asides::store(tx, projection)?;
    super::readiness::store(tx, projection)?;
    super::recovery::store(tx, projection)?;
    super::reconcile::store(tx, projection)?;
    for row in &projection.sales {
        put_sale(tx, projection, row)?;
        super::returns::note(tx, projection, row)?;
    }
    Ok(true)
}

fn put_sale(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &SaleRow,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let (branch, sale, seq) = (projection.branch, &row.sale, int(row.seq.0));
    let money = |amount: Result<Money, _>| amount.unwrap_or_default().minor();
    let sql = "INSERT INTO sale (store, reg, epoch, seq, branch, number, shift, day, refund,
               subtotal, tax, total, rounding, cash, checks)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        seq,
        branch,
        int(sale.number.0),
        sale.shift.0,
        row.date.to_string(),
        sale.is_refund(),
        sale.subtotal.minor(),
        money(sale.tax()),
        sale.total.minor(),
        sale.rounding.minor(),
        money(sale.cash_kept()),
        money(sale.checks()),
    ])?;
    let sql = "INSERT INTO sale_line (store, reg, epoch, seq, branch, place, item, quantity, unit,
               amount, voided) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let mut insert = tx.prepare_cached(sql)?;
    for (place, line) in (0_i64..).zip(&sale.lines) {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            seq,
            branch,
            place,
            line.code.as_str(),
            line.quantity.tenthousandths(),
            line.unit_price.tenthousandths(),
            line.amount.minor(),
            line.voided,
        ])?;
    }
    let sql = "INSERT INTO tender (store, reg, epoch, seq, branch, place, kind, amount)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut insert = tx.prepare_cached(sql)?;
    for (place, tender) in (0_i64..).zip(&sale.tenders) {
        let kind = match tender {
            Tender::Cash { .. } => "cash",
            Tender::Check { .. } => "check",
            Tender::CheckReturned { .. } => "check_returned",
        };
        let amount = tender.amount().minor();
        insert.execute(params![store.0, register.0, epoch.0, seq, branch, place, kind, amount])?;
    }
    let sql = "INSERT INTO tax (store, reg, epoch, branch, code, rate, taxable, amount)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               ON CONFLICT (store, reg, epoch, branch, code, rate) DO UPDATE
               SET taxable = taxable + excluded.taxable, amount = amount + excluded.amount";
    let mut insert = tx.prepare_cached(sql)?;
    for tax in &sale.taxes {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            branch,
            tax.code.as_str(),
            tax.rate.tenmillionths(),
            tax.taxable.minor(),
            tax.amount.minor(),
        ])?;
    }
    Ok(())
}
