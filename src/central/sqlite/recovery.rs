//! Where the recovery stands, asked of central's SQLite store, what was out since when, and what is
//! said of outages and of what is lost.

use rusqlite::{Row, Transaction, params};

use crate::domain::ids::{JournalId, StoreNo};

use super::{SqliteStore, int, lifetime, seq};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::recovery::out::Out;
use crate::central::recovery::{
    FOUND, Figures, FoundCount, OUTAGES, REGISTERS, RecoveryStore, RegisterIn, STORES, StoreIn,
    StoresIn, whole,
};
use crate::central::store::{Expected, StoreError};

/// Notes what is out of a journal that its register announces; it is known already.
pub(super) fn note_out(
    tx: &Transaction<'_>,
    expected: &Expected,
    now_ms: i64,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = expected.journal;
    let sql = "SELECT j.out_since, j.out_from, j.out_to, j.out_money_from, j.out_money_to,
                      coalesce(b.next_seq, 0), coalesce(r.takings, 0), coalesce(r.payouts, 0)
               FROM journal j
               LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                    AND b.branch = 0
               LEFT JOIN record r ON r.store = j.store AND r.reg = j.reg AND r.epoch = j.epoch
                    AND r.seq = b.next_seq - 1 AND r.hash = b.head
               WHERE j.store = ?1 AND j.reg = ?2 AND j.epoch = ?3";
    let of = params![store.0, register.0, epoch.0];
    let (out, here) = tx.prepare_cached(sql)?.query_row(of, |row| {
        let out = Out {
            since_ms: row.get(0)?,
            from: seq(row, 1)?,
            to: seq(row, 2)?,
            money_from: row.get(3)?,
            money_to: row.get(4)?,
        };
        Ok((out, (seq(row, 5)?, lifetime(row, 6)?)))
    })?;
    let now = out.announced(here, (expected.next_seq, expected.lifetime), now_ms);
    if now == out {
        return Ok(());
    }
    let sql = "UPDATE journal SET out_since = ?4, out_from = ?5, out_to = ?6, out_money_from = ?7,
               out_money_to = ?8 WHERE store = ?1 AND reg = ?2 AND epoch = ?3";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        now.since_ms,
        int(now.from.0),
        int(now.to.0),
        now.money_from,
        now.money_to,
    ])?;
    Ok(())
}

/// Keeps a projection's records about outages, and what it says of records that are lost.
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
    let sql = "INSERT INTO given_up (store, reg, epoch, seq, branch, about, next, at, settled)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
    let mut insert = tx.prepare_cached(sql)?;
    for row in &projection.given_up {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            int(row.seq.0),
            projection.branch,
            row.about.0,
            int(row.next.0),
            row.at_ms,
            row.settled,
        ])?;
    }
    Ok(())
}

/// Empties what is stored here, to be derived again.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(tx.execute_batch("DELETE FROM outage_record; DELETE FROM given_up;")?)
}

fn count(row: &Row<'_>, place: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(place)?.unsigned_abs())
}

impl RecoveryStore for SqliteStore {
    fn stores_in(&mut self, silent_before: i64, counted_from: i64) -> Result<StoresIn, StoreError> {
        let mut select = self.db.prepare_cached(STORES)?;
        let rows = select.query_map([counted_from, silent_before], |row| {
            let store = StoreIn {
                store: row.get(0)?,
                heard_ms: row.get(16)?,
                figures: Figures {
                    registers: count(row, 1)?,
                    unheard: count(row, 2)?,
                    complete: count(row, 3)?,
                    sending: count(row, 4)?,
                    silent: count(row, 5)?,
                    quiet: count(row, 6)?,
                    records: count(row, 7)?,
                    received: count(row, 8)?,
                    expected: count(row, 9)?,
                    given_up: count(row, 10)?,
                    unvouched: count(row, 11)?,
                    money: whole(row.get(12)?, row.get(13)?),
                    money_expected: whole(row.get(14)?, row.get(15)?),
                    differs: count(row, 17)?,
                    provisional: count(row, 18)?,
                    forked: count(row, 19)?,
                    behind: count(row, 20)?,
                    parked: count(row, 21)?,
                },
            };
            Ok((store, row.get(22)?))
        })?;
        let mut all = StoresIn { stores: Vec::new(), counted_from_ms: counted_from };
        for row in rows {
            let (store, since) = row?;
            all.stores.push(store);
            all.counted_from_ms = since;
        }
        Ok(all)
    }

    fn registers_in(
        &mut self,
        store: StoreNo,
        counted_from: i64,
    ) -> Result<Vec<RegisterIn>, StoreError> {
        let mut select = self.db.prepare_cached(REGISTERS)?;
        let rows = select.query_map(params![store.0, counted_from], |row| {
            Ok(RegisterIn {
                register: row.get(0)?,
                enrolled: row.get(1)?,
                provisional: row.get(2)?,
                records: count(row, 3)?,
                received: count(row, 4)?,
                expected: count(row, 5)?,
                given_up: count(row, 6)?,
                unvouched: count(row, 7)?,
                money: whole(row.get(8)?, row.get(9)?),
                money_expected: whole(row.get(10)?, row.get(11)?),
                heard_ms: row.get(12)?,
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
                amount: whole(row.get(4)?, row.get(5)?),
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
