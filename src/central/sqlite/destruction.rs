//! Sealed data that is destroyed in central's SQLite store: row by row with its name kept, then
//! whatever the rows left behind in the file and its log.
//!
//! ```text
//!  delete (secure_delete zeroes the cell) ─▶ copies that moved between pages stay ─┐
//!  overwrite: every page of the table anew, every free page filled, zeroed ◀───────┘
//!             ─▶ checkpoint: the log is moved into the file and cut to nothing
//! ```
//!
//! A row moves when a page is split, and its old bytes stay where they were, beyond the reach of
//! `secure_delete`: so the table is written anew as a whole. It is one transaction, and central's
//! other connections wait for it.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{SqliteStore, int, journal_of};
use crate::central::destruction::{
    Destroyed, Destruction, DestructionRow, DestructionStore, Gone, SealedCount, SealedName,
};
use crate::central::store::StoreError;
use crate::domain::check::Commitment;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};

/// Free pages are filled by so much at a time.
const FILLED_AT_ONCE: i64 = 16 << 20;

/// The numbers of the stores that are meant.
const fn stores(of: Option<StoreNo>) -> (u32, u32) {
    match of {
        Some(store) => (store.0, store.0),
        None => (0, u32::MAX),
    }
}

/// What is freed is zeroed by this connection from now on.
fn zero_what_is_freed(db: &Connection) -> Result<(), StoreError> {
    db.pragma_update(None, "secure_delete", "ON")?;
    let holds: i64 = db.pragma_query_value(None, "secure_delete", |row| row.get(0))?;
    if holds == 1 {
        return Ok(());
    }
    Err(StoreError::Unfit(
        "this program's SQLite does not overwrite what it deletes, so nothing was destroyed; \
         install the program as it was built"
            .to_owned(),
    ))
}

/// The names of rows that are due behind another one.
fn due(
    db: &Connection,
    before_ms: i64,
    of: Option<StoreNo>,
    behind: Option<&SealedName>,
    most: usize,
) -> Result<Vec<SealedName>, StoreError> {
    let sql = "SELECT store, reg, epoch, commitment FROM sealed
               WHERE (store, reg, epoch, commitment) > (?1, ?2, ?3, ?4)
               AND store BETWEEN ?5 AND ?6 AND received_at < ?7
               ORDER BY store, reg, epoch, commitment LIMIT ?8";
    // Before every row: no store is less, and no text of bytes is shorter.
    let (mut store, mut reg, mut epoch, mut commitment) = (-1_i64, 0, Vec::new(), Vec::new());
    if let Some(SealedName { journal, commitment: name }) = behind {
        (store, reg) = (i64::from(journal.store.0), journal.register.0);
        (epoch, commitment) = (journal.epoch.0.to_vec(), name.0.to_vec());
    }
    let (first, last) = stores(of);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(sql)?;
    let rows = select
        .query_map(params![store, reg, epoch, commitment, first, last, before_ms, most], |row| {
            Ok(SealedName { journal: journal_of(row)?, commitment: Commitment(row.get(3)?) })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes one row away and keeps its name; false where another process was faster.
fn destroy(
    tx: &Transaction<'_>,
    name: &SealedName,
    deed: &Destruction,
) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = name.journal;
    let sql = "INSERT INTO sealed_destroyed
               (store, reg, epoch, commitment, seq, received_at, destroyed_at, who)
               SELECT store, reg, epoch, commitment, seq, received_at, ?5, ?6 FROM sealed
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND commitment = ?4
               ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        name.commitment.0,
        deed.at_ms,
        deed.who
    ])?;
    let sql = "DELETE FROM sealed
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND commitment = ?4";
    let gone = tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        name.commitment.0
    ])?;
    let sql = "INSERT INTO sealed_destruction (store, at, who, reason, received_before, early)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    if gone > 0 {
        tx.prepare_cached(sql)?.execute(params![
            store.0,
            deed.at_ms,
            deed.who,
            deed.reason,
            deed.before_ms,
            deed.early
        ])?;
    }
    Ok(gone > 0)
}

/// The table as it is, in pages that nothing else was ever in; the old ones are zeroed.
const ANEW: &str = "
    CREATE TABLE sealed_aside AS
        SELECT store, reg, epoch, commitment, seq, bytes, received_at FROM sealed
        ORDER BY store, reg, epoch, commitment;
    DELETE FROM sealed;
    INSERT INTO sealed (store, reg, epoch, commitment, seq, bytes, received_at)
        SELECT store, reg, epoch, commitment, seq, bytes, received_at FROM sealed_aside
        ORDER BY rowid;
    DROP TABLE sealed_aside;
    CREATE TABLE sealed_filling (bytes BLOB);";

/// Fills all free pages, and frees them again as zeros: pages that were freed long ago may hold
/// copies of rows, too.
fn fill_free_pages(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let page: i64 = tx.pragma_query_value(None, "page_size", |row| row.get(0))?;
    loop {
        let free: i64 = tx.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        if free == 0 {
            return Ok(tx.execute_batch("DROP TABLE sealed_filling")?);
        }
        let bytes = free.saturating_mul(page).min(FILLED_AT_ONCE);
        tx.execute("INSERT INTO sealed_filling VALUES (zeroblob(?1))", [bytes])?;
    }
}

/// Moves the log into the file and cuts it to nothing.
fn empty_the_log(db: &Connection) -> Result<(), StoreError> {
    let held: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if held == 0 {
        return Ok(());
    }
    Err(StoreError::Unfit(
        "the rows are destroyed, but the database's log can't be emptied while another program \
         reads the database, and may still hold their bytes; run the command again with --yes, \
         it goes on where it is"
            .to_owned(),
    ))
}

impl DestructionStore for SqliteStore {
    fn sealed_counts(
        &mut self,
        of: Option<StoreNo>,
        before_ms: i64,
    ) -> Result<Vec<SealedCount>, StoreError> {
        let sql = "SELECT store, count(*) FILTER (WHERE received_at < ?1),
                   min(received_at) FILTER (WHERE received_at < ?1),
                   max(received_at) FILTER (WHERE received_at < ?1), count(*)
                   FROM sealed WHERE store BETWEEN ?2 AND ?3 GROUP BY store ORDER BY store";
        let (first, last) = stores(of);
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![before_ms, first, last], |row| {
            let (first, last): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            Ok(SealedCount {
                store: StoreNo(row.get(0)?),
                due: row.get::<_, i64>(1)?.unsigned_abs(),
                received: first.zip(last),
                all: row.get::<_, i64>(4)?.unsigned_abs(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn destroy_sealed(
        &mut self,
        deed: &Destruction,
        of: Option<StoreNo>,
        behind: Option<&SealedName>,
        most: usize,
    ) -> Result<Option<Destroyed>, StoreError> {
        zero_what_is_freed(&self.db)?;
        // Looked for before the lock is taken: there may be many that are not due.
        let names = due(&self.db, deed.before_ms, of, behind, most)?;
        let Some(last) = names.last().copied() else { return Ok(None) };
        let tx = self.begin()?;
        let mut rows = 0_u64;
        for name in &names {
            rows = rows.saturating_add(u64::from(destroy(&tx, name, deed)?));
        }
        tx.commit()?;
        Ok(Some(Destroyed { rows, last }))
    }

    fn overwrite_destroyed(&mut self, now_ms: i64) -> Result<(), StoreError> {
        zero_what_is_freed(&self.db)?;
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(ANEW)?;
        fill_free_pages(&tx)?;
        tx.commit()?;
        empty_the_log(&self.db)?;
        let sql = "INSERT INTO sealed_overwritten (store, at, who, overwritten_at)
                   SELECT store, at, who, ?1 FROM sealed_destruction WHERE true
                   ON CONFLICT DO NOTHING";
        self.db.execute(sql, [now_ms])?;
        Ok(())
    }

    fn destructions(&mut self, of: Option<StoreNo>) -> Result<Vec<DestructionRow>, StoreError> {
        let sql = "SELECT d.store, d.at, d.who, d.reason, d.received_before, d.early,
                   EXISTS (SELECT 1 FROM sealed_overwritten AS o WHERE o.store = d.store
                    AND o.at = d.at AND o.who = d.who)
                   FROM sealed_destruction AS d WHERE d.store BETWEEN ?1 AND ?2
                   ORDER BY d.at, d.store, d.who";
        let (first, last) = stores(of);
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![first, last], |row| {
            Ok(DestructionRow {
                store: StoreNo(row.get(0)?),
                done: Destruction {
                    at_ms: row.get(1)?,
                    who: row.get(2)?,
                    reason: row.get(3)?,
                    before_ms: row.get(4)?,
                    early: row.get(5)?,
                },
                finished: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn destroyed_of(&mut self, journal: &JournalId, seq: Seq) -> Result<Vec<Gone>, StoreError> {
        let sql = "SELECT g.commitment, g.destroyed_at, g.who, coalesce(d.reason, '')
                   FROM sealed_destroyed AS g LEFT JOIN sealed_destruction AS d
                   ON d.store = g.store AND d.at = g.destroyed_at AND d.who = g.who
                   WHERE g.store = ?1 AND g.reg = ?2 AND g.epoch = ?3 AND g.seq = ?4
                   ORDER BY g.commitment";
        let JournalId { store, register: RegisterNo(reg), epoch: Epoch(epoch) } = journal;
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![store.0, reg, epoch, int(seq.0)], |row| {
            Ok(Gone {
                commitment: Commitment(row.get(0)?),
                at_ms: row.get(1)?,
                who: row.get(2)?,
                reason: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
