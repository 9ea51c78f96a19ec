//! Where the recovery stands, asked of central's SQLite store, and what is said of outages.

use rusqlite::{Row, Transaction, params};

use crate::domain::ids::{JournalId, StoreNo};

use super::{SqliteStore, int};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::recovery::{
    FOUND, Figures, FoundCount, OUTAGES, REGISTERS, RecoveryStore, RegisterIn, STORES, StoreIn,
};
use crate::central::store::StoreError;

/// Keeps a projection's records about outages.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO outage_record (store, reg, epoch, seq, branch, line)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut insert = tx.prepare_cached(sql)?;
    for (seq, line) in &projection.outages {
        let row =
            params![store.0, register.0, epoch.0, int(seq.0), projection.branch, line.as_slice()];
        insert.execute(row)?;
    }
    Ok(())
}

/// Empties what is stored here, to be derived again.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(tx.execute_batch("DELETE FROM outage_record;")?)
}

fn count(row: &Row<'_>, place: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(place)?.unsigned_abs())
}

impl RecoveryStore for SqliteStore {
    fn stores_in(&mut self, silent_before: i64) -> Result<Vec<StoreIn>, StoreError> {
        let mut select = self.db.prepare_cached(STORES)?;
        let rows = select.query_map([silent_before], |row| {
            Ok(StoreIn {
                store: row.get(0)?,
                heard_ms: row.get(10)?,
                figures: Figures {
                    registers: count(row, 1)?,
                    unheard: count(row, 2)?,
                    complete: count(row, 3)?,
                    sending: count(row, 4)?,
                    silent: count(row, 5)?,
                    received: count(row, 6)?,
                    expected: count(row, 7)?,
                    money: row.get(8)?,
                    money_expected: row.get(9)?,
                    differs: count(row, 11)?,
                    provisional: count(row, 12)?,
                    forked: count(row, 13)?,
                    behind: count(row, 14)?,
                    parked: count(row, 15)?,
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn registers_in(&mut self, store: StoreNo) -> Result<Vec<RegisterIn>, StoreError> {
        let mut select = self.db.prepare_cached(REGISTERS)?;
        let rows = select.query_map([store.0], |row| {
            Ok(RegisterIn {
                register: row.get(0)?,
                received: count(row, 1)?,
                expected: count(row, 2)?,
                money: row.get(3)?,
                money_expected: row.get(4)?,
                heard_ms: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn found_counts(&mut self) -> Result<Vec<FoundCount>, StoreError> {
        let mut select = self.db.prepare_cached(FOUND)?;
        let rows = select.query_map([], |row| {
            Ok(FoundCount {
                code: row.get(0)?,
                level: row.get(1)?,
                count: count(row, 2)?,
                stores: count(row, 3)?,
                amount: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn outage_lines(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut select = self.db.prepare_cached(OUTAGES)?;
        let rows = select.query_map([store.0], |row| row.get(0))?;
        Ok(Table::OutageRecord.lines(rows.collect::<Result<_, _>>()?))
    }
}
