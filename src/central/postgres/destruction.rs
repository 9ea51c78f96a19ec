//! Sealed data that is destroyed in the PostgreSQL store: rows with their names kept, then the
//! table's file, which is written anew.
//!
//! A deleted row stays in its file. `VACUUM` gives its place away and leaves its bytes there;
//! `VACUUM FULL` copies what a session that reads since before can still see. A column that is
//! changed to what it was has the server write the table and its index into new files from the rows
//! that are there now, in one transaction, and remove the old ones. What the server keeps elsewhere
//! (its log, archives, replicas' logs, backups) is not ours to reach: docs/security.md.

use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::PostgresStore;
use super::link::{Param, Session};
use super::values::{count, epoch_int, hash, int, journal_of, key, reg, text};
use crate::central::destruction::{
    Destroyed, Destruction, DestructionRow, DestructionStore, Gone, SealedCount, SealedName,
};
use crate::central::store::StoreError;
use crate::domain::check::Commitment;
use crate::domain::ids::{JournalId, Seq, StoreNo};

/// The numbers of the stores that are meant.
fn stores(of: Option<StoreNo>) -> (i64, i64) {
    of.map_or((0, i64::from(u32::MAX)), |store| (i64::from(store.0), i64::from(store.0)))
}

fn store_of(row: &Row) -> Result<StoreNo, StoreError> {
    let odd = |_| StoreError::Unfit("a row in the database names no store".to_owned());
    Ok(StoreNo(u32::try_from(row.try_get::<_, i64>(0)?).map_err(odd)?))
}

fn commitment(row: &Row, place: usize) -> Result<Commitment, StoreError> {
    Ok(Commitment(hash(row.try_get(place)?)?.0))
}

async fn counts(
    session: &Session,
    of: Option<StoreNo>,
    before_ms: i64,
) -> Result<Vec<SealedCount>, StoreError> {
    let sql = "SELECT store, count(*) FILTER (WHERE received_at < $1),
               min(received_at) FILTER (WHERE received_at < $1),
               max(received_at) FILTER (WHERE received_at < $1), count(*)
               FROM sealed WHERE store BETWEEN $2 AND $3 GROUP BY store ORDER BY store";
    let (first, last) = stores(of);
    let rows = session.rows(sql, &[&before_ms, &first, &last]).await?;
    let of = |row: &Row| {
        let (first, last): (Option<i64>, Option<i64>) = (row.try_get(2)?, row.try_get(3)?);
        let (due, all) = (count(row, 1)?, count(row, 4)?);
        Ok(SealedCount { store: store_of(row)?, due, received: first.zip(last), all })
    };
    rows.iter().map(of).collect()
}

/// One statement: the rows, their names and whose deed it was, all of it or nothing.
async fn destroy(
    session: &Session,
    deed: &Destruction,
    of: Option<StoreNo>,
    behind: Option<&SealedName>,
    most: usize,
) -> Result<Option<Destroyed>, StoreError> {
    let sql = "WITH due AS (
        SELECT store, reg, epoch, commitment FROM sealed
        WHERE (store, reg, epoch, commitment) > ($1::bigint, $2::int, $3::bigint, $4::bytea)
        AND store BETWEEN $5 AND $6 AND received_at < $7
        ORDER BY store, reg, epoch, commitment LIMIT $8 FOR UPDATE),
    gone AS (
        DELETE FROM sealed s USING due d WHERE s.store = d.store AND s.reg = d.reg
        AND s.epoch = d.epoch AND s.commitment = d.commitment
        RETURNING s.store, s.reg, s.epoch, s.commitment, s.seq, s.received_at),
    named AS (
        INSERT INTO sealed_destroyed
        (store, reg, epoch, commitment, seq, received_at, destroyed_at, who)
        SELECT store, reg, epoch, commitment, seq, received_at, $9::bigint, $10::text FROM gone
        ON CONFLICT DO NOTHING),
    told AS (
        INSERT INTO sealed_destruction (store, at, who, reason, received_before, early)
        SELECT DISTINCT store, $9::bigint, $10::text, $11::text, $7::bigint, $12::boolean FROM gone
        ON CONFLICT DO NOTHING)
    SELECT store, reg, epoch, commitment FROM gone ORDER BY store, reg, epoch, commitment";
    // Before every row: no store is less.
    let mut place = (-1_i64, 0_i32, 0_i64, Vec::new());
    if let Some(SealedName { journal, commitment }) = behind {
        let (store, register, epoch) = key(journal);
        place = (store, register, epoch, commitment.0.to_vec());
    }
    let (first, last) = stores(of);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let (who, reason) = (text(&deed.who), text(&deed.reason));
    let params: [Param<'_>; 12] = [
        &place.0,
        &place.1,
        &place.2,
        &place.3,
        &first,
        &last,
        &deed.before_ms,
        &most,
        &deed.at_ms,
        &who.as_ref(),
        &reason.as_ref(),
        &deed.early,
    ];
    let rows = session.rows(sql, &params).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let last = SealedName { journal: journal_of(last, 0)?, commitment: commitment(last, 3)? };
    Ok(Some(Destroyed { rows: u64::try_from(rows.len()).unwrap_or(u64::MAX), last }))
}

/// Where the table's rows are: another number after it was written anew.
async fn file(session: &Session) -> Result<Option<u32>, StoreError> {
    let row = session.one("SELECT pg_relation_filenode('sealed')", &[]).await?;
    Ok(row.try_get(0)?)
}

async fn overwrite(session: &Session, now_ms: i64) -> Result<(), StoreError> {
    session.batch("SET LOCAL statement_timeout = 0").await?;
    let before = file(session).await?;
    let anew = "ALTER TABLE sealed ALTER COLUMN bytes TYPE bytea USING bytes || '\\x'::bytea";
    session.batch(anew).await.map_err(held)?;
    if file(session).await? == before {
        return Err(StoreError::Unfit(
            "the rows are destroyed, but this database keeps its tables in a way that can't be \
             written anew, so their bytes may stay where they were; have whoever runs the database \
             rewrite the table 'sealed' with its own tools"
                .to_owned(),
        ));
    }
    let sql = "INSERT INTO sealed_overwritten (store, at, who, overwritten_at)
               SELECT store, at, who, $1 FROM sealed_destruction ON CONFLICT DO NOTHING";
    session.execute(sql, &[&now_ms]).await?;
    Ok(())
}

/// Somebody reads the table and does not end: a backup as a rule.
fn held(why: StoreError) -> StoreError {
    let StoreError::Database(cause) = &why else { return why };
    let code = cause.downcast_ref::<tokio_postgres::Error>().and_then(|cause| cause.code());
    if code != Some(&SqlState::LOCK_NOT_AVAILABLE) {
        return why;
    }
    StoreError::Unfit(
        "the rows are destroyed, but their bytes are still in the table's file: another program, \
         a backup perhaps, holds the table. Run the command again with --yes when that has ended; \
         it goes on where it is"
            .to_owned(),
    )
}

async fn destructions(
    session: &Session,
    of: Option<StoreNo>,
) -> Result<Vec<DestructionRow>, StoreError> {
    let sql = "SELECT d.store, d.at, d.who, d.reason, d.received_before, d.early,
               EXISTS (SELECT 1 FROM sealed_overwritten o WHERE o.store = d.store
                AND o.at = d.at AND o.who = d.who)
               FROM sealed_destruction d WHERE d.store BETWEEN $1 AND $2
               ORDER BY d.at, d.store, d.who";
    let (first, last) = stores(of);
    let rows = session.rows(sql, &[&first, &last]).await?;
    let of = |row: &Row| {
        let done = Destruction {
            at_ms: row.try_get(1)?,
            who: row.try_get(2)?,
            reason: row.try_get(3)?,
            before_ms: row.try_get(4)?,
            early: row.try_get(5)?,
        };
        Ok(DestructionRow { store: store_of(row)?, done, finished: row.try_get(6)? })
    };
    rows.iter().map(of).collect()
}

async fn gone(session: &Session, journal: &JournalId, seq: Seq) -> Result<Vec<Gone>, StoreError> {
    let sql = "SELECT g.commitment, g.destroyed_at, g.who, coalesce(d.reason, '')
               FROM sealed_destroyed g LEFT JOIN sealed_destruction d
               ON d.store = g.store AND d.at = g.destroyed_at AND d.who = g.who
               WHERE g.store = $1 AND g.reg = $2 AND g.epoch = $3 AND g.seq = $4
               ORDER BY g.commitment";
    let (store, register, epoch) =
        (i64::from(journal.store.0), reg(journal.register), epoch_int(journal.epoch));
    let rows = session.rows(sql, &[&store, &register, &epoch, &int(seq.0)]).await?;
    let of = |row: &Row| {
        let (at_ms, who, reason) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(Gone { commitment: commitment(row, 0)?, at_ms, who, reason })
    };
    rows.iter().map(of).collect()
}

impl DestructionStore for PostgresStore {
    fn sealed_counts(
        &mut self,
        of: Option<StoreNo>,
        before_ms: i64,
    ) -> Result<Vec<SealedCount>, StoreError> {
        self.link.run(async |session| counts(session, of, before_ms).await)
    }

    fn destroy_sealed(
        &mut self,
        deed: &Destruction,
        of: Option<StoreNo>,
        behind: Option<&SealedName>,
        most: usize,
    ) -> Result<Option<Destroyed>, StoreError> {
        self.link.run(async |session| destroy(session, deed, of, behind, most).await)
    }

    fn overwrite_destroyed(&mut self, now_ms: i64) -> Result<(), StoreError> {
        self.link.long(async |session| {
            session.batch("BEGIN").await?;
            overwrite(session, now_ms).await?;
            session.batch("COMMIT").await
        })
    }

    fn destructions(&mut self, of: Option<StoreNo>) -> Result<Vec<DestructionRow>, StoreError> {
        self.link.run(async |session| destructions(session, of).await)
    }

    fn destroyed_of(&mut self, journal: &JournalId, seq: Seq) -> Result<Vec<Gone>, StoreError> {
        self.link.run(async |session| gone(session, journal, seq).await)
    }
}
