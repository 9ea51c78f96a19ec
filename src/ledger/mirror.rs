//! The mirror: other registers' records, byte for byte, in one file beside the own ledger.
//!
//! ```text
//!  lines from a peer ─▶ chain, signature, whose? ─▶ one transaction, flushed ─▶ "held up to 41"
//!                          └ another record at a place that is taken: a branch of its own
//! ```
//!
//! It is a copy and never master: nothing in it is sold from, edited or deleted, and what it holds
//! proves itself. A register is believed what it brings itself; what anybody else brings of it only
//! when each record is signed by a key that is known to be that register's.
//!
//! A mirror that is damaged is set aside and begun again: the registers bring everything anew.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::aside;
use super::error::LedgerError;
use super::mirror_read::{self, Branch};
use super::open::{self, FileIdentity, sql_int};
use super::walk::first_key;
use crate::domain::event::Event;
use crate::domain::ids::{JournalId, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::journal::record::{Envelope, LINE_LEN_MAX};

const APPLICATION_ID: i64 = 0x5469_4D69;
const SCHEMA_VERSION: i64 = 1;
const SCHEMA: &str = include_str!("../../schema/mirror/1.sql");
/// The most journals of a store, all installations of all registers counted.
const BRANCHES_MAX: usize = 512;
/// The most branches of one journal.
const FORKS_MAX: usize = 8;
/// The most a mirror holds: some 8 million sales.
const PAGES_MAX: i64 = 8 * 1024 * 1024;
/// Records between two checkpoints of the log.
const UNMOVED_MAX: u32 = 500;

/// Why a record is believed to be its register's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// The register itself brings it, over a line that only it can hold.
    Itself,
    /// Another one brings it; these are the register's keys, as far as known here.
    By(Vec<PublicKey>),
}

/// What became of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of them are held now, or were before.
    Held,
    /// Records before them are missing.
    Gap,
    /// They are held as another branch than the one that was there.
    Forked,
}

/// Why lines were not taken. None of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum NotMirrored {
    /// A line is no record, or not this store's, or not chained, or not signed by its register.
    #[error("record {seq} was not believed: {why}")]
    NotBelieved {
        /// Its place, as it says.
        seq: Seq,
        /// Why.
        why: &'static str,
    },
    /// There is no room for more.
    #[error("the copy of other registers' records is full; this register sells as always")]
    Full,
    /// The disk.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Other registers' records.
pub struct Mirror {
    pub(super) conn: Connection,
    path: PathBuf,
    file: Option<FileIdentity>,
    store: StoreNo,
    branches: Vec<Branch>,
    unmoved: u32,
}

impl std::fmt::Debug for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mirror({}, {} journals)", self.path.display(), self.branches.len())
    }
}

/// The mirror's file in its folder.
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join("mirror.db")
}

impl Mirror {
    /// Opens the mirror of a folder, or begins it. One that can't be read is moved aside.
    ///
    /// # Errors
    /// [`LedgerError`] when no copies can be kept; selling does not depend on it.
    pub fn open(dir: &Path, store: StoreNo) -> Result<Self, LedgerError> {
        open::private_folder(dir)?;
        let path = path_in(dir);
        match Self::open_file(&path, store) {
            Err(why) if why.is_damage() => {
                tracing::error!(%why, "the mirror is set aside and begun again");
                let to = aside::new_folder(&dir.join("set-aside"), "damaged")?;
                aside::move_database(&path, &to)?;
                Self::open_file(&path, store)
            }
            opened => opened,
        }
    }

    fn open_file(path: &Path, store: StoreNo) -> Result<Self, LedgerError> {
        let failed = |why| LedgerError::sqlite(path, "opening the copies of other registers", why);
        if !path.exists() {
            drop(open::new_private_file(path)?);
        }
        let conn = open::connect(path)?;
        open::set_durability(&conn, path)?;
        let version: i64 =
            conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        if version == 0 {
            let begin = conn.unchecked_transaction().map_err(failed)?;
            begin.execute_batch(SCHEMA).map_err(failed)?;
            begin.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
            begin.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(failed)?;
            begin.commit().map_err(failed)?;
            if let Some(dir) = path.parent() {
                open::flush_folder(dir)?;
            }
        } else if version != SCHEMA_VERSION {
            let (path, known) = (path.to_path_buf(), SCHEMA_VERSION);
            return Err(LedgerError::NewerVersion { path, found: version, known });
        }
        let sound: String =
            conn.query_row("PRAGMA quick_check(1)", (), |row| row.get(0)).map_err(failed)?;
        if sound != "ok" {
            return Err(LedgerError::Damaged {
                path: path.to_path_buf(),
                doing: "checking the copies of other registers",
                source: rusqlite::Error::InvalidQuery,
            });
        }
        let branches = mirror_read::branches(&conn, store).map_err(failed)?;
        let file = FileIdentity::at(path);
        Ok(Self { conn, path: path.to_path_buf(), file, store, branches, unmoved: 0 })
    }

    /// Every branch of every journal, and how far each goes.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Takes lines of one journal, each after the other. When this returns, they are durable.
    ///
    /// # Errors
    /// [`NotMirrored`]: none of them is kept.
    pub fn take(
        &mut self,
        lines: &[&[u8]],
        vouched: &Vouched,
        certificate: Option<&str>,
    ) -> Result<Kept, NotMirrored> {
        if FileIdentity::at(&self.path) != self.file {
            return Err(LedgerError::FileReplaced { path: self.path.clone() }.into());
        }
        let failed = |why| LedgerError::sqlite(&self.path, "keeping other registers' records", why);
        let pages: i64 =
            self.conn.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(failed)?;
        if is_full(pages) {
            return Err(NotMirrored::Full);
        }
        let mut branches = self.branches.clone();
        let transaction = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)
            .map_err(failed)?;
        let mut taking = Taking {
            db: &transaction,
            store: self.store,
            branches: &mut branches,
            vouched,
            certificate,
            journal: None,
            on: None,
        };
        let mut kept = Kept::Held;
        for line in lines {
            match taking.one(line).map_err(|why| why.of(&self.path))? {
                Kept::Held => {}
                Kept::Forked => kept = Kept::Forked,
                Kept::Gap => {
                    kept = Kept::Gap;
                    break;
                }
            }
        }
        transaction.commit().map_err(failed)?;
        self.branches = branches;
        self.unmoved = self.unmoved.saturating_add(u32::try_from(lines.len()).unwrap_or(0));
        if self.unmoved > UNMOVED_MAX {
            self.unmoved = 0;
            self.conn
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))
                .map_err(|why| LedgerError::sqlite(&self.path, "moving copies", why))?;
        }
        Ok(kept)
    }

    pub(super) fn failed(&self, why: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, "reading other registers' records", why)
    }
}

/// Lines being taken, in one transaction.
struct Taking<'a> {
    db: &'a Transaction<'a>,
    store: StoreNo,
    branches: &'a mut Vec<Branch>,
    vouched: &'a Vouched,
    certificate: Option<&'a str>,
    /// The journal of the first line; all are of one.
    journal: Option<JournalId>,
    /// The branch the line before belongs to.
    on: Option<usize>,
}

enum Why {
    Sql(rusqlite::Error),
    Not(NotMirrored),
}

impl Why {
    fn of(self, path: &Path) -> NotMirrored {
        match self {
            Self::Sql(why) => {
                LedgerError::sqlite(path, "keeping other registers' records", why).into()
            }
            Self::Not(why) => why,
        }
    }
}

impl From<rusqlite::Error> for Why {
    fn from(why: rusqlite::Error) -> Self {
        Self::Sql(why)
    }
}

fn not_believed(seq: Seq, why: &'static str) -> Why {
    Why::Not(NotMirrored::NotBelieved { seq, why })
}

impl Taking<'_> {
    fn one(&mut self, line: &[u8]) -> Result<Kept, Why> {
        if line.len() > LINE_LEN_MAX {
            return Err(not_believed(Seq(0), "it is longer than a record may be"));
        }
        let envelope = Envelope::read(line).map_err(|_| not_believed(Seq(0), "it is no record"))?;
        let (journal, seq) = (envelope.header.journal, envelope.header.seq);
        if journal.store != self.store {
            return Err(not_believed(seq, "it is another store's"));
        }
        if *self.journal.get_or_insert(journal) != journal {
            return Err(not_believed(seq, "it is of another journal than the line before"));
        }
        let hash = Hash::of_line(line);
        let (place, kept) = match self.place(&envelope, hash)? {
            Place::There(branch) => {
                self.on = Some(branch);
                return Ok(Kept::Held);
            }
            Place::Gap => return Ok(Kept::Gap),
            Place::End(branch) => (branch, Kept::Held),
            Place::First => (self.begin(&envelope, journal)?, Kept::Held),
            Place::Beside(parent) => (self.part(parent, &envelope)?, Kept::Forked),
        };
        let Some(branch) = self.branches.get_mut(place) else { return Ok(Kept::Gap) };
        if branch.ended {
            return Err(not_believed(seq, "its journal had ended: the register has another key"));
        }
        let proven = match envelope.signature {
            Some(_) => envelope.is_signed_by(&branch.key),
            // Written while its key was not at hand; only the register itself may say so.
            None => *self.vouched == Vouched::Itself,
        };
        if !proven {
            return Err(not_believed(seq, "its signature is not its register's"));
        }
        let event = envelope.event().ok();
        let lasting = event.as_ref().is_some_and(is_lasting);
        self.db
            .prepare_cached(
                "INSERT INTO line(branch, seq, at_ms, lasting, line) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((branch.id, sql_int(seq.0), envelope.header.at.utc_ms, lasting, line))?;
        if let Some(sale) = event.as_ref().and_then(Event::sale) {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO sale(branch, number, seq) VALUES (?1, ?2, ?3)",
                )?
                .execute((branch.id, sql_int(sale.number.0), sql_int(seq.0)))?;
            if let Some(link) = sale.terms.link.as_ref().filter(|_| sale.is_void()) {
                // The check went back to the customer: what was sealed of it goes, too.
                self.db
                    .prepare_cached("DELETE FROM sealed WHERE epoch = ?1 AND seq = ?2")?
                    .execute((link.epoch.to_string(), sql_int(link.seq.0)))?;
            }
        }
        branch.next_seq = seq.next();
        branch.head = hash;
        branch.ended = envelope.kind == mirror_read::KIND_LAST;
        self.on = Some(place);
        Ok(kept)
    }

    /// Where a line goes.
    fn place(&self, envelope: &Envelope<'_>, hash: Hash) -> Result<Place, Why> {
        let (journal, seq, prev) =
            (envelope.header.journal, envelope.header.seq, envelope.header.prev);
        let of_journal: Vec<usize> = (0..self.branches.len())
            .filter(|at| self.branches.get(*at).is_some_and(|b| b.journal == journal))
            .collect();
        if of_journal.is_empty() {
            return Ok(if seq == Seq(0) { Place::First } else { Place::Gap });
        }
        // The branch of the line before is asked first: on a fork it is the right one.
        for at in self.on.into_iter().filter(|at| of_journal.contains(at)).chain(of_journal.clone())
        {
            let Some(branch) = self.branches.get(at) else { continue };
            if branch.next_seq == seq && branch.head == prev {
                return Ok(Place::End(at));
            }
            if self.hash_at(branch, seq)? == Some(hash) {
                return Ok(Place::There(at));
            }
        }
        for at in of_journal {
            let Some(branch) = self.branches.get(at) else { continue };
            let before = seq.0.checked_sub(1);
            let follows = match before {
                Some(before) => self.hash_at(branch, Seq(before))? == Some(prev),
                // Another first record: its epoch can't be this journal's.
                None => false,
            };
            // It is not the branch's end: that was asked for above.
            if follows {
                return Ok(Place::Beside(at));
            }
        }
        Ok(Place::Gap)
    }

    fn hash_at(&self, branch: &Branch, seq: Seq) -> rusqlite::Result<Option<Hash>> {
        Ok(mirror_read::line_at(self.db, self.branches, branch, seq)?.map(|l| Hash::of_line(&l)))
    }

    /// A journal's first record: its name must follow from the key in it.
    fn begin(&mut self, envelope: &Envelope<'_>, journal: JournalId) -> Result<usize, Why> {
        let key = first_key(envelope)
            .filter(|key| envelope.is_signed_by(key))
            .ok_or_else(|| not_believed(Seq(0), "its journal is not its own"))?;
        if let Vouched::By(keys) = self.vouched
            && !keys.contains(&key)
        {
            return Err(not_believed(Seq(0), "its key is not known to be that register's"));
        }
        self.add(journal, key, None, Seq(0), 1)
    }

    /// A second branch: what is signed by the right key and still is not what was here.
    fn part(&mut self, parent: usize, envelope: &Envelope<'_>) -> Result<usize, Why> {
        let (journal, seq) = (envelope.header.journal, envelope.header.seq);
        let count = self.branches.iter().filter(|branch| branch.journal == journal).count();
        let parted = self.branches.get(parent).map(|branch| (branch.key, branch.id));
        let Some((key, id)) = parted.filter(|_| count < FORKS_MAX) else {
            return Err(Why::Not(NotMirrored::Full));
        };
        // An unsigned record proves nothing, and would let anybody part a journal.
        if !envelope.is_signed_by(&key) {
            return Err(not_believed(seq, "its signature is not its register's"));
        }
        let number = u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
        self.add(journal, key, Some(id), seq, number)
    }

    fn add(
        &mut self,
        journal: JournalId,
        key: PublicKey,
        parent: Option<i64>,
        from: Seq,
        number: u32,
    ) -> Result<usize, Why> {
        if self.branches.len() >= BRANCHES_MAX {
            return Err(Why::Not(NotMirrored::Full));
        }
        self.db
            .prepare_cached(
                "INSERT INTO branch(register, epoch, number, parent, from_seq, key, certificate) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                journal.register.0,
                journal.epoch.to_string(),
                number,
                parent,
                sql_int(from.0),
                key.bytes().as_slice(),
                self.certificate,
            ))?;
        let certificate = self.certificate.map(str::to_owned);
        let (id, head) = (self.db.last_insert_rowid(), Hash::ZERO);
        let next_seq = from;
        self.branches.push(Branch {
            id,
            journal,
            number,
            parent,
            from,
            next_seq,
            head,
            ended: false,
            key,
            certificate,
        });
        Ok(self.branches.len().saturating_sub(1))
    }
}

/// Whether a file of so many pages holds all that a mirror may.
const fn is_full(pages: i64) -> bool {
    pages > PAGES_MAX
}

/// Where a line goes.
enum Place {
    /// It is held already.
    There(usize),
    /// At the end of a branch.
    End(usize),
    /// It begins a journal.
    First,
    /// It leaves a branch.
    Beside(usize),
    /// Nothing before it is held.
    Gap,
}

/// What the store's book reads at each start however old it is: all but plain sales.
fn is_lasting(event: &Event) -> bool {
    match event {
        Event::Sale(sale) => {
            let terms = &sale.terms;
            terms.link.is_some() || !terms.rain_checks.is_empty() || terms.paper_slip.is_some()
        }
        _ => true,
    }
}

/// Sealed rows, kept beside the records.
impl Mirror {
    /// Keeps sealed rows of a register's sales; who keeps them checked that it signed them.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk fails; they are then sent again.
    pub fn keep_sealed(&mut self, rows: &[mirror_read::MirroredSeal]) -> Result<(), LedgerError> {
        let failed = |why| LedgerError::sqlite(&self.path, "keeping sealed data", why);
        let transaction = self.conn.unchecked_transaction().map_err(failed)?;
        for row in rows {
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO sealed(commitment, epoch, seq, day, message) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .and_then(|mut insert| {
                    insert.execute((
                        row.commitment.0,
                        row.epoch.to_string(),
                        sql_int(row.seq.0),
                        row.day.to_string(),
                        row.message.as_slice(),
                    ))
                })
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// Destroys sealed data of days before this one; gives how many rows it was.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk fails.
    pub fn erase_sealed_before(
        &mut self,
        day: crate::domain::time::BusinessDate,
    ) -> Result<usize, LedgerError> {
        let erased = self
            .conn
            .execute("DELETE FROM sealed WHERE day < ?1", (day.to_string(),))
            .map_err(|why| self.failed(why))?;
        if erased > 0 {
            self.conn
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
                .optional()
                .map_err(|why| self.failed(why))?;
        }
        Ok(erased)
    }
}

#[cfg(test)]
mod tests;
