//! How a ledger file is opened: durability in one place, with the reasons.
//!
//! ```text
//!  Lock (one writer) ─▶ Db::create (file and folder flushed) ─▶ Db::open ─▶ pragmas, read back
//!                                                                 └─▶ still_there before a commit
//! ```
//!
//! No other code opens the database file: closing any other handle of it would drop SQLite's
//! locks (POSIX), and then two writers could meet.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{AtFlags, CWD, FlockOperation, StatxFlags, flock, statx};

use super::error::LedgerError;

/// "Tide", so that `file` and a person can tell what the file is.
const APPLICATION_ID: i64 = 0x5469_6465;
/// The schema this program writes.
pub(super) const SCHEMA_VERSION: i64 = 1;
const SCHEMA: &str = include_str!("../../schema/ledger/1.sql");
/// Before this version SQLite could damage a database while its WAL was reset.
const LIBRARY_VERSION_MIN: i32 = 3_051_003;
/// How often the folder's lock is asked for, and how long is waited in between.
const LOCK_TRIES: u32 = 25;
const LOCK_WAIT: Duration = Duration::from_millis(20);
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Small pages: a sale touches five b-tree pages and the WAL holds whole pages, so that 1 KiB
/// instead of 4 KiB writes a third of the bytes.
const PAGE_SIZE: &str = "1024";

/// What some 160 sales take: more than a register records between two rests.
const WAL_LEN: u64 = 1024 * 1024;
/// How much of it is written in one piece.
const STEP: u64 = 64 * 1024;
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Keeps a second writer out while it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Which file it is, whatever its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    dev: (u32, u32),
    ino: u64,
}

/// An open ledger file.
pub(super) struct Db {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    file: FileIdentity,
    wal: FileIdentity,
}

/// SQLite's integers are signed; a count beyond 2^63 can't come up.
pub(super) fn sql_int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Makes a folder that only this user can enter, and its parents; their names are flushed.
pub(super) fn private_folder(dir: &Path) -> Result<(), LedgerError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |why| LedgerError::file(dir, why);
    if !dir.exists() {
        let above = dir.parent().filter(|above| !above.as_os_str().is_empty());
        if let Some(above) = above.filter(|above| !above.exists()) {
            private_folder(above)?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        if let Some(above) = above
            && let Err(why) = flush_folder(above)
        {
            // A folder that may be entered and not listed; what lies in ours is flushed there.
            tracing::warn!(%why, "the name of a new folder was not flushed");
        }
    }
    let mode = fs::metadata(dir).map_err(failed)?.mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Makes an empty file that only this user can read.
pub(super) fn new_private_file(path: &Path) -> Result<File, LedgerError> {
    let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    new.map_err(|why| LedgerError::file(path, why))
}

/// Flushes a folder, so that a new or renamed file is still there after a power cut.
pub(super) fn flush_folder(dir: &Path) -> Result<(), LedgerError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|why| LedgerError::file(dir, why))
}

impl Lock {
    /// Takes the folder's lock.
    pub(super) fn take(dir: &Path) -> Result<Self, LedgerError> {
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|why| LedgerError::file(&path, why))?;
        for _ in 0..LOCK_TRIES {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { _file: file }),
                // A child that this process is just starting holds what its parent held, for the
                // blink between fork and exec.
                Err(rustix::io::Errno::WOULDBLOCK) => std::thread::sleep(LOCK_WAIT),
                Err(why) => return Err(LedgerError::file(&path, why.into())),
            }
        }
        Err(LedgerError::InUse)
    }
}

/// Whether a ledger can be opened for writing now: asked before a second window would cover the
/// one that sells.
///
/// # Errors
/// [`LedgerError::InUse`] when another program has it; every other trouble shows at opening.
pub fn not_in_use(dir: &Path) -> Result<(), LedgerError> {
    match Lock::take(dir) {
        Err(LedgerError::InUse) => Err(LedgerError::InUse),
        _ => Ok(()),
    }
}

impl FileIdentity {
    /// The file at a path, if it has exactly one name. Asks for nothing else: whoever reads a
    /// file's times makes the next write note its time exactly (multigrain timestamps, Linux
    /// 6.13), and then each flush waits for the file system's journal too.
    pub(super) fn at(path: &Path) -> Option<Self> {
        let asked = StatxFlags::INO.union(StatxFlags::NLINK);
        let found = statx(CWD, path, AtFlags::empty(), asked).ok()?;
        let dev = (found.stx_dev_major, found.stx_dev_minor);
        (found.stx_nlink == 1).then_some(Self { dev, ino: found.stx_ino })
    }
}

/// The file SQLite keeps beside a database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

impl Db {
    /// Makes an empty ledger. It is made beside its place, flushed, and takes the place once it is
    /// whole: a power cut leaves nothing there that looks like a damaged ledger.
    pub(super) fn create(path: &Path) -> Result<Self, LedgerError> {
        let failed = |why| LedgerError::sqlite(path, "creating the ledger", why);
        let unusable = |why| LedgerError::file(path, why);
        if path.exists() {
            return Err(unusable(std::io::ErrorKind::AlreadyExists.into()));
        }
        let new = beside(path, "-new");
        for suffix in ["", "-journal", "-wal", "-shm"] {
            // Half made: it is made again.
            fs::remove_file(beside(&new, suffix)).ok();
        }
        drop(new_private_file(&new)?);
        let mut conn = connect(&new)?;
        set_durability(&conn, &new)?;
        let transaction = conn.transaction().map_err(failed)?;
        transaction.execute_batch(SCHEMA).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).map_err(failed)?;
        conn.close().map_err(|(_, why)| failed(why))?;
        for suffix in ["-wal", "-shm"] {
            fs::remove_file(beside(&new, suffix)).ok();
        }
        File::open(&new).and_then(|file| file.sync_all()).map_err(unusable)?;
        fs::rename(&new, path).map_err(unusable)?;
        if let Some(dir) = path.parent() {
            flush_folder(dir)?;
        }
        Self::open(path)
    }

    /// Opens a ledger that is there.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        library()?;
        let replaced = || LedgerError::FileReplaced { path: path.to_path_buf() };
        let file = FileIdentity::at(path).ok_or_else(replaced)?;
        let mut conn = connect(path)?;
        check_format(&conn, path)?;
        set_durability(&conn, path)?;
        forbid_schema_changes(&mut conn, path)?;
        // The first read opens the WAL, and takes in what a killed process left there.
        conn.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))
            .map_err(|why| LedgerError::sqlite(path, "opening the ledger", why))?;
        let wal_path = beside(path, "-wal");
        let wal =
            FileIdentity::at(&wal_path).ok_or(LedgerError::FileReplaced { path: wal_path })?;
        if FileIdentity::at(path) != Some(file) {
            return Err(replaced());
        }
        write_ahead(&beside(path, "-wal"));
        Ok(Self { conn, path: path.to_path_buf(), file, wal })
    }

    /// The open files are still those at their paths. SQLite itself goes on committing into a
    /// file that was deleted or replaced, without any error.
    pub(super) fn still_there(&self) -> Result<(), LedgerError> {
        for (path, opened) in
            [(self.path.clone(), self.file), (beside(&self.path, "-wal"), self.wal)]
        {
            if FileIdentity::at(&path) != Some(opened) {
                return Err(LedgerError::FileReplaced { path });
            }
        }
        Ok(())
    }

    /// Makes the WAL as long again as it is while the till runs, after it was emptied.
    pub(super) fn lengthen_log(&self) {
        write_ahead(&beside(&self.path, "-wal"));
    }

    /// The last record.
    pub(super) fn last_line(&self) -> Result<Option<(u64, Vec<u8>)>, LedgerError> {
        let sql = "SELECT seq, line FROM journal ORDER BY seq DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
        match self.conn.query_row(sql, (), row) {
            Ok((seq, line)) => Ok(Some((u64::try_from(seq).unwrap_or(0), line))),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(why) => Err(LedgerError::sqlite(&self.path, "reading the last record", why)),
        }
    }
}

pub(super) fn connect(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        .union(OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .union(OpenFlags::SQLITE_OPEN_NOFOLLOW);
    Connection::open_with_flags(path, flags)
        .map_err(|why| LedgerError::sqlite(path, "opening the ledger", why))
}

/// Makes the WAL as long as it gets between two rests, with zeros, which are no records: a flush
/// after a file grew takes twice as long. SQLite holds its locks on other files than this one.
/// Where there is no space the WAL grows as it goes.
///
/// A WAL that was just emptied is flushed as such first. Zeros that come to the disk before its
/// emptying does would leave the beginning of the old WAL in force: pages of an earlier moment.
fn write_ahead(wal: &Path) {
    let extended = OpenOptions::new().write(true).open(wal).and_then(|file| {
        let len = file.metadata()?.len();
        let mut written = file.sync_all();
        let mut place = len;
        while place < WAL_LEN && written.is_ok() {
            let rest = usize::try_from(WAL_LEN.saturating_sub(place)).unwrap_or(usize::MAX);
            let zeros = ZEROS.get(..rest).unwrap_or(&ZEROS);
            written = file.write_all_at(zeros, place);
            place = place.saturating_add(STEP);
        }
        if written.is_err() {
            // What little space there is belongs to the next sale.
            file.set_len(len)?;
        }
        written.and_then(|()| file.sync_all())
    });
    if let Err(why) = extended {
        tracing::warn!(%why, "no space was written ahead of the WAL");
    }
}

/// All that durability rests on. Each setting is read back: the switch to WAL in particular can
/// fail and give the old mode as its answer, without an error.
pub(super) fn set_durability(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let failed = |why| LedgerError::sqlite(path, "setting up the ledger", why);
    conn.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
    // Only a checkpoint made by hand moves records: a ledger that is dropped after an error must
    // not write once more on its way out.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(32);
    let settings: [(&str, &str, &str); 11] = [
        // Only has an effect while the file is new.
        ("page_size", PAGE_SIZE, PAGE_SIZE),
        // EXTRA, and before WAL: the switch to WAL deletes a rollback journal, and only EXTRA
        // flushes the folder after it. Were that deletion lost in a power cut, the old journal
        // would undo everything. NORMAL never: it loses every acknowledged sale in a power cut.
        ("synchronous", "EXTRA", "3"),
        // WAL: one flush a commit, and readers beside the writer.
        ("journal_mode", "WAL", "wal"),
        // Checkpoints are made by hand, since an automatic one swallows its errors.
        ("wal_autocheckpoint", "0", "0"),
        // Readers in other processes are welcome, so no exclusive lock; the lock file keeps a
        // second writer out.
        ("locking_mode", "NORMAL", "normal"),
        ("foreign_keys", "ON", "1"),
        // The trigger on DELETE runs for INSERT OR REPLACE too.
        ("recursive_triggers", "ON", "1"),
        // A schema that somebody tampered with can't call functions.
        ("trusted_schema", "OFF", "0"),
        // Damaged pages are noticed when they are read.
        ("cell_size_check", "ON", "1"),
        // What is deleted is overwritten.
        ("secure_delete", "ON", "1"),
        // A read error of a mapped file would end the process.
        ("mmap_size", "0", "0"),
    ];
    for (setting, value, wanted) in settings {
        conn.pragma_update_and_check(None, setting, value, |_| Ok(())).or_else(
            |why| match why {
                rusqlite::Error::QueryReturnedNoRows => Ok(()),
                why => Err(failed(why)),
            },
        )?;
        let found = conn
            .pragma_query_value(None, setting, |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => other.as_str()?.to_owned(),
                })
            })
            .map_err(failed)?;
        if found != wanted {
            return Err(LedgerError::NotDurable { setting, wanted: value, found });
        }
    }
    Ok(())
}

/// The database library in use, by its name and number.
///
/// # Errors
/// [`LedgerError::OldLibrary`] where it can damage a ledger.
pub fn library() -> Result<String, LedgerError> {
    let found = rusqlite::version_number();
    if can_damage(found) {
        return Err(LedgerError::OldLibrary { found });
    }
    Ok(format!("SQLite {}", rusqlite::version()))
}

const fn can_damage(version: i32) -> bool {
    version < LIBRARY_VERSION_MIN
}

/// Whether a file is a database of this library, by its first bytes. It is not opened as one: that
/// would take locks and leave files beside it.
///
/// # Errors
/// The system's, but for a missing file.
pub fn file_is_a_database(path: &Path) -> std::io::Result<bool> {
    use std::io::Read as _;
    let mut first = [0; 16];
    match File::open(path).and_then(|mut file| file.read_exact(&mut first)) {
        Ok(()) => Ok(&first == b"SQLite format 3\0"),
        Err(why) => match why.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::UnexpectedEof => Ok(false),
            _ => Err(why),
        },
    }
}

fn check_format(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let number = |pragma| {
        conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(|why| LedgerError::sqlite(path, "opening the ledger", why))
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application == APPLICATION_ID && version > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(LedgerError::NewerVersion { path: path.to_path_buf(), found: version, known });
    }
    if application == APPLICATION_ID && version == SCHEMA_VERSION {
        return Ok(());
    }
    Err(LedgerError::Damaged {
        path: path.to_path_buf(),
        doing: "reading its first page",
        source: rusqlite::Error::InvalidQuery,
    })
}

/// Within this program nothing can take the guards away. Against other programs the records'
/// signatures stand, not this.
fn forbid_schema_changes(conn: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let decide = |context: AuthContext<'_>| match context.action {
        AuthAction::DropTable { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropView { .. }
        | AuthAction::AlterTable { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTable { .. }
        | AuthAction::Attach { .. } => Authorization::Deny,
        _ => Authorization::Allow,
    };
    conn.authorizer(Some(decide))
        .map_err(|why| LedgerError::sqlite(path, "guarding the ledger", why))
}

/// A connection that can only read; it needs no lock and never waits for the writer.
pub(super) fn connect_to_read(path: &Path) -> Result<Connection, LedgerError> {
    let conn = connect_file_to_read(path)?;
    conn.query_row("SELECT count(*) FROM journal", (), |_| Ok(()))
        .map_err(|why| LedgerError::sqlite(path, "opening the ledger to read", why))?;
    Ok(conn)
}

/// The same for any file of this module.
pub(super) fn connect_file_to_read(path: &Path) -> Result<Connection, LedgerError> {
    let failed = |why| LedgerError::sqlite(path, "opening the ledger to read", why);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    conn.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    conn.pragma_update(None, "query_only", true).map_err(failed)?;
    conn.pragma_update(None, "trusted_schema", false).map_err(failed)?;
    Ok(conn)
}

/// True when every table and trigger is defined as this program defines it.
pub(super) fn has_own_schema(conn: &Connection) -> rusqlite::Result<bool> {
    static OWN: OnceLock<Vec<Definition>> = OnceLock::new();
    let own = match OWN.get() {
        Some(own) => own,
        None => {
            let own = Connection::open_in_memory()?;
            own.execute_batch(SCHEMA)?;
            let own = definitions(&own)?;
            OWN.get_or_init(|| own)
        }
    };
    Ok(&definitions(conn)? == own)
}

/// Type, name and statement.
type Definition = (String, String, Option<String>);

fn definitions(conn: &Connection) -> rusqlite::Result<Vec<Definition>> {
    conn.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

#[cfg(test)]
mod tests;
