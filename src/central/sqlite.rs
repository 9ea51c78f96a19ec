//! Central's store on embedded SQLite: a file in the data folder, WAL, every commit flushed.
//!
//! The tables are described in schema/central. Runs are taken in by `ingest`, questions
//! answered by `read`, projected rows written by `project`.

mod asides;
mod conduct;
pub(in crate::central) mod copy;
mod destruction;
mod format;
mod goods;
mod hand_overs;
mod ingest;
mod keys;
mod paper_slips;
mod parked;
mod pickups;
mod project;
mod rain_checks;
mod read;
mod readiness;
mod reconcile;
mod recovery;
mod returns;
mod revocation;
mod rotation;
mod sealed;

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::Exception;
use crate::reconcile::goods::GoodsView;
use crate::reconcile::totals::Totals;
use crate::sync::segment::Run;

use super::export::ledger::{HandOvers, RecordStage};
use super::ingest::odd_beginning;
use super::project::Projection;
use super::readiness::ReadinessRow;
use super::store::{
    CheckOpening, CodeUse, ExceptionGroup, Expected, Ingested, JournalRow, Position, SealedRow,
    Stand, Standing, Store, StoreError, StoreRows, Unprojected,
};
use format::migrate;
use ingest::{except, take_in};
use keys::{ended, put_key, stands, taken, used_by};

/// The file in the data folder.
pub const FILE_NAME: &str = "central.db";

/// The store.
#[derive(Debug)]
pub struct SqliteStore {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
}

impl From<rusqlite::Error> for StoreError {
    fn from(why: rusqlite::Error) -> Self {
        Self::Database(Box::new(why))
    }
}

impl SqliteStore {
    /// Opens the store of a data folder, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] when the file is another program's or newer, or its pragmas don't hold.
    #[expect(clippy::disallowed_methods, reason = "this is the store's own open function")]
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(FILE_NAME);
        // What SQLite makes beside a database gets the database's rights. A file that is there is
        // not opened: closing it would take away the locks of every connection this process has to
        // it, and another program that closes the database would then take its log for its own.
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        // A new one is closed here, before any connection has a lock that could be lost by it.
        match made.map(drop) {
            Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => return Err(why.into()),
            Ok(()) | Err(_) => {}
        }
        let mut db = Connection::open(&path)?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        // EXTRA before WAL: the journal mode's own switch must be as durable as what follows.
        db.pragma_update(None, "synchronous", "EXTRA")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "cache_size", -65_536)?;
        db.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        db.pragma_update(None, "trusted_schema", "OFF")?;
        let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let synchronous: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        if mode != "wal" || synchronous != 3 {
            return Err(StoreError::Unfit(format!(
                "the disk of {} does not let central write durably (journal {mode}, synchronous \
                 {synchronous}); use a local disk, not a network share",
                path.display()
            )));
        }
        db.set_prepared_statement_cache_capacity(64);
        migrate(&mut db, &path)?;
        Ok(Self { db, path })
    }

    /// Copies the store as it is now to another file, while it is in use, and keeps that records
    /// held now may be forgotten by their registers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn back_up(&mut self, to: &Path) -> Result<(), StoreError> {
        let mut copy = open_copy(to)?;
        {
            let backup = rusqlite::backup::Backup::new(&self.db, &mut copy)?;
            backup.run_to_completion(1_000, std::time::Duration::ZERO, None)?;
        }
        copy.close().map_err(|(_, why)| why)?;
        std::fs::File::open(to)?.sync_all()?;
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many records were ever stored here; for the mark beside the file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn received(&self) -> Result<u64, StoreError> {
        let count: Option<i64> = meta(&self.db, "received")?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    /// The database, to be read by the files beside this one.
    pub(super) const fn reading(&self) -> &Connection {
        &self.db
    }

    fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

#[expect(clippy::disallowed_methods, reason = "a copy is only written by the backup itself")]
fn open_copy(to: &Path) -> Result<Connection, StoreError> {
    Ok(Connection::open(to)?)
}

fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(
        "DELETE FROM sale; DELETE FROM sale_line; DELETE FROM tender; DELETE FROM tax;
         DELETE FROM returned;
         DELETE FROM exception WHERE derived = 1;
         UPDATE branch SET projected = from_seq;",
    )?;
    reconcile::forget(tx)?;
    readiness::forget(tx)?;
    goods::forget(tx)?;
    rain_checks::forget(tx)?;
    asides::forget(tx)?;
    recovery::forget(tx)?;
    paper_slips::forget(tx)
}

pub(super) fn meta<T: rusqlite::types::FromSql>(
    db: &Connection,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    Ok(db.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn set_meta(
    db: &Connection,
    name: &str,
    value: &dyn rusqlite::ToSql,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}

// The trait -----------------------------------------------------------------------------------

impl Store for SqliteStore {
    fn server_epoch(&mut self) -> Result<String, StoreError> {
        Ok(meta(&self.db, "server_epoch")?.unwrap_or_default())
    }

    fn set_server_epoch(&mut self, word: &str) -> Result<(), StoreError> {
        set_meta(&self.db, "server_epoch", &word)
    }

    fn put_sealed(
        &mut self,
        journal: &JournalId,
        rows: &[SealedRow],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let tx = self.begin()?;
        sealed::put(&tx, journal, rows, now_ms)?;
        Ok(tx.commit()?)
    }

    fn sealed_of(&mut self, journal: &JournalId, seq: Seq) -> Result<Vec<SealedRow>, StoreError> {
        sealed::of_record(&self.db, journal, seq)
    }

    fn sales_numbered(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        number: SaleNo,
    ) -> Result<Vec<(JournalId, Seq)>, StoreError> {
        sealed::sales(&self.db, store, register, number)
    }

    fn note_opening(&mut self, opening: &CheckOpening) -> Result<(), StoreError> {
        sealed::note(&self.db, opening)
    }

    fn set_hold(&mut self, reason: Option<&str>) -> Result<(), StoreError> {
        set_meta(&self.db, "hold", &reason.unwrap_or(""))
    }

    fn hold(&mut self) -> Result<Option<String>, StoreError> {
        read::hold(&self.db)
    }

    fn received_count(&mut self) -> Result<u64, StoreError> {
        self.received()
    }

    fn ingest(&mut self, runs: &[Run], now_ms: i64) -> Result<Vec<Ingested>, StoreError> {
        let tx = self.begin()?;
        let mut all = Vec::with_capacity(runs.len());
        for run in runs {
            let ingested = take_in(&tx, run, now_ms)?;
            if let Some(found) = odd_beginning(run, &ingested) {
                except(&tx, &found, 0, false)?;
            }
            all.push(ingested);
        }
        tx.commit()?;
        Ok(all)
    }

    fn stand(&mut self, journal: &JournalId) -> Result<Stand, StoreError> {
        read::stand(&self.db.transaction()?, journal)
    }

    fn announce(&mut self, expected: &Expected, now_ms: i64) -> Result<Stand, StoreError> {
        let tx = self.begin()?;
        let stand = ingest::announce(&tx, expected, now_ms)?;
        tx.commit()?;
        Ok(stand)
    }

    fn position(&mut self, journal: &JournalId) -> Result<Position, StoreError> {
        read::position(&self.db, journal)
    }

    fn journal_key(&mut self, journal: &JournalId) -> Result<Option<PublicKey>, StoreError> {
        read::journal_key(&self.db, journal)
    }

    fn standing(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
    ) -> Result<Option<Standing>, StoreError> {
        stands(&self.db, store, register, key)
    }

    fn put_key(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
        standing: Standing,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let tx = self.begin()?;
        put_key(&tx, store, register, key, standing, now_ms)?;
        tx.commit()?;
        Ok(())
    }

    fn keys(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
    ) -> Result<Vec<(PublicKey, Standing)>, StoreError> {
        read::keys(&self.db, store, register)
    }

    fn provisional_count(&mut self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM register_key WHERE standing = 'provisional'";
        let count: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn put_code(
        &mut self,
        code: &Hash,
        store: StoreNo,
        register: RegisterNo,
        expires_ms: i64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO enrollment_code (code_hash, store, reg, expires_at)
                   VALUES (?1, ?2, ?3, ?4)";
        self.db.execute(sql, params![code.0, store.0, register.0, expires_ms])?;
        Ok(())
    }

    fn use_code(
        &mut self,
        code: &Hash,
        key: &PublicKey,
        now_ms: i64,
    ) -> Result<CodeUse, StoreError> {
        let tx = self.begin()?;
        let sql = "UPDATE enrollment_code SET used_at = ?2
                   WHERE code_hash = ?1 AND used_at IS NULL AND expires_at > ?2
                   RETURNING store, reg";
        let used = tx
            .query_row(sql, params![code.0, now_ms], |row| {
                Ok((StoreNo(row.get(0)?), RegisterNo(row.get(1)?)))
            })
            .optional()?;
        let Some((store, register)) = used else {
            let by = used_by(&tx, code, key, now_ms)?;
            let Some((store, register)) = by else { return Ok(CodeUse::NotGood) };
            return Ok(match ended(stands(&tx, store, register, key)?) {
                true => CodeUse::KeyRevoked(store, register),
                false => CodeUse::Good(store, register),
            });
        };
        if let Some((store, register)) = taken(&tx, store, register, key)? {
            return Ok(CodeUse::KeyTaken(store, register));
        }
        if ended(stands(&tx, store, register, key)?) {
            return Ok(CodeUse::KeyRevoked(store, register));
        }
        put_key(&tx, store, register, key, Standing::Enrolled, now_ms)?;
        tx.commit()?;
        Ok(CodeUse::Good(store, register))
    }

    fn unprojected(&mut self) -> Result<Option<Unprojected>, StoreError> {
        read::unprojected(&self.db)
    }

    fn project(&mut self, projection: &Projection) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let done = project::store(&tx, projection)?;
        for exception in &projection.exceptions {
            except(&tx, exception, projection.branch, true)?;
        }
        if done {
            tx.commit()?;
        }
        Ok(done)
    }

    fn goods_due(&mut self) -> Result<Option<(StoreNo, i64)>, StoreError> {
        goods::due(&self.db)
    }

    fn goods(&mut self, store: StoreNo) -> Result<GoodsView, StoreError> {
        goods::view(&self.db, store)
    }

    fn goods_looked(
        &mut self,
        store: StoreNo,
        stamp: i64,
        found: &[Exception],
    ) -> Result<(), StoreError> {
        let tx = self.begin()?;
        goods::looked(&tx, store, stamp)?;
        for exception in found {
            except(&tx, exception, 0, true)?;
        }
        tx.commit()?;
        Ok(())
    }

    fn readiness(&mut self) -> Result<Vec<ReadinessRow>, StoreError> {
        readiness::rows(&self.db)
    }

    fn forget_projections(&mut self) -> Result<(), StoreError> {
        let tx = self.begin()?;
        forget(&tx)?;
        tx.commit()?;
        Ok(())
    }

    fn except(&mut self, exception: &Exception) -> Result<(), StoreError> {
        let tx = self.begin()?;
        except(&tx, exception, 0, false)?;
        tx.commit()?;
        Ok(())
    }

    fn totals(
        &mut self,
        store: StoreNo,
        register: Option<RegisterNo>,
        forks: bool,
    ) -> Result<Totals, StoreError> {
        read::totals(&self.db, store, register, forks)
    }

    fn journals(&mut self, store: Option<StoreNo>) -> Result<Vec<JournalRow>, StoreError> {
        read::journals(&self.db, store)
    }

    fn stores(&mut self) -> Result<Vec<StoreNo>, StoreError> {
        read::stores(&self.db)
    }

    fn journals_of(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
    ) -> Result<Vec<(JournalId, Seq)>, StoreError> {
        read::journals_of(&self.db, store, register)
    }

    fn exceptions(&mut self, store: Option<StoreNo>) -> Result<Vec<ExceptionGroup>, StoreError> {
        read::exceptions(&self.db, store)
    }

    fn lines(
        &mut self,
        journal: &JournalId,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        read::lines(&self.db, journal, from, count)
    }

    fn stage_of(
        &mut self,
        journal: &JournalId,
        seq: Seq,
        hash: &Hash,
    ) -> Result<Option<RecordStage>, StoreError> {
        read::stage_of(&self.db, journal, seq, hash)
    }

    fn hand_overs(&mut self) -> &mut dyn HandOvers {
        self
    }

    fn store_rows(&mut self, store: StoreNo) -> Result<StoreRows, StoreError> {
        reconcile::rows(&self.db, store)
    }

    fn append_own(
        &mut self,
        run: &Run,
        closure: Option<(u32, &[u8])>,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let kept = reconcile::append(&tx, run, closure, now_ms)?;
        if kept {
            tx.commit()?;
        }
        Ok(kept)
    }

    fn closures(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
        reconcile::closures(&self.db, store)
    }

    fn rules(&mut self) -> Result<Option<String>, StoreError> {
        meta(&self.db, "rules")
    }

    fn set_rules(&mut self, text: &str) -> Result<(), StoreError> {
        let tx = self.begin()?;
        set_meta(&tx, "rules", &text)?;
        forget(&tx)?;
        Ok(tx.commit()?)
    }
}

/// SQLite's integers are signed; a place beyond them can't be reached by counting.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn seq(row: &Row<'_>, place: usize) -> rusqlite::Result<Seq> {
    Ok(Seq(row.get::<_, i64>(place)?.unsigned_abs()))
}

pub(super) fn journal_of(row: &Row<'_>) -> rusqlite::Result<JournalId> {
    Ok(JournalId {
        store: StoreNo(row.get(0)?),
        register: RegisterNo(row.get(1)?),
        epoch: Epoch(row.get(2)?),
    })
}

pub(super) fn lifetime(row: &Row<'_>, place: usize) -> rusqlite::Result<Lifetime> {
    let money = |place| Ok::<_, rusqlite::Error>(Money::from_minor(row.get(place)?));
    Ok(Lifetime { takings: money(place)?, payouts: money(place.saturating_add(1))? })
}
