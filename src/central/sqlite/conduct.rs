//! How people worked, in central's SQLite store: the records that are looked at with others.

use rusqlite::{Connection, Transaction, params};

use crate::domain::ids::{JournalId, RegisterNo, ShiftNo, StoreNo};
use crate::reconcile::conduct::{ConductView, ShiftSales};

use super::{int, journal_of};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::store::StoreError;

/// Keeps a projection's noteworthy records.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO conduct_record (store, reg, epoch, seq, branch, line)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut insert = tx.prepare_cached(sql)?;
    for (seq, line) in &projection.conduct {
        let row =
            params![store.0, register.0, epoch.0, int(seq.0), projection.branch, line.as_slice()];
        insert.execute(row)?;
    }
    Ok(())
}

/// All that is held of a store, over the branches that came first.
pub(in crate::central) fn view(db: &Connection, store: StoreNo) -> Result<ConductView, StoreError> {
    let sql = "SELECT line FROM conduct_record WHERE store = ?1 AND branch = 0
               ORDER BY reg, epoch, seq";
    let mut select = db.prepare_cached(sql)?;
    let records = select.query_map([store.0], |row| row.get(0))?;
    let records = Table::ConductRecord.lines(records.collect::<Result<_, _>>()?);
    let sql = "SELECT store, reg, epoch, shift, COUNT(*) FROM sale
               WHERE store = ?1 AND branch = 0 AND refund = 0
               GROUP BY reg, epoch, shift ORDER BY reg, epoch, shift";
    let mut select = db.prepare_cached(sql)?;
    let sales = select.query_map([store.0], |row| {
        let sales: i64 = row.get(4)?;
        let (journal, shift) = (journal_of(row)?, ShiftNo(row.get(3)?));
        Ok(ShiftSales { journal, shift, sales: u64::try_from(sales).unwrap_or(0) })
    })?;
    let sales = sales.collect::<Result<_, _>>()?;
    let sql = "SELECT DISTINCT reg, received_at FROM segment WHERE store = ?1 AND reg > 0
               ORDER BY reg, received_at";
    let mut select = db.prepare_cached(sql)?;
    let heard = select.query_map([store.0], |row| Ok((RegisterNo(row.get(0)?), row.get(1)?)))?;
    Ok(ConductView { records, sales, heard: heard.collect::<Result<_, _>>()? })
}
