//! What is asked of the mirror: how far each journal goes, its lines, a sale by its number, and
//! what the store's book reads at a start.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::error::LedgerError;
use super::mirror::{Mirror, path_in};
use super::open::{connect_file_to_read, sql_int};
use crate::domain::book::Origin;
use crate::domain::check::Commitment;
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::domain::time::BusinessDate;
use crate::journal::hash::{Hash, from_hex};
use crate::journal::key::PublicKey;
use crate::journal::record::{Envelope, Line};

/// One branch of a mirrored journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub(super) id: i64,
    /// The journal.
    pub journal: JournalId,
    /// 1, or more for the other branches of a journal that forked.
    pub number: u32,
    pub(super) parent: Option<i64>,
    pub(super) from: Seq,
    /// The place after its last record.
    pub next_seq: Seq,
    /// The hash of its last record.
    pub head: Hash,
    /// Its last record says that the register has another key: nothing comes after it.
    pub(super) ended: bool,
    /// The key its first record names.
    pub key: PublicKey,
    /// Central's certificate for that key, where it was sent along.
    pub certificate: Option<String>,
}

/// A sealed row as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredSeal {
    /// What the record holds.
    pub commitment: Commitment,
    /// The journal of the sale.
    pub epoch: Epoch,
    /// The sale's record.
    pub seq: Seq,
    /// Its business date.
    pub day: BusinessDate,
    /// The message for central as its own register signed it, with this one row.
    pub message: Vec<u8>,
}

pub(super) fn branches(db: &Connection, store: StoreNo) -> Result<Vec<Branch>> {
    let mut select = db.prepare(
        "SELECT id, register, epoch, number, parent, from_seq, key, certificate, \
         (SELECT max(seq) FROM line WHERE branch = branch.id) FROM branch ORDER BY id",
    )?;
    let mut rows = select.query(())?;
    let mut branches = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, epoch): (i64, String) = (row.get(0)?, row.get(2)?);
        let key: [u8; 32] = row.get(6)?;
        let (Some(epoch), Ok(key)) = (from_hex(&epoch).map(Epoch), PublicKey::from_bytes(key))
        else {
            continue;
        };
        let last: Option<i64> = row.get(8)?;
        let from = Seq(row.get::<_, i64>(5)?.unsigned_abs());
        let journal = JournalId { store, register: RegisterNo(row.get(1)?), epoch };
        let (number, parent, certificate) = (row.get(3)?, row.get(4)?, row.get(7)?);
        let (mut next_seq, mut head, mut ended) = (from, Hash::ZERO, false);
        if let Some(last) = last {
            next_seq = Seq(last.unsigned_abs()).next();
            let line: Vec<u8> = db.query_row(
                "SELECT line FROM line WHERE branch = ?1 AND seq = ?2",
                (id, last),
                |row| row.get(0),
            )?;
            head = Hash::of_line(&line);
            ended = ends(&line);
        }
        branches.push(Branch {
            id,
            journal,
            number,
            parent,
            from,
            next_seq,
            head,
            ended,
            key,
            certificate,
        });
    }
    Ok(branches)
}

fn ends(line: &[u8]) -> bool {
    Envelope::read(line).is_ok_and(|envelope| envelope.kind == KIND_LAST)
}

/// The kind of a journal's last record, where its key was followed by another one.
pub(super) const KIND_LAST: &str = "key_rotated";

/// The line at a place of a branch: its own, or of the branch it left.
pub(super) fn line_at(
    db: &Connection,
    all: &[Branch],
    branch: &Branch,
    seq: Seq,
) -> Result<Option<Vec<u8>>> {
    let mut branch = Some(branch);
    while let Some(at) = branch.filter(|branch| seq < branch.from) {
        branch = all.iter().find(|parent| Some(parent.id) == at.parent);
    }
    let Some(branch) = branch else { return Ok(None) };
    db.prepare_cached("SELECT line FROM line WHERE branch = ?1 AND seq = ?2")?
        .query_row((branch.id, sql_int(seq.0)), |row| row.get(0))
        .optional()
}

impl Mirror {
    /// Opens a mirror to be read only, beside whoever writes it.
    ///
    /// # Errors
    /// [`LedgerError`] when there is none, or it can't be read.
    pub fn open_to_read(
        dir: &Path,
        store: StoreNo,
    ) -> std::result::Result<MirrorReader, LedgerError> {
        let path = path_in(dir);
        if !path.exists() {
            return Err(LedgerError::Nothing { path: dir.to_path_buf() });
        }
        Ok(MirrorReader { conn: connect_file_to_read(&path)?, path, store })
    }

    /// Lines of a branch from a place on: at most `records`, and no more than `bytes` but for a
    /// first line that is longer.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn lines(
        &self,
        branch: &Branch,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> std::result::Result<Vec<Line>, LedgerError> {
        lines(&self.conn, self.branches(), branch, from, records, bytes)
            .map_err(|why| self.failed(why))
    }

    /// The hash of the record at a place of a branch.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn hash_at(
        &self,
        branch: &Branch,
        seq: Seq,
    ) -> std::result::Result<Option<Hash>, LedgerError> {
        let line = line_at(&self.conn, self.branches(), branch, seq);
        Ok(line.map_err(|why| self.failed(why))?.map(|line| Hash::of_line(&line)))
    }

    /// Sealed rows of a journal.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn sealed(&self, epoch: Epoch) -> std::result::Result<Vec<MirroredSeal>, LedgerError> {
        sealed(&self.conn, epoch).map_err(|why| self.failed(why))
    }
}

/// Reads a mirror beside its writer.
pub struct MirrorReader {
    conn: Connection,
    path: std::path::PathBuf,
    store: StoreNo,
}

impl std::fmt::Debug for MirrorReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MirrorReader({})", self.path.display())
    }
}

impl MirrorReader {
    /// Every branch of every journal, as it is now.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn branches(&self) -> std::result::Result<Vec<Branch>, LedgerError> {
        branches(&self.conn, self.store).map_err(|why| self.failed(why))
    }

    /// Lines of a branch, as [`Mirror::lines`].
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn lines(
        &self,
        all: &[Branch],
        branch: &Branch,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> std::result::Result<Vec<Line>, LedgerError> {
        lines(&self.conn, all, branch, from, records, bytes).map_err(|why| self.failed(why))
    }

    /// Sealed rows of a journal.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn sealed(&self, epoch: Epoch) -> std::result::Result<Vec<MirroredSeal>, LedgerError> {
        sealed(&self.conn, epoch).map_err(|why| self.failed(why))
    }

    /// The records of sales, refunds and voids with a number on their receipt at a register, the
    /// newest journal first.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn sales_numbered(
        &self,
        register: RegisterNo,
        number: SaleNo,
    ) -> std::result::Result<Vec<(JournalId, Seq, Line)>, LedgerError> {
        let found = || -> Result<Vec<(JournalId, Seq, Line)>> {
            let mut select = self.conn.prepare_cached(
                "SELECT branch.epoch, line.seq, line.line FROM sale \
                 JOIN branch ON branch.id = sale.branch \
                 JOIN line ON line.branch = sale.branch AND line.seq = sale.seq \
                 WHERE branch.register = ?1 AND sale.number = ?2 ORDER BY line.at_ms DESC LIMIT 8",
            )?;
            let mut rows = select.query((register.0, sql_int(number.0)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let epoch: String = row.get(0)?;
                let Some(epoch) = from_hex(&epoch).map(Epoch) else { continue };
                let journal = JournalId { store: self.store, register, epoch };
                let seq = Seq(row.get::<_, i64>(1)?.unsigned_abs());
                found.push((journal, seq, Line::from_bytes(row.get(2)?)));
            }
            Ok(found)
        };
        found().map_err(|why| self.failed(why))
    }

    /// The record at a place of a journal's first branch.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn line_at(
        &self,
        journal: JournalId,
        seq: Seq,
    ) -> std::result::Result<Option<Line>, LedgerError> {
        let all = self.branches()?;
        let Some(branch) = all.iter().find(|branch| branch.journal == journal) else {
            return Ok(None);
        };
        let line = line_at(&self.conn, &all, branch, seq).map_err(|why| self.failed(why))?;
        Ok(line.map(Line::from_bytes))
    }

    /// The same by the journal's epoch alone.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn line_of_epoch(
        &self,
        epoch: Epoch,
        seq: Seq,
    ) -> std::result::Result<Option<Line>, LedgerError> {
        let all = self.branches()?;
        match all.iter().find(|branch| branch.journal.epoch == epoch) {
            Some(branch) => self.line_at(branch.journal, seq),
            None => Ok(None),
        }
    }

    /// What the store's book reads at a start: all but plain sales, and plain sales since a time.
    /// Each journal's records come in their order, of the first branch alone.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn for_book(
        &self,
        since_ms: i64,
        take: &mut dyn FnMut(Origin, Event),
    ) -> std::result::Result<(), LedgerError> {
        let mut read = || -> Result<()> {
            let mut select = self.conn.prepare_cached(
                "SELECT line FROM line WHERE branch IN (SELECT id FROM branch WHERE number = 1) \
                 AND (lasting = 1 OR at_ms >= ?1) ORDER BY branch, seq",
            )?;
            let mut rows = select.query((since_ms,))?;
            while let Some(row) = rows.next()? {
                let Ok(envelope) = Envelope::read(row.get_ref(0)?.as_blob()?) else { continue };
                let Ok(event) = envelope.event() else { continue };
                take(envelope.header.origin(), event);
            }
            Ok(())
        };
        read().map_err(|why| self.failed(why))
    }

    fn failed(&self, why: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, "reading other registers' records", why)
    }
}

fn lines(
    db: &Connection,
    all: &[Branch],
    branch: &Branch,
    from: Seq,
    records: usize,
    bytes: usize,
) -> Result<Vec<Line>> {
    let (mut lines, mut sum, mut seq) = (Vec::new(), 0_usize, from);
    while lines.len() < records {
        let Some(line) = line_at(db, all, branch, seq)? else { break };
        sum = sum.saturating_add(line.len());
        if sum > bytes && !lines.is_empty() {
            break;
        }
        lines.push(Line::from_bytes(line));
        seq = seq.next();
    }
    Ok(lines)
}

fn sealed(db: &Connection, epoch: Epoch) -> Result<Vec<MirroredSeal>> {
    let mut select = db.prepare_cached(
        "SELECT commitment, seq, day, message FROM sealed WHERE epoch = ?1 ORDER BY seq",
    )?;
    let mut rows = select.query((epoch.to_string(),))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let day: String = row.get(2)?;
        let Ok(day) = BusinessDate::parse(&day) else { continue };
        let (commitment, seq) =
            (Commitment(row.get(0)?), Seq(row.get::<_, i64>(1)?.unsigned_abs()));
        found.push(MirroredSeal { commitment, epoch, seq, day, message: row.get(3)? });
    }
    Ok(found)
}
