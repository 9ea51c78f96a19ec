//! Where the recovery stands, asked of the PostgreSQL store, what was out since when, and what is
//! said of outages and of what is lost.

use tokio_postgres::Row;

use super::PostgresStore;
use super::link::{Param, Session};
use super::values::{count, damaged, epoch_int, int, key, lifetime, seq, store as store_int};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::recovery::out::Out;
use crate::central::recovery::{
    FOUND, Figures, FoundCount, OUTAGES, REGISTERS, RecoveryStore, RegisterIn, STORES, StoreIn,
    StoresIn, whole,
};
use crate::central::store::{Expected, StoreError};
use crate::domain::ids::StoreNo;

/// Notes what is out of a journal that its register announces; its row is there and held. An
/// announcement comes again within minutes, so its commit waits for no disk.
pub(super) async fn note_out(
    session: &Session,
    expected: &Expected,
    now_ms: i64,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&expected.journal);
    let sql = "SELECT j.out_since, j.out_from, j.out_to, j.out_money_from, j.out_money_to,
                      coalesce(b.next_seq, 0), coalesce(r.takings, 0), coalesce(r.payouts, 0),
                      set_config('synchronous_commit', 'off', true)
               FROM journal j
               LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                    AND b.branch = 0
               LEFT JOIN record r ON r.store = j.store AND r.reg = j.reg AND r.epoch = j.epoch
                    AND r.seq = b.next_seq - 1 AND r.hash = b.head
               WHERE j.store = $1 AND j.reg = $2 AND j.epoch = $3";
    let row = session.one(sql, &[&store, &reg, &epoch]).await?;
    let out = Out {
        since_ms: row.try_get(0)?,
        from: seq(&row, 1)?,
        to: seq(&row, 2)?,
        money_from: row.try_get(3)?,
        money_to: row.try_get(4)?,
    };
    let here = (seq(&row, 5)?, lifetime(&row, 6)?);
    let now = out.announced(here, (expected.next_seq, expected.lifetime), now_ms);
    if now == out {
        return Ok(());
    }
    let sql = "UPDATE journal SET out_since = $4, out_from = $5, out_to = $6, out_money_from = $7,
               out_money_to = $8 WHERE store = $1 AND reg = $2 AND epoch = $3";
    let (from, to) = (int(now.from.0), int(now.to.0));
    let params: [Param<'_>; 8] =
        [&store, &reg, &epoch, &now.since_ms, &from, &to, &now.money_from, &now.money_to];
    session.execute(sql, &params).await?;
    Ok(())
}

/// Keeps a projection's records about outages, and what it says of records that are lost.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    put_given_up(session, projection).await?;
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

async fn put_given_up(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let rows = &projection.given_up;
    if rows.is_empty() {
        return Ok(());
    }
    let (store, reg, epoch) = key(&projection.journal);
    let seqs: Vec<i64> = rows.iter().map(|row| int(row.seq.0)).collect();
    let about: Vec<i64> = rows.iter().map(|row| epoch_int(row.about)).collect();
    let next: Vec<i64> = rows.iter().map(|row| int(row.next.0)).collect();
    let at: Vec<i64> = rows.iter().map(|row| row.at_ms).collect();
    let settled: Vec<i32> = rows.iter().map(|row| i32::from(row.settled)).collect();
    let sql = "INSERT INTO given_up (store, reg, epoch, branch, seq, about, next, at, settled)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u.*
               FROM unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[]) AS u
               ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 9] =
        [&store, &reg, &epoch, &projection.branch, &seqs, &about, &next, &at, &settled];
    session.execute(sql, &params).await?;
    Ok(())
}

impl RecoveryStore for PostgresStore {
    fn stores_in(&mut self, silent_before: i64, counted_from: i64) -> Result<StoresIn, StoreError> {
        let rows = self
            .link
            .run(async |session| session.rows(STORES, &[&counted_from, &silent_before]).await)?;
        let mut all = StoresIn { stores: Vec::new(), counted_from_ms: counted_from };
        for row in &rows {
            all.stores.push(store_in(row)?);
            all.counted_from_ms = row.try_get(22)?;
        }
        Ok(all)
    }

    fn registers_in(
        &mut self,
        store: StoreNo,
        counted_from: i64,
    ) -> Result<Vec<RegisterIn>, StoreError> {
        let number = store_int(store);
        let rows = self
            .link
            .run(async |session| session.rows(REGISTERS, &[&number, &counted_from]).await)?;
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
                    amount: whole(row.try_get(4)?, row.try_get(5)?),
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
        heard_ms: row.try_get(16)?,
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
            money: whole(row.try_get(12)?, row.try_get(13)?),
            money_expected: whole(row.try_get(14)?, row.try_get(15)?),
            differs: count(row, 17)?,
            provisional: count(row, 18)?,
            forked: count(row, 19)?,
            behind: count(row, 20)?,
            parked: count(row, 21)?,
        },
    })
}

fn register_in(row: &Row) -> Result<RegisterIn, StoreError> {
    let register = u16::try_from(row.try_get::<_, i32>(0)?);
    Ok(RegisterIn {
        register: register.map_err(|_| damaged("a register's number"))?,
        enrolled: row.try_get::<_, i32>(1)? == 1,
        provisional: row.try_get::<_, i32>(2)? == 1,
        records: count(row, 3)?,
        received: count(row, 4)?,
        expected: count(row, 5)?,
        given_up: count(row, 6)?,
        unvouched: count(row, 7)?,
        money: whole(row.try_get(8)?, row.try_get(9)?),
        money_expected: whole(row.try_get(10)?, row.try_get(11)?),
        heard_ms: row.try_get(12)?,
    })
}

fn number(store: i64) -> Result<u32, StoreError> {
    u32::try_from(store).map_err(|_| damaged("a store's number"))
}
