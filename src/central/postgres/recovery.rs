//! Where the recovery stands, asked of the PostgreSQL store, and what is said of outages.

use tokio_postgres::Row;

use super::PostgresStore;
use super::link::Session;
use super::values::{count, damaged, int, key, store as store_int};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::recovery::{
    FOUND, Figures, FoundCount, OUTAGES, REGISTERS, RecoveryStore, RegisterIn, STORES, StoreIn,
};
use crate::central::store::StoreError;
use crate::domain::ids::StoreNo;

/// Keeps a projection's records about outages.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    if projection.outages.is_empty() {
        return Ok(());
    }
    let (store, reg, epoch) = key(&projection.journal);
    let seqs: Vec<i64> = projection.outages.iter().map(|(seq, _)| int(seq.0)).collect();
    let lines: Vec<&[u8]> = projection.outages.iter().map(|(_, line)| line.as_slice()).collect();
    let sql = "INSERT INTO outage_record (store, reg, epoch, branch, seq, line)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u.*
               FROM unnest($5::bigint[], $6::bytea[]) AS u";
    session.execute(sql, &[&store, &reg, &epoch, &projection.branch, &seqs, &lines]).await?;
    Ok(())
}

impl RecoveryStore for PostgresStore {
    fn stores_in(&mut self, silent_before: i64) -> Result<Vec<StoreIn>, StoreError> {
        let rows = self.link.run(async |session| session.rows(STORES, &[&silent_before]).await)?;
        rows.iter().map(store_in).collect()
    }

    fn registers_in(&mut self, store: StoreNo) -> Result<Vec<RegisterIn>, StoreError> {
        let number = store_int(store);
        let rows = self.link.run(async |session| session.rows(REGISTERS, &[&number]).await)?;
        rows.iter().map(register_in).collect()
    }

    fn found_counts(&mut self) -> Result<Vec<FoundCount>, StoreError> {
        let rows = self.link.run(async |session| session.rows(FOUND, &[]).await)?;
        rows.iter()
            .map(|row| {
                Ok(FoundCount {
                    code: row.try_get(0)?,
                    level: row.try_get(1)?,
                    count: count(row, 2)?,
                    stores: count(row, 3)?,
                    amount: row.try_get(4)?,
                })
            })
            .collect()
    }

    fn outage_lines(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
        let number = store_int(store);
        let rows = self.link.run(async |session| session.rows(OUTAGES, &[&number]).await)?;
        let lines =
            rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, StoreError>>()?;
        Ok(Table::OutageRecord.lines(lines))
    }
}

fn store_in(row: &Row) -> Result<StoreIn, StoreError> {
    Ok(StoreIn {
        store: number(row.try_get(0)?)?,
        heard_ms: row.try_get(10)?,
        figures: Figures {
            registers: count(row, 1)?,
            unheard: count(row, 2)?,
            complete: count(row, 3)?,
            sending: count(row, 4)?,
            silent: count(row, 5)?,
            received: count(row, 6)?,
            expected: count(row, 7)?,
            money: row.try_get(8)?,
            money_expected: row.try_get(9)?,
            differs: count(row, 11)?,
            provisional: count(row, 12)?,
            forked: count(row, 13)?,
            behind: count(row, 14)?,
            parked: count(row, 15)?,
        },
    })
}

fn register_in(row: &Row) -> Result<RegisterIn, StoreError> {
    let register = u16::try_from(row.try_get::<_, i32>(0)?);
    Ok(RegisterIn {
        register: register.map_err(|_| damaged("a register's number"))?,
        received: count(row, 1)?,
        expected: count(row, 2)?,
        money: row.try_get(3)?,
        money_expected: row.try_get(4)?,
        heard_ms: row.try_get(5)?,
    })
}

fn number(store: i64) -> Result<u32, StoreError> {
    u32::try_from(store).map_err(|_| damaged("a store's number"))
}
