//! How people worked, in the PostgreSQL store: the records that are looked at with others.

use super::link::Session;
use super::values::{int, journal_of, key, store as store_int};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::store::StoreError;
use crate::domain::ids::{RegisterNo, ShiftNo, StoreNo};
use crate::reconcile::conduct::{ConductView, ShiftSales};

/// Keeps a projection's noteworthy records.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    if projection.conduct.is_empty() {
        return Ok(());
    }
    let (store, reg, epoch) = key(&projection.journal);
    let seqs: Vec<i64> = projection.conduct.iter().map(|(seq, _)| int(seq.0)).collect();
    let lines: Vec<&[u8]> = projection.conduct.iter().map(|(_, line)| line.as_slice()).collect();
    let sql = "INSERT INTO conduct_record (store, reg, epoch, branch, seq, line)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u.*
               FROM unnest($5::bigint[], $6::bytea[]) AS u";
    session.execute(sql, &[&store, &reg, &epoch, &projection.branch, &seqs, &lines]).await?;
    Ok(())
}

/// All that is held of a store, over the branches that came first.
pub(super) async fn view(session: &Session, store: StoreNo) -> Result<ConductView, StoreError> {
    let number = store_int(store);
    let mut view = ConductView::default();
    let sql = "SELECT line FROM conduct_record WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    for row in session.rows(sql, &[&number]).await? {
        view.records.push(row.try_get(0)?);
    }
    view.records = Table::ConductRecord.lines(view.records);
    let sql = "SELECT store, reg, epoch, shift, COUNT(*) FROM sale
               WHERE store = $1 AND branch = 0 AND NOT refund
               GROUP BY store, reg, epoch, shift
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", shift";
    for row in session.rows(sql, &[&number]).await? {
        let (shift, sales): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
        view.sales.push(ShiftSales {
            journal: journal_of(&row, 0)?,
            shift: ShiftNo(u32::try_from(shift).unwrap_or(u32::MAX)),
            sales: u64::try_from(sales).unwrap_or(0),
        });
    }
    let sql = "SELECT DISTINCT reg, received_at FROM segment WHERE store = $1 AND reg > 0
               ORDER BY reg, received_at";
    for row in session.rows(sql, &[&number]).await? {
        let register: i32 = row.try_get(0)?;
        view.heard.push((RegisterNo(u16::try_from(register).unwrap_or(0)), row.try_get(1)?));
    }
    Ok(view)
}
