//! Central's store on embedded SQLite: a file in the data folder, WAL, every commit flushed.
//!
//! The tables are described in schema/central. Reading order: open, ingest, the rest by name.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};
use crate::reconcile::totals::Totals;
use crate::sync::segment::{Run, Stub, read_run, unpack};
use crate::sync::wire::Outcome;

use super::ingest::{Known, Rest, Tip, decide};
use super::project::Projection;
use super::sqlite_read as read;
use super::store::{
    CodeUse, ExceptionGroup, Expected, Ingested, JournalRow, Position, Standing, Store, StoreError,
    Unprojected,
};

const SCHEMA: &str = include_str!("../../schema/central/1.sql");
/// "Tide" in ASCII: the file is central's.
const APPLICATION_ID: i64 = 0x5469_6465;
const SCHEMA_VERSION: i64 = 1;
/// The file in the data folder.
pub const FILE_NAME: &str = "central.db";
/// How many runs of one journal may wait for records before them.
const PARKED_MAX: i64 = 1_000;

/// The store.
#[derive(Debug)]
pub struct SqliteStore {
    db: Connection,
    path: PathBuf,
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

    fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

#[expect(clippy::disallowed_methods, reason = "a copy is only written by the backup itself")]
fn open_copy(to: &Path) -> Result<Connection, StoreError> {
    Ok(Connection::open(to)?)
}

fn migrate(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id: i64 = tx.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (id != APPLICATION_ID && tables > 0) || (id == APPLICATION_ID && version > SCHEMA_VERSION) {
        return Err(StoreError::Unfit(format!(
            "{} is not a store of this version of central (format {version}); nothing was \
             changed; start the version that wrote it, or name another folder",
            path.display()
        )));
    }
    if tables == 0 {
        tx.execute_batch(SCHEMA)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    tx.commit()?;
    Ok(())
}

fn meta<T: rusqlite::types::FromSql>(db: &Connection, name: &str) -> Result<Option<T>, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    Ok(db.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

fn set_meta(db: &Connection, name: &str, value: &dyn rusqlite::ToSql) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}

// Ingest --------------------------------------------------------------------------------------

/// Stores one run in an open transaction.
fn take_in(tx: &Transaction<'_>, run: &Run, now_ms: i64) -> Result<Ingested, StoreError> {
    let journal = run.journal;
    let Some((first, last)) = run.records.first().zip(run.records.last()) else {
        return Err(StoreError::Unfit("a run without records can't be stored".to_owned()));
    };
    keep_journal(tx, &journal, &run.key, now_ms)?;
    let tips = tips(tx, &journal)?;
    // The usual case needs no look at records: the run continues what came first.
    let straight =
        tips.iter().any(|tip| tip.branch == 0 && tip.next_seq == first.seq && tip.head == run.prev);
    let known = if straight { Vec::new() } else { known(tx, &journal, first.seq, last.seq)? };
    let decision = decide(&tips, &known, run.prev, &run.records);
    let new = run.records.get(decision.existing..).unwrap_or_default();
    let mut ingested = Ingested {
        outcome: Outcome::Accepted,
        created: count(new.len()),
        existing: count(decision.existing),
        parked: 0,
        position: Position { next_seq: Seq(0), head: Hash::ZERO, prune_seq: Seq(0) },
    };
    match decision.rest {
        Rest::None => ingested.outcome = Outcome::Duplicate,
        Rest::Append(branch) => {
            append(tx, run, new, branch, now_ms)?;
            if branch > 0 {
                ingested.outcome = Outcome::Forked;
            }
        }
        Rest::Branch => {
            fork(tx, run, new, &tips, now_ms)?;
            ingested.outcome = Outcome::Forked;
        }
        Rest::Park => {
            let parked = park(tx, run, now_ms)?;
            (ingested.created, ingested.parked) = (0, count(new.len()));
            ingested.outcome = Outcome::Parked;
            if !parked {
                ingested.parked = 0;
            }
            let tip = tips.iter().find(|tip| tip.branch == 0);
            if tip.is_some_and(|tip| tip.next_seq >= first.seq) {
                let text = "these records follow others than central holds; what lies between \
                            has not come yet";
                except(tx, &Exception::new(Code::Fork, journal, first.seq, text), 0, false)?;
            }
        }
    }
    if matches!(decision.rest, Rest::Append(_) | Rest::Branch) {
        let joined = join_parked(tx, &journal, now_ms)?;
        ingested.created = ingested.created.saturating_add(joined);
        note_received(tx, ingested.created)?;
    }
    ingested.position = read::position(tx, &journal)?;
    Ok(ingested)
}

fn append(
    tx: &Transaction<'_>,
    run: &Run,
    new: &[Stub],
    branch: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some((first, last)) = new.first().zip(new.last()) else { return Ok(()) };
    put_segment(tx, run, branch, now_ms)?;
    put_records(tx, &run.journal, branch, new)?;
    let JournalId { store, register, epoch } = run.journal;
    let sql = "INSERT INTO branch (store, reg, epoch, branch, from_seq, next_seq, head, projected)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?5)
               ON CONFLICT (store, reg, epoch, branch)
               DO UPDATE SET next_seq = excluded.next_seq, head = excluded.head";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        branch,
        int(first.seq.0),
        int(last.seq.next().0),
        last.hash.0,
    ])?;
    Ok(())
}

fn fork(
    tx: &Transaction<'_>,
    run: &Run,
    new: &[Stub],
    tips: &[Tip],
    now_ms: i64,
) -> Result<(), StoreError> {
    let branch = tips.iter().map(|tip| tip.branch).max().unwrap_or(0).saturating_add(1);
    append(tx, run, new, branch, now_ms)?;
    let Some(first) = new.first() else { return Ok(()) };
    let text = format!(
        "the journal goes on in two ways from record {}: it was restored or copied and both were \
         used; both are kept, the second as branch {branch}",
        first.seq
    );
    except(tx, &Exception::new(Code::Fork, run.journal, first.seq, text), branch, false)
}

/// Keeps a run that can't be joined yet; false when it is waiting already, or too many are.
fn park(tx: &Transaction<'_>, run: &Run, now_ms: i64) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let sql = "SELECT count(*) FROM segment
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = -1";
    let waiting: i64 = tx
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, epoch.0], |row| row.get(0))?;
    if waiting >= PARKED_MAX {
        // Not kept and not acknowledged: the register still has it, and sends it in its turn.
        return Ok(false);
    }
    put_segment(tx, run, -1, now_ms)
}

/// Joins runs that waited, until none can be joined. Gives the count of new records.
fn join_parked(tx: &Transaction<'_>, journal: &JournalId, now_ms: i64) -> Result<u64, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let Some(key) = read::journal_key(tx, journal)? else { return Ok(0) };
    let mut created = 0_u64;
    loop {
        let sql = "SELECT from_seq, to_seq, head, prev, header, blob, raw_len FROM segment
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = -1
                   ORDER BY from_seq";
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(params![store.0, register.0, epoch.0])?;
        let mut joined = None;
        while let Some(row) = rows.next()? {
            let run = parked_run(row, journal, key)?;
            let Some((first, last)) = run.records.first().zip(run.records.last()) else {
                continue;
            };
            let tips = tips(tx, journal)?;
            let known = known(tx, journal, first.seq, last.seq)?;
            let decision = decide(&tips, &known, run.prev, &run.records);
            if decision.rest != Rest::Park {
                joined = Some((run, decision, tips));
                break;
            }
        }
        drop(rows);
        drop(statement);
        let Some((run, decision, tips)) = joined else { return Ok(created) };
        let (from, to, head) = ends(&run);
        let sql = "DELETE FROM segment WHERE store = ?1 AND reg = ?2 AND epoch = ?3
                   AND from_seq = ?4 AND to_seq = ?5 AND head = ?6 AND branch = -1";
        tx.prepare_cached(sql)?.execute(params![store.0, register.0, epoch.0, from, to, head.0])?;
        let new = run.records.get(decision.existing..).unwrap_or_default();
        match decision.rest {
            Rest::Append(branch) => append(tx, &run, new, branch, now_ms)?,
            Rest::Branch => fork(tx, &run, new, &tips, now_ms)?,
            Rest::None | Rest::Park => {}
        }
        created = created.saturating_add(count(new.len()));
    }
}

fn parked_run(row: &Row<'_>, journal: &JournalId, key: PublicKey) -> Result<Run, StoreError> {
    let from: i64 = row.get(0)?;
    let prev = Hash(row.get(3)?);
    let blob: Vec<u8> = row.get(5)?;
    let raw_len: i64 = row.get(6)?;
    let damaged =
        |_| StoreError::Unfit("a stored segment can't be read; check central's disk".to_owned());
    let raw = unpack(&blob, usize::try_from(raw_len).unwrap_or(0)).map_err(damaged)?;
    let read = read_run(&raw, *journal, Seq(from.unsigned_abs()), prev).map_err(damaged)?;
    Ok(Run {
        journal: *journal,
        key,
        prev,
        records: read.records,
        header: row.get(4)?,
        blob,
        raw_len: raw_len.unsigned_abs(),
        opened_by: read.opened_by,
    })
}

fn put_segment(
    tx: &Transaction<'_>,
    run: &Run,
    branch: i64,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let JournalId { store, register, epoch } = run.journal;
    let (from, to, head) = ends(run);
    let sql = "INSERT INTO segment
               (store, reg, epoch, branch, from_seq, to_seq, head, prev, header, blob, raw_len,
                received_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
               ON CONFLICT (store, reg, epoch, from_seq, to_seq, head)
               DO UPDATE SET branch = excluded.branch WHERE branch = -1 AND excluded.branch >= 0";
    let changed = tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        branch,
        from,
        to,
        head.0,
        run.prev.0,
        run.header,
        run.blob,
        int(run.raw_len),
        now_ms,
    ])?;
    Ok(changed > 0)
}

fn put_records(
    tx: &Transaction<'_>,
    journal: &JournalId,
    branch: i64,
    new: &[Stub],
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql =
        "INSERT INTO record (store, reg, epoch, seq, hash, branch, kind, at, takings, payouts)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let mut insert = tx.prepare_cached(sql)?;
    for stub in new {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            int(stub.seq.0),
            stub.hash.0,
            branch,
            stub.kind,
            stub.at_ms,
            stub.lifetime.takings.minor(),
            stub.lifetime.payouts.minor(),
        ])?;
    }
    Ok(())
}

fn keep_journal(
    tx: &Transaction<'_>,
    journal: &JournalId,
    key: &PublicKey,
    now_ms: i64,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "INSERT INTO journal (store, reg, epoch, public_key, first_seen, last_seen)
               VALUES (?1, ?2, ?3, ?4, ?5, ?5)
               ON CONFLICT (store, reg, epoch) DO UPDATE SET last_seen = excluded.last_seen";
    tx.prepare_cached(sql)?.execute(params![store.0, register.0, epoch.0, key.bytes(), now_ms])?;
    Ok(())
}

fn note_received(tx: &Transaction<'_>, created: u64) -> Result<(), StoreError> {
    let before: Option<i64> = meta(tx, "received")?;
    set_meta(tx, "received", &before.unwrap_or(0).saturating_add(int(created)))
}

fn tips(tx: &Transaction<'_>, journal: &JournalId) -> Result<Vec<Tip>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT branch, next_seq, head FROM branch
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 ORDER BY branch";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![store.0, register.0, epoch.0], |row| {
        Ok(Tip { branch: row.get(0)?, next_seq: seq(row, 1)?, head: Hash(row.get(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The records held at these places and the place before, on every branch.
fn known(
    tx: &Transaction<'_>,
    journal: &JournalId,
    from: Seq,
    to: Seq,
) -> Result<Vec<Known>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT seq, hash FROM record
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq BETWEEN ?4 AND ?5";
    let before = from.0.saturating_sub(1);
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![store.0, register.0, epoch.0, int(before), int(to.0)], |row| {
            Ok(Known { seq: seq(row, 0)?, hash: Hash(row.get(1)?) })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn except(
    tx: &Transaction<'_>,
    exception: &Exception,
    branch: i64,
    derived: bool,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = exception.journal;
    let sql = "INSERT INTO exception
               (store, reg, epoch, seq, branch, code, cause, level, text, amount, derived)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        int(exception.seq.0),
        branch,
        exception.code.word(),
        exception.cause,
        exception.level.word(),
        exception.text,
        exception.amount.minor(),
        derived,
    ])?;
    Ok(())
}

fn ends(run: &Run) -> (i64, i64, Hash) {
    let first = run.records.first().map_or(0, |stub| int(stub.seq.0));
    let (to, head) =
        run.records.last().map_or((first, Hash::ZERO), |stub| (int(stub.seq.0), stub.hash));
    (first, to, head)
}

// The trait -----------------------------------------------------------------------------------

impl Store for SqliteStore {
    fn server_epoch(&mut self) -> Result<String, StoreError> {
        Ok(meta(&self.db, "server_epoch")?.unwrap_or_default())
    }

    fn set_server_epoch(&mut self, word: &str) -> Result<(), StoreError> {
        set_meta(&self.db, "server_epoch", &word)
    }

    fn set_hold(&mut self, reason: Option<&str>) -> Result<(), StoreError> {
        set_meta(&self.db, "hold", &reason.unwrap_or(""))
    }

    fn hold(&mut self) -> Result<Option<String>, StoreError> {
        let hold: Option<String> = meta(&self.db, "hold")?;
        Ok(hold.filter(|reason| !reason.is_empty()))
    }

    fn received_count(&mut self) -> Result<u64, StoreError> {
        self.received()
    }

    fn ingest(&mut self, runs: &[Run], now_ms: i64) -> Result<Vec<Ingested>, StoreError> {
        let tx = self.begin()?;
        let all = runs.iter().map(|run| take_in(&tx, run, now_ms)).collect::<Result<_, _>>()?;
        tx.commit()?;
        Ok(all)
    }

    fn announce(&mut self, expected: &Expected, now_ms: i64) -> Result<Position, StoreError> {
        let tx = self.begin()?;
        keep_journal(&tx, &expected.journal, &expected.key, now_ms)?;
        let JournalId { store, register, epoch } = expected.journal;
        let sql = "UPDATE journal SET expected_next = ?4, expected_head = ?5,
                   expected_takings = ?6, expected_payouts = ?7
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND expected_next <= ?4";
        tx.prepare_cached(sql)?.execute(params![
            store.0,
            register.0,
            epoch.0,
            int(expected.next_seq.0),
            expected.head.0,
            expected.lifetime.takings.minor(),
            expected.lifetime.payouts.minor(),
        ])?;
        let position = read::position(&tx, &expected.journal)?;
        tx.commit()?;
        Ok(position)
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
        let sql = "SELECT standing FROM register_key
                   WHERE store = ?1 AND reg = ?2 AND public_key = ?3";
        let word: Option<String> = self
            .db
            .prepare_cached(sql)?
            .query_row(params![store.0, register.0, key.bytes()], |row| row.get(0))
            .optional()?;
        Ok(word.and_then(|word| Standing::from_word(&word)))
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
            return Ok(match used_by(&tx, code, key, now_ms)? {
                Some((store, register)) => CodeUse::Good(store, register),
                None => CodeUse::NotGood,
            });
        };
        put_key(&tx, store, register, key, Standing::Enrolled, now_ms)?;
        tx.commit()?;
        Ok(CodeUse::Good(store, register))
    }

    fn unprojected(&mut self) -> Result<Option<Unprojected>, StoreError> {
        read::unprojected(&self.db)
    }

    fn project(&mut self, projection: &Projection) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let done = super::sqlite_project::store(&tx, projection)?;
        for exception in &projection.exceptions {
            except(&tx, exception, projection.branch, true)?;
        }
        if done {
            tx.commit()?;
        }
        Ok(done)
    }

    fn forget_projections(&mut self) -> Result<(), StoreError> {
        let tx = self.begin()?;
        tx.execute_batch(
            "DELETE FROM sale; DELETE FROM sale_line; DELETE FROM tender; DELETE FROM tax;
             DELETE FROM stock; DELETE FROM exception WHERE derived = 1;
             UPDATE branch SET projected = from_seq;",
        )?;
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

    fn journals(&mut self) -> Result<Vec<JournalRow>, StoreError> {
        read::journals(&self.db)
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
}

/// The register that used a code up, when it asks again with the same key: its first answer may
/// never have arrived.
fn used_by(
    tx: &Transaction<'_>,
    code: &Hash,
    key: &PublicKey,
    now_ms: i64,
) -> Result<Option<(StoreNo, RegisterNo)>, StoreError> {
    let sql = "SELECT code.store, code.reg FROM enrollment_code AS code
               JOIN register_key AS known USING (store, reg)
               WHERE code.code_hash = ?1 AND code.expires_at > ?3 AND known.public_key = ?2
               AND known.standing = 'enrolled'";
    let register = |row: &Row<'_>| Ok((StoreNo(row.get(0)?), RegisterNo(row.get(1)?)));
    Ok(tx.query_row(sql, params![code.0, key.bytes(), now_ms], register).optional()?)
}

fn put_key(
    tx: &Transaction<'_>,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
    standing: Standing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO register_key (store, reg, public_key, standing, since)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (store, reg, public_key) DO UPDATE SET standing = excluded.standing
               WHERE excluded.standing <> 'provisional'";
    let word = standing.word();
    tx.execute(sql, params![store.0, register.0, key.bytes(), word, now_ms])?;
    if standing == Standing::Enrolled {
        // Somebody vouches for it now: what was said about the key is settled.
        let sql = "DELETE FROM exception WHERE code = 'provisional_register' AND store = ?1
                   AND reg = ?2 AND epoch IN
                   (SELECT epoch FROM journal
                    WHERE store = ?1 AND reg = ?2 AND public_key = ?3)";
        tx.execute(sql, params![store.0, register.0, key.bytes()])?;
    }
    Ok(())
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

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
